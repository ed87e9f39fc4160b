"""Port to the log of facts, the only truth for reports, traces and bills."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Protocol

from messages.message import Message
from messages.outbox import Page
from reports.facts import Fact, Kind
from reports.proof import Sealed


class Journal(Protocol):
    def note(self, fact: Fact) -> None:
        """Keep a fact; never waits and never fails the call. Written in order, in groups, within a second."""

    async def flush(self) -> None:
        """Return once everything noted so far is durable."""

    async def of_call(self, call_id: str) -> Sequence[Fact]:
        """A call's facts in order."""

    async def of_message(self, message: Message) -> Sequence[Fact]:
        """All that happened to a message, the facts of the call it came from included, in the order of their chain.

        A call may have led to more than one message: `Fact.message_id` tells them apart.
        """

    async def chain(self, name: str) -> Sequence[Sealed]:
        """A chain with its hashes, to be verified (`reports.proof`); its name is `Fact.chain`."""

    async def head(self, name: str) -> str:
        """The last hash of a chain as it stands, "" when it has none."""

    async def chains(self, after: str = "", limit: int = 1000) -> Sequence[str]:
        """The names of the chains of calls and messages that come after this one in the database's own order.

        The house's chain (what is neither of a call nor of a message) is named "" and not among them.
        """

    async def ended_calls(self, business_id: str | None = None, *, cursor: str = "", limit: int = 50) -> Page[Fact]:
        """The `call.ended` facts, newest first: one for each finished call."""

    async def unfinished(self) -> Sequence[Fact]:
        """The `call.started` facts that have no `call.ended` (after a crash)."""

    def between(self, start: datetime, end: datetime, kinds: Collection[Kind] | None = None) -> AsyncIterator[Fact]:
        """All facts from `start` until before `end` in order of time, of these kinds only if any are given.

        Read in pages, so memory stays small however long the time; a fact noted within the last second may be missing.
        """

    async def started_calls(self, prefix: str, limit: int) -> Sequence[Fact]:
        """The `call.started` facts of calls whose id begins with `prefix`, newest first."""
