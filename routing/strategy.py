"""The rule: which call goes first, who may take it, who of those is best. Total orders; the page is docs/routing.md."""

from collections.abc import Mapping

from routing.model import Agent, Available, Profile, Waiting
from routing.recipe import AnswerTarget, Own, Pool, Rung

CallOrder = tuple[int, bool, float, float, str]
AgentOrder = tuple[int, int, int, int, float, str]

Audience = tuple[str, int]
"""Who a rung means, the same for every call it means the same agents for: a business and the most businesses its own
agents there may have, or a pool and 0."""


def audience(business_id: str, rung: Rung) -> Audience:
    """Who is asked on this rung for a call of that business."""
    if type(rung) is Pool:  # `isinstance` takes many times as long for a model of pydantic's
        return (rung.pool, 0)
    assert type(rung) is Own
    return (business_id, rung.own)


def is_of(profile: Profile, whom: Audience) -> bool:
    """Whether the agent is one of this audience."""
    name, at_most = whom
    if at_most == 0:
        return name in profile.pools
    return name in profile.dedicated_to and len(profile.dedicated_to) <= at_most


def open_audiences(waiting: Waiting) -> tuple[Audience, ...]:
    """Who the call may be offered to, from the lowest rung to the highest that is open."""
    call = waiting.call
    return tuple([audience(call.business_id, rung) for rung in call.recipe.staffing.ladder[: waiting.rung + 1]])


def call_order(waiting: Waiting) -> CallOrder:
    """The least goes first: priority, callers whose agent vanished, deadline, arrival; the id decides the rest."""
    return (-waiting.priority, not waiting.returned, waiting.deadline, waiting.call.arrived, waiting.call.id)


def promised(target: AnswerTarget, arrived: float, clock: float | None) -> tuple[float, float]:
    """The deadline of a call, and the business's clock after it.

    The clock runs ahead by `target.spacing` for each call; None when none of the business's calls waits. A call that
    comes while the clock is more than a burst ahead is dated later, so that a storm stands behind its own promise and
    not before others (the generic cell rate algorithm, ITU-T I.371; Virtual Clock, Zhang 1990).
    """
    ahead = arrived if clock is None else max(clock, arrived)
    start = max(arrived, ahead - (target.calls_at_once - 1) * target.spacing)
    return start + target.seconds, ahead + target.spacing


def stands_on(profile: Profile, business_id: str, rung: Rung) -> bool:
    """Whether the agent is one of this rung's for that business."""
    return is_of(profile, audience(business_id, rung))


def rung_of(profile: Profile, waiting: Waiting) -> int | None:
    """The lowest rung of the call's ladder on which the agent stands, open or not; None when on none."""
    for place, rung in enumerate(waiting.call.recipe.staffing.ladder):
        if stands_on(profile, waiting.call.business_id, rung):
            return place
    return None


def rank_on(profile: Profile, rung: Rung) -> int:
    """The agent's rank among those of a rung; 0 is asked first."""
    return profile.pools.get(rung.pool, 0) if type(rung) is Pool else 0


def is_able(profile: Profile, needs: Mapping[str, int]) -> bool:
    """Whether the agent has every needed skill at its level."""
    has = profile.skills
    for skill, level in needs.items():  # noqa: SIM110 (as a loop, for speed)
        if has.get(skill, 0) < level:
            return False
    return True


def could_ever_take(profile: Profile, waiting: Waiting, up_to: int) -> bool:
    """True when the agent has the skills and stands on a rung no higher than `up_to`, whatever the agent is doing."""
    rung = rung_of(profile, waiting)
    return rung is not None and rung <= up_to and is_able(profile, waiting.needs)


def may_take(agent: Agent, waiting: Waiting, at: float) -> bool:
    """True when the call may be offered to the agent now."""
    return (
        isinstance(agent.state, Available)
        and waiting.offer is None
        and (waiting.callback is None or waiting.callback.not_before <= at)
        and could_ever_take(agent.profile, waiting, waiting.rung)
        and waiting.declined_until.get(agent.id, at) <= at
    )


def agent_order(agent: Agent, waiting: Waiting) -> AgentOrder:
    """The least is asked first: who missed this call least; the rung; the rank there; skill; longest idle; the id.

    Skill is the sum of levels in what the call itself asked for, also what the recipe does without by now. An agent
    who missed the call comes after all who did not, on higher rungs too, so that a caller is not rung through to an
    empty chair twice while somebody else sits there.
    """
    ladder = waiting.call.recipe.staffing.ladder
    rung = rung_of(agent.profile, waiting)
    assert rung is not None, "only agents on the ladder are compared"
    since = agent.state.since if isinstance(agent.state, Available) else float("inf")
    skill = sum(agent.profile.skills.get(skill, 0) for skill in waiting.call.needs)
    return (waiting.missed_by.get(agent.id, 0), rung, rank_on(agent.profile, ladder[rung]), -skill, since, agent.id)
