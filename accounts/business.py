"""A business (client account), the numbers that lead to it, and the trunks calls come in on."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Business:
    """A client account. `plan` is its answering plan as YAML (`calls.plan` reads it)."""

    id: str
    name: str
    plan: str
    plan_version: int = 1


@dataclass(frozen=True)
class Number:
    """A number (E.164) that leads to a business."""

    e164: str
    business_id: str


@dataclass(frozen=True)
class Recording:
    """A prompt a business has recorded itself; its plan plays it by `{clip: ID}`. The sound is a clip of that id."""

    id: str
    business_id: str
    name: str
    seconds: float
    created_at: datetime


@dataclass(frozen=True)
class Trunk:
    """A carrier's line into the exchange: by registration (`register`) or by the carrier's addresses (`match`)."""

    id: str
    name: str
    host: str | None = None
    port: int = 5060
    match: tuple[str, ...] = ()
    username: str | None = None
    secret: str | None = field(default=None, repr=False)
    register: bool = False
    codecs: tuple[str, ...] = ("ulaw", "alaw")
    caller_id_from: Literal["from", "asserted"] = "from"
