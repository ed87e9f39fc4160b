"""Callers arrive, wait, widen their ladder, leave, and come back when an agent vanishes."""

from dataclasses import replace

from routing import offering
from routing.draft import Draft
from routing.effects import CallClosed, Explain, Notice, Returned, SetTimer, SuggestMessage, TellCall
from routing.events import CallArrived, CallGone, TalkEnd, TalkEnded
from routing.explain import explain
from routing.model import InTalk, Suggestion, Talking, Told, Unreach, Unreachable, Waiting, WrapUp
from routing.offer import Cancelled
from routing.rest import at_rest
from routing.strategy import call_order, could_ever_take
from routing.timers import MaxWaitTimer, WidenTimer, WrapUpTimer


def arrived(draft: Draft, event: CallArrived) -> None:
    call = event.call
    if call.id in draft.calls:
        return
    patience_until = call.arrived + call.staffing.max_wait_seconds
    draft.put_call(Waiting(call, patience_until))
    draft.do(*(SetTimer(call.arrived + rung.after, WidenTimer(call.id)) for rung in call.staffing.ladder[1:]))
    draft.do(SetTimer(patience_until, MaxWaitTimer(call.id)))


def gone(draft: Draft, event: CallGone) -> None:
    stage = draft.calls.get(event.call_id)
    if stage is None:
        return
    if isinstance(stage, Waiting):
        if stage.offer is not None:
            offering.withdraw(draft, stage.offer.id, Cancelled.CALLER_GONE)
    else:
        _wrap_up(draft, stage)
    draft.drop_call(stage)
    draft.do(CallClosed(event.call_id, event.reason))


def talk_ended(draft: Draft, event: TalkEnded) -> None:
    stage = draft.calls.get(event.call_id)
    if not isinstance(stage, InTalk) or stage.agent_id != event.agent_id:
        return  # news of a talk that is over already
    if event.how is TalkEnd.AGENT_VANISHED:
        _give_back(draft, stage)
    else:
        _wrap_up(draft, stage)
        draft.drop_call(stage)
        draft.do(CallClosed(event.call_id, event.how))


def timer(draft: Draft, call_id: str) -> None:
    """Something about this call may be due: what it is, the call's own times tell."""
    stage = draft.calls.get(call_id)
    if isinstance(stage, Waiting):
        draft.touch(stage)


def widen(draft: Draft) -> None:
    """Open the rungs that are due, and those above a rung where nobody who could take the call is on duty."""
    affected = list(draft.waiting()) if draft.roster_changed else _touched(draft)
    for waiting in affected:
        ladder, rung = waiting.call.staffing.ladder, waiting.rung
        while rung + 1 < len(ladder) and (
            waiting.call.arrived + ladder[rung + 1].after <= draft.at or not _anybody(draft, waiting, rung)
        ):
            rung += 1
        if rung != waiting.rung:
            draft.put_call(replace(waiting, rung=rung))
        elif draft.roster_changed:
            draft.touch(waiting)


def suggest_messages(draft: Draft) -> None:
    """To callers nobody is being rung for, who have waited long enough or whom nobody could take."""
    for waiting in _touched(draft):
        if waiting.offer is not None:
            continue
        top = len(waiting.call.staffing.ladder) - 1
        if waiting.rung == top and not _anybody(draft, waiting, top):
            _suggest(draft, waiting, Suggestion.NOBODY_ON_DUTY)
        elif waiting.patience_until <= draft.at:
            _suggest(draft, waiting, Suggestion.WAITED_TOO_LONG)


def tell_calls(draft: Draft) -> None:
    """Tell each caller of a queue that changed their position, if it is another one than they know."""
    for business_id in sorted(draft.touched_businesses):
        queue = sorted((w for w in draft.waiting() if w.call.business_id == business_id), key=call_order)
        for place, waiting in enumerate(queue):
            told = Told(place + 1, len(queue), waiting.rung)
            if told != waiting.told:
                draft.put_call(replace(waiting, told=told))
                draft.do(TellCall(waiting.call.id, told))


def explain_waits(draft: Draft) -> None:
    """Record why a call waits, each time it comes to wait or its ladder opens further."""
    for waiting in _touched(draft):
        before = draft.call_before(waiting.call.id)
        if waiting.offer is None and not (
            isinstance(before, Waiting) and before.offer is None and before.rung == waiting.rung
        ):
            draft.do(Explain(waiting.call.id, explain(waiting, draft.agents.values(), None, draft.at)))


def _suggest(draft: Draft, waiting: Waiting, why: Suggestion) -> None:
    if why not in waiting.suggested:
        draft.put_call(replace(waiting, suggested=waiting.suggested | {why}))
        draft.do(SuggestMessage(waiting.call.id, why))


def _give_back(draft: Draft, talk: InTalk) -> None:
    """To the head of the queue, with a fresh patience; what was open of the ladder stays open."""
    patience_until = draft.at + talk.call.staffing.max_wait_seconds
    draft.put_call(replace(talk.place, returned=True, patience_until=patience_until, suggested=frozenset(), told=None))
    draft.do(Returned(talk.call.id, talk.agent_id), SetTimer(patience_until, MaxWaitTimer(talk.call.id)))
    agent = draft.agents[talk.agent_id]
    assert isinstance(agent.state, Talking)
    came_back = agent.state.device_lost and agent.device  # the page was loaded again during the talk
    if came_back or agent.leaving or agent.pause_wanted is not None:
        draft.put_agent(at_rest(agent, draft.at))
    else:
        draft.put_agent(
            replace(agent, state=Unreachable(Unreach.VANISHED, draft.at, expected=True)), Notice.DEVICE_LOST
        )


def _wrap_up(draft: Draft, talk: InTalk) -> None:
    agent = draft.agents[talk.agent_id]
    seconds = talk.call.staffing.wrap_up_seconds
    if seconds == 0:
        draft.put_agent(at_rest(agent, draft.at))
        return
    until = draft.at + seconds
    draft.put_agent(replace(agent, state=WrapUp(talk.call.id, until)))
    draft.do(SetTimer(until, WrapUpTimer(agent.id)))


def _anybody(draft: Draft, waiting: Waiting, up_to: int) -> bool:
    """Is anybody on duty who could take the call with the ladder open that far?"""
    return any(agent.on_duty and could_ever_take(agent, waiting, up_to) for agent in draft.agents.values())


def _touched(draft: Draft) -> list[Waiting]:
    """In the rule's order, not the tables', so that the same state always gives the same effects."""
    stages = (draft.calls[call_id] for call_id in draft.touched_calls)
    return sorted((stage for stage in stages if isinstance(stage, Waiting)), key=call_order)
