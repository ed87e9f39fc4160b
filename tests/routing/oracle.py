"""The rule by brute force, written from docs/routing.md and not from the engine: everybody is looked at, every time."""

from collections.abc import Mapping

from routing.model import Agent, Available, CallStage, InTalk, Profile, Waiting
from routing.recipe import Own, Rung


def stands_on(profile: Profile, business: str, rung: Rung) -> bool:
    if isinstance(rung, Own):
        return business in profile.dedicated_to and len(profile.dedicated_to) <= rung.own
    return rung.pool in profile.pools


def lowest_rung(profile: Profile, waiting: Waiting) -> int | None:
    ladder = waiting.call.recipe.staffing.ladder
    places = [place for place, rung in enumerate(ladder) if stands_on(profile, waiting.call.business_id, rung)]
    return min(places, default=None)


def has_skills(profile: Profile, waiting: Waiting) -> bool:
    return all(skill in profile.skills and profile.skills[skill] >= level for skill, level in waiting.needs.items())


def called_back_now(calls: Mapping[str, CallStage]) -> set[str]:
    """Callers to whom a callback is offered or talks."""
    under_way = set()
    for stage in calls.values():
        if isinstance(stage, InTalk) and stage.place.callback is not None:
            under_way.add(stage.call.caller)
        if isinstance(stage, Waiting) and stage.callback is not None and stage.offer is not None:
            under_way.add(stage.call.caller)
    return {caller for caller in under_way if caller is not None}


def takes(agent: Agent, waiting: Waiting, calls: Mapping[str, CallStage], at: float) -> bool:
    """Whether the agent may be offered the call now."""
    if not isinstance(agent.state, Available) or waiting.offer is not None:
        return False
    rung = lowest_rung(agent.profile, waiting)
    if rung is None or rung > waiting.rung or not has_skills(agent.profile, waiting):
        return False
    if agent.id in waiting.declined_until and waiting.declined_until[agent.id] > at:
        return False
    if waiting.callback is None:
        return True
    return waiting.callback.not_before <= at and waiting.call.caller not in called_back_now(calls)


def place_in_line(waiting: Waiting) -> tuple[int, int, float, float, str]:
    head = 0 if waiting.returned else 1
    return (-waiting.priority, head, waiting.deadline, waiting.call.arrived, waiting.call.id)


def merit(agent: Agent, waiting: Waiting) -> tuple[int, int, int, int, float, str]:
    rung = lowest_rung(agent.profile, waiting)
    assert rung is not None
    assert isinstance(agent.state, Available)
    on = waiting.call.recipe.staffing.ladder[rung]
    rank = 0 if isinstance(on, Own) else agent.profile.pools[on.pool]
    skill = sum(agent.profile.skills[skill] for skill in waiting.call.needs if skill in agent.profile.skills)
    return (waiting.missed_by.get(agent.id, 0), rung, rank, -skill, agent.state.since, agent.id)


def next_offer(agents: Mapping[str, Agent], calls: Mapping[str, CallStage], at: float) -> tuple[str, str] | None:
    """The call to be offered next and the agent to be asked; None when no such pair is left."""
    waiting = sorted((stage for stage in calls.values() if isinstance(stage, Waiting)), key=place_in_line)
    for each in waiting:
        able = [agent for agent in agents.values() if takes(agent, each, calls, at)]
        if able:
            return each.call.id, min(able, key=lambda agent: merit(agent, each)).id
    return None
