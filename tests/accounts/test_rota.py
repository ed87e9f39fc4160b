"""Who is on call: each layer of a rota by example."""

import datetime as dt
import time
from collections.abc import Callable

import pytest

from accounts.rota import CalendarShift, Changes, Duty, duties, holes, next_change, on_call
from tests.accounts.rotas import DAYS, NIGHTS, SHIFTS, TURNS, ZONE, asked, ny, rota, who


def test_shifts_that_overlap_are_asked_as_they_are_written() -> None:
    assert who(SHIFTS, "2026-11-23 05:59:59") == ["ann"]  # a Monday, the night since Sunday
    assert who(SHIFTS, "2026-11-23 06:00") == ["ann", "bob", "pat"]
    assert who(SHIFTS, "2026-11-23 08:00") == ["bob", "pat"]
    assert who(SHIFTS, "2026-11-23 12:00") == ["office"]
    assert who(SHIFTS, "2026-11-24 07:00") == ["ann"]


def test_a_duty_has_its_exact_times_and_says_why() -> None:
    (duty,) = asked(SHIFTS, "2026-11-23 23:10")
    assert duty == Duty("ann", ny("2026-11-23 18:00"), ny("2026-11-24 08:00"), "weekly shift until 08:00", "shift")
    (office,) = asked(SHIFTS, "2026-11-23 12:10")
    assert office == Duty(
        "office", ny("2026-11-23 12:00"), ny("2026-11-23 18:00"), "fallback: nobody is on the rota", "fallback"
    )


def test_periods_that_touch_are_one_duty() -> None:
    long = rota(
        shifts=[{"who": "ann", "hours": {"fri": ["18:00-24:00"], "sat": ["00:00-24:00"], "sun": ["00:00-08:00"]}}]
    )
    (duty,) = asked(long, "2026-11-28 12:00")
    assert (duty.starts, duty.ends) == (ny("2026-11-27 18:00"), ny("2026-11-29 08:00"))
    assert duty.because == "weekly shift until Sunday 29 November, 08:00"
    (always,) = asked(rota(shifts=[{"who": "ann", "hours": "always"}]), "2026-11-28 12:00")
    assert always == Duty("ann", None, None, "weekly shift", "shift")


def test_twenty_two_to_ten_is_right_on_both_nights() -> None:
    night = rota(shifts=[{"who": "ann", "hours": {day: ["22:00-10:00"] for day in DAYS}}])
    (forward,) = asked(night, "2026-03-08 03:30")
    assert (forward.starts, forward.ends) == (ny("2026-03-07 22:00"), ny("2026-03-08 10:00"))
    assert forward.ends and forward.starts and forward.ends - forward.starts == dt.timedelta(hours=11)
    (back,) = asked(night, "2026-11-01 01:30")
    assert (back.starts, back.ends) == (ny("2026-10-31 22:00"), ny("2026-11-01 10:00"))
    assert back.ends and back.starts and back.ends - back.starts == dt.timedelta(hours=13)


def test_a_hand_over_in_the_doubled_or_skipped_hour_happens_once() -> None:
    at_half_past = rota(
        shifts=[
            {"who": "ann", "hours": {"sat": ["20:00-01:30"], "sun": ["20:00-02:30"]}},
            {"who": "bob", "hours": {"sun": ["01:30-08:00"]}},
        ]
    )
    span = duties(at_half_past, "plumber", ZONE, ny("2026-11-01 00:00"), ny("2026-11-01 05:00"), Changes())
    assert [[duty.contact for duty in each.duties] for each in span] == [["ann"], ["bob"]]
    assert span[1].starts == ny("2026-11-01 01:30", fold=0)
    skipped = rota(
        shifts=[
            {"who": "ann", "hours": {"sat": ["20:00-02:30"]}},
            {"who": "bob", "hours": {"sun": ["02:30-08:00"]}},
        ]
    )
    span = duties(skipped, "plumber", ZONE, ny("2026-03-08 00:00"), ny("2026-03-08 05:00"), Changes())
    assert [[duty.contact for duty in each.duties] for each in span] == [["ann"], ["bob"]]
    assert span[1].starts == ny("2026-03-08 03:00")


@pytest.mark.parametrize(
    ("at", "contact"),
    [
        ("2026-11-02 07:59", "pat"),  # counted backwards too
        ("2026-11-02 08:00", "ann"),
        ("2026-11-09 07:59", "ann"),
        ("2026-11-09 08:00", "bob"),
        ("2026-11-16 08:00", "pat"),
        ("2026-11-23 08:00", "ann"),
        ("2027-03-15 08:00", "bob"),  # 19 weeks and a DST night later
    ],
)
def test_turns_of_weeks(at: str, contact: str) -> None:
    assert who(TURNS, at) == [contact]


def test_turns_of_days_and_turns_from_a_weekday_on() -> None:
    days = rota(rotation={"people": ["ann", "bob"], "every_days": 2, "starts": "2026-11-01", "handover": "7:30"})
    assert [who(days, f"2026-11-0{day} 07:30")[0] for day in range(1, 6)] == ["ann", "ann", "bob", "bob", "ann"]
    assert who(days, "2026-11-03 07:29") == ["ann"]
    friday = rota(
        rotation={
            "people": ["ann", "bob"],
            "every_weeks": 2,
            "starts": "2026-11-02",
            "weekday": "fri",
            "handover": "17:00",
        }
    )
    assert who(friday, "2026-11-06 16:59") == ["bob"]
    (duty,) = asked(friday, "2026-11-06 17:00")
    assert (duty.contact, duty.ends) == ("ann", ny("2026-11-20 17:00"))
    assert duty.because == "rotation until Friday 20 November, 17:00"


