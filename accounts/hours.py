"""Opening hours of a business: weekly periods and holidays in local wall time, right on both DST nights.

A period belongs to the day on which it starts: Friday 22:00-06:00 runs into Saturday morning, and a holiday on
Saturday does not cut it. On a holiday no weekly period starts; the holiday's own periods (if any) do.

Being open is a matter of what the wall clock says: on the night the clock is set back, 01:00-02:00 is open both
times it is one o'clock; an hour that the clock skips is not there.
"""

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    field_validator,
    model_serializer,
    model_validator,
)

DAY = 24 * 60  # minutes
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PERIOD = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")


@dataclass(frozen=True, order=True)
class Period:
    """Minutes of wall time since midnight of the day it starts on; `closes` is past 24:00 when it runs overnight."""

    opens: int
    closes: int

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read "09:00-17:00", "22:00-06:00" (overnight) or "00:00-24:00". Raises ValueError saying what is wrong."""
        found = PERIOD.fullmatch(text.strip())
        if not found:
            raise ValueError(f'"{text}" is not a period; write it like 09:00-17:00')
        opens, closes = _minutes(text, found[1], found[2]), _minutes(text, found[3], found[4])
        if opens == DAY:
            raise ValueError(f'"{text}" starts at 24:00; write 00:00 on the next day')
        if opens == closes:
            raise ValueError(f'"{text}" starts and ends at the same time; a whole day is 00:00-24:00')
        return cls(opens, closes if closes > opens else closes + DAY)

    def __str__(self) -> str:
        closes = self.closes if self.closes <= DAY else self.closes - DAY
        return f"{_clock(self.opens)}-{_clock(closes)}"


def _minutes(text: str, hours: str, minutes: str) -> int:
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > DAY:
        raise ValueError(f'"{text}": {hours}:{minutes} is not a time of day')
    return total


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _period(value: object) -> object:
    return Period.parse(value) if isinstance(value, str) else value


PeriodText = Annotated[
    Period,
    BeforeValidator(_period),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}:\d\d\s*-\s*\d{1,2}:\d\d$", "examples": ["09:00-17:00"]}),
]
ALL_DAY = (Period(0, DAY),)


def _refuse_overlap(day: str, periods: Sequence[Period]) -> None:
    for earlier, later in pairwise(sorted(periods)):
        if later.opens < earlier.closes:
            raise ValueError(f"{day}: {later} overlaps {earlier}")


class WeeklyHours(BaseModel):
    """Periods by the weekday they start on; a day left out is closed. `"always"` stands for 24 hours, 7 days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mon: tuple[PeriodText, ...] = ()
    tue: tuple[PeriodText, ...] = ()
    wed: tuple[PeriodText, ...] = ()
    thu: tuple[PeriodText, ...] = ()
    fri: tuple[PeriodText, ...] = ()
    sat: tuple[PeriodText, ...] = ()
    sun: tuple[PeriodText, ...] = ()

    def on(self, weekday: int) -> tuple[Period, ...]:
        """The periods that start on a weekday (0 is Monday)."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)[weekday]

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: object) -> object:
        if value == "always":
            return dict.fromkeys(WEEKDAYS, ALL_DAY)
        if isinstance(value, str):
            raise ValueError(f'"{value}" is not a week; write "always" or a list of periods for each day')
        if isinstance(value, dict):
            for day in value:
                if day not in WEEKDAYS:
                    raise ValueError(f'"{day}" is not a day; the days are {", ".join(WEEKDAYS)}')
        return value

    @model_validator(mode="after")
    def _no_overlap(self) -> Self:
        for day, name in enumerate(NAMES):
            _refuse_overlap(name, self.on(day))
            last = max(self.on(day), default=None)
            first = min(self.on((day + 1) % 7), default=None)
            if last and first and first.opens + DAY < last.closes:
                raise ValueError(f"{NAMES[(day + 1) % 7]}: {first} overlaps {last}, which runs on from {name}")
        return self

    @model_serializer(mode="wrap")
    def _shorten(self, serialize: SerializerFunctionWrapHandler) -> object:
        if all(self.on(day) == ALL_DAY for day in range(7)):
            return "always"
        return {day: periods for day, periods in serialize(self).items() if periods}


class Holiday(BaseModel):
    """A day, or a range of days, on which the week does not apply. Without `hours` it is closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    date: dt.date
    through: dt.date | None = Field(default=None, description="last day of a range, itself included")
    hours: tuple[PeriodText, ...] = ()

    @property
    def last(self) -> dt.date:
        """The last day, which is `date` for a single day."""
        return self.through or self.date

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.last < self.date:
            raise ValueError(f"{self.name}: ends on {self.last}, before it starts on {self.date}")
        _refuse_overlap(self.name, self.hours)
        return self


def refuse_two_on_a_day(holidays: Sequence[Holiday]) -> None:
    """Raises ValueError for holidays that share a day."""
    for earlier, later in pairwise(sorted(holidays, key=lambda holiday: holiday.date)):
        if later.date <= earlier.last:
            raise ValueError(f"{earlier.name} and {later.name} are both on {later.date}")


