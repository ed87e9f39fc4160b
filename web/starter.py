"""The plan a new business begins with: good for its first calls, and written to be read and changed."""

import json
from collections.abc import Callable
from typing import Self, TypeVar

import phonenumbers
from babel.core import get_global
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from accounts.contacts import Contact
from accounts.hours import Hours
from accounts.numbers import kind_of

T = TypeVar("T")


class Starter(BaseModel):
    """What nobody can guess of a new business: its IANA time zone, and where its messages go: by e-mail, by SMS
    (E.164), or by both."""

    time_zone: str = Field(max_length=64)
    email: str | None = None
    sms: str | None = None

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        return _as_in_a_plan(lambda: Hours(time_zone=name).time_zone)

    @field_validator("email")
    @classmethod
    def _is_mail(cls, email: str | None) -> str | None:
        return _as_in_a_plan(lambda: Contact(name="Office", email=email).email)

    @field_validator("sms")
    @classmethod
    def _is_number(cls, sms: str | None) -> str | None:
        return _as_in_a_plan(lambda: Contact(name="Office", sms=sms).sms)

    @model_validator(mode="after")
    def _reaches_somebody(self) -> Self:
        if self.email is None and self.sms is None:
            raise ValueError("Give an e-mail address or a mobile number for the messages.")
        return self


def starter_plan(name: str, starter: Starter) -> str:
    """The plan as YAML for `calls.plan.parse_plan`; `name` is what callers hear the business called."""
    spoken = name.strip().rstrip(".")
    addresses = {"email": starter.email, "sms": starter.sms}
    given = {channel: address for channel, address in addresses.items() if address is not None}
    return _TEMPLATE.format(
        region=_region(starter),
        answer_phrase=_quoted(f"Thank you for calling {spoken}. How can I help you?"),
        time_zone=_quoted(starter.time_zone),
        welcome=_quoted(f"Thank you for calling {spoken}."),
        closed=_quoted(f"Thank you for calling {spoken}. We are closed right now. Please leave a message."),
        addresses=", ".join(f"{channel}: {_quoted(address)}" for channel, address in given.items()),
        channels=", ".join(given),
    )


_TEMPLATE = """\
# How calls for this business are answered. Change what you like: it is checked before it is saved, and holds from
# the next call on.
language: en-US
region: {region}    # the country of callers' numbers that come without a country code

# What the agent sees: the sentence to answer with, and what to know.
answer_phrase: {answer_phrase}
script: |-
  Take a message: who is calling, the number to call back, and what it is about.
  Give no prices and no promises; say that somebody will call back.

hours:
  time_zone: {time_zone}
  weekly:
    mon: ["09:00-17:00"]
    tue: ["09:00-17:00"]
    wed: ["09:00-17:00"]
    thu: ["09:00-17:00"]
    fri: ["09:00-17:00"]

# Where a call begins while the business is open, and while it is closed.
open: {{menu: main}}
closed:
  greeting: {closed}
  message: standard

menus:
  main:
    greeting: {welcome}
    choices:
      1: {{say: To speak with someone, queue: main}}
      2: {{say: To leave a message, message: standard}}
    then: {{queue: main}}    # for callers who press nothing

# Callers wait here for an agent: first for those dedicated to this business, then for the shared pool.
queues:
  main:
    form: standard
    ask_name: true

# What is asked for in a message.
forms:
  standard:
    title: Message
    fields:
      - {{key: name, label: Name, type: name, required: true, ask: "May I have your name, please?"}}
      - {{key: phone, label: Phone number, type: phone, required: true, ask: What is the best number to reach you at?}}
      - {{key: reason, label: Reason for calling, type: long_text, required: true, ask: What is it about?}}

# Who gets the messages, and how.
contacts:
  office: {{name: Office, {addresses}}}

deliver:
  - {{to: office, by: [{channels}]}}
"""


def _region(starter: Starter) -> str:
    """The country of the mobile number, else that of the time zone (CLDR), else the United States."""
    zones, aliases = get_global("zone_territories"), get_global("zone_aliases")
    of_zone = zones.get(aliases.get(starter.time_zone, starter.time_zone))
    region = (kind_of(starter.sms).region if starter.sms else None) or of_zone
    return region if region in phonenumbers.SUPPORTED_REGIONS else "US"


def _quoted(text: str) -> str:
    """A double-quoted YAML scalar: whatever is typed for a name stays a name."""
    return json.dumps("".join(letter for letter in text if letter.isprintable()), ensure_ascii=False)


def _as_in_a_plan(read: Callable[[], T]) -> T:
    """What the plan's own models make of a value; their first reason as a ValueError."""
    try:
        return read()
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
