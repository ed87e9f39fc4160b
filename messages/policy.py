"""Who gets a message and how: contacts and delivery rules as data, and the deliveries they make of a message."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal, get_args

import pydantic
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from accounts.contacts import ChannelName, Contact
from accounts.hours import WeeklyHours
from messages.form import RESERVED_KEYS, Form, Urgency
from messages.message import Message

AGENTS = "agents"
"""In the place of a contact: a task for the service's agents, to reach somebody by hand."""

OpenWord = Literal["open", "closed", "holiday"]


def _list(value: object) -> object:
    """One name may be written without a list."""
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_list), Field(min_length=1, max_length=10)]
Channels = Annotated[tuple[ChannelName, ...], BeforeValidator(_list), Field(max_length=5)]


class Step(BaseModel):
    """One step of an escalation: tell the contacts or rotas in `to` by every channel in `by` at once, wait
    `wait_minutes`, and again until it was done `times` times; then comes the next step.

    Where no channel in `by` can deliver, those in `else_by` are tried, one after another. `to: agents` makes a task.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Names
    by: Channels = ()
    else_by: Channels = ()
    wait_minutes: Annotated[int, Field(ge=1, le=1440)] = 5
    times: Annotated[int, Field(ge=1, le=100)] = 1


class Hold(BaseModel):
    """Kept back: sent as one summary `at` these times of day (business's wall time), or when the business checks in
    (opens its messages, or texts STATUS), after `at_most_hours` in any case."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: tuple[TimeOfDay, ...] = ()  # 1 to 4 times; empty: until check-in
    until_check_in: bool = False
    at_most_hours: Annotated[int, Field(ge=1, le=72)] = 24


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
    when: tuple[OpenWord, ...] = ()
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

    def covers(self, form: str, urgency: str) -> bool:
        """Does the rule apply to such a message?"""
        return (not self.forms or form in self.forms) and (not self.urgency or urgency in self.urgency)


@dataclass(frozen=True)
class PolicyProblem:
    """Something wrong with the rules: the path of the offending key in the plan, and a plain sentence."""

    path: tuple[str | int, ...]
    reason: str


def problems(
    rules: Sequence[DeliveryRule], forms: Mapping[str, Form], contacts: Mapping[str, Contact]
) -> list[PolicyProblem]:
    """Everything that would keep a message from reaching somebody. Paths begin at the plan's `deliver` or `forms`."""
    return [*_broken_rules(rules, forms, contacts), *_forms_left_out(rules, forms)]


def deliveries_for(
    message: Message,
    rules: Sequence[DeliveryRule],
    contacts: Mapping[str, Contact],
    now: datetime,
    new_id: Callable[[], str],
    new_token: Callable[[], str],
) -> list[Queued]:
    """The deliveries of a message, due at once: one per channel and address, however many rules name it.

    Where rules meet at one address the more insistent and the more telling wins. A message that no rule covers (its
    form has left the plan meanwhile) takes the first rule: every message reaches somebody.
    """
    covering = [rule for rule in rules if rule.covers(message.form, message.urgency)] or rules[:1]
    jobs: dict[tuple[str, str], Job] = {}
    for rule in covering:
        contact = contacts.get(rule.to)
        for channel in rule.by:
            address = contact.address(channel) if contact else None
            if contact is None or address is None:
                continue
            wanted = Job(
                id="",
                message_id=message.id,
                business_id=message.business_id,
                target=Target(rule.to, contact.name, channel, address),
                created_at=now,
                token="",
                until_acknowledged=rule.until_acknowledged,
                repeat_seconds=rule.repeat_minutes * 60,
                max_sends=rule.max_sends,
                include=None if rule.include == "all" else rule.include,
            )
            place = (channel, address.casefold())
            jobs[place] = _both(jobs[place], wanted) if place in jobs else wanted
    return [Queued(replace(job, id=new_id(), token=new_token()), due=now) for job in jobs.values()]


def _both(first: Job, second: Job) -> Job:
    include = None
    if first.include is not None and second.include is not None:
        include = tuple(dict.fromkeys(first.include + second.include))
    insistent = [job for job in (first, second) if job.until_acknowledged] or [first]
    return replace(
        first,
        until_acknowledged=first.until_acknowledged or second.until_acknowledged,
        repeat_seconds=min(job.repeat_seconds for job in insistent),
        max_sends=max(job.max_sends for job in insistent),
        include=include,
    )


def _broken_rules(
    rules: Sequence[DeliveryRule], forms: Mapping[str, Form], contacts: Mapping[str, Contact]
) -> Iterator[PolicyProblem]:
    for at, rule in enumerate(rules):
        for i, key in enumerate(rule.forms):
            if key not in forms:
                yield PolicyProblem(("deliver", at, "forms", i), f'There is no form "{key}".')
        contact = contacts.get(rule.to)
        if contact is None:
            yield PolicyProblem(("deliver", at, "to"), f'There is no contact "{rule.to}".')
        for i, channel in enumerate(rule.by):
            if contact is not None and contact.address(channel) is None:
                yield PolicyProblem(
                    ("deliver", at, "by", i), f'The contact "{rule.to}" has no address for {channel}; give it one.'
                )
        if rule.include == "all":
            continue
        known = {f.key for key, form in forms.items() if not rule.forms or key in rule.forms for f in form.fields}
        for i, name in enumerate(rule.include):
            if name not in known | RESERVED_KEYS:
                yield PolicyProblem(
                    ("deliver", at, "include", i), f'None of the forms this rule is for has a field "{name}".'
                )


def _forms_left_out(rules: Sequence[DeliveryRule], forms: Mapping[str, Form]) -> Iterator[PolicyProblem]:
    for key in forms:
        missed = [u for u in get_args(Urgency) if not any(rule.covers(key, u) for rule in rules)]
        if len(missed) == len(get_args(Urgency)):
            yield PolicyProblem(("forms", key), f'No delivery rule covers the form "{key}": its messages reach nobody.')
        elif missed:
            yield PolicyProblem(
                ("forms", key), f'No delivery rule covers messages of the form "{key}" that are {" or ".join(missed)}.'
            )
