"""Who is on call when people stand in or are away, when that changes next, and the holes that are left."""

import datetime as dt
from typing import Any

from accounts.rota import Absence, Cover, Duty, Gap, Rota, duties, holes, next_change, on_call
from tests.accounts.rotas import BEGAN, NAMES, NIGHTS, SHIFTS, TURNS, ZONE, asked, away, cover, made, ny, rota, who


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
