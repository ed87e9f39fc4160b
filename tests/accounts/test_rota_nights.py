"""Rotas through the nights on which clocks are set, in all zones: against the definition, and against themselves."""

import datetime as dt
import zoneinfo
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.contacts import Contact
from accounts.hours import DAY, WEEKDAYS, Period
from accounts.rota import (
    Absence,
    CalendarShift,
    Changes,
    Cover,
    Duty,
    Gap,
    Rota,
    Segment,
    duties,
    holes,
    next_change,
    on_call,
    problems,
)
from accounts.wall_week import WEEK, instant

ZONES = sorted(zone for zone in zoneinfo.available_timezones() if not zone.startswith(("posix/", "right/")))
PEOPLE = ("ann", "bob", "pat", "kim")
MINUTE = dt.timedelta(minutes=1)
INSTANT = dt.timedelta(microseconds=1)


def wall(zone: str, at: dt.datetime) -> dt.datetime:
    return at.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None, fold=0)


@lru_cache(maxsize=1000)
def jumps(zone: str, year: int) -> tuple[dt.datetime, ...]:
    """When the clocks of a zone are set in a year, to the minute; New Year where they never are."""
    found = []
    at = dt.datetime(year, 1, 1, tzinfo=dt.UTC)
    step = dt.timedelta(hours=3)
    while at.year == year:
        if wall(zone, at + step) - wall(zone, at) != step:
            low, high = at, at + step
            while high - low > MINUTE:
                middle = low + (high - low) // (2 * MINUTE) * MINUTE
                low, high = (middle, high) if wall(zone, middle) - wall(zone, at) == middle - at else (low, middle)
            found.append(high)
        at += step
    return tuple(found) or (dt.datetime(year, 1, 1, tzinfo=dt.UTC),)


def latest_shown(zone: str, at: dt.datetime) -> dt.datetime:
    """The latest time the clock of a zone has shown so far: what was handed over stays so when it is set back."""
    lately = [jump for jump in jumps(zone, at.year) if jump <= at < jump + dt.timedelta(hours=4)]
    return max([wall(zone, at), *(wall(zone, jump - INSTANT) for jump in lately)])


nights = st.builds(
    lambda zone, year, pick, hours: (zone, jumps(zone, year)[pick % len(jumps(zone, year))], hours),
    st.sampled_from(ZONES),
    st.integers(2005, 2030),
    st.integers(0, 3),
    st.integers(-30, 30),
)
quarters = st.integers(0, 95).map(lambda quarter: quarter * 15)
periods = st.builds(
    lambda opens, length: Period(opens, opens + length), quarters, st.integers(1, 96).map(lambda n: n * 15)
)
# One period a day, and none that runs into the next day's: those are refused.
days = st.lists(periods.filter(lambda period: period.closes <= DAY), max_size=1)
weeks = st.one_of(
    st.just("always"),
    st.fixed_dictionaries(dict.fromkeys(WEEKDAYS, days)),
    st.just({day: ["22:00-10:00"] for day in WEEKDAYS}),
    st.just({"sat": ["20:00-01:30"], "sun": ["01:30-02:30", "22:00-03:00"]}),
)
whos = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2, unique=True)
rotations = st.fixed_dictionaries(
    {
        "people": st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3),
        "every_days": st.integers(1, 10),
        "starts": st.dates(dt.date(2015, 1, 1), dt.date(2020, 12, 31)),
        "handover": st.sampled_from(["00:00", "01:30", "02:00", "02:30", "08:00"]),
        "hours": st.one_of(st.none(), weeks),
    }
)


@st.composite
def rotas(draw: st.DrawFn, around: dt.datetime) -> Rota:
    day = around.date() + dt.timedelta(days=draw(st.integers(-2, 2)))
    holiday = {"name": "Holiday", "date": day, "who": draw(whos), "hours": draw(st.lists(periods, max_size=1))}
    return Rota.model_validate(
        {
            "shifts": draw(st.lists(st.fixed_dictionaries({"who": whos, "hours": weeks}), max_size=3)),
            "rotation": draw(st.one_of(st.none(), rotations)),
            "holidays": draw(st.sampled_from([[], [holiday]])),
            "calendar": draw(st.sampled_from([None, "file"])),
            "fallback": draw(st.sampled_from([None, *PEOPLE])),
            "one": draw(st.booleans()),
        }
    )


