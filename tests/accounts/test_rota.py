"""Who is on call: each layer of a rota by example, and what people read about it."""

import datetime as dt
import time
import zoneinfo
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from accounts.contacts import Contact
from accounts.rota import (
    Absence,
    CalendarShift,
    Changes,
    Cover,
    Duty,
    Gap,
    Rota,
    duties,
    holes,
    next_change,
    on_call,
    problems,
)

ZONE = "America/New_York"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NIGHTS = {day: ["18:00-08:00"] for day in DAYS}
BY_DAY = {day: ["08:00-18:00"] for day in DAYS}
BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NAMES = {"ann": "Ann Lee", "bob": "Bob", "pat": "Pat", "office": "The office"}


def rota(**written: Any) -> Rota:
    return Rota.model_validate(written)


def ny(text: str, fold: int = 0) -> dt.datetime:
    # In UTC: Python holds times of a doubled hour unequal to any time of another zone.
    wall = dt.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(ZONE), fold=fold)
    return wall.astimezone(dt.UTC)


def cover(contact: str, starts: str, ends: str, instead_of: str | None = None, made: int = 0) -> Cover:
    at = BEGAN + dt.timedelta(minutes=made)
    return Cover(f"c{made}", "b", "plumber", contact, ny(starts), ny(ends), "pat", at, instead_of)


def away(contact: str, starts: str, ends: str | None = None) -> Absence:
    return Absence("a", "b", contact, ny(starts), ny(ends) if ends else None, contact, BEGAN)


def who(subject: Rota, at: str, *changes: Cover | Absence, calendar: tuple[CalendarShift, ...] = ()) -> list[str]:
    return [duty.contact for duty in asked(subject, at, *changes, calendar=calendar)]


def asked(
    subject: Rota, at: str, *changes: Cover | Absence, calendar: tuple[CalendarShift, ...] = ()
) -> tuple[Duty, ...]:
    return on_call(subject, "plumber", ZONE, ny(at), made(*changes, calendar=calendar), NAMES)


def made(*changes: Cover | Absence, calendar: tuple[CalendarShift, ...] = ()) -> Changes:
    return Changes(
        tuple(each for each in changes if isinstance(each, Cover)),
        tuple(each for each in changes if isinstance(each, Absence)),
        {"plumber": calendar},
    )


SHIFTS = rota(
    shifts=[{"who": "ann", "hours": NIGHTS}, {"who": ["bob", "pat"], "hours": {"mon": ["06:00-12:00"]}}],
    fallback="office",
)
TURNS = rota(rotation={"people": ["ann", "bob", "pat"], "every_weeks": 1, "starts": "2026-11-02"})  # a Monday


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


def test_a_cover_stands_in_for_whoever_it_would_be_and_the_last_one_decides() -> None:
    first = cover("pat", "2026-11-23 20:00", "2026-11-24 06:00", made=1)
    later = cover("bob", "2026-11-23 22:00", "2026-11-24 01:00", made=2)
    changes = made(first, later)
    span = duties(SHIFTS, "plumber", ZONE, ny("2026-11-23 18:00"), ny("2026-11-24 08:00"), changes, NAMES)
    assert [(each.duties[0].contact, each.duties[0].because) for each in span] == [
        ("ann", "weekly shift until 20:00"),
        ("pat", "covers until 22:00"),
        ("bob", "covers until 01:00"),
        ("pat", "covers until 06:00"),
        ("ann", "weekly shift until 08:00"),
    ]
    other = Cover("x", "b", "another rota", "bob", first.starts, first.ends, "pat", BEGAN)
    assert who(SHIFTS, "2026-11-23 21:00", other) == ["ann"]


