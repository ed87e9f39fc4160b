"""A place in the queue kept for somebody who hung up, and the port to where such places survive a restart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Callback:
    """Who is to be called, for which call, and what was known of it.

    `number` (E.164) is what they asked to be called at, `caller` what they called from, `dialled` the business's own
    number that they see when called. Times are aware; `draft_id` is the message an agent will write.
    """

    call_id: str
    business_id: str
    queue: str
    language: str
    number: str
    dialled: str
    caller: str | None
    draft_id: str
    vip: bool
    priority: int
    arrived_at: datetime
    asked_at: datetime


@dataclass(frozen=True)
class KeptPlace:
    """A place in the queue that can be taken up again: when its wait began and by when it was to end (desk's clock)."""

    call_id: str
    arrived: float
    deadline: float | None


class CallbackStore(Protocol):
    """Kept places. Every method raises ConnectionError while the store is away."""

    async def put(self, callback: Callback) -> None:
        """Keep it; durable when this returns. Again is the same as once."""

    async def delete(self, call_id: str) -> None:
        """It is over. Unknown is fine."""

    async def all(self) -> Sequence[Callback]:
        """Every kept place, the oldest first."""
