"""The caller's line as call code sees it: the words answer, play, digit, record, bridge.

`telephony.agi_line` implements it on Asterisk; `tests/calls` has a scripted caller that passes
the same contract tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from ivr.prompts import Prompt


class Hangup(Exception):
    """The caller has gone. Raised out of any await on a `Line`; clean up in `finally`."""


class LineFault(Exception):
    """The exchange refused or did not answer in time; the caller may still be there."""


class RecordEnd(Enum):
    KEY = "key"
    SILENCE = "silence"
    TIME = "time"


@dataclass(frozen=True)
class Recorded:
    """A finished recording: its length in seconds and what ended it."""

    seconds: float
    ended_by: RecordEnd


class ForwardEnd(Enum):
    TALKED = "talked"
    BUSY = "busy"
    NO_ANSWER = "no answer"
    FAILED = "failed"


class Line(Protocol):
    """One caller's channel.

    Every method raises `Hangup` when the caller is gone and `LineFault` when the exchange fails the command.
    `play` and `digit` may be cancelled at any await: the line is then ready for the next command, and a digit
    the caller pressed meanwhile is kept for the next `digit` or `play`.
    """

    @property
    def call_id(self) -> str:
        """Our own id of this call."""

    @property
    def channel(self) -> str:
        """The channel's name at the exchange, for a bridge with it."""

    @property
    def dialled(self) -> str:
        """What the trunk says was dialled, as it came."""

    @property
    def caller(self) -> str | None:
        """The caller's number as it came; None when withheld."""

    @property
    def started_at(self) -> datetime:
        """UTC instant at which the call reached the service."""

    async def answer(self) -> None:
        """Answer the call (idempotent)."""

    async def play(self, prompts: Sequence[Prompt], interrupt: str = "") -> str:
        """Say the prompts in order; return the digit of `interrupt` that stopped them, or "" when all was said."""

    async def digit(self, timeout: float) -> str:
        """The next digit the caller presses within `timeout` seconds, or ""."""

    async def record(
        self,
        clip_id: str,
        *,
        max_seconds: float,
        silence_seconds: float,
        end_keys: str = "#",
        beep: bool = True,
    ) -> Recorded:
        """Record the caller into the clip `clip_id` until a key, silence or time ends it.

        On `Hangup` what was said so far is kept in the clip.
        """

    async def hold_music(self, on: bool, music_class: str | None = None) -> None:
        """Start or stop hold music; it goes on while other awaits run.

        `music_class` is what `calls.hold_music.HoldMusic.set` gave; None, and one that is gone, is the house's own.
        """

    async def bridge(self, channel: str) -> None:
        """Connect the caller with another channel; returns once they are apart again and the caller is there."""

    async def forward(self, number: str, *, ring_seconds: float) -> ForwardEnd:
        """Ring an outside number (E.164) over the trunk and connect the caller; returns when that ends."""

    async def hang_up(self) -> None:
        """End the call from our side; the exchange is told the service has done its work."""
