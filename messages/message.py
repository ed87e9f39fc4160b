"""A message: what a caller left for a business, taken by an agent or as voicemail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class MessageStatus(StrEnum):
    DRAFT = "draft"  # being taken; nothing goes out
    SAVED = "saved"
    PARTIAL = "partial"  # the caller hung up half-way; relayed all the same, marked so


class Source(StrEnum):
    AGENT = "agent"
    VOICEMAIL = "voicemail"
    FALLBACK = "fallback"  # left with the bare exchange while the service was down


@dataclass(frozen=True)
class Message:
    """One message.

    `number` is what people and texts call it by (0 until the store gives one); `answers` holds the form's
    fields by key; `form` is the form's key in the plan at that time; `name_said_as` is a written respelling of the
    caller's name; clips are recordings (see `calls.clips`). Times are UTC.
    """

    id: str
    business_id: str
    form: str
    source: Source
    created_at: datetime
    number: int = 0
    status: MessageStatus = MessageStatus.DRAFT
    call_id: str | None = None
    caller: str | None = None  # E.164, None when withheld
    urgency: str = "normal"  # normal | urgent | emergency
    answers: Mapping[str, str] = field(default_factory=dict)
    name_said_as: str = ""
    name_clip: str | None = None
    voice_clip: str | None = None
    taken_by: str | None = None  # person id of the agent
    saved_at: datetime | None = None
    done_at: datetime | None = None
    revision: int = 0  # goes up with every change; a stale draft save is refused
