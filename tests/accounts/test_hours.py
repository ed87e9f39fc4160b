"""Opening hours against the wall clock itself, in all zones, through DST nights."""

import datetime as dt
import zoneinfo
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from accounts.hours import DAY, WEEKDAYS, Hours, OpenStatus, Period, WeeklyHours

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
ZONES = sorted(zone for zone in zoneinfo.available_timezones() if not zone.startswith(("posix/", "right/")))


def hours(weekly: object, *holidays: dict[str, Any], zone: str = "America/New_York") -> Hours:
    return Hours.model_validate({"time_zone": zone, "weekly": weekly, "holidays": list(holidays)})


def new_york(text: str, fold: int = 0) -> dt.datetime:
    # In UTC: Python holds times of a doubled hour unequal to any time of another zone.
    return dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK, fold=fold).astimezone(dt.UTC)


OFFICE = {"mon": ["09:00-17:00"], "fri": ["09:00-12:00", "13:00-17:00"]}
CHRISTMAS = {"name": "Christmas", "date": "2026-12-25"}


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-23 08:59:59.999999", False),  # a Monday
        ("2026-11-23 09:00", True),
        ("2026-11-23 16:59:59.999999", True),
        ("2026-11-23 17:00", False),
        ("2026-11-24 10:00", False),
        ("2026-11-27 12:30", False),
        ("2026-11-27 13:00", True),
    ],
)
def test_week(at: str, is_open: bool) -> None:
    assert hours(OFFICE).is_open(new_york(at)) is is_open


def test_overnight_belongs_to_the_day_it_starts() -> None:
    night = hours({"thu": ["22:00-06:00"], "fri": ["22:00-06:00"]}, CHRISTMAS)  # 2026-12-25 is a Friday
    assert night.is_open(new_york("2026-12-25 05:59"))  # from Thursday, which is no holiday
    assert not night.is_open(new_york("2026-12-25 23:00"))
    assert not night.is_open(new_york("2026-12-26 01:00"))
    assert night.is_open(new_york("2027-01-02 01:00"))


def test_holiday_replaces_the_week() -> None:
    short = hours(OFFICE, CHRISTMAS | {"hours": ["10:00-11:00"]})
    assert short.status(new_york("2026-12-25 10:30")) == OpenStatus(True, "Christmas")
    assert short.status(new_york("2026-12-25 14:00")) == OpenStatus(False, "Christmas")
    assert short.status(new_york("2026-12-25 14:00")).word == "holiday"
    assert short.status(new_york("2026-12-21 14:00")).word == "open"
    assert short.status(new_york("2026-12-21 18:00")).word == "closed"


def test_holiday_range_includes_both_ends() -> None:
    shut = hours("always", {"name": "Inventory", "date": "2026-12-30", "through": "2027-01-01"})
    assert [shut.is_open(new_york(f"{day} 12:00")) for day in ("2026-12-29", "2026-12-30", "2027-01-01")] == [
        True,
        False,
        False,
    ]
    assert shut.next_change(new_york("2026-11-01 12:00")) == new_york("2026-12-30 00:00")
    assert shut.next_change(new_york("2026-12-31 12:00")) == new_york("2027-01-02 00:00")
    assert shut.next_change(new_york("2027-01-02 12:00")) is None


def test_clock_set_back_opens_the_hour_twice() -> None:
    early = hours({"sun": ["01:00-02:00"]})  # 2026-11-01: 01:00-02:00 comes twice
    assert early.is_open(new_york("2026-11-01 01:30", fold=0))
    assert early.is_open(new_york("2026-11-01 01:30", fold=1))
    assert early.next_change(new_york("2026-11-01 01:30", fold=0)) == new_york("2026-11-01 02:00")
    half = hours({"sun": ["01:00-01:30"]})
    assert half.next_change(new_york("2026-11-01 01:40", fold=0)) == new_york("2026-11-01 01:00", fold=1)


def test_clock_set_forward_swallows_the_hour() -> None:
    early = hours({"sun": ["02:00-03:00"]})  # 2026-03-08 has no two o'clock
    assert early.next_change(new_york("2026-03-07 12:00")) == new_york("2026-03-15 02:00")
    late = hours({"sun": ["02:30-04:00"]})
    assert late.next_change(new_york("2026-03-07 12:00")) == new_york("2026-03-08 03:00")


def test_a_day_the_calendar_skipped() -> None:
    samoa = hours({"thu": ["09:00-10:00"], "fri": ["09:00-10:00"]}, zone="Pacific/Apia")  # no Friday 2011-12-30
    apia = zoneinfo.ZoneInfo("Pacific/Apia")
    assert samoa.next_change(dt.datetime(2011, 12, 29, 12, tzinfo=apia)) == dt.datetime(2012, 1, 5, 9, tzinfo=apia)


@pytest.mark.parametrize("weekly", ["always", {}])
def test_never_changes(weekly: object) -> None:
    assert hours(weekly).next_change(new_york("2026-10-31 12:00")) is None