def test_a_cover_for_one_person_holds_only_where_they_are_on_call() -> None:
    swap = cover("pat", "2026-11-23 12:00", "2026-11-24 03:00", instead_of="ann")
    assert who(SHIFTS, "2026-11-23 13:00", swap) == ["office"]
    (duty,) = asked(SHIFTS, "2026-11-23 19:00", swap)
    assert duty == Duty(
        "pat", ny("2026-11-23 18:00"), ny("2026-11-24 03:00"), "covers for Ann Lee until 03:00", "cover"
    )
    assert who(SHIFTS, "2026-11-24 03:00", swap) == ["ann"]
    again = cover("bob", "2026-11-23 12:00", "2026-11-24 12:00", instead_of="pat", made=3)
    assert who(SHIFTS, "2026-11-23 19:00", swap, again) == ["bob"]
    whole = cover("pat", "2026-11-23 12:00", "2026-11-24 12:00", made=2)
    assert who(SHIFTS, "2026-11-23 19:00", whole, again) == ["bob"]
    earlier = cover("bob", "2026-11-23 12:00", "2026-11-24 12:00", instead_of="pat", made=1)
    assert who(SHIFTS, "2026-11-23 19:00", whole, earlier) == ["pat"]  # asked for after the swap


def test_who_is_away_is_passed_over_and_it_is_said() -> None:
    both = rota(shifts=[{"who": ["ann", "bob"], "hours": NIGHTS}], rotation=TURNS.rotation, fallback="office")
    assert who(both, "2026-11-23 23:00", away("ann", "2026-11-23 22:00")) == ["bob"]
    gone = (away("ann", "2026-11-23 22:00", "2026-11-24 02:00"), away("bob", "2026-11-23 00:00", "2026-11-24 02:00"))
    (duty,) = asked(rota(shifts=both.shifts, rotation={**_written(both), "people": ["pat"]}), "2026-11-23 23:00", *gone)
    assert (duty.contact, duty.because) == ("pat", "rotation until 02:00; Ann Lee and Bob are away")
    (office,) = asked(both.model_copy(update={"rotation": None}), "2026-11-23 23:00", *gone)
    assert (office.contact, office.because) == ("office", "fallback: Ann Lee and Bob are away")
    assert who(SHIFTS, "2026-11-23 23:00", *gone, away("office", "2026-11-01 00:00")) == []


def _written(subject: Rota) -> dict[str, Any]:
    assert subject.rotation
    return subject.rotation.model_dump()


def test_a_hole_is_one_hole_whoever_is_away_in_it() -> None:
    night = rota(shifts=[{"who": "ann", "hours": {"mon": ["18:00-22:00"]}}])
    gone = made(away("ann", "2026-11-23 17:00", "2026-11-23 23:00"))
    (nobody,) = duties(night, "plumber", ZONE, ny("2026-11-23 12:00"), ny("2026-11-24 12:00"), gone)
    assert nobody.duties == ()


def test_a_cover_by_somebody_away_does_not_count() -> None:
    stand_in = cover("pat", "2026-11-23 20:00", "2026-11-24 06:00")
    (duty,) = asked(SHIFTS, "2026-11-23 23:00", stand_in, away("pat", "2026-11-23 21:00"))
    assert (duty.contact, duty.because) == ("ann", "weekly shift until 08:00; Pat is away")


def test_a_contact_that_has_left_the_plan_is_passed_over() -> None:
    assert who(SHIFTS, "2026-11-23 23:00", cover("carl", "2026-11-23 20:00", "2026-11-24 06:00")) == ["ann"]


def test_without_names_people_are_called_by_their_keys() -> None:
    swap = cover("pat", "2026-11-23 12:00", "2026-11-24 03:00", instead_of="ann")
    (duty,) = on_call(SHIFTS, "plumber", ZONE, ny("2026-11-23 19:00"), made(swap))
    assert duty.because == "covers for Ann until 03:00"


def test_where_one_is_meant_only_one_is_on_call() -> None:
    one = rota(shifts=[{"who": "ann", "hours": NIGHTS}], calendar="file", one=True, fallback="office")
    calendar = (
        CalendarShift("pat", ny("2026-11-23 10:00"), ny("2026-11-23 22:00")),
        CalendarShift("bob", ny("2026-11-23 12:00"), ny("2026-11-24 02:00")),
    )
    assert who(one, "2026-11-23 13:00", calendar=calendar) == ["pat"]
    (duty,) = asked(one, "2026-11-23 23:00", calendar=calendar)
    assert (duty.contact, duty.starts) == ("bob", ny("2026-11-23 22:00"))


