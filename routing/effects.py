"""What the engine wants done. `calls.desk` does it, in order; each is a plain value, fit to be kept as a fact."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from routing.explain import Decision
from routing.model import AgentState
from routing.offer import ClosedOffer
from routing.recipe import Operation
from routing.timers import TimerKey


@dataclass(frozen=True, slots=True)
class AskReady:
    """Ask the agent's page whether it could take a call; `AgentReady` or `AgentNotReady` is the answer."""

    offer_id: str
    call_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class RingAgent:
    """Ring the agent's telephone and show the call on the agent's page. `rung` 0 is the business's own agents."""

    offer_id: str
    call_id: str
    agent_id: str
    ring_seconds: float
    rung: int


@dataclass(frozen=True, slots=True)
class CancelOffer:
    """Stop ringing, or let go of an agent who answered too late. An offer that no longer rings is left alone."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class OfferClosed:
    """How an offer ended. Exactly one for each offer, asked or ringing."""

    offer: ClosedOffer


@dataclass(frozen=True, slots=True)
class Connect:
    """Bridge the caller with the agent's leg of this offer; with `callback` the caller has to be called first."""

    offer_id: str
    call_id: str
    agent_id: str
    callback: bool = False


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Send `Tick(at, key)` when that time has come; the tick's `at` must not be less than this one."""

    at: float
    key: TimerKey


class Notice(StrEnum):
    """What an agent's page says besides the new state."""

    MISSED_TOO_MANY = "missed_too_many"
    NOT_READY = "not_ready"  # the page did not answer in time, or said that it could take no call
    DEVICE_LOST = "device_lost"
    CALLER_LEFT = "caller_left"  # the call that rang is gone


@dataclass(frozen=True, slots=True)
class TellAgent:
    """The agent's state changed."""

    agent_id: str
    state: AgentState
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class StepFired:
    """A step of the call's recipe fired. What the engine does itself is done; an `Act` is for the desk to do.

    `place` counts the recipe's steps from 0; `times` is 1 the first time this step fires for this call.
    """

    call_id: str
    place: int
    do: Operation
    times: int


@dataclass(frozen=True, slots=True)
class Returned:
    """The call's agent vanished; the caller is back at the head of the queue."""

    call_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class CallClosed:
    """The call has left the engine. Exactly one for each call that arrived.

    `how` is what `CallGone` said, how the talk ended, or "callback_failed" after the last try.
    """

    call_id: str
    how: str


@dataclass(frozen=True, slots=True)
class Explain:
    """Why this agent, or why nobody yet: a record to keep with the call."""

    call_id: str
    decision: Decision


Effect: TypeAlias = (
    AskReady
    | RingAgent
    | CancelOffer
    | OfferClosed
    | Connect
    | SetTimer
    | TellAgent
    | StepFired
    | Returned
    | CallClosed
    | Explain
)
