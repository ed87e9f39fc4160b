"""What can happen. Each event carries its time `at` (seconds, one clock for all, never going back)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from routing.model import Call, Profile
from routing.timers import TimerKey


class TalkEnd(StrEnum):
    """How a talk ended. Only AGENT_VANISHED gives the caller back to the queue."""

    CALLER = "caller"  # the caller hung up
    AGENT = "agent"  # the agent hung up
    AGENT_VANISHED = "vanished"  # the agent's device was lost


@dataclass(frozen=True, slots=True)
class AgentSignedIn:
    """`device`: is a telephone of the agent's registered now?"""

    at: float
    profile: Profile
    device: bool


@dataclass(frozen=True, slots=True)
class AgentSignedOut:
    """During a talk this is granted when the talk and its wrap-up have ended."""

    at: float
    agent_id: str


@dataclass(frozen=True, slots=True)
class AgentPaused:
    """During a talk this is granted when the talk and its wrap-up have ended."""

    at: float
    agent_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class AgentResumed:
    """The agent wants calls: ends a pause, a wrap-up, or being unreachable after missed offers."""

    at: float
    agent_id: str


@dataclass(frozen=True, slots=True)
class AgentReachable:
    """A telephone of the agent's registered."""

    at: float
    agent_id: str


@dataclass(frozen=True, slots=True)
class AgentUnreachable:
    """No telephone of the agent's is registered any more."""

    at: float
    agent_id: str


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """Skills, businesses or pools were edited."""

    at: float
    profile: Profile


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A caller joins the queue. A call is known by its id; a second arrival of one still here is ignored.

    `deadline` is for a caller who calls again before the callback came: that of the place given up (`CallGone`), which
    this call takes with `call.arrived`. None: what the business was promised.
    """

    at: float
    call: Call
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class CallGone:
    """The caller left the queue or the talk, for whatever reason ("hung_up", "message", ...)."""

    at: float
    call_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CallbackAsked:
    """The caller hangs up and is to be called back when the turn comes; the place in the queue stays.

    `whom` is the opaque key of who is to be called; None: `call.caller`. Nobody is called twice at once.
    """

    at: float
    call_id: str
    whom: str | None = None


@dataclass(frozen=True, slots=True)
class CallbackUnanswered:
    """An agent had taken the callback, and the caller did not answer; the agent is free again without a wrap-up."""

    at: float
    call_id: str


@dataclass(frozen=True, slots=True)
class AgentReady:
    """The agent's page says that it could take the call of this offer."""

    at: float
    offer_id: str


@dataclass(frozen=True, slots=True)
class AgentNotReady:
    """The agent's page says that it could not: no microphone, telephone not connected, ..."""

    at: float
    offer_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """The agent answered."""

    at: float
    offer_id: str


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """The agent refused."""

    at: float
    offer_id: str


@dataclass(frozen=True, slots=True)
class OfferFailed:
    """The agent's telephone was busy, unknown or out of reach; `reason` is the exchange's word for it."""

    at: float
    offer_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class OfferTimedOut:
    """The exchange gave up ringing before the engine's own timer did."""

    at: float
    offer_id: str


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """Caller and agent are no longer together."""

    at: float
    call_id: str
    agent_id: str
    how: TalkEnd


@dataclass(frozen=True, slots=True)
class WrapUpEnded:
    """The agent is done (the message was saved)."""

    at: float
    agent_id: str


@dataclass(frozen=True, slots=True)
class WrapUpExtended:
    """The agent needs `seconds` more."""

    at: float
    agent_id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A timer that was set has come; ignored when what it was set for is over or was put off."""

    at: float
    key: TimerKey


Event: TypeAlias = (
    AgentSignedIn
    | AgentSignedOut
    | AgentPaused
    | AgentResumed
    | AgentReachable
    | AgentUnreachable
    | AgentChanged
    | CallArrived
    | CallGone
    | CallbackAsked
    | CallbackUnanswered
    | AgentReady
    | AgentNotReady
    | OfferAccepted
    | OfferDeclined
    | OfferFailed
    | OfferTimedOut
    | TalkEnded
    | WrapUpEnded
    | WrapUpExtended
    | Tick
)
