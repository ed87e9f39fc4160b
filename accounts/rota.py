"""Who is on call: a rota as data, and the changes people make to it for a time.

Everything is in the business's own time zone and wall time, right on both DST nights (`accounts.wall_week`).
What decides, from the top: a cover, the outside calendar, a holiday, weekly shifts, the rotation, the fallback. Who is
away is passed over, and what lies beneath shows through.
"""

import datetime as dt
import zoneinfo
from collections.abc import Mapping, Sequence

from accounts.rota_checks import problems
from accounts.rota_layers import Layers, Piece, Span
from accounts.rota_model import (
    Absence,
    CalendarShift,
    Changes,
    Cover,
    Duty,
    Gap,
    Rota,
    RotaHoliday,
    Rotation,
    Segment,
    Shift,
)
from accounts.wall_week import instant, listed

__all__ = [
    "Absence",
    "CalendarShift",
    "Changes",
    "Cover",
    "Duty",
    "Gap",
    "Rota",
    "RotaHoliday",
    "Rotation",
    "Segment",
    "Shift",
    "duties",
    "holes",
    "next_change",
    "on_call",
    "problems",
]

HORIZONS = tuple(dt.timedelta(days=days) for days in (2, 9, 36, 400))
"""How far we look for the next change: most shifts end within a day or two, and nobody asks beyond a year."""

Names = Mapping[str, str]


def on_call(
    rota: Rota, key: str, time_zone: str, at: dt.datetime, changes: Changes, names: Names | None = None
) -> tuple[Duty, ...]:
    """Who is on call at this (aware) time, in the order they are asked; empty: nobody.

    `names` are the contacts' names by key, for `because`; a contact that is not among them is passed over.
    """
    at = _utc(at)
    layers = Layers(rota, key, time_zone, changes, names)
    (now, *_) = layers.pieces(at, at + dt.timedelta(microseconds=1))
    return _duties(layers, now, [_extent(layers, span, at) for span in now.people])


def duties(
    rota: Rota,
    key: str,
    time_zone: str,
    start: dt.datetime,
    end: dt.datetime,
    changes: Changes,
    names: Names | None = None,
) -> list[Segment]:
    """Who is on call from `start` to `end` (aware), cut where that changes, without a gap.

    The duties in a segment are what `on_call` says of any instant in it; they may begin before it and end after it.
    """
    start, end = _utc(start), _utc(end)
    if end <= start:
        return []
    layers = Layers(rota, key, time_zone, changes, names)
    pieces = _merged(layers.pieces(start, end))
    extents = _extents(layers, pieces)
    return [
        Segment(piece.starts, piece.ends, _duties(layers, piece, each))
        for piece, each in zip(pieces, extents, strict=True)
    ]


def next_change(
    rota: Rota, key: str, time_zone: str, at: dt.datetime, changes: Changes, names: Names | None = None
) -> dt.datetime | None:
    """The first instant (UTC) after `at` when other people are on call, or in another order; None: not in a year."""
    at = _utc(at)
    layers = Layers(rota, key, time_zone, changes, names)
    for horizon in HORIZONS:
        now, *later = layers.pieces(at, at + horizon)
        for piece in later:
            if _contacts(piece) != _contacts(now):
                return piece.starts
    return None


def holes(
    rota: Rota,
    key: str,
    time_zone: str,
    start: dt.datetime,
    days: int,
    changes: Changes,
    names: Names | None = None,
) -> list[Gap]:
    """When nobody, or nobody but the fallback, is on call in so many days (of the wall calendar) from `start` on."""
    start = _utc(start)
    wall = start.astimezone(zoneinfo.ZoneInfo(time_zone)).replace(tzinfo=None, fold=0)
    end = instant(time_zone, wall + dt.timedelta(days=days))
    gaps: list[Gap] = []
    for piece in Layers(rota, key, time_zone, changes, names).pieces(start, end):
        if piece.people and piece.people[0].source != "fallback":
            continue
        fallback = piece.people[0].contact if piece.people else None
        if gaps and gaps[-1].ends == piece.starts and gaps[-1].fallback == fallback:
            gaps[-1] = Gap(gaps[-1].starts, piece.ends, fallback)
        else:
            gaps.append(Gap(piece.starts, piece.ends, fallback))
    return gaps


