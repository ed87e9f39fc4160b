"""Bring waiting calls and idle agents together.

This walks all of both, which is right for tens of agents and hundreds of calls; an indexed matcher with the same
result can take its place without the engine knowing.
"""

from routing import offering
from routing.draft import Draft
from routing.model import Available
from routing.strategy import agent_order, call_order, may_take


def match(draft: Draft) -> None:
    """Offer the first call somebody may take to the best such agent, then the next, until no pair is left."""
    idle = [agent for agent in draft.agents.values() if isinstance(agent.state, Available)]
    if not idle:
        return
    for waiting in sorted((each for each in draft.waiting() if each.offer is None), key=call_order):
        eligible = [agent for agent in idle if may_take(agent, waiting, draft.at)]
        if not eligible:
            continue
        best = min(eligible, key=lambda agent: agent_order(agent, waiting))
        offering.make(draft, waiting, best)
        idle.remove(best)
        if not idle:
            return
