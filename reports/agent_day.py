"""What an agent was at, and how long: states rebuilt from facts alone. Also the sentences for an agent's own facts."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reports.facts import Fact, Kind

UNREACHABLE = {
    "device": "the telephone is not connected",
    "not_ready": "the page could take no call",
    "missed": "several calls in a row were missed",
    "vanished": "the connection was lost in the middle of a call",
}
"""Why an agent cannot be rung, in words."""


class AgentState(StrEnum):
    OFFLINE = "offline"
    AVAILABLE = "available"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap-up"
    PAUSED = "paused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Interval:
    """One state from `begin` until `end` (None: it still lasts).

    `reason` is the pause's key or why the agent cannot be reached; `billable` is meant for pauses.
    """

    state: AgentState
    begin: datetime
    end: datetime | None
    reason: str = ""
    billable: bool = False


@dataclass
class _Day:
    """What holds at one moment. Facts of one moment may come in any order, so each says only its own part."""

    signed_in: bool = False
    paused: tuple[str, bool] | None = None
    unreachable: str | None = None
    wrapping_up: bool = False
    talking: bool = False
    offers: set[str] = field(default_factory=set)

    def state(self) -> tuple[AgentState, str, bool]:
        if not self.signed_in:
            return AgentState.OFFLINE, "", False
        if self.talking:
            return AgentState.TALKING, "", False
        if self.wrapping_up:
            return AgentState.WRAP_UP, "", False
        if self.paused is not None:
            return AgentState.PAUSED, *self.paused
        if self.unreachable is not None:
            return AgentState.UNREACHABLE, self.unreachable, False
        return (AgentState.OFFERED if self.offers else AgentState.AVAILABLE), "", False

    def take(self, fact: Fact) -> None:
        offer = str(fact.data.get("offer", ""))
        match fact.kind:
            case Kind.SERVICE_STARTED | Kind.SERVICE_STOPPED | Kind.AGENT_SIGNED_OUT:
                self.signed_in = self.wrapping_up = self.talking = False
                self.paused = self.unreachable = None
                self.offers.clear()
            case Kind.AGENT_SIGNED_IN:
                self.signed_in = True
            case Kind.AGENT_PAUSED:
                self.paused = (str(fact.data.get("reason", "")), fact.data.get("billable") is True)
                self.unreachable = None
            case Kind.AGENT_RESUMED:
                self.paused = None
            case Kind.AGENT_UNREACHABLE:
                self.unreachable = str(fact.data.get("why", ""))
            case Kind.AGENT_REACHABLE:
                self.unreachable = None
            case Kind.AGENT_WRAP_UP_STARTED:
                self.wrapping_up = True
            case Kind.AGENT_WRAPPED_UP:
                self.wrapping_up = False
            case Kind.OFFER_ASKED | Kind.OFFER_MADE:
                self.offers.add(offer)
            case Kind.OFFER_MISSED | Kind.OFFER_NOT_READY:
                self.offers.discard(offer)
            case Kind.CALL_CONNECTED:
                self.offers.discard(offer)
                self.talking = True
            case Kind.CALLBACK_DIALLED:  # the agent has taken the call and waits for the person
                self.offers.clear()
                self.talking = True
            case Kind.CALL_TALK_ENDED | Kind.CALLBACK_UNANSWERED:
                self.talking = False


def intervals(facts: Iterable[Fact], agent_id: str) -> list[Interval]:
    """An agent's states one after the other, without gaps, from the first fact on; `facts` are in order of time.

    Facts of other agents are passed over, so those of a whole day may be given.
    """
    return list(_intervals(fact for fact in facts if fact.agent_id == agent_id or fact.kind in _OF_ALL))


_OF_ALL = frozenset({Kind.SERVICE_STARTED, Kind.SERVICE_STOPPED})


def _intervals(facts: Iterable[Fact]) -> Iterator[Interval]:
    day = _Day()
    begin: datetime | None = None
    now = day.state()
    for fact in facts:
        before, before_began = now, begin
        day.take(fact)
        now = day.state()
        if before_began is None:
            begin = fact.at
        elif now != before:
            begin = fact.at
            if begin > before_began:
                yield Interval(before[0], before_began, begin, before[1], before[2])
    if begin is not None:
        yield Interval(now[0], begin, None, now[1], now[2])


def sentence(fact: Fact, name: Callable[[str], str] = str) -> str:
    """One of an agent's own facts in plain words; `name` turns an id into a name to show."""
    agent = name(fact.agent_id) if fact.agent_id else "The agent"
    get = fact.data.get
    who = get("by")
    by = f" (by {name(str(who))})" if who else ""
    match fact.kind:
        case Kind.SERVICE_STARTED:
            return "The service started."
        case Kind.SERVICE_STOPPED:
            return "The service stopped."
        case Kind.AGENT_SIGNED_IN:
            return f"{agent} came to work{by}."
        case Kind.AGENT_SIGNED_OUT:
            return f"{agent} stopped work{by}."
        case Kind.AGENT_CHOSE:
            return f"{agent} chose which calls to take."
        case Kind.AGENT_PAUSED:
            return f"{agent} paused: {get('reason', '?')}{by}."
        case Kind.AGENT_RESUMED:
            return f"{agent} went on after the pause{by}."
        case Kind.AGENT_UNREACHABLE:
            return f"{agent} could not be reached: {UNREACHABLE.get(str(get('why')), 'unknown why')}."
        case Kind.AGENT_REACHABLE:
            return f"{agent} could be reached again{by}."
        case Kind.AGENT_WRAP_UP_STARTED:
            return f"{agent} began the wrap-up."
        case Kind.AGENT_WRAP_UP_EXTENDED:
            return f"{agent} has {get('seconds', '?')} seconds more for the wrap-up{by}."
        case Kind.AGENT_WRAPPED_UP:
            return f"{agent} ended the wrap-up after {get('seconds', '?')} seconds{by}."
        case _:
            return f"{agent}: {fact.kind}."