Extent = tuple[dt.datetime | None, dt.datetime | None]


def _extent(layers: Layers, span: Span, at: dt.datetime) -> Extent:
    """From when to when this is one duty, seen from an instant in it."""
    starts: dt.datetime | None = None
    ends: dt.datetime | None = None
    for horizon in HORIZONS:
        before = _run(layers.pieces(at - horizon, at, span)[::-1], span) if starts is None else []
        after = _run(layers.pieces(at, at + horizon, span), span) if ends is None else []
        if starts is None and (not before or before[-1].starts > at - horizon):
            starts = before[-1].starts if before else at
        if ends is None and after and after[-1].ends < at + horizon:
            ends = after[-1].ends
        if starts is not None and ends is not None:
            break
    return starts, ends


def _run(pieces: Sequence[Piece], span: Span) -> list[Piece]:
    """The first of these pieces, as long as it is the same duty."""
    run: list[Piece] = []
    for piece in pieces:
        if all(other.post != span.post for other in piece.people):
            break
        run.append(piece)
    return run


def _extents(layers: Layers, pieces: Sequence[Piece]) -> list[list[Extent]]:
    """The same for all people of all pieces in one go: only what reaches the edges must be looked for."""
    begun: dict[tuple[int, str, str], dt.datetime | None] = {
        span.post: _extent(layers, span, pieces[0].starts)[0] for span in pieces[0].people
    }
    since = []
    for piece in pieces:
        begun = {span.post: begun.get(span.post, piece.starts) for span in piece.people}
        since.append(begun)
    last = pieces[-1]
    over = {span.post: _extent(layers, span, last.ends - dt.timedelta(microseconds=1))[1] for span in last.people}
    extents = []
    for piece, starts in zip(reversed(pieces), reversed(since), strict=True):
        over = {span.post: over.get(span.post, piece.ends) for span in piece.people}
        extents.append([(starts[span.post], over[span.post]) for span in piece.people])
    return extents[::-1]


def _merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Without the cuts that nobody sees: one layer changes beneath another."""
    merged: list[Piece] = []
    for piece in pieces:
        if merged and _seen(merged[-1]) == _seen(piece):
            merged[-1] = merged[-1]._replace(ends=piece.ends)
        else:
            merged.append(piece)
    return merged


def _seen(piece: Piece) -> object:
    return [span.post for span in piece.people], piece.people and piece.away


def _contacts(piece: Piece) -> list[str]:
    return [span.contact for span in piece.people]


def _duties(layers: Layers, piece: Piece, extents: Sequence[Extent]) -> tuple[Duty, ...]:
    return tuple(
        Duty(span.contact, starts, ends, _because(layers, span, piece.away, starts, ends), span.source)
        for span, (starts, ends) in zip(piece.people, extents, strict=True)
    )


def _because(
    layers: Layers, span: Span, away: Sequence[str], starts: dt.datetime | None, ends: dt.datetime | None
) -> str:
    names = [layers.name(contact) for contact in away]
    absent = f"{listed(names)} {'is' if len(names) == 1 else 'are'} away" if names else ""
    if span.source == "fallback":
        return f"fallback: {absent or 'nobody is on the rota'}"
    until = f" until {_clock(layers.zone, starts, ends)}" if ends is not None else ""
    return "; ".join(filter(None, [f"{span.words}{until}", absent]))


def _clock(zone: str, starts: dt.datetime | None, ends: dt.datetime) -> str:
    """The end on the wall clock, with its date when the whole is longer than a day."""
    wall = ends.astimezone(zoneinfo.ZoneInfo(zone))
    if starts is not None and ends - starts < dt.timedelta(days=1):
        return "midnight" if (wall.hour, wall.minute) == (0, 0) else f"{wall:%H:%M}"
    return f"{wall:%A} {wall.day} {wall:%B}, {wall:%H:%M}"


def _utc(at: dt.datetime) -> dt.datetime:
    if at.tzinfo is None:
        raise ValueError("a rota needs a time with a time zone")
    return at.astimezone(dt.UTC)
