"""Texts that people send to the service, and the port that keeps them. Pure.

A provider may bring a text twice, late, or in another order than it was written; it is kept once, by the provider's own
name for it, and stays `waiting` until somebody has dealt with it, over a restart too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

LONGEST_BODY = 1600
"""Characters; carriers join no more segments than that."""


class OptWord(StrEnum):
    """What the provider has made of a text by itself, before we see it."""

    STOP = "stop"  # it sends this person nothing any more
    START = "start"  # it sends again
    HELP = "help"  # it has answered with its own help


# Twilio acts on a text that is one of these words alone, whatever we do.
_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_START = frozenset({"start", "unstop"})
_PERHAPS_START = "yes"


@dataclass(frozen=True)
class InboundText:
    """`id` is the provider's name for it, `at` when it was sent (as far as known); numbers are E.164 where they can be.

    `opt` is what the provider says it has made of it, if it says so.
    """

    id: str
    sender: str
    to: str
    body: str
    at: datetime
    opt: OptWord | None = None

    @property
    def stops(self) -> bool:
        """They want no more texts."""
        return self.opt is OptWord.STOP or (self.opt is None and self._word in _STOP)

    @property
    def starts(self) -> bool:
        """They want texts again."""
        return self.opt is OptWord.START or (self.opt is None and self._word in _START)

    @property
    def may_start(self) -> bool:
        """They want texts again, if they had asked for none; else it is an answer like any other."""
        return self.opt is None and self._word == _PERHAPS_START

    @property
    def _word(self) -> str:
        return self.body.strip().casefold()


@dataclass(frozen=True)
class InboundMail:
    """A person's answer to one of our mails, that of delivery `delivery_id`: `words` without what they quote."""

    id: str
    sender: str
    words: str
    at: datetime
    delivery_id: str


class NoAnswer(Exception):
    """The provider could not be asked."""


class InboundTexts(Protocol):
    """Where they are kept. Whatever a method returns is durable by then."""

    async def add(self, text: InboundText) -> bool:
        """Keep it as waiting; False when it is there already (nothing is changed then)."""

    async def handled(self, text_id: str, at: datetime) -> None:
        """It has been dealt with. Unknown or handled already is fine."""

    async def waiting(self, limit: int = 100) -> Sequence[InboundText]:
        """Those nobody has dealt with, oldest first."""


class TextSource(Protocol):
    """A provider that can be asked for the texts it got for us."""

    async def texts_since(self, since: datetime) -> Sequence[InboundText]:
        """All texts to us sent at or after that, oldest first. Raises NoAnswer."""