def test_next_change() -> None:
    def change(subject: Rota, at: str, *changes: Cover | Absence) -> dt.datetime | None:
        return next_change(subject, "plumber", ZONE, ny(at), made(*changes), NAMES)

    assert change(SHIFTS, "2026-11-23 23:00") == ny("2026-11-24 08:00")
    assert change(SHIFTS, "2026-11-24 08:00") == ny("2026-11-24 18:00")
    assert change(TURNS, "2026-11-23 23:00") == ny("2026-11-30 08:00")
    always = rota(shifts=[{"who": "ann", "hours": "always"}])
    assert change(always, "2026-11-23 23:00") is None
    far = cover("bob", "2027-03-01 00:00", "2027-03-02 00:00")
    assert change(always, "2026-11-23 23:00", far) == ny("2027-03-01 00:00")
    assert change(always, "2026-11-23 23:00", cover("ann", "2027-03-01 00:00", "2027-03-02 00:00")) is None


def test_holes_show_the_fallback_and_nobody_apart() -> None:
    def found(*changes: Cover | Absence) -> list[Gap]:
        return holes(SHIFTS, "plumber", ZONE, ny("2026-11-23 12:00"), 2, made(*changes), NAMES)

    day = [
        Gap(ny("2026-11-23 12:00"), ny("2026-11-23 18:00"), "office"),
        Gap(ny("2026-11-24 08:00"), ny("2026-11-24 18:00"), "office"),
        Gap(ny("2026-11-25 08:00"), ny("2026-11-25 12:00"), "office"),
    ]
    assert found() == day
    assert found(cover("pat", "2026-11-23 10:00", "2026-11-24 10:00")) == [
        Gap(ny("2026-11-24 10:00"), ny("2026-11-24 18:00"), "office"),
        day[2],
    ]
    gone = away("office", "2026-11-24 12:00", "2026-11-24 20:00")
    assert found(gone)[1:3] == [
        Gap(ny("2026-11-24 08:00"), ny("2026-11-24 12:00"), "office"),
        Gap(ny("2026-11-24 12:00"), ny("2026-11-24 18:00"), None),
    ]


