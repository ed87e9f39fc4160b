"""The calls that are in the house right now, and how far each has come."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

Stage = Literal["menu", "waiting", "ringing", "talking", "message", "callback"]


class Outcome(StrEnum):
    """How a call ended: the `how` of its `call.ended` fact."""

    ANSWERED = "answered"
    MESSAGE = "message"
    FORWARDED = "forwarded"
    ABANDONED = "abandoned"
    REFUSED = "refused"
    FAILED = "failed"
    GOODBYE = "goodbye"
    CALLBACK = "callback"  # hung up and is called back when the turn comes


@dataclass(eq=False)
class LiveCall:
    """One live call.

    `stage` is where its coroutine is, `outcome` what is recorded if the caller hangs up now, `name_clip` the
    caller's own name once it was asked for, `vip` whether the caller is on a list as one.
    """

    call_id: str
    business_id: str
    business: str
    since: datetime
    stage: Stage = "menu"
    agent_id: str | None = None
    name_clip: str | None = None
    vip: bool = False
    outcome: Outcome = Outcome.ABANDONED


class CallsInProgress:
    """All live calls by id."""

    def __init__(self) -> None:
        self._calls: list[LiveCall] = []
        self._fewer = asyncio.Event()

    @contextmanager
    def of(self, call: LiveCall) -> Iterator[LiveCall]:
        """The call is listed while this block runs."""
        self._calls.append(call)
        try:
            yield call
        finally:
            self._calls.remove(call)
            self._fewer.set()

    async def alone(self, call: LiveCall) -> None:
        """Return once this one, which is listed, is the only one with its id: who is called back has hung up."""
        while any(each.call_id == call.call_id and each is not call for each in self._calls):
            self._fewer.clear()
            await self._fewer.wait()

    def all(self) -> list[LiveCall]:
        """The longest first. Who is about to hang up and to be called back is one call."""
        by_id = {call.call_id: call for call in reversed(self._calls)}
        return sorted(by_id.values(), key=lambda call: call.since)

    def __contains__(self, call_id: str) -> bool:
        return any(call.call_id == call_id for call in self._calls)

    def __len__(self) -> int:
        return len(self._calls)
