"""Why a call is where it is: each agent who was considered and what spoke against asking that agent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import Final, NamedTuple

from routing.model import (
    Agent,
    AgentState,
    Available,
    Offered,
    Offline,
    Paused,
    Profile,
    Talking,
    Unreachable,
    Waiting,
    WrapUp,
)
from routing.strategy import Audience, audience, is_able, is_of


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


class Considered(NamedTuple):
    """One agent who stands on the call's ladder; `skip` is None for the one who was asked."""

    agent_id: str
    rung: int
    skip: Skip | None


_BUSY: Final[Mapping[type[AgentState], Skip]] = {
    Offline: Skip.OFFLINE,
    Paused: Skip.PAUSED,
    Unreachable: Skip.UNREACHABLE,
    Offered: Skip.OFFERED,
    Talking: Skip.TALKING,
    WrapUp: Skip.WRAP_UP,
}
_BY_RUNG_AND_ID: Final = itemgetter(1, 0)


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
    business_id, needs = waiting.call.business_id, waiting.needs
    audiences = [audience(business_id, rung) for rung in waiting.call.recipe.staffing.ladder]
    considered = []
    for agent in agents:
        profile = agent.profile
        rung = _lowest(profile, audiences)
        if rung is None:
            continue
        skip: Skip | None
        if profile.id == chosen:
            skip = None
        elif needs and not is_able(profile, needs):
            skip = Skip.LACKS_SKILL
        else:
            state = type(agent.state)
            skip = _against(profile.id, waiting, rung, at) if state is Available else _BUSY[state]
            if skip is Skip.RANKED_LOWER and chosen is None:
                skip = Skip.NOT_YET
        considered.append(Considered(profile.id, rung, skip))
    considered.sort(key=_BY_RUNG_AND_ID)
    asked_for = tuple(sorted(needs.items()))
    return Decision(at, waiting.rung, asked_for, waiting.priority, waiting.deadline, chosen, tuple(considered))


def _lowest(profile: Profile, audiences: Sequence[Audience]) -> int | None:
    for rung, whom in enumerate(audiences):
        if is_of(profile, whom):
            return rung
    return None


def _against(agent_id: str, waiting: Waiting, rung: int, at: float) -> Skip:
    """Why an agent who is free was not asked."""
    if rung > waiting.rung:
        return Skip.RUNG_CLOSED
    if waiting.declined_until.get(agent_id, at) > at:
        return Skip.DECLINED
    return Skip.RANKED_LOWER
