"""Each agent's time by state, rebuilt from the facts of agents and calls."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reports.facts import Fact
from reports.queued import AgentTime

SIGNED_OUT = ""

_NEXT: Mapping[str, str] = {
    "agent.signed_in": "available",
    "agent.signed_out": SIGNED_OUT,
    "agent.paused": "paused",
    "agent.resumed": "available",
    "agent.unreachable": "unreachable",
    "agent.reachable": "available",
    "agent.wrapped_up": "available",
    "offer.made": "offered",
    "offer.asked": "offered",
    "call.connected": "talking",
    "call.talk_ended": "wrap_up",
}
"""The state after a fact of this kind that names the agent. `offer.missed` ends ringing, and nothing else."""


@dataclass(frozen=True)
class Interval:
    """An agent was in a state ("available", "talking", ...: the names of `AgentTime`) from `start` until `end`."""

    agent_id: str
    state: str
    start: datetime
    end: datetime


def intervals(facts: Iterable[Fact], end: datetime) -> Iterator[Interval]:
    """What each agent did until `end`, from facts in order of time, each as it is over.

    An agent whose sign-in is older than the facts counts from their first fact on.
    """
    now: dict[str, tuple[str, datetime]] = {}
    for fact in facts:
        agent = fact.agent_id
        if agent is None:
            continue
        state, since = now.get(agent, (SIGNED_OUT, fact.at))
        kind = str(fact.kind)
        after = _NEXT.get(kind, state)
        if kind in ("offer.missed", "offer.not_ready") and state == "offered":
            after = "available"
        if after != state:
            if state != SIGNED_OUT:
                yield Interval(agent, state, since, fact.at)
            now[agent] = after, fact.at
    for agent, (state, since) in now.items():
        if state != SIGNED_OUT and since < end:
            yield Interval(agent, state, since, end)


def agent_times(facts: Iterable[Fact], start: datetime, end: datetime) -> list[AgentTime]:
    """Seconds by state between `start` and `end`, by agent in order of their ids.

    Facts from before `start` say who was there already.
    """
    seconds: dict[str, dict[str, float]] = {}
    for each in intervals(facts, end):
        inside = (min(each.end, end) - max(each.start, start)).total_seconds()
        if inside > 0:
            states = seconds.setdefault(each.agent_id, {})
            states[each.state] = states.get(each.state, 0.0) + inside
    return [AgentTime(agent, **states) for agent, states in sorted(seconds.items())]