@st.composite
def changes(draw: st.DrawFn, around: dt.datetime) -> Changes:
    def span() -> tuple[dt.datetime, dt.datetime]:
        starts = around + draw(st.integers(-200, 200)) * 15 * MINUTE
        return starts, starts + draw(st.integers(1, 200)) * 15 * MINUTE

    def who() -> str:
        return draw(st.sampled_from(PEOPLE))

    covers = tuple(
        Cover(f"c{number}", "b", "night", who(), *span(), "", around, draw(st.sampled_from([None, *PEOPLE])))
        for number in range(draw(st.integers(0, 3)))
    )
    absences = tuple(
        Absence(f"a{number}", "b", who(), *span(), "", around) for number in range(draw(st.integers(0, 2)))
    )
    shifts = tuple(CalendarShift(who(), *span()) for _ in range(draw(st.integers(0, 2))))
    return Changes(covers, absences, {"night": shifts})


def by_the_definition(rota: Rota, zone: str, at: dt.datetime, changes: Changes) -> list[str]:
    """Layer by layer, looking at nothing but the clock and the calendar of that moment."""
    shown = latest_shown(zone, at)
    layers = [[each.contact for each in _calendar(rota, changes, at)], _holiday(rota, shown), _shifts(rota, shown)]
    layers += [_rotation(rota, shown), [rota.fallback] if rota.fallback else []]
    now = sorted((cover for cover in changes.covers if cover.starts <= at < cover.ends), key=lambda cover: cover.id)
    swaps = [cover for cover in now if cover.instead_of]
    away = {
        absence.contact
        for absence in changes.absences
        if absence.starts <= at and (not absence.ends or at < absence.ends)
    }
    candidates = [
        ([cover.contact], [swap for swap in swaps if swap.id > cover.id])
        for cover in reversed(now)
        if not cover.instead_of
    ]
    candidates += [(layer, swaps) for layer in layers]
    for people, standing_in in candidates:
        for swap in standing_in:
            people = [swap.contact if contact == swap.instead_of else contact for contact in people]
        there = list(dict.fromkeys(contact for contact in people if contact not in away))
        if there:
            return there[:1] if rota.one else there
    return []


def _calendar(rota: Rota, changes: Changes, at: dt.datetime) -> list[CalendarShift]:
    shifts = changes.calendars["night"] if rota.calendar else ()
    return sorted(
        (shift for shift in shifts if shift.starts <= at < shift.ends), key=lambda shift: (shift.starts, shift.contact)
    )


def _inside(shown: dt.datetime, day: dt.date, periods: Sequence[Period]) -> bool:
    minute = (shown - dt.datetime.combine(day, dt.time())) / MINUTE
    return any(period.opens <= minute < period.closes for period in periods)


def _lately(shown: dt.datetime) -> list[dt.date]:
    return [shown.date() - dt.timedelta(days=back) for back in (0, 1, 2)]


def _holiday(rota: Rota, shown: dt.datetime) -> list[str]:
    for holiday in rota.holidays:
        for day in _lately(shown):
            if holiday.date <= day <= holiday.last and _inside(shown, day, holiday.hours or (Period(0, DAY),)):
                return list(holiday.who)
    return []


def _shifts(rota: Rota, shown: dt.datetime) -> list[str]:
    return [
        contact
        for shift in rota.shifts
        if any(_inside(shown, day, shift.hours.on(day.weekday())) for day in _lately(shown))
        for contact in shift.who
    ]


