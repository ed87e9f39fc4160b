"""Bring waiting calls and idle agents together."""

from routing import offering
from routing.draft import Draft
from routing.model import Agent, Waiting
from routing.strategy import call_order


def match(draft: Draft) -> None:
    """Offer the first call somebody may take to the best such agent, then the next, until no pair is left.

    Before the event there was no such pair. So one half of any pair is new, and only what is new is looked at.
    """
    tables, at = draft.tables, draft.at
    agents, calls = draft.newly_idle(), draft.newly_offerable()
    while agents or calls:
        first: Waiting | None = None
        chosen: Agent | None = None
        while calls and chosen is None:
            first = calls[0]
            chosen = tables.best_agent_for(first, at)
            if chosen is None:
                calls.pop(0)
        for agent in agents:
            best = tables.best_call_for(agent, at)
            if best is not None and (chosen is None or first is None or call_order(best) < call_order(first)):
                first, chosen = best, tables.best_agent_for(best, at)
        if first is None or chosen is None:
            return
        offering.make(draft, first, chosen)
        draft.newly_idle()
        agents = [agent for agent in agents if draft.agents[agent.id].idle]
        if more := draft.newly_offerable():
            calls = sorted([*calls, *more], key=call_order)
        calls = [waiting for waiting in calls if tables.in_line(waiting.call.id)]
