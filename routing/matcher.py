"""Bring waiting calls and idle agents together."""

from routing import offering
from routing.draft import Draft
from routing.model import Waiting
from routing.strategy import call_order


def match(draft: Draft) -> None:
    """Offer the first call somebody may take to the best such agent, then the next, until no pair is left.

    Before the event there was no such pair. So one half of any pair is new, and only what is new is looked at.
    """
    tables, at = draft.tables, draft.at
    calls: list[Waiting] = []
    agents = draft.newly_idle()
    while True:
        calls = sorted({each.call.id: each for each in (*calls, *draft.newly_offerable())}.values(), key=call_order)
        calls = [waiting for waiting in calls if tables.in_line(waiting.call.id)]
        first: Waiting | None = None
        while calls and first is None:
            if tables.best_agent_for(calls[0], at) is None:
                calls.pop(0)
            else:
                first = calls[0]
        for agent in agents:
            best = tables.best_call_for(agent, at)
            if best is not None and (first is None or call_order(best) < call_order(first)):
                first = best
        if first is None:
            return
        chosen = tables.best_agent_for(first, at)
        assert chosen is not None, "somebody may take the call"
        offering.make(draft, first, chosen)
        draft.newly_idle()
        agents = [agent for agent in agents if draft.agents[agent.id].idle]