def test_a_turn_with_hours_and_shifts_over_the_rotation() -> None:
    both = rota(
        shifts=[{"who": "pat", "hours": {"tue": ["20:00-23:00"]}}],
        rotation={
            "people": ["ann", "bob"],
            "every_days": 1,
            "starts": "2026-11-23",
            "handover": "20:30",
            "hours": NIGHTS,
        },
    )
    assert who(both, "2026-11-24 12:00") == []
    assert who(both, "2026-11-24 19:00") == ["ann"]
    assert who(both, "2026-11-24 20:00") == ["pat"]
    (duty,) = asked(both, "2026-11-24 23:30")
    assert (duty.contact, duty.starts, duty.ends) == ("bob", ny("2026-11-24 23:00"), ny("2026-11-25 08:00"))


def test_a_holiday_goes_before_the_week_in_its_hours() -> None:
    subject = rota(
        shifts=[{"who": "ann", "hours": "always"}],
        holidays=[
            {"name": "Christmas", "date": "2026-12-24", "through": "2026-12-25", "who": ["bob", "pat"]},
            {"name": "New Year", "date": "2026-12-31", "who": "pat", "hours": ["20:00-06:00"]},
        ],
    )
    assert who(subject, "2026-12-23 23:59") == ["ann"]
    (bob, pat) = asked(subject, "2026-12-24 00:00")
    assert (bob.contact, pat.contact) == ("bob", "pat")
    assert bob.because == "holiday (Christmas) until Saturday 26 December, 00:00"
    assert who(subject, "2026-12-26 00:00") == ["ann"]
    assert who(subject, "2026-12-31 19:59") == ["ann"]
    assert who(subject, "2027-01-01 05:59") == ["pat"]
    assert who(subject, "2027-01-01 06:00") == ["ann"]


def test_the_calendar_goes_before_all_that_is_planned() -> None:
    shift = CalendarShift("pat", ny("2026-12-25 10:00"), ny("2026-12-25 22:00"))
    subject = rota(
        shifts=[{"who": "ann", "hours": "always"}],
        holidays=[{"name": "Christmas", "date": "2026-12-25", "who": "bob"}],
        calendar="https://calendar.example.com/team.ics",
    )
    (duty,) = asked(subject, "2026-12-25 10:00", calendar=(shift,))
    assert (duty.contact, duty.because, duty.source) == ("pat", "calendar until 22:00", "calendar")
    assert who(subject, "2026-12-25 22:00", calendar=(shift,)) == ["bob"]
    without = subject.model_copy(update={"calendar": None})
    assert who(without, "2026-12-25 10:00", calendar=(shift,)) == ["bob"]


def test_where_one_is_meant_only_one_is_on_call() -> None:
    one = rota(shifts=[{"who": "ann", "hours": NIGHTS}], calendar="file", one=True, fallback="office")
    calendar = (
        CalendarShift("pat", ny("2026-11-23 10:00"), ny("2026-11-23 22:00")),
        CalendarShift("bob", ny("2026-11-23 12:00"), ny("2026-11-24 02:00")),
    )
    assert who(one, "2026-11-23 13:00", calendar=calendar) == ["pat"]
    (duty,) = asked(one, "2026-11-23 23:00", calendar=calendar)
    assert (duty.contact, duty.starts) == ("bob", ny("2026-11-23 22:00"))


def test_a_naive_time_is_refused() -> None:
    at = dt.datetime(2026, 11, 23, 10)
    for ask in (
        lambda: on_call(SHIFTS, "plumber", ZONE, at, Changes()),
        lambda: duties(SHIFTS, "plumber", ZONE, at, at, Changes()),
        lambda: next_change(SHIFTS, "plumber", ZONE, at, Changes()),
        lambda: holes(SHIFTS, "plumber", ZONE, at, 30, Changes()),
    ):
        with pytest.raises(ValueError, match="time zone"):
            ask()


def _quickest(ask: Callable[[], object]) -> float:
    """The processor's seconds of the quickest of many goes: what others do on this machine counts little."""
    seconds = []
    for _ in range(30):
        began = time.thread_time()
        ask()
        seconds.append(time.thread_time() - began)
    return min(seconds)


def test_it_is_quick_for_ten_people() -> None:
    # Aimed at 1 ms and 50 ms; the bounds are for a slow machine, and still far below looking day by day.
    crew = [{"who": f"p{i}", "hours": {"mon": ["08:00-12:00"], "fri": [f"{i}:00-23:00"]}} for i in range(8)]
    ten = rota(
        shifts=[*crew, {"who": "ann", "hours": NIGHTS}, {"who": "bob", "hours": "always"}],
        rotation=TURNS.rotation,
        fallback="office",
    )
    at = ny("2026-11-27 20:00")
    assert len(on_call(ten, "plumber", ZONE, at, Changes())) == 10
    assert _quickest(lambda: on_call(ten, "plumber", ZONE, at, Changes())) < 0.010
    month = at + dt.timedelta(days=31)
    assert _quickest(lambda: duties(ten, "plumber", ZONE, at, month, Changes())) < 0.200
