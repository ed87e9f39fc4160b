"""Each agent's time by state, from the facts of agents and calls."""

from collections.abc import Iterable
from datetime import datetime

from reports.agent_day import AgentState, Interval, intervals
from reports.facts import Fact, Kind
from reports.queued import AgentTime


def intervals_by_agent(facts: Iterable[Fact]) -> dict[str, list[Interval]]:
    """Every agent's states one after the other, from facts in order of time."""
    of_all: list[Fact] = []
    own: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.agent_id is not None:
            own.setdefault(fact.agent_id, list(of_all)).append(fact)
        elif fact.kind in (Kind.SERVICE_STARTED, Kind.SERVICE_STOPPED):
            of_all.append(fact)
            for found in own.values():
                found.append(fact)
    return {agent: intervals(own[agent], agent) for agent in sorted(own)}


def agent_times(facts: Iterable[Fact], start: datetime, end: datetime) -> list[AgentTime]:
    """Seconds by state between `start` and `end`, by agent in order of their ids; who was not at work is left out.

    Facts from before `start` say who was there already.
    """
    times = []
    for agent, found in intervals_by_agent(facts).items():
        seconds: dict[str, float] = {}
        for each in found:
            inside = (min(each.end or end, end) - max(each.begin, start)).total_seconds()
            if inside > 0 and each.state is not AgentState.OFFLINE:
                state = each.state.replace("-", "_")
                seconds[state] = seconds.get(state, 0.0) + inside
        if seconds:
            times.append(AgentTime(agent, **seconds))
    return times
