"""The layers of a rota, one over the other, as stretches of time for each contact; and what is on top when."""

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from accounts.rota_model import Changes, Cover, Rota, Source
from accounts.wall_week import FOREVER, instant, spans


class Span(NamedTuple):
    """A contact is meant by one layer from `starts` until `ends` (UTC); `away`: but is not there.

    A lower `layer` goes first; within one the lower `order` is asked first. `words` say what put them there.
    """

    starts: dt.datetime
    ends: dt.datetime
    contact: str
    layer: int
    order: int
    source: Source
    words: str
    away: bool = False

    @property
    def post(self) -> tuple[int, str, str]:
        """What stays the same while it is one duty, however many spans it is made of."""
        return self.layer, self.contact, self.words


class Piece(NamedTuple):
    """From `starts` until `ends` (UTC) these are on call, in order; `away` would be, before them, and are not there."""

    starts: dt.datetime
    ends: dt.datetime
    people: tuple[Span, ...]
    away: tuple[str, ...]


@dataclass(frozen=True)
class Layers:
    """A rota (`key` in its plan) with the changes made to it.

    `names` are the contacts' names by key; one who is not in it (any more) is passed over. None: not known.
    """

    rota: Rota
    key: str
    zone: str
    changes: Changes
    names: Mapping[str, str] | None = None

    def name(self, contact: str) -> str:
        """How a sentence calls them."""
        return (self.names or {}).get(contact) or contact.replace("_", " ").replace("-", " ").title()

    def pieces(self, start: dt.datetime, end: dt.datetime, of: Span | None = None) -> list[Piece]:
        """The time from `start` to `end` (UTC) without a gap, cut wherever a span begins or ends.

        With `of` only what can begin or end the duty of that span is looked at, which is much less.
        """
        laid = sorted(self.spans(start, end, of))
        edges = {edge for span in laid for edge in (span.starts, span.ends) if start < edge < end}
        cuts = [start, *sorted(edges), end]
        pieces: list[Piece] = []
        active: list[Span] = []
        following = iter(laid)
        coming = next(following, None)
        for since, until in pairwise(cuts):
            active = [span for span in active if span.ends > since]
            while coming is not None and coming.starts <= since:
                active.append(coming)
                coming = next(following, None)
            pieces.append(Piece(since, until, *self._on_top(active)))
        return pieces

    def spans(self, start: dt.datetime, end: dt.datetime, of: Span | None = None) -> list[Span]:
        """What every layer says of the time from `start` to `end` (UTC), swaps made and absences marked."""
        covers = sorted((cover for cover in self._covers if cover.instead_of is None), key=_made, reverse=True)
        swaps = sorted((cover for cover in self._covers if cover.instead_of is not None), key=_made)
        found: list[Span] = []
        for layer, cover in enumerate(covers):
            span = Span(_utc(cover.starts), _utc(cover.ends), cover.contact, layer, 0, "cover", "covers")
            found += self._swapped([span], [swap for swap in swaps if _made(swap) > _made(cover)])
        found += self._swapped(self._planned(len(covers), start, end, of), swaps)
        for absence in self.changes.absences:
            until = _utc(absence.ends) if absence.ends else FOREVER[1]
            found = _cut(found, absence.contact, _utc(absence.starts), until, lambda span: span._replace(away=True))
        return [
            span
            for span in found
            if span.starts < end
            and span.ends > start
            and (self.names is None or span.contact in self.names)
            and self._matters(span.layer, (span.contact,), of)
        ]

    @property
    def _covers(self) -> list[Cover]:
        return [cover for cover in self.changes.covers if cover.rota == self.key]

    def _matters(self, layer: int, who: Sequence[str], of: Span | None) -> bool:
        """Whether these people, meant by this layer, can begin or end the duty `of`."""
        return of is None or layer < of.layer or (layer == of.layer and (self.rota.one or of.contact in who))

    def _swapped(self, found: Iterable[Span], swaps: Iterable[Cover]) -> list[Span]:
        for swap in swaps:
            instead_of = swap.instead_of or ""
            words = f"covers for {self.name(instead_of)}"
            contact = swap.contact

            def stands_in(span: Span, contact: str = contact, words: str = words) -> Span:
                return span._replace(contact=contact, source="cover", words=words)

            found = _cut(found, instead_of, _utc(swap.starts), _utc(swap.ends), stands_in)
        return list(found)

    def _planned(self, layer: int, start: dt.datetime, end: dt.datetime, of: Span | None) -> Iterator[Span]:
        if self.rota.calendar is not None:
            shifts = sorted(self.changes.calendars.get(self.key, ()), key=lambda shift: (shift.starts, shift.contact))
            for order, shift in enumerate(shifts):
                since, until = _utc(shift.starts), _utc(shift.ends)
                yield Span(since, until, shift.contact, layer, order, "calendar", "calendar")
        yield from self._holidays(layer + 1, start, end)
        yield from self._shifts(layer + 2, start, end, of)
        if of is None or layer + 3 <= of.layer:
            yield from self._turns(layer + 3, start, end)
        if self.rota.fallback is not None:
            yield Span(*FOREVER, self.rota.fallback, layer + 4, 0, "fallback", "fallback")

    def _shifts(self, layer: int, start: dt.datetime, end: dt.datetime, of: Span | None) -> Iterator[Span]:
        stands_in = of is not None and any(cover.contact == of.contact for cover in self._covers)
        order = 0
        for shift in self.rota.shifts:
            first, order = order, order + len(shift.who)
            if stands_in or self._matters(layer, shift.who, of):
                for since, until in spans(self.zone, shift.stretches, start, end):
                    for place, contact in enumerate(shift.who, start=first):
                        yield Span(since, until, contact, layer, place, "shift", "weekly shift")

    def _holidays(self, layer: int, start: dt.datetime, end: dt.datetime) -> Iterator[Span]:
        near = dt.timedelta(days=3)
        for holiday in self.rota.holidays:
            day, last = max(holiday.date, start.date() - near), min(holiday.last, end.date() + near)
            while day <= last:
                midnight = dt.datetime.combine(day, dt.time())
                for period in holiday.periods:
                    since = instant(self.zone, midnight + dt.timedelta(minutes=period.opens))
                    until = instant(self.zone, midnight + dt.timedelta(minutes=period.closes))
                    for order, contact in enumerate(holiday.who if since < until else ()):
                        yield Span(since, until, contact, layer, order, "holiday", f"holiday ({holiday.name})")
                day += dt.timedelta(days=1)

    def _turns(self, layer: int, start: dt.datetime, end: dt.datetime) -> Iterator[Span]:
        rotation = self.rota.rotation
        if rotation is None:
            return
        wall = start.astimezone(zoneinfo.ZoneInfo(self.zone)).replace(tzinfo=None, fold=0)
        number = (wall - rotation.first) // rotation.turn
        until = instant(self.zone, rotation.first + number * rotation.turn)
        while until < end:
            since, until = until, instant(self.zone, rotation.first + (number + 1) * rotation.turn)
            contact = rotation.people[number % len(rotation.people)]
            for opens, closes in spans(self.zone, rotation.stretches, max(since, start), min(until, end)):
                if max(opens, since) < min(closes, until):
                    yield Span(max(opens, since), min(closes, until), contact, layer, 0, "rotation", "rotation")
            number += 1

    def _on_top(self, active: list[Span]) -> tuple[tuple[Span, ...], tuple[str, ...]]:
        top = min((span.layer for span in active if not span.away), default=None)
        people: dict[str, Span] = {}
        away: dict[str, None] = {}
        for span in sorted(active, key=lambda span: (span.layer, span.order)):
            if span.away and (top is None or span.layer < top):
                away[span.contact] = None
            elif span.layer == top and not span.away:
                people.setdefault(span.contact, span)
        chosen = tuple(people.values())
        return (chosen[:1] if self.rota.one else chosen), tuple(away)


def _utc(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC)


def _made(cover: Cover) -> tuple[dt.datetime, str]:
    return cover.made_at, cover.id


def _cut(
    found: Iterable[Span], contact: str, since: dt.datetime, until: dt.datetime, change: Callable[[Span], Span]
) -> list[Span]:
    """The spans, with those of this contact changed where they lie between the two times."""
    cut: list[Span] = []
    for span in found:
        if span.contact != contact or span.starts >= until or span.ends <= since or since >= until:
            cut.append(span)
            continue
        if span.starts < since:
            cut.append(span._replace(ends=since))
        cut.append(change(span._replace(starts=max(span.starts, since), ends=min(span.ends, until))))
        if span.ends > until:
            cut.append(span._replace(starts=until))
    return cut
