"""Who gets a message and how: the delivery rules of a business as data. `messages.escalation` does what they say."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from accounts.contacts import ChannelName
from accounts.hours import Hours, WeeklyHours
from messages.form import Urgency

AGENTS = "agents"
"""In the place of a contact: a task for the service's agents, to reach somebody by hand."""

OpenWord = Literal["open", "closed", "holiday"]

_SHORT_FORM = ("to", "by", "else_by", "until_acknowledged", "repeat_minutes", "max_sends")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)")


def _list(value: object) -> object:
    """One name may be written without a list."""
    return [value] if isinstance(value, str) else value


def _time_of_day(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _CLOCK.fullmatch(value.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f'"{value}" is not a time of day; write it like 08:00')
    return time(int(found[1]), int(found[2]))


def _times(value: object) -> object:
    return [value] if isinstance(value, str | time) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_list), Field(min_length=1, max_length=10)]
Channels = Annotated[tuple[ChannelName, ...], BeforeValidator(_list), Field(max_length=5)]
TimeOfDay = Annotated[
    time, BeforeValidator(_time_of_day), PlainSerializer(lambda at: at.strftime("%H:%M"), return_type=str)
]


class Step(BaseModel):
    """One step of an escalation: tell the contacts or rotas in `to` by every channel in `by` at once, wait
    `wait_minutes`, and again until it was done `times` times; then comes the next step.

    Whom no channel in `by` can reach is told by those in `else_by`, one after another. `to: agents` makes a task.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Names
    by: Channels = ()
    else_by: Channels = ()
    wait_minutes: Annotated[int, Field(ge=1, le=1440)] = 5
    times: Annotated[int, Field(ge=1, le=100)] = 1

    @property
    def contacts(self) -> tuple[str, ...]:
        """The contacts and rotas among `to`."""
        return tuple(name for name in self.to if name != AGENTS)

    @property
    def wait(self) -> timedelta:
        return timedelta(minutes=self.wait_minutes)

    @model_validator(mode="after")
    def _says_how(self) -> Self:
        _refuse_unsound(self.to, self.by, self.else_by)
        return self


class Hold(BaseModel):
    """Kept back: sent as one summary `at` these times of day (business's wall time), or when the business checks in
    (opens its messages, or texts STATUS), after `at_most_hours` in any case."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: Annotated[tuple[TimeOfDay, ...], BeforeValidator(_times), Field(max_length=4)] = ()
    until_check_in: bool = False
    at_most_hours: Annotated[int, Field(ge=1, le=72)] = 24

    @model_validator(mode="after")
    def _says_until_when(self) -> Self:
        if not self.at and not self.until_check_in:
            raise ValueError("say at which times of day the summary goes out, or until_check_in: true")
        return self

    def due(self, now: datetime, time_zone: str) -> datetime:
        """When what is kept back now goes out at the latest (UTC)."""
        latest = now + timedelta(hours=self.at_most_hours)
        return min([latest, *self._summaries_after(now, ZoneInfo(time_zone))]).astimezone(UTC)

    def _summaries_after(self, now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        today = now.astimezone(zone).date()
        for days in range(3):
            for at in self.at:
                # In UTC: two times of one zone compare by what their clocks show, which a DST night turns round.
                moment = datetime.combine(today + timedelta(days=days), at, zone).astimezone(UTC)
                if moment > now:
                    yield moment


class DeliveryRule(BaseModel):
    """Messages of these forms and urgencies, taken at these times (each empty: all), go this way.

    Short form: to the contacts or rotas in `to`, by every channel in `by` at once (`else_by` where none of them can
    deliver); with `until_acknowledged` again every `repeat_minutes`, `max_sends` times at most. Long form: `escalate`,
    steps one after another until somebody acknowledges. `steps` gives both as steps.

    `when` looks at the business's opening hours at the time the message was saved, `hours` at the wall clock.
    `hold` keeps messages back for a summary (never together with an acknowledgement). `include` lists what may be told:
    field keys, "caller_number", "recordings"; with `details: link` it is told on the secure page only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(max_length=80)] = ""
    forms: tuple[str, ...] = ()
    urgency: tuple[Urgency, ...] = ()
    when: Annotated[tuple[OpenWord, ...], BeforeValidator(_list)] = ()
    hours: WeeklyHours | None = None
    to: Annotated[tuple[str, ...], BeforeValidator(_list), Field(max_length=10)] = ()
    by: Channels = ()
    else_by: Channels = ()
    until_acknowledged: bool = False
    repeat_minutes: Annotated[int, Field(ge=1, le=1440)] = 5
    max_sends: Annotated[int, Field(ge=1, le=100)] = 6
    escalate: Annotated[tuple[Step, ...], Field(max_length=20)] = ()
    hold: Hold | None = None
    include: tuple[str, ...] | Literal["all"] = "all"
    details: Literal["in_message", "link"] = "in_message"

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.escalate and (both := [key for key in _SHORT_FORM if getattr(self, key) != _usual(key)]):
            raise ValueError(f"escalate has steps of its own: take {both[0]} out, or put it into a step")
        if not self.escalate:
            if not self.to:
                raise ValueError("say to whom the messages go (to), or in which steps (escalate)")
            _refuse_unsound(self.to, self.by, self.else_by)
        if self.hold and self.asks:
            raise ValueError("what is held for a summary cannot wait for an acknowledgement: leave one of them out")
        if self.hold and AGENTS in self.to:
            raise ValueError("a summary goes to contacts, not to agents")
        return self

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is done, one after another."""
        if self.escalate:
            return self.escalate
        times = self.max_sends if self.until_acknowledged else 1
        return (Step(to=self.to, by=self.by, else_by=self.else_by, wait_minutes=self.repeat_minutes, times=times),)

    @property
    def asks(self) -> bool:
        """Whether somebody has to acknowledge."""
        return self.until_acknowledged or bool(self.escalate)

    @property
    def told(self) -> tuple[str, ...] | None:
        """What of a message may be told; None: all of it."""
        return None if self.include == "all" else self.include

    def covers(self, form: str, urgency: str) -> bool:
        """Does the rule apply to such a message, at some time?"""
        return (not self.forms or form in self.forms) and (not self.urgency or urgency in self.urgency)

    def holds_at(self, at: datetime, hours: Hours) -> bool:
        """Does the rule apply at this time? `hours` are the business's opening hours."""
        if self.when and hours.status(at).word not in self.when:
            return False
        return self.hours is None or Hours(time_zone=hours.time_zone, weekly=self.hours).is_open(at)


def _usual(key: str) -> object:
    return DeliveryRule.model_fields[key].default


def _refuse_unsound(to: Sequence[str], by: Sequence[str], else_by: Sequence[str]) -> None:
    if not by and (people := [name for name in to if name != AGENTS]):
        raise ValueError(f"say by which channels {people[0]} is told, like by: [sms]")
    if len(set(to)) < len(to):
        raise ValueError("somebody is named twice here")
    if again := set(by) & set(else_by):
        raise ValueError(f"{min(again)} is in by already; else_by is for other channels")
