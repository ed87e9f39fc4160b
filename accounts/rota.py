"""Who is on call: a rota as data, and the changes people make to it for a time.

Everything is in the business's own time zone and wall time, right on both DST nights (as `accounts.hours`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Rota(BaseModel):
    """WRITTEN BY THE ROTA HELPER (accounts/rota.py on main); this is its outline only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fallback: str | None = None


@dataclass(frozen=True)
class Duty:
    """One contact on call: its key in the plan, from when to when (UTC), and why in words fit for a screen."""

    contact: str
    starts: datetime
    ends: datetime | None
    because: str


@dataclass(frozen=True)
class Cover:
    """`contact` stands in on `rota` from `starts` until `ends` (for `instead_of`, or for whoever it would be)."""

    id: str
    business_id: str
    rota: str
    contact: str
    starts: datetime
    ends: datetime
    made_by: str
    made_at: datetime
    instead_of: str | None = None


@dataclass(frozen=True)
class Absence:
    """`contact` is away; `ends` None until they say they are back."""

    id: str
    business_id: str
    contact: str
    starts: datetime
    ends: datetime | None
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class CalendarShift:
    """A shift that came from an outside calendar (iCal): the contact's key, and when (UTC)."""

    contact: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Changes:
    """What is not in the plan: covers, absences, and what calendars say (by rota)."""

    covers: tuple[Cover, ...] = ()
    absences: tuple[Absence, ...] = ()
    calendars: Mapping[str, tuple[CalendarShift, ...]] = field(default_factory=dict)


def on_call(rota: Rota, key: str, time_zone: str, at: datetime, changes: Changes) -> tuple[Duty, ...]:
    """Who is on call at this (aware) time, in the order they are asked."""
    raise NotImplementedError  # the rota helper's
