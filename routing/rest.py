"""What an agent does when nothing is going on: the one place where wishes made during a call are granted."""

from routing.alter import alter
from routing.model import Agent, AgentState, Available, Offline, Paused, Unreach, Unreachable


def at_rest(agent: Agent, at: float, *, idle_since: float | None = None) -> Agent:
    """The agent after a call, a pause or an offer: gone, paused, out of reach or available, in this order.

    `idle_since` keeps an agent's turn when an offer came to nothing through no fault of theirs.
    """
    state: AgentState
    if agent.leaving:
        state = Offline()
    elif agent.pause_wanted is not None:
        state = Paused(agent.pause_wanted, at)
    elif not agent.device:
        state = Unreachable(Unreach.DEVICE, at, expected=True)
    else:
        state = Available(at if idle_since is None else idle_since)
    return alter(agent, state=state, leaving=False, pause_wanted=None)
