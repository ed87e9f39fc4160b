"""Why a call is where it is: each agent who was considered and what spoke against asking that agent."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from routing.model import Agent, Available, Offered, Offline, Paused, Talking, Unreachable, Waiting, WrapUp
from routing.strategy import is_able, rung_of


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
    NOT_YET = "not_yet"  # a callback that may not be tried now
    RANKED_LOWER = "ranked_lower"  # could have been asked; somebody else came first


@dataclass(frozen=True, slots=True)
class Considered:
    """One agent who stands on the call's ladder; `skip` is None for the one who was asked."""

    agent_id: str
    rung: int
    skip: Skip | None


@dataclass(frozen=True, slots=True)
class Decision:
    """At `at`, `chosen` was asked (None: nobody could be).

    The ladder was open up to `rung`; `needs` are the skills still asked for, with their levels; `deadline` is what the
    call's place goes by, within its `priority`. `considered` are all who stand on the ladder.
    """

    at: float
    rung: int
    needs: tuple[tuple[str, int], ...]
    priority: int
    deadline: float
    chosen: str | None
    considered: tuple[Considered, ...]


def explain(waiting: Waiting, agents: Iterable[Agent], chosen: str | None, at: float) -> Decision:
    """The record for one decision, by rung and id. `agents` are at least all on the call's ladder.

    `waiting` and `agents` are as they were before the offer.
    """
    considered = []
    for agent in agents:
        rung = rung_of(agent.profile, waiting)
        if rung is not None:
            skip = None if agent.id == chosen else _against(agent, waiting, rung, at)
            if skip is Skip.RANKED_LOWER and chosen is None:
                skip = Skip.NOT_YET
            considered.append(Considered(agent.id, rung, skip))
    considered.sort(key=lambda each: (each.rung, each.agent_id))
    needs = tuple(sorted(waiting.needs.items()))
    return Decision(at, waiting.rung, needs, waiting.priority, waiting.deadline, chosen, tuple(considered))


def _against(agent: Agent, waiting: Waiting, rung: int, at: float) -> Skip:
    if not is_able(agent.profile, waiting.needs):
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