@dataclass(frozen=True)
class OpenStatus:
    """Whether the business is open, and the holiday whose day it is on the wall calendar (if any)."""

    open: bool
    holiday: str | None = None

    @property
    def word(self) -> Literal["open", "closed", "holiday"]:
        """One word for screens and for choosing a menu: "holiday" is closed because of one."""
        if self.open:
            return "open"
        return "holiday" if self.holiday else "closed"


class Hours(BaseModel):
    """When a business is open, in its own time zone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    time_zone: str
    weekly: WeeklyHours = WeeklyHours()
    holidays: tuple[Holiday, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f'"{name}" is not a time zone; write one like America/New_York') from None
        return name

    @model_validator(mode="after")
    def _one_holiday_a_day(self) -> Self:
        refuse_two_on_a_day(self.holidays)
        return self

    def is_open(self, at: dt.datetime) -> bool:
        """True when open at an aware datetime. Raises ValueError for a naive one."""
        return self._open_on_wall(self._wall(at))

    def status(self, at: dt.datetime) -> OpenStatus:
        """Open or not, and today's holiday."""
        wall = self._wall(at)
        holiday = self._holiday(wall.date())
        return OpenStatus(self._open_on_wall(wall), holiday.name if holiday else None)

    def next_change(self, at: dt.datetime) -> dt.datetime | None:
        """The first instant (UTC) after `at` when `is_open` changes; None when it never does.

        Candidates are the walls' own boundaries and the zone's jumps. Two weeks after the last holiday there is
        nothing new to come: one week for the pattern, one more for an hour that a DST night has swallowed.
        """
        was_open = self.is_open(at)
        at = at.astimezone(dt.UTC)
        last_day = max([self._wall(at).date(), *(holiday.last for holiday in self.holidays)])
        horizon = dt.datetime.combine(last_day, dt.time(), dt.UTC) + dt.timedelta(days=17)
        start = at
        while start < horizon:
            end = start + dt.timedelta(days=1)
            for candidate in sorted(set(self._boundaries(start, end))):
                if self.is_open(candidate) != was_open:
                    return candidate
            start = end
        return None

    def seconds_of_day(self, at: dt.datetime) -> float:
        """Seconds on the business's clock since its last midnight, at this (aware) time."""
        wall = self._wall(at)
        return wall.hour * 3600.0 + wall.minute * 60.0 + wall.second

    @property
    def _zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)  # cached by zoneinfo itself

    def _wall(self, at: dt.datetime) -> dt.datetime:
        if at.tzinfo is None:
            raise ValueError("opening hours need a time with a time zone")
        return at.astimezone(self._zone).replace(tzinfo=None, fold=0)

    def _holiday(self, day: dt.date) -> Holiday | None:
        return next((holiday for holiday in self.holidays if holiday.date <= day <= holiday.last), None)

    def _starting_on(self, day: dt.date) -> tuple[Period, ...]:
        holiday = self._holiday(day)
        return holiday.hours if holiday else self.weekly.on(day.weekday())

    def _open_on_wall(self, wall: dt.datetime) -> bool:
        minute = wall.hour * 60 + wall.minute
        today = any(period.opens <= minute < period.closes for period in self._starting_on(wall.date()))
        yesterday = self._starting_on(wall.date() - dt.timedelta(days=1))
        return today or any(minute + DAY < period.closes for period in yesterday)

    def _boundaries(self, start: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
        """Instants in (start, end] at which the wall clock may cross a boundary: each reading of it, and the jumps."""
        day = self._wall(start).date() - dt.timedelta(days=2)
        while day <= self._wall(end).date():
            midnight = dt.datetime.combine(day, dt.time())
            for period in self._starting_on(day):
                for minutes in (period.opens, period.closes):
                    wall = midnight + dt.timedelta(minutes=minutes)
                    for fold in (0, 1):
                        instant = wall.replace(tzinfo=self._zone, fold=fold).astimezone(dt.UTC)
                        if start < instant <= end:
                            yield instant
            day += dt.timedelta(days=1)
        yield from self._jumps(start, end)

    def _jumps(self, start: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
        """Instants (whole seconds) in (start, end] at which the zone's offset changes. zoneinfo does not list them."""
        step = dt.timedelta(hours=6)
        before = start
        while before < end:
            after = min(before + step, end)
            if self._offset(before) != self._offset(after):
                yield self._jump_between(before, after)
            before = after

    def _jump_between(self, before: dt.datetime, after: dt.datetime) -> dt.datetime:
        old = self._offset(before)
        low, high = int(before.timestamp()), int(after.timestamp()) + 1
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(dt.datetime.fromtimestamp(middle, dt.UTC)) == old:
                low = middle
            else:
                high = middle
        return dt.datetime.fromtimestamp(high, dt.UTC)

    def _offset(self, at: dt.datetime) -> dt.timedelta | None:
        return at.astimezone(self._zone).utcoffset()
