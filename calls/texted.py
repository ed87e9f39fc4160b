"""What was made of the texts and mails that people sent us: what UNDO and the limits on answers go by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

KEPT = timedelta(days=14)
"""UNDO, the limits on answers and "help once a day" go by the last day. But a mail server may hand us a mail a second
time for days, and the record is how we know that it was dealt with."""


class Did(StrEnum):
    """What a text came to. Those that changed something are what UNDO is about."""

    OK = "ok"
    OUT = "out"
    IN = "in"
    ON_CALL = "on_call"
    CALL = "call"
    UNDO = "undo"
    TOLD = "told"  # nothing was changed: a question, or something we did not understand
    HELPED = "helped"  # a stranger heard what this number is for


CHANGES = frozenset({Did.OK, Did.OUT, Did.IN, Did.ON_CALL, Did.CALL})


@dataclass(frozen=True)
class Texted:
    """One text or mail that was dealt with. `id` is the text's own, `sender` a channel and an address.

    `changed` are the ids of what it changed: covers, absences, a task or a message. `undone_by` is the id of the text
    that took it back.
    """

    id: str
    sender: str
    at: datetime
    did: Did
    answered: bool
    business_id: str = ""
    changed: tuple[str, ...] = ()
    undone_by: str = ""


def sender_of(channel: str, address: str) -> str:
    """How a sender is written in the record."""
    return f"{channel}:{address.casefold()}"


class TextedLog(Protocol):
    """Where the record is kept."""

    async def add(self, texted: Texted) -> None:
        """Keep it; the same id again changes nothing."""

    async def by_id(self, text_id: str) -> Texted | None:
        """What was made of this text, if it was dealt with."""

    async def of_sender(self, sender: str, since: datetime) -> Sequence[Texted]:
        """The sender's texts at or after that, newest first; at most 100."""

    async def undo(self, text_id: str, by: str) -> bool:
        """Note that the text `by` takes back what this one did; False when another has done so already."""

    async def forget_before(self, at: datetime) -> None:
        """Delete what was dealt with before that."""
