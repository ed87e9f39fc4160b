"""What the desk keeps per signed-in agent for their page, and the words for the engine's states."""

from dataclasses import dataclass
from typing import assert_never

from calls.live import AgentStateName, CallCard, Chosen, Device
from routing.effects import Notice
from routing.model import AgentState, Available, Offered, Offline, Paused, Talking, Unreach, Unreachable, WrapUp


@dataclass
class Page:
    """One signed-in agent: the device in use (`username` is its SIP user) and the call on the page.

    `notice_since` and `notice_over` (engine's seconds) are those of a notice that stays until it was seen;
    `notice_lasts` while what it says is still so. `ready_for` is the offer the page is asked about before it rings,
    `problem` why it could not take the last one.
    """

    agent_id: str
    name: str
    device: Device
    username: str
    only: Chosen | None = None
    auto_answer: bool = False
    card: CallCard | None = None
    notice: str = ""
    notice_since: float | None = None
    notice_over: float | None = None
    notice_lasts: bool = False
    since: float = 0.0
    in_call: bool = False
    paused_for: str = ""
    wrap_up_latest: float | None = None
    ready_for: str | None = None
    problem: str = ""

    def notify(self, text: str, at: float, *, lasts: bool = False) -> None:
        """Say this until the agent has seen it; `lasts`: it is so for as long as the agent cannot be reached."""
        self.notice, self.notice_since, self.notice_over, self.notice_lasts = text, at, None, lasts

    def seen(self) -> None:
        """The agent knows what the notice says."""
        self.notice, self.notice_since, self.notice_over, self.notice_lasts = "", None, None, False

    def told(self, state: AgentState, notice: Notice | None, at: float) -> None:
        """The agent is in this state now. A notice in passing goes with the next state, others stay."""
        if not isinstance(state, WrapUp) or self.wrap_up_latest is None:  # one that was extended goes on
            self.since = at
        self.in_call = isinstance(state, Offered | Talking | WrapUp)
        if not self.in_call:
            self.card = None
        if isinstance(state, Unreachable) and not state.expected:
            self.notify(notice_text(notice, self.problem) or state_reason(state), at, lasts=True)
        elif self.notice_since is None:
            self.notice = notice_text(notice)
        elif self.notice_lasts and not isinstance(state, Unreachable):
            self.notice_over, self.notice_lasts = at, False


def state_name(state: AgentState) -> AgentStateName:
    """The word for a state on screens and in the API."""
    match state:
        case Offline():
            return "offline"
        case Available():
            return "available"
        case Offered():
            return "offered"
        case Talking():
            return "talking"
        case WrapUp():
            return "wrap-up"
        case Paused():
            return "paused"
        case Unreachable():
            return "unreachable"
        case _:
            assert_never(state)


def state_since(state: AgentState, told_at: float) -> float:
    """When the state began, in the engine's seconds; for states that do not know, when the desk heard of it."""
    return told_at if isinstance(state, Offline | WrapUp) else state.since


def state_reason(state: AgentState) -> str:
    """Why, in plain words; "" for states that need none."""
    match state:
        case Paused(reason, _):
            return reason
        case Unreachable(Unreach.DEVICE, _):
            return "Your telephone is not connected."
        case Unreachable(Unreach.NOT_READY, _):
            return "Your page could not take a call. Press Available when it works again."
        case Unreachable(Unreach.MISSED, _):
            return "You missed several calls in a row. Press Available when you are back."
        case Unreachable(Unreach.VANISHED, _):
            return "The connection was lost in the middle of a call. Press Available when it is mended."
        case _:
            return ""


def notice_text(notice: Notice | None, problem: str = "") -> str:
    """What the page says besides the state; `problem` is why the page was not ready, "" when it said nothing."""
    match notice:
        case None:
            return ""
        case Notice.MISSED_TOO_MANY:
            return "You missed several calls in a row, so no more are offered to you."
        case Notice.NOT_READY:
            why = f"was not ready ({problem})" if problem else "did not answer"
            return (
                f"A call was meant for you, but your page {why}: others are asked. Press Available when it works again."
            )
        case Notice.DEVICE_LOST:
            return "Your telephone lost its connection."
        case Notice.CALLER_LEFT:
            return "The caller hung up before you answered."
        case _:
            assert_never(notice)
