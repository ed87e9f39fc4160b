"""Port for calling somebody outside: the phone rings, and when it is answered there is a line as for any caller.

`telephony.outbound` implements it over AMI and FastAGI; `tests/calls/outside.py` has a scripted twin that passes the
same contract tests. Whether a number may be called at all is `accounts.numbers.dialable`.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ivr.line import Line


class WhyNot(StrEnum):
    """Why nobody was reached."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"  # it rang and nobody came, or who came was gone before a word was said
    REJECTED = "rejected"  # the person or the carrier refused, or there is no such number: no use trying soon again
    FAILED = "failed"  # no trunk leads out, or exchange or carrier could not do it now


@dataclass(frozen=True)
class NotReached:
    """There was no conversation."""

    reason: WhyNot


class OutboundCalls(Protocol):
    """The way out."""

    def dial(
        self, number: str, *, caller_id: str, ring_seconds: float
    ) -> AbstractAsyncContextManager[Line | NotReached]:
        """Call `number` (E.164), showing `caller_id` (E.164: the business's own number).

        Entering takes until somebody answers or it is clear that nobody will, at most some seconds longer than
        `ring_seconds`; cancelled meanwhile, the phone stops ringing. Leaving hangs up. On the line `caller` is the
        person called and `dialled` the business's number, as if they had called. The body may raise `Hangup`.

        Raises ValueError for what is no E.164 number.
        """
