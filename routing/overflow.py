"""A call's recipe: which of its steps are due, and what they do.

A call is looked at when it arrives, when the time of a step has come, when an offer for it has ended, when the last
agent for it goes, and every `rules.recheck_seconds` while a step looks at the queue or the time of day.
"""

from collections.abc import Mapping
from math import inf
from typing import Any

from routing import waits
from routing.alter import alter
from routing.draft import Draft
from routing.effects import SetTimer, StepFired
from routing.model import Call, Fired, Waiting
from routing.recipe import Act, AddRung, DropSkill, RaisePriority, RelaxSkill, Step, When
from routing.timers import StepTimer

DAY = 86_400.0

WITH_CALLER = frozenset({Act.ANNOUNCE, Act.OFFER_CALLBACK, Act.OFFER_MESSAGE, Act.GO_TO_MESSAGE, Act.FORWARD})
"""What needs a caller on the line; it does not happen to one who waits for a callback."""

TAKES_AWAY = WITH_CALLER - {Act.ANNOUNCE}
"""What may take the caller away; it waits while an agent is being asked."""


def look(draft: Draft) -> None:
    """Look at the recipes of the calls that were put forward for it, first call first."""
    for waiting in draft.calls_to_look_at():
        _look_at(draft, waiting)


def timer(draft: Draft, call_id: str) -> None:
    """The time has come that was set, unless it was put off meanwhile."""
    stage = draft.calls.get(call_id)
    if isinstance(stage, Waiting) and stage.look_at <= draft.at:
        draft.look_at((call_id,))


def _look_at(draft: Draft, waiting: Waiting) -> None:
    waiting = _past_empty_rungs(draft, waiting)
    for place, step in enumerate(waiting.call.recipe.steps):
        if _due(step, waiting, place) > draft.at or (waiting.offer is not None and step.do in TAKES_AWAY):
            continue
        if not _has_work(step, waiting) or not _holds(draft, step.when, waiting):
            continue
        times = waiting.fired[place].times + 1 if place in waiting.fired else 1
        waiting = alter(waiting, fired={**waiting.fired, place: Fired(times, draft.at)}, **_changes(step, waiting))
        draft.put_call(waiting)
        draft.do(StepFired(waiting.call.id, place, step.do, times))
        waiting = _past_empty_rungs(draft, waiting)
    _set_timer(draft, waiting)


def _set_timer(draft: Draft, waiting: Waiting) -> None:
    """One timer at a time is meant for a call: one that comes before `look_at` is ignored."""
    soonest = inf
    for place, step in enumerate(waiting.call.recipe.steps):
        due = _due(step, waiting, place)
        if due >= soonest or not _has_work(step, waiting):
            continue
        if due > draft.at:
            soonest = due
        elif _changes_unseen(step.when):
            soonest = min(soonest, draft.at + draft.rules.recheck_seconds)
    if soonest == waiting.look_at:
        return
    draft.put_off(alter(waiting, look_at=soonest))
    if soonest < inf:
        draft.do(SetTimer(soonest, StepTimer(waiting.call.id)))


def _past_empty_rungs(draft: Draft, waiting: Waiting) -> Waiting:
    """Open the next rung for as long as nobody is on duty on the open ones: nobody is waited for in vain."""
    top = len(waiting.call.recipe.staffing.ladder) - 1
    roster = draft.tables.roster
    while waiting.rung < top and not any(group.duty for group in roster.watched_by(waiting.call.id)):
        waiting = alter(waiting, rung=waiting.rung + 1)
        draft.put_call(waiting)
    return waiting


def _due(step: Step, waiting: Waiting, place: int) -> float:
    """When the step may fire at the soonest; infinite when it has fired and is not repeated.

    What is said or done to a caller counts from when the present wait began, all else from when the call came: who
    was given back keeps what was opened for them, and is not sent away for having talked long.
    """
    began = waiting.since if isinstance(step.do, Act) else waiting.call.arrived
    fired = waiting.fired.get(place)
    if fired is None:
        return began + step.when.waited
    return inf if step.every is None else max(fired.at + step.every, began + step.when.waited)


def _has_work(step: Step, waiting: Waiting) -> bool:
    """Whether there is something left for the step to do for this call."""
    if step.when.vip is not None and step.when.vip != waiting.call.vip:
        return False
    match step.do:
        case Act():
            return waiting.callback is None or step.do not in WITH_CALLER
        case AddRung():
            return waiting.rung + 1 < len(waiting.call.recipe.staffing.ladder)
        case RelaxSkill(skill=skill, level=level):
            return waiting.needs.get(skill, 0) > level
        case DropSkill(skill=skill):
            return skill in waiting.needs
        case RaisePriority():
            return True


def _changes(step: Step, waiting: Waiting) -> dict[str, Any]:
    """What is another about the call once the step is done."""
    match step.do:
        case Act():
            return {}
        case AddRung():
            return {"rung": waiting.rung + 1}
        case RelaxSkill(skill=skill, level=level):
            return {"needs": {**waiting.needs, skill: level}}
        case DropSkill(skill=skill):
            return {"needs": _without(waiting.needs, skill)}
        case RaisePriority(by=by):
            return {"priority": waiting.priority + by}


def _holds(draft: Draft, when: When, waiting: Waiting) -> bool:
    """Whether all that the step asks for but time and caller is so."""
    if when.between is not None and not _is_between(when.between, draft.at, waiting.call):
        return False
    if when.nobody is not None and not _nobody(draft, when.nobody, waiting):
        return False
    if when.position_over is not None or when.queue_over is not None:
        position, length = draft.tables.ranks.position(waiting)
        if when.position_over is not None and position <= when.position_over:
            return False
        if when.queue_over is not None and length <= when.queue_over:
            return False
    if when.expected_wait_over is not None:
        expected = waits.reckoned(draft.tables, waiting)
        return expected is not None and expected > when.expected_wait_over
    return True


def _nobody(draft: Draft, how: str, waiting: Waiting) -> bool:
    """Whether the open rungs have no agent for the call; one who is being asked for it this moment is one."""
    groups = draft.tables.roster.watched_by(waiting.call.id)
    if how == "signed_in":
        return not any(group.duty for group in groups)
    if waiting.offer is not None:
        return False
    somebody = any(group.free for group in groups)
    if somebody:
        draft.hopes(waiting.call.id)
    return not somebody


def _is_between(minutes: tuple[int, int], at: float, call: Call) -> bool:
    minute = ((at - call.midnight) % DAY) / 60
    first, last = minutes
    if first < last:
        return first <= minute < last
    return minute >= first or minute < last


def _changes_unseen(when: When) -> bool:
    """Whether it may come to hold with nothing happening to the call or its agents."""
    return not (
        when.position_over is None
        and when.queue_over is None
        and when.expected_wait_over is None
        and when.between is None
    )


def _without(needs: Mapping[str, int], skill: str) -> Mapping[str, int]:
    return {each: level for each, level in needs.items() if each != skill}
