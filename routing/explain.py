"""Why a call is where it is: each agent who was considered and what spoke against asking that agent."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from routing.model import Agent, Available, Offered, Offline, Paused, Talking, Unreachable, Waiting, WrapUp
from routing.strategy import rung_of


class Skip(StrEnum):
    """Why an agent was not asked."""

    OFFLINE = "offline"
    PAUSED = "paused"
    UNREACHABLE = "unreachable"
    OFFERED = "offered"  # another call is ringing there
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    LACKS_SKILL = "lacks_skill"
    RUNG_CLOSED = "rung_closed"  # stands on a rung that does not take this call yet
    DECLINED = "declined"  # refused this very call a moment ago
    RANKED_LOWER = "ranked_lower"  # could have been asked; somebody else came first


@dataclass(frozen=True)
class Considered:
    """One agent who stands on the call's ladder; `skip` is None for the one who was asked."""

    agent_id: str
    rung: int
    skip: Skip | None


@dataclass(frozen=True)
class Decision:
    """At `at`, with the ladder open up to `rung`, `chosen` was asked (None: nobody could be)."""

    at: float
    rung: int
    chosen: str | None
    considered: tuple[Considered, ...]


def explain(waiting: Waiting, agents: Iterable[Agent], chosen: str | None, at: float) -> Decision:
    """The record for one decision, agents by rung and id. `waiting` and `agents` are as they were before the offer."""
    considered = []
    for agent in agents:
        rung = rung_of(agent, waiting)
        if rung is not None:
            skip = None if agent.id == chosen else _against(agent, waiting, rung, at)
            considered.append(Considered(agent.id, rung, skip))
    considered.sort(key=lambda each: (each.rung, each.agent_id))
    return Decision(at, waiting.rung, chosen, tuple(considered))


def _against(agent: Agent, waiting: Waiting, rung: int, at: float) -> Skip:
    if not waiting.call.needs <= agent.profile.skills:
        return Skip.LACKS_SKILL
    match agent.state:
        case Offline():
            return Skip.OFFLINE
        case Paused():
            return Skip.PAUSED
        case Unreachable():
            return Skip.UNREACHABLE
        case Offered():
            return Skip.OFFERED
        case Talking():
            return Skip.TALKING
        case WrapUp():
            return Skip.WRAP_UP
        case Available():
            if rung > waiting.rung:
                return Skip.RUNG_CLOSED
            if waiting.declined_until.get(agent.id, at) > at:
                return Skip.DECLINED
            return Skip.RANKED_LOWER
        case _:
            assert_never(agent.state)
