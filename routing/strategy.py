"""The rule: which call goes first, who may take it, who of those is best. Total orders; the page is docs/routing.md."""

from routing.model import Agent, Available, Waiting
from routing.recipe import DEDICATED

CallOrder = tuple[int, bool, float, str]
AgentOrder = tuple[int, int, float, str]


def call_order(waiting: Waiting) -> CallOrder:
    """The least goes first: priority, then callers whose agent vanished, then arrival; the id decides the rest."""
    call = waiting.call
    return (-call.priority, not waiting.returned, call.arrived, call.id)


def rung_of(agent: Agent, waiting: Waiting) -> int | None:
    """The lowest rung of the call's ladder on which the agent stands, open or not; None when on none."""
    if waiting.call.business_id in agent.profile.dedicated_to:
        return DEDICATED
    for place, pool in enumerate(waiting.call.staffing.pools, start=1):
        if pool in agent.profile.pools:
            return place
    return None


def could_ever_take(agent: Agent, waiting: Waiting, up_to: int) -> bool:
    """True when the agent has the skills and stands on a rung no higher than `up_to`, whatever the agent is doing."""
    rung = rung_of(agent, waiting)
    return rung is not None and rung <= up_to and waiting.call.needs <= agent.profile.skills


def may_take(agent: Agent, waiting: Waiting, at: float) -> bool:
    """True when the call may be offered to the agent now."""
    return (
        isinstance(agent.state, Available)
        and waiting.offer is None
        and could_ever_take(agent, waiting, waiting.rung)
        and waiting.declined_until.get(agent.id, at) <= at
    )


def agent_order(agent: Agent, waiting: Waiting) -> AgentOrder:
    """The least is asked first: who missed this call least; the rung; who has been idle longest; the id.

    An agent who missed the call comes after all who did not, on higher rungs too, so that a caller is not rung
    through to an empty chair twice while somebody else sits there.
    """
    rung = rung_of(agent, waiting)
    since = agent.state.since if isinstance(agent.state, Available) else float("inf")
    return (
        waiting.missed_by.get(agent.id, 0),
        len(waiting.call.staffing.pools) + 1 if rung is None else rung,
        since,
        agent.id,
    )
