"""An offer: one agent asked to take one call. One type for each state; a transition returns the next type.

Asked (is the page ready?) -> Ringing -> Accepted, Missed, Declined, Failed or Withdrawn. An agent who is not asked
first begins at Ringing.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Cancelled(StrEnum):
    """Why an offer was taken back before the agent could answer it."""

    CALLER_GONE = "caller_gone"
    AGENT_LEFT = "agent_left"  # signed out or paused
    DEVICE_GONE = "device_gone"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The agent took the call."""

    id: str
    call_id: str
    agent_id: str
    at: float


@dataclass(frozen=True, slots=True)
class Missed:
    """Nobody answered in time."""

    id: str
    call_id: str
    agent_id: str
    at: float


@dataclass(frozen=True, slots=True)
class Declined:
    """The agent said no: somebody is there, but not for this call."""

    id: str
    call_id: str
    agent_id: str
    at: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The agent's telephone could not be rung."""

    id: str
    call_id: str
    agent_id: str
    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Taken back: no fault of the agent's."""

    id: str
    call_id: str
    agent_id: str
    at: float
    why: Cancelled


@dataclass(frozen=True, slots=True)
class Ringing:
    """The agent's telephone rings, from `since` until `expires` (seconds, the engine's time)."""

    id: str
    call_id: str
    agent_id: str
    since: float
    expires: float

    def accept(self, at: float) -> Accepted:
        return Accepted(self.id, self.call_id, self.agent_id, at)

    def miss(self, at: float) -> Missed:
        return Missed(self.id, self.call_id, self.agent_id, at)

    def decline(self, at: float) -> Declined:
        return Declined(self.id, self.call_id, self.agent_id, at)

    def fail(self, at: float, reason: str) -> Failed:
        return Failed(self.id, self.call_id, self.agent_id, at, reason)

    def withdraw(self, at: float, why: Cancelled) -> Withdrawn:
        return Withdrawn(self.id, self.call_id, self.agent_id, at, why)


@dataclass(frozen=True, slots=True)
class Asked:
    """Reserved; the agent's page is asked, until `expires`, whether it could take a call. Nothing rings yet."""

    id: str
    call_id: str
    agent_id: str
    since: float
    expires: float

    def ready(self, at: float, ring_seconds: float) -> Ringing:
        return Ringing(self.id, self.call_id, self.agent_id, at, at + ring_seconds)

    def decline(self, at: float) -> Declined:
        return Declined(self.id, self.call_id, self.agent_id, at)

    def fail(self, at: float, reason: str) -> Failed:
        """The page said why not, or nothing ("no answer")."""
        return Failed(self.id, self.call_id, self.agent_id, at, reason)

    def withdraw(self, at: float, why: Cancelled) -> Withdrawn:
        return Withdrawn(self.id, self.call_id, self.agent_id, at, why)


OpenOffer: TypeAlias = Asked | Ringing
ClosedOffer: TypeAlias = Accepted | Missed | Declined | Failed | Withdrawn
