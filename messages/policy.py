"""Who gets a message and how: contacts and delivery rules as data, and the deliveries they make of a message."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal, get_args

import pydantic
from pydantic import BaseModel, ConfigDict, field_validator

from accounts.numbers import NotANumber, to_e164
from messages.delivery import Job, Queued, Target
from messages.form import RESERVED_KEYS, Form, Urgency
from messages.message import Message

ChannelName = Literal["email", "sms"]

_ADDRESS = re.compile(r"[^\s@<>(),;:\"\\]{1,64}@[^\s@<>(),;:\"\\]{1,189}")


class Contact(BaseModel):
    """Somebody at the business. `sms` is E.164."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    email: str | None = None
    sms: str | None = None

    @field_validator("name")
    @classmethod
    def _named(cls, name: str) -> str:
        if not name.strip() or len(name) > 80:
            raise ValueError("A contact needs a name of 1 to 80 characters.")
        return name.strip()

    @field_validator("email")
    @classmethod
    def _is_mail(cls, email: str | None) -> str | None:
        if email is not None and not _ADDRESS.fullmatch(email):
            raise ValueError(f'"{email}" is not an e-mail address.')
        return email

    @field_validator("sms", mode="before")
    @classmethod
    def _is_number(cls, sms: object) -> object:
        # An unquoted +12025550191 in YAML arrives as an integer, without its plus sign.
        if isinstance(sms, int) and not isinstance(sms, bool):
            sms = f"+{sms}"
        if not isinstance(sms, str):
            return sms
        if not sms.strip().startswith("+"):
            raise ValueError(f'Write "{sms}" in international form, like "+12025550123".')
        try:
            return to_e164(sms)
        except NotANumber as wrong:
            raise ValueError(str(wrong)) from None

    def address(self, channel: ChannelName) -> str | None:
        """Where this channel reaches the contact, or None."""
        match channel:
            case "email":
                return self.email
            case "sms":
                return self.sms


class DeliveryRule(BaseModel):
    """Messages of these forms and urgencies (empty: all) go to the contact `to` by each channel in `by`.

    With `until_acknowledged` a message goes out again every `repeat_minutes` until somebody says they have it,
    `max_sends` times at most. `include` lists what may be told: field keys, "caller_number", "recordings".
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    forms: tuple[str, ...] = ()
    urgency: tuple[Urgency, ...] = ()
    to: str
    by: Annotated[tuple[ChannelName, ...], pydantic.Field(min_length=1)]
    until_acknowledged: bool = False
    repeat_minutes: Annotated[int, pydantic.Field(ge=1, le=1440)] = 5
    max_sends: Annotated[int, pydantic.Field(ge=1, le=100)] = 6
    include: tuple[str, ...] | Literal["all"] = "all"

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
