"""A simulated day as the records that figures are made of, so that it is judged as a real one is."""

from collections.abc import Iterable, Mapping

from reports.queued import AgentTime, Ending, QueuedCall
from routing.day import Ending as Ended
from routing.day import Outcome

_FIELDS = {
    "Available": "available",
    "Offered": "offered",
    "Talking": "talking",
    "WrapUp": "wrap_up",
    "Paused": "paused",
    "Unreachable": "unreachable",
}


def queued_calls(outcomes: Iterable[Outcome], now: float) -> list[QueuedCall]:
    """What became of the callers; those who still wait have waited until `now`."""
    return [_queued(outcome, now) for outcome in outcomes]


def tellings(outcomes: Iterable[Outcome]) -> list[tuple[float, float]]:
    """The waits that were told to callers who were answered, each with the one that came."""
    return [
        (told, outcome.left - at)
        for outcome in outcomes
        if outcome.ending is Ended.ANSWERED and outcome.left is not None and not outcome.callback
        for at, told in outcome.told
    ]


def agent_times(seconds: Mapping[str, Mapping[str, float]]) -> list[AgentTime]:
    """The agents' time, from `Day.agent_seconds`."""
    return [
        AgentTime(agent_id, **{_FIELDS[state]: value for state, value in states.items()})
        for agent_id, states in sorted(seconds.items())
    ]


def _queued(outcome: Outcome, now: float) -> QueuedCall:
    call, target = outcome.call, outcome.call.recipe.staffing.target
    return QueuedCall(
        id=call.id,
        business_id=call.business_id,
        arrived=call.arrived,
        waited=(now if outcome.left is None else outcome.left) - call.arrived,
        ending=Ending(outcome.ending.value),
        target_seconds=target.seconds,
        target_share=target.share,
        callback=outcome.callback,
        agent_id=outcome.agent_id,
    )