def _rotation(rota: Rota, shown: dt.datetime) -> list[str]:
    turns = rota.rotation
    if turns is None:
        return []
    hours = turns.hours
    if hours and not any(_inside(shown, day, hours.on(day.weekday())) for day in _lately(shown)):
        return []
    begins = dt.datetime.combine(turns.starts, dt.time.fromisoformat(turns.handover))
    assert turns.every_days
    return [turns.people[(shown - begins) // dt.timedelta(days=turns.every_days) % len(turns.people)]]


@settings(max_examples=100, deadline=None)
@given(night=nights, data=st.data())
def test_on_call_is_what_the_definition_says(night: tuple[str, dt.datetime, int], data: st.DataObject) -> None:
    zone, jump, hours = night
    rota, made = data.draw(rotas(jump)), data.draw(changes(jump))
    middle = jump + dt.timedelta(hours=hours)
    for at in [middle - INSTANT, middle] + [jump + minutes * MINUTE for minutes in range(-180, 181, 30)]:
        asked = [duty.contact for duty in on_call(rota, "night", zone, at, made)]
        assert asked == by_the_definition(rota, zone, at, made)


@settings(max_examples=60, deadline=None)
@given(night=nights, data=st.data(), minutes=st.lists(st.integers(0, 60 * 60), min_size=3, max_size=3))
def test_segments_tile_the_time_and_agree_with_on_call(
    night: tuple[str, dt.datetime, int], data: st.DataObject, minutes: list[int]
) -> None:
    zone, jump, hours = night
    rota, made = data.draw(rotas(jump)), data.draw(changes(jump))
    start, end = jump + dt.timedelta(hours=hours - 30), jump + dt.timedelta(hours=hours + 30)
    segments = duties(rota, "night", zone, start, end, made)
    assert (segments[0].starts, segments[-1].ends) == (start, end)
    for this, following in pairwise(segments):
        assert this.ends == following.starts
        assert this.duties != following.duties
    for segment in segments:
        assert segment.starts < segment.ends
        for at in (segment.starts, segment.ends - INSTANT):
            assert on_call(rota, "night", zone, at, made) == segment.duties
        for duty in segment.duties:
            assert duty.starts is None or duty.starts <= segment.starts
            assert duty.ends is None or duty.ends >= segment.ends
    for at in (start + minute * MINUTE for minute in minutes):
        (segment,) = (each for each in segments if each.starts <= at < each.ends) if at < end else segments[-1:]
        assert on_call(rota, "night", zone, min(at, end - INSTANT), made) == segment.duties
    _a_duty_is_as_long_as_it_says(rota, zone, made, segments[len(segments) // 2].duties)
    _the_next_change_is_the_first(rota, zone, made, [(each.starts, each.duties) for each in segments])
    assert holes(rota, "night", zone, start, 2, made) == _holes_of(
        duties(rota, "night", zone, start, instant(zone, wall(zone, start) + dt.timedelta(days=2)), made)
    )


def _a_duty_is_as_long_as_it_says(rota: Rota, zone: str, made: Changes, asked: Sequence[Duty]) -> None:
    def same(at: dt.datetime, duty: Duty) -> bool:
        there = [(each.contact, each.starts, each.ends) for each in on_call(rota, "night", zone, at, made)]
        return (duty.contact, duty.starts, duty.ends) in there

    for duty in asked:
        if duty.starts is not None:
            assert same(duty.starts, duty)
            assert not same(duty.starts - INSTANT, duty)
        if duty.ends is not None:
            assert same(duty.ends - INSTANT, duty)
            assert not same(duty.ends, duty)


def _the_next_change_is_the_first(
    rota: Rota, zone: str, made: Changes, segments: Sequence[tuple[dt.datetime, tuple[Duty, ...]]]
) -> None:
    people = [(starts, [duty.contact for duty in asked]) for starts, asked in segments]
    change = next_change(rota, "night", zone, people[0][0], made)
    expected = next((starts for starts, there in people if there != people[0][1]), None)
    if expected is None:
        assert change is None or change > people[-1][0]
    else:
        assert change == expected


def _holes_of(segments: Sequence[Segment]) -> list[Gap]:
    gaps: list[Gap] = []
    for each in segments:
        if each.duties and each.duties[0].source != "fallback":
            continue
        fallback = each.duties[0].contact if each.duties else None
        if gaps and (gaps[-1].ends, gaps[-1].fallback) == (each.starts, fallback):
            gaps[-1] = Gap(gaps[-1].starts, each.ends, fallback)
        else:
            gaps.append(Gap(each.starts, each.ends, fallback))
    return gaps


@st.composite
def whole_weeks(draw: st.DrawFn) -> list[tuple[int, int, str]]:
    """A week cut at some quarters of an hour, each part somebody's: from, to (minutes since Monday) and who."""
    cuts = sorted(
        draw(st.sets(st.integers(0, WEEK // 15 - 1).map(lambda quarter: quarter * 15), min_size=1, max_size=12))
    )
    ends = [*cuts[1:], cuts[0] + WEEK]
    return [(cut, end, draw(st.sampled_from(PEOPLE))) for cut, end in zip(cuts, ends, strict=True)]


def as_shifts(parts: Sequence[tuple[int, int, str]]) -> list[dict[str, Any]]:
    """Each part as a shift of its own, written as people write it: overnight where it is short, else day by day."""
    shifts = []
    for opens, closes, who in parts:
        hours: dict[str, list[Period]] = {}
        while opens < closes:
            day, minute = divmod(opens, DAY)
            length = closes - opens if closes - opens < DAY else min(DAY - minute, closes - opens)
            hours.setdefault(WEEKDAYS[day % 7], []).append(Period(minute, minute + length))
            opens += length
        shifts.append({"who": who, "hours": hours})
    return shifts


CONTACTS = {key: Contact(name=key.title()) for key in PEOPLE}


@settings(max_examples=100, deadline=None)
@given(night=nights, parts=whole_weeks())
def test_where_the_week_is_covered_by_one_each_there_is_always_exactly_one(
    night: tuple[str, dt.datetime, int], parts: list[tuple[int, int, str]]
) -> None:
    zone, jump, hours = night
    rota = Rota.model_validate({"shifts": as_shifts(parts), "one": True})
    assert problems(rota, CONTACTS) == []
    together = rota.model_copy(update={"one": False})  # nothing is hidden by taking the first one only
    middle = jump + dt.timedelta(hours=hours)
    segments = duties(together, "night", zone, middle - dt.timedelta(days=4), middle + dt.timedelta(days=4), Changes())
    assert {len(segment.duties) for segment in segments} == {1}
    assert holes(rota, "night", zone, middle, 30, Changes()) == []
    # Each hand-over is when the clock first shows its time, or jumps over it.
    for segment in segments[1:]:
        shown = wall(zone, segment.starts)
        before = wall(zone, segment.starts - INSTANT)
        times = [shown.replace(hour=0, minute=0, second=0) + dt.timedelta(days=back) for back in (-1, 0)]
        cuts = {time - dt.timedelta(days=time.weekday()) + cut * MINUTE for time in times for cut, *_ in parts}
        assert any(before < cut <= shown for cut in cuts)


@settings(max_examples=50, deadline=None)
@given(night=nights, parts=whole_weeks().filter(lambda parts: len(parts) > 1), data=st.data())
def test_a_part_taken_out_is_refused_and_shown(
    night: tuple[str, dt.datetime, int], parts: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    zone, jump, _ = night
    place = data.draw(st.integers(0, len(parts) - 1))
    rest = parts[:place] + parts[place + 1 :]
    rota = Rota.model_validate({"shifts": as_shifts(rest)})
    ((path, reason),) = problems(rota, CONTACTS)
    assert path == ()
    assert reason.startswith("Nobody is on call ")
    minutes = sum(closes - opens for opens, closes, _ in parts[place : place + 1])
    week = holes(rota, "night", zone, jump + dt.timedelta(days=7), 28, Changes())
    assert all(gap.fallback is None for gap in week)
    if len(jumps(zone, jump.year)) == 1:  # no clock is set: four weeks are four times the week
        assert sum((gap.ends - gap.starts for gap in week), dt.timedelta()) == 4 * minutes * MINUTE
    assert week
    assert problems(rota.model_copy(update={"fallback": "kim"}), CONTACTS) == []


@settings(max_examples=100, deadline=None)
@given(night=nights, length=st.integers(1, 100))
def test_a_cover_ends_exactly_at_its_time(night: tuple[str, dt.datetime, int], length: int) -> None:
    zone, jump, hours = night
    until = (wall(zone, jump) + dt.timedelta(hours=hours)).replace(minute=0, second=0)
    ends = instant(zone, until)
    made = Changes((Cover("c", "b", "night", "pat", ends - length * MINUTE, ends, "", jump),))
    rota = Rota.model_validate({"shifts": [{"who": "ann", "hours": "always"}]})
    (before,), (after,) = (on_call(rota, "night", zone, at, made) for at in (ends - INSTANT, ends))
    assert (before.contact, before.ends, after.contact, after.starts) == ("pat", ends, "ann", ends)
    assert wall(zone, ends - INSTANT) < until <= wall(zone, ends)


@settings(max_examples=60, deadline=None)
@given(zone=st.sampled_from(ZONES), year=st.integers(2005, 2030))
def test_twenty_two_to_ten_through_every_night_of_a_zone(zone: str, year: int) -> None:
    rota = Rota.model_validate({"shifts": [{"who": "ann", "hours": {day: ["22:00-10:00"] for day in WEEKDAYS}}]})
    for jump in jumps(zone, year):
        night = wall(zone, jump).replace(hour=2, minute=0)
        for duty in on_call(rota, "night", zone, instant(zone, night), Changes()):
            assert duty.starts
            assert duty.ends
            assert wall(zone, duty.starts).time() == dt.time(22)
            assert wall(zone, duty.ends).time() == dt.time(10)
