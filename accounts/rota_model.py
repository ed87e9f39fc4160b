"""A rota as data, the changes people make to it for a time, and what comes of both."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from accounts.hours import WEEKDAYS, Holiday, Period, WeeklyHours, refuse_two_on_a_day
from accounts.wall_week import ALL_WEEK, Stretches, stretches, union

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WHOLE_DAY = (Period(0, 24 * 60),)
BY_FILE = "file"


def _list(value: object) -> object:
    """One name may be written without a list."""
    return [value] if isinstance(value, str) else value


Who = Annotated[tuple[str, ...], BeforeValidator(_list), Field(min_length=1, max_length=20)]
"""Contacts' keys, in the order they are asked."""


class Shift(BaseModel):
    """These people are on call in these hours of every week."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    who: Who
    hours: WeeklyHours

    @cached_property
    def stretches(self) -> Stretches:
        return stretches(self.hours)


class Rotation(BaseModel):
    """People take turns of some days or weeks, handed over at a time of day (business's wall time).

    The first one's turn begins on `starts`, or on the first `weekday` from then on; it is counted backwards too, so
    somebody is on call before that. With `hours` they are on call in those hours of their turn only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    people: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)]
    every_days: Annotated[int, Field(ge=1, le=90)] | None = None
    every_weeks: Annotated[int, Field(ge=1, le=12)] | None = None
    starts: dt.date
    weekday: Weekday | None = None
    handover: str = "08:00"
    hours: WeeklyHours | None = None

    @field_validator("handover")
    @classmethod
    def _is_time(cls, text: str) -> str:
        try:
            return dt.datetime.strptime(text.strip(), "%H:%M").strftime("%H:%M")  # noqa: DTZ007 (no date, no zone)
        except ValueError:
            raise ValueError(f'"{text}" is not a time of day; write it like 08:00.') from None

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if (self.every_days is None) == (self.every_weeks is None):
            raise ValueError("Say how long a turn is: every_days or every_weeks, one of them.")
        if self.weekday is not None and self.every_weeks is None:
            raise ValueError("A weekday fits turns of weeks only; use every_weeks, or leave the weekday out.")
        return self

    @property
    def turn(self) -> dt.timedelta:
        """How long a turn is, in days of the wall calendar."""
        return dt.timedelta(days=self.every_days or 0, weeks=self.every_weeks or 0)

    @property
    def first(self) -> dt.datetime:
        """When the first one's turn begins (naive wall time)."""
        ahead = (WEEKDAYS.index(self.weekday) - self.starts.weekday()) % 7 if self.weekday else 0
        at = dt.time.fromisoformat(self.handover)
        return dt.datetime.combine(self.starts, at) + dt.timedelta(days=ahead)

    @cached_property
    def stretches(self) -> Stretches:
        """The hours of the week, whoever's turn it is."""
        return stretches(self.hours) if self.hours is not None else ALL_WEEK


class RotaHoliday(Holiday):
    """Who is on call on a holiday: all day, or in `hours` (as periods of that day; the week holds for the rest)."""

    who: Who

    @property
    def periods(self) -> tuple[Period, ...]:
        return self.hours or WHOLE_DAY


class Rota(BaseModel):
    """Who is on call when. What comes first here decides: a cover, the calendar, a holiday, shifts, the rotation,
    the fallback; who is away is passed over.

    Shifts that overlap are asked in the order they are written; with `one` only one person is meant at a time.
    `calendar` is the https address of an iCal calendar from outside, or "file" for one that was uploaded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(max_length=80)] = ""
    shifts: Annotated[tuple[Shift, ...], Field(max_length=100)] = ()
    rotation: Rotation | None = None
    holidays: Annotated[tuple[RotaHoliday, ...], Field(max_length=200)] = ()
    calendar: Annotated[str, Field(max_length=1000)] | None = None
    fallback: str | None = None
    one: bool = False

    @field_validator("calendar")
    @classmethod
    def _is_calendar(cls, calendar: str | None) -> str | None:
        if calendar is None or calendar == BY_FILE:
            return calendar
        if calendar.startswith("webcal://"):
            calendar = "https://" + calendar.removeprefix("webcal://")
        try:
            parts = urlsplit(calendar)
            right = parts.scheme == "https" and bool(parts.hostname) and parts.username is None
        except ValueError:
            right = False
        if not right:
            raise ValueError('This must be the https address of a calendar (without a password in it), or "file".')
        return calendar

    @model_validator(mode="after")
    def _one_holiday_a_day(self) -> Self:
        refuse_two_on_a_day(self.holidays)
        return self

    @cached_property
    def pattern(self) -> Stretches:
        """The hours of the week that shifts and rotation cover, whoever it is."""
        covered = [each for shift in self.shifts for each in shift.stretches]
        if self.rotation is not None:
            covered += self.rotation.stretches
        return union(covered)


Source = Literal["cover", "calendar", "holiday", "shift", "rotation", "fallback"]


@dataclass(frozen=True)
class Duty:
    """One contact on call: its key in the plan, from when to when (UTC), and why in words fit for a screen.

    `starts` and `ends` are None where nothing changes within a year.
    """

    contact: str
    starts: dt.datetime | None
    ends: dt.datetime | None
    because: str
    source: Source = "shift"


@dataclass(frozen=True)
class Segment:
    """From `starts` until `ends` (UTC) the same people are on call, in the order they are asked; empty: nobody."""

    starts: dt.datetime
    ends: dt.datetime
    duties: tuple[Duty, ...]


@dataclass(frozen=True)
class Gap:
    """Nobody is on the rota from `starts` until `ends` (UTC) but the fallback, or nobody at all where that is None."""

    starts: dt.datetime
    ends: dt.datetime
    fallback: str | None


@dataclass(frozen=True)
class Cover:
    """`contact` stands in on `rota` from `starts` until `ends` (for `instead_of`, or for whoever it would be).

    `made_via` is how `made_by` said so: "page", "sms:+12025550191", "email:pat@harbor.test", "api:" and the key's name;
    "" where it was not noted.
    """

    id: str
    business_id: str
    rota: str
    contact: str
    starts: dt.datetime
    ends: dt.datetime
    made_by: str
    made_at: dt.datetime
    instead_of: str | None = None
    made_via: str = ""


@dataclass(frozen=True)
class Absence:
    """`contact` is away; `ends` None until they say they are back. `made_via` as in a cover."""

    id: str
    business_id: str
    contact: str
    starts: dt.datetime
    ends: dt.datetime | None
    made_by: str
    made_at: dt.datetime
    made_via: str = ""


@dataclass(frozen=True)
class CalendarShift:
    """A shift that came from an outside calendar (iCal): the contact's key, and when (UTC)."""

    contact: str
    starts: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True)
class Changes:
    """What is not in the plan: covers, absences, and what calendars say (by rota)."""

    covers: tuple[Cover, ...] = ()
    absences: tuple[Absence, ...] = ()
    calendars: Mapping[str, tuple[CalendarShift, ...]] = field(default_factory=dict)
