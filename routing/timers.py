"""What a timer is for. A timer need never be cancelled: one that comes too early or too late is ignored."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, order=True)
class RingTimer:
    """The agent has been rung long enough."""

    offer_id: str


@dataclass(frozen=True, order=True)
class WrapUpTimer:
    """The agent's wrap-up is over."""

    agent_id: str


@dataclass(frozen=True, order=True)
class WidenTimer:
    """The next rung of the call's ladder opens."""

    call_id: str


@dataclass(frozen=True, order=True)
class MaxWaitTimer:
    """The caller has waited as long as the business lets anybody wait."""

    call_id: str


@dataclass(frozen=True, order=True)
class DeclineTimer:
    """An agent who declined the call may be asked again."""

    call_id: str


@dataclass(frozen=True, order=True)
class ReturnTimer:
    """An agent whose device was lost is no longer expected back."""

    agent_id: str


TimerKey: TypeAlias = RingTimer | WrapUpTimer | WidenTimer | MaxWaitTimer | DeclineTimer | ReturnTimer
