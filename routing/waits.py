"""What a caller may be told: the position, and the wait that is to be expected."""

from math import log1p

from routing.model import Waiting
from routing.state import State, Tables
from routing.strategy import audience

ENOUGH_TALKS = 5
"""With fewer measured talks an expected wait would be a guess."""


def position(state: State, call_id: str) -> tuple[int, int] | None:
    """The caller's place among the waiting calls of the same business (1 is next), and their number.

    Calls that an agent is being asked for count, and callbacks. None when the call does not wait.
    """
    stage = state.calls.get(call_id)
    return state.tables.ranks.position(stage) if isinstance(stage, Waiting) else None


def expected_wait(state: State, call_id: str) -> float | None:
    """Seconds until an agent takes the call, by what was measured today; None when it would be a guess.

    With n calls ahead that the same agents may be offered, s agents on duty for them, a mean handling time of h and
    callers who give up at a rate of a each, agents take calls at the rate s/h and the line before the caller shortens
    at s/h + ia while i are left in it. So the wait is

        sum over i = 1..n of 1 / (s/h + ia)   +   h / (agents on duty who have the skills that the call needs)

    This is the queue-length estimator of Whitt (1999, "Predicting queueing delays"; without abandonment it is
    (n + 1)h/s) with abandonment as in QLm of Ibrahim and Whitt (2009, "Real-time delay estimation in overloaded
    multiserver queues with abandonments"), whose sum is taken as an integral here. "The same agents" are those of the
    highest open rung that has anybody on duty; that some of the calls ahead will be taken by others is not known.
    """
    stage = state.calls.get(call_id)
    return reckoned(state.tables, stage) if isinstance(stage, Waiting) else None


def reckoned(tables: Tables, waiting: Waiting) -> float | None:
    """`expected_wait` of a call in these tables."""
    call = waiting.call
    for rung in reversed(call.recipe.staffing.ladder[: waiting.rung + 1]):
        whom = audience(call.business_id, rung)
        able = tables.roster.group(whom, waiting.needs).duty
        if able == 0:
            continue
        measured = tables.measures.of(whom)
        if measured.talks < ENOUGH_TALKS:
            return None
        ahead = tables.ranks.ahead(waiting, whom)
        served = tables.roster.group(whom, {}).duty / max(measured.handling, 1.0)
        return _drained(ahead, served, measured.leaving_rate) + measured.handling / able
    return None


def _drained(calls: int, served: float, leaving: float) -> float:
    """Seconds until `calls` have been taken, at `served` a second, or have given up, each at `leaving` a second."""
    if leaving * calls < 1e-9 * served:
        return calls / served
    return log1p(leaving * calls / (served + leaving / 2)) / leaving
