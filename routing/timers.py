"""What a timer is for. A timer need never be cancelled: one that comes too early or too late is ignored."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, order=True, slots=True)
class RingTimer:
    """The agent has been rung long enough."""

    offer_id: str


@dataclass(frozen=True, order=True, slots=True)
class WrapUpTimer:
    """The agent's wrap-up is over."""

    agent_id: str


@dataclass(frozen=True, order=True, slots=True)
class ReadyTimer:
    """The agent's page has had its time to say that it is ready."""

    offer_id: str


@dataclass(frozen=True, order=True, slots=True)
class StepTimer:
    """A step of the call's recipe may have become due."""

    call_id: str


@dataclass(frozen=True, order=True, slots=True)
class CallbackTimer:
    """A callback that was not answered may be tried again."""

    call_id: str


@dataclass(frozen=True, order=True, slots=True)
class DeclineTimer:
    """An agent who declined the call may be asked again."""

    call_id: str


@dataclass(frozen=True, order=True, slots=True)
class ReturnTimer:
    """An agent whose device was lost is no longer expected back."""

    agent_id: str


TimerKey: TypeAlias = RingTimer | WrapUpTimer | ReadyTimer | StepTimer | CallbackTimer | DeclineTimer | ReturnTimer
