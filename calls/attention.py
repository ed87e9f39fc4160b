"""Nobody lost: calls and messages that a person has to look at, in one list with an owner and an age. Pure.

`calls.attention_watch` finds them in the log of facts and takes them off again when they are mended.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from accounts.directory import Conflict

PATIENCE = timedelta(minutes=10)
"""How long one may lie there before supervisors are alarmed."""

PATIENCE_IN_EMERGENCIES = timedelta(minutes=2)

ROTA_AHEAD = timedelta(days=7)
"""How far ahead rotas are looked at."""


class Trouble(StrEnum):
    """What is wrong."""

    ABANDONED = "abandoned"  # a caller hung up while waiting, without leaving a message
    PARTIAL = "partial"  # a message was kept unfinished
    FAILED = "failed"  # a message could be delivered to nobody
    UNANSWERED = "unanswered"  # somebody had to acknowledge it, and nobody has
    ROTA_GAP = "rota_gap"  # nobody is on call at some time soon


@dataclass(frozen=True)
class Concern:
    """One thing to look at. `subject` is what it is about: the id of a call, a message or a summary, or a rota's key.

    `text` says it in a sentence for supervisors; `number` is the message's; `caller` (E.164) may call again. `owner` is
    the id of who sees to it. A closed one has `closed_at`, and `closed_by` (a person's id) unless it mended itself.
    """

    kind: Trouble
    business_id: str
    subject: str
    at: datetime
    text: str
    number: int | None = None
    caller: str | None = None
    emergency: bool = False
    owner: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    note: str = ""

    @property
    def id(self) -> str:
        """The same trouble with the same thing is one concern."""
        return f"{self.kind.value}:{self.business_id}:{self.subject}"

    @property
    def alarm_at(self) -> datetime:
        """When supervisors are alarmed if it has no owner by then."""
        return self.at + (PATIENCE_IN_EMERGENCIES if self.emergency else PATIENCE)

    def late(self, now: datetime) -> bool:
        return self.closed_at is None and self.owner is None and now >= self.alarm_at

    def raised(self, before: "Concern | None") -> "Concern | None":
        """What to store when this was found and `before` is stored; None: nothing new.

        What happens again after it was closed is open again, with nobody who sees to it.
        """
        if before is None:
            return self
        if before.closed_at is None:
            return None
        # A hole is there until its time has come: who closes it knows of it.
        seen = self.kind is Trouble.ROTA_GAP and before.closed_by is not None
        return self if self.at > before.closed_at + (ROTA_AHEAD if seen else timedelta(0)) else None

    def taken(self, person_id: str) -> "Concern":
        """This person sees to it. Raises Conflict when another does, or it is closed."""
        if self.closed_at is not None:
            raise Conflict("This is closed already.")
        if self.owner not in (None, person_id):
            raise Conflict("Somebody else has taken this already.")
        return replace(self, owner=person_id)

    def given_back(self) -> "Concern":
        return self if self.closed_at else replace(self, owner=None)

    def closed(self, at: datetime, note: str, by: str | None) -> "Concern":
        """It is dealt with; `by` is None when it mended itself. Closed already, it stays as it is."""
        return self if self.closed_at else replace(self, closed_at=at, closed_by=by, note=note)


class Concerns(Protocol):
    """Where concerns are kept."""

    async def add(self, concern: Concern) -> bool:
        """Put it on the list; False when it is there already, or was closed since (see `Concern.raised`)."""

    async def concern(self, concern_id: str) -> Concern:
        """Raises NotFound."""

    async def open(self, business_id: str | None = None) -> Sequence[Concern]:
        """Those not closed, oldest first."""

    async def take(self, concern_id: str, person_id: str) -> Concern:
        """This person sees to it. Raises NotFound; Conflict when another does, or it is closed."""

    async def give_back(self, concern_id: str) -> Concern:
        """Nobody sees to it any more. Raises NotFound."""

    async def close(self, concern_id: str, at: datetime, note: str, by: str | None = None) -> Concern:
        """It is dealt with; `by` None: it mended itself. A second time returns what is stored. Raises NotFound."""