CONTACTS = {key: Contact(name=name) for key, name in NAMES.items()}
WITHOUT_SUNDAY = {**BY_DAY, "sun": []}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"shifts": [{"who": "ann", "hours": NIGHTS}, {"who": "bob", "hours": BY_DAY}]}, []),
        (
            {"shifts": [{"who": "ann", "hours": NIGHTS}, {"who": "bob", "hours": WITHOUT_SUNDAY}]},
            [((), "Nobody is on call Sundays 08:00 to 18:00, and there is no fallback.")],
        ),
        ({"shifts": [{"who": "ann", "hours": NIGHTS}], "fallback": "office"}, []),
        (
            {"shifts": [{"who": "ann", "hours": NIGHTS}]},
            [((), "Nobody is on call every day 08:00 to 18:00, and there is no fallback.")],
        ),
        (
            {"shifts": [{"who": "ann", "hours": {day: ["08:00-18:00"] for day in DAYS[:5]}}]},
            [
                (
                    (),
                    "Nobody is on call Mondays to Thursdays 18:00 to 08:00 and Fridays 18:00 to Mondays 08:00, "
                    "and there is no fallback.",
                )
            ],
        ),
        (
            {"shifts": [{"who": "ann", "hours": {"mon": ["00:00-24:00"], "thu": ["09:00-24:00"]}}]},
            [
                (
                    (),
                    "Nobody is on call Tuesdays 00:00 to Thursdays 09:00 and Fridays 00:00 to Sundays 24:00, "
                    "and there is no fallback.",
                )
            ],
        ),
        ({"calendar": "file"}, [((), "Nobody is on call at any time, and there is no fallback.")]),
        ({"rotation": {"people": ["ann", "bob"], "every_days": 1, "starts": "2026-11-02"}}, []),
        (
            {"rotation": {"people": ["ann"], "every_days": 1, "starts": "2026-11-02", "hours": NIGHTS}},
            [((), "Nobody is on call every day 08:00 to 18:00, and there is no fallback.")],
        ),
        (
            {
                "shifts": [{"who": ["ann", "eve"], "hours": "always"}],
                "rotation": {"people": ["zoe"], "every_days": 1, "starts": "2026-11-02"},
                "holidays": [{"name": "Christmas", "date": "2026-12-25", "who": "max"}],
                "fallback": "ned",
            },
            [
                (("shifts", 0, "who", 1), 'There is no contact "eve".'),
                (("rotation", "people", 0), 'There is no contact "zoe".'),
                (("holidays", 0, "who", 0), 'There is no contact "max".'),
                (("fallback",), 'There is no contact "ned".'),
            ],
        ),
        (
            {
                "one": True,
                "shifts": [
                    {"who": "ann", "hours": {**NIGHTS, "sun": ["18:00-09:00"]}},
                    {"who": "bob", "hours": BY_DAY},
                    {"who": ["bob", "pat"], "hours": {"sun": ["18:00-19:00"]}},
                ],
                "holidays": [{"name": "Christmas", "date": "2026-12-25", "who": ["ann", "pat"]}],
            },
            [
                (("shifts", 2, "who"), "Bob and Pat are on call together, but only one person at a time is meant."),
                (
                    ("shifts", 1),
                    "Ann Lee and Bob are on call together Mondays 08:00 to 09:00, "
                    "but only one person at a time is meant.",
                ),
                (
                    ("shifts", 2),
                    "Ann Lee, Bob and Pat are on call together Sundays 18:00 to 19:00, "
                    "but only one person at a time is meant.",
                ),
                (
                    ("holidays", 0, "who"),
                    "Ann Lee and Pat are on call together, but only one person at a time is meant.",
                ),
            ],
        ),
    ],
)
def test_what_keeps_a_rota_from_being_saved(written: dict[str, Any], expected: list[tuple[Any, str]]) -> None:
    assert problems(rota(**written), CONTACTS) == expected


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"rotation": {"people": ["ann"], "starts": "2026-11-02"}}, "every_days or every_weeks, one of them"),
        (
            {"rotation": {"people": ["ann"], "starts": "2026-11-02", "every_days": 1, "every_weeks": 1}},
            "every_days or every_weeks, one of them",
        ),
        (
            {"rotation": {"people": ["ann"], "starts": "2026-11-02", "every_days": 7, "weekday": "mon"}},
            "A weekday fits turns of weeks only",
        ),
        (
            {"rotation": {"people": ["ann"], "starts": "2026-11-02", "every_days": 7, "handover": "8"}},
            '"8" is not a time of day; write it like 08:00.',
        ),
        ({"shifts": [{"who": [], "hours": "always"}]}, "at least 1 item"),
        ({"shifts": [{"who": "ann", "hours": {"mon": ["09:00-12:00", "11:00-13:00"]}}]}, "overlaps"),
        ({"calendar": "http://example.com/a.ics"}, "https address of a calendar"),
        ({"calendar": "https://ann:secret@example.com/a.ics"}, "https address of a calendar"),
        ({"calendar": "https://[::1"}, "https address of a calendar"),
        (
            {
                "holidays": [
                    {"name": "Christmas", "date": "2026-12-24", "through": "2026-12-26", "who": "ann"},
                    {"name": "Party", "date": "2026-12-26", "who": "bob"},
                ]
            },
            "Christmas and Party are both on 2026-12-26",
        ),
    ],
)
def test_what_is_wrong_is_said(written: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        rota(**written)
    assert sentence in str(error.value)


def test_a_rota_is_read_as_it_is_written() -> None:
    subject = rota(
        shifts=[{"who": "ann", "hours": NIGHTS}],
        rotation={"people": ["ann"], "every_days": 1, "starts": "2026-11-02", "hours": "always"},
        holidays=[{"name": "Christmas", "date": "2026-12-25", "who": "bob"}],
        calendar="webcal://calendar.example.com/team.ics",
    )
    assert subject.calendar == "https://calendar.example.com/team.ics"
    assert Rota.model_validate(subject.model_dump(mode="json")) == subject


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
