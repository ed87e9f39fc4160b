"""What the engine knows: agents and their states, calls and theirs. Values only.

Times are seconds on one clock, of whatever beginning. Identifiers are plain strings; nothing here is a name, a
number or a word of anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Any, TypeAlias, assert_never

from routing.offer import OpenOffer
from routing.recipe import Recipe

_NOTHING: Mapping[Any, Any] = {}


def _nothing() -> Mapping[Any, Any]:
    """One for all: most calls never miss, decline or fire anything. Nobody writes to a `Mapping`."""
    return _NOTHING


class Unreach(StrEnum):
    """Why an agent who is signed in cannot be rung."""

    DEVICE = "device"  # no telephone registered
    NOT_READY = "not_ready"  # the page did not say it could take a call
    MISSED = "missed"  # too many offers in a row unanswered
    VANISHED = "vanished"  # lost in the middle of a call


@dataclass(frozen=True, slots=True)
class Offline:
    """Signed out."""


@dataclass(frozen=True, slots=True)
class Available:
    """Waiting for a call. `since` orders agents by how long they have been idle."""

    since: float


@dataclass(frozen=True, slots=True)
class Offered:
    """One call is reserved, then rings. `idle_since` is given back when the offer is withdrawn through no fault."""

    offer_id: str
    call_id: str
    since: float
    idle_since: float


@dataclass(frozen=True, slots=True)
class Talking:
    """With a caller. `device_lost` is True when the device went away during the talk, even if it came back since."""

    call_id: str
    since: float
    device_lost: bool = False


@dataclass(frozen=True, slots=True)
class WrapUp:
    """Finishing the message of a call that ended."""

    call_id: str
    until: float


@dataclass(frozen=True, slots=True)
class Paused:
    """On a break that the agent chose."""

    reason: str
    since: float


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Signed in, wanting calls, and not to be had. `expected` is True while the device may come back any moment."""

    reason: Unreach
    since: float
    expected: bool


AgentState: TypeAlias = Offline | Available | Offered | Talking | WrapUp | Paused | Unreachable


@dataclass(frozen=True, slots=True)
class Profile:
    """What an agent can do and for whom, as far as they work for it today.

    `skills` are languages (BCP 47 primary tags) and topics with the level, 1 to 5; `dedicated_to` the businesses the
    agent is one of the own agents of; `pools` the pools with the agent's rank there (0 is asked first).
    `ring_seconds` overrides the business's; with `asked_first` the agent's page is asked whether it is ready.
    """

    id: str
    skills: Mapping[str, int] = field(default_factory=dict)
    dedicated_to: frozenset[str] = frozenset()
    pools: Mapping[str, int] = field(default_factory=dict)
    ring_seconds: float | None = None
    asked_first: bool = False


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent who has signed in at some time.

    `device` says whether a telephone of the agent's is registered; `missed` counts unanswered offers in a row.
    `pause_wanted` and `leaving` are wishes made during a talk, granted when its wrap-up is over.
    """

    profile: Profile
    state: AgentState = Offline()
    device: bool = False
    missed: int = 0
    pause_wanted: str | None = None
    leaving: bool = False

    @property
    def id(self) -> str:
        return self.profile.id

    @property
    def idle(self) -> bool:
        """True when the agent may be offered a call this moment."""
        return isinstance(self.state, Available)

    @property
    def with_caller(self) -> bool:
        """True from the answer to the end of the wrap-up."""
        return isinstance(self.state, Talking | WrapUp)

    @property
    def on_duty(self) -> bool:
        """True when the agent takes calls now, when the present one is done, or when the device is back in a moment."""
        match self.state:
            case Available() | Offered() | WrapUp() | Talking():
                return not self.leaving and self.pause_wanted is None
            case Unreachable(expected=expected):
                return expected
            case Offline() | Paused():
                return False
            case _:
                assert_never(self.state)


@dataclass(frozen=True, slots=True)
class Call:
    """A caller who wants an agent of a business.

    `needs` are the skills an agent must have, with the least level; a higher `priority` goes first; `arrived` is when
    the wait began. `caller` is an opaque key of the caller, None when withheld; `midnight` is when the business's
    day began, on the engine's clock.
    """

    id: str
    business_id: str
    arrived: float
    recipe: Recipe = field(default_factory=Recipe)
    needs: Mapping[str, int] = field(default_factory=dict)
    priority: int = 0
    vip: bool = False
    caller: str | None = None
    midnight: float = 0.0


@dataclass(frozen=True, slots=True)
class Callback:
    """The caller has hung up and is to be called when the turn comes. `tries` counts calls that were not answered."""

    tries: int = 0
    not_before: float = 0.0


@dataclass(frozen=True, slots=True)
class Fired:
    """How often a step of the recipe fired for a call, and when it did last."""

    times: int
    at: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """In the queue; also while an agent is being asked for it (`offer`): a missed offer must not cost the place.

    `deadline` orders calls of one priority; `rung` is the highest rung of the ladder that is open; `needs` and
    `priority` are what the recipe has made of the call's own. `returned` is True for a caller whose agent vanished;
    `offers` counts the offers made; `missed_by` counts, by agent, those not answered; `declined_until` is when an
    agent who declined may be asked again; `fired` says of each step of the recipe (by its place) how often it fired.
    `since` is when this wait began: later than `call.arrived` for a caller who was given back, or who called again
    before the callback came. `look_at` is when the recipe is looked at again, if nothing happens before.
    """

    call: Call
    deadline: float
    needs: Mapping[str, int]
    priority: int
    rung: int = 0
    returned: bool = False
    offer: OpenOffer | None = None
    offers: int = 0
    missed_by: Mapping[str, int] = field(default_factory=_nothing)
    declined_until: Mapping[str, float] = field(default_factory=_nothing)
    fired: Mapping[int, Fired] = field(default_factory=_nothing)
    callback: Callback | None = None
    since: float = 0.0
    look_at: float = inf


@dataclass(frozen=True, slots=True)
class InTalk:
    """With an agent. `place` is what the caller gets back, at the head, if the agent vanishes."""

    place: Waiting
    agent_id: str
    since: float

    @property
    def call(self) -> Call:
        return self.place.call

    @property
    def callback(self) -> Callback | None:
        return self.place.callback


CallStage: TypeAlias = Waiting | InTalk