def test_naive_time_is_refused() -> None:
    for ask in (hours(OFFICE).is_open, hours(OFFICE).next_change, hours(OFFICE).status):
        with pytest.raises(ValueError, match="time zone"):
            ask(dt.datetime(2026, 11, 23, 10))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"weekly": {"tue": ["09:00-12:00", "11:00-17:00"]}}, "Tuesday: 11:00-17:00 overlaps 09:00-12:00"),
        (
            {"weekly": {"mon": ["17:00-09:00"], "tue": ["08:00-12:00"]}},
            "Tuesday: 08:00-12:00 overlaps 17:00-09:00, which runs on from Monday",
        ),
        (
            {"weekly": {"sun": ["17:00-09:00"], "mon": ["08:00-12:00"]}},
            "Monday: 08:00-12:00 overlaps 17:00-09:00, which runs on from Sunday",
        ),
        ({"weekly": {"monday": ["09:00-12:00"]}}, '"monday" is not a day'),
        ({"weekly": {"mon": ["9-12"]}}, '"9-12" is not a period; write it like 09:00-17:00'),
        ({"weekly": {"mon": ["09:00-09:00"]}}, "a whole day is 00:00-24:00"),
        ({"weekly": {"mon": ["09:60-10:00"]}}, "09:60 is not a time of day"),
        ({"weekly": {"mon": ["09:00-24:01"]}}, "24:01 is not a time of day"),
        ({"weekly": {"mon": ["24:00-06:00"]}}, "starts at 24:00"),
        ({"weekly": "sometimes"}, '"sometimes" is not a week'),
        ({"time_zone": "New York"}, '"New York" is not a time zone'),
        ({"time_zone": "../etc/passwd"}, "is not a time zone"),
        ({"time_zone": ""}, "is not a time zone"),
        ({"holidays": [CHRISTMAS | {"through": "2026-12-24"}]}, "Christmas: ends on 2026-12-24, before it starts"),
        ({"holidays": [CHRISTMAS, CHRISTMAS | {"name": "Party"}]}, "Christmas and Party are both on 2026-12-25"),
        ({"holidays": [CHRISTMAS | {"hours": ["09:00-12:00", "11:00-13:00"]}]}, "Christmas: 11:00-13:00 overlaps"),
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        Hours.model_validate({"time_zone": "America/New_York", "weekly": {}} | changed)
    assert sentence in str(error.value)


def test_written_as_read() -> None:
    written = {
        "time_zone": "America/New_York",
        "weekly": {"mon": ["09:00-12:00", "13:00-17:00"], "sun": ["22:00-06:00"], "sat": ["00:00-24:00"]},
        "holidays": [CHRISTMAS | {"through": None, "hours": ["10:00-12:00"]}],
    }
    assert Hours.model_validate(written).model_dump(mode="json") == written
    assert hours("always").model_dump()["weekly"] == "always"
    assert WeeklyHours.model_json_schema()["properties"]["mon"]["items"]["type"] == "string"


# One period a day: by day from 03:00, or over midnight until 03:00 at the latest, so that no two overlap.
period = st.builds(lambda opens, length: Period(opens, opens + length), st.integers(180, 719), st.integers(1, 720))
night = st.builds(lambda opens, length: Period(opens, opens + length), st.integers(1260, 1439), st.integers(1, 180))
days = st.lists(st.one_of(period, night), max_size=1)
weeks = st.one_of(st.just("always"), st.fixed_dictionaries(dict.fromkeys(WEEKDAYS, days)))
clear_of_nights = st.lists(st.dates(dt.date(2019, 1, 1), dt.date(2021, 12, 31)), unique=True, max_size=3)
DST_NIGHTS = [
    dt.datetime(2020, month, day, tzinfo=dt.UTC) for month, day in ((3, 8), (3, 29), (4, 5), (10, 25), (11, 1))
]
instants = st.one_of(
    st.datetimes(dt.datetime(2019, 6, 1), dt.datetime(2021, 6, 1), timezones=st.just(dt.UTC)),
    st.builds(lambda night, hours: night + dt.timedelta(hours=hours), st.sampled_from(DST_NIGHTS), st.floats(-24, 36)),
)


def open_by_the_wall(subject: Hours, at: dt.datetime) -> bool:
    """The definition, written without the arithmetic: is the wall clock's reading inside a period of some day?"""
    wall = at.astimezone(zoneinfo.ZoneInfo(subject.time_zone)).replace(tzinfo=None)
    for back in (0, 1):
        day = wall.date() - dt.timedelta(days=back)
        own = [holiday.hours for holiday in subject.holidays if holiday.date <= day <= holiday.last]
        for span in own[0] if own else getattr(subject.weekly, WEEKDAYS[day.weekday()]):
            midnight = dt.datetime.combine(day, dt.time())
            if midnight + dt.timedelta(minutes=span.opens) <= wall < midnight + dt.timedelta(minutes=span.closes):
                return True
    return False


@settings(max_examples=150, deadline=None)
@given(zone=st.sampled_from(ZONES), weekly=weeks, dates=clear_of_nights, holiday_hours=days, at=instants)
def test_open_is_what_the_wall_clock_says_and_the_next_change_is_the_first(
    zone: str, weekly: object, dates: list[dt.date], holiday_hours: list[Period], at: dt.datetime
) -> None:
    holidays = [{"name": str(date), "date": date, "hours": holiday_hours} for date in dates]
    subject = hours(weekly, *holidays, zone=zone)
    now = open_by_the_wall(subject, at)
    assert subject.is_open(at) is now
    change = subject.next_change(at)
    end = change or at + dt.timedelta(days=21)
    if change:
        assert change > at
        assert change.tzinfo is dt.UTC
        assert open_by_the_wall(subject, change) is not now
        assert open_by_the_wall(subject, change - dt.timedelta(microseconds=1)) is now
    probe = at
    while probe < min(end, at + dt.timedelta(days=21)):  # nothing in between differs
        assert open_by_the_wall(subject, probe) is now
        probe += dt.timedelta(minutes=97)


@given(st.integers(0, DAY - 1), st.integers(1, DAY))
def test_period_reads_back(opens: int, length: int) -> None:
    period = Period(opens, opens + length)
    if length < DAY or opens == 0:
        assert Period.parse(str(period)) == period
