"""Rotas and what changes them, written short."""

import datetime as dt
import zoneinfo
from typing import Any

from accounts.rota import Absence, CalendarShift, Changes, Cover, Duty, Rota, on_call

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
