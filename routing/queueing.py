"""Callers arrive, leave, end their talks, and come back when an agent vanishes."""

from routing import offering
from routing.alter import alter
from routing.draft import Draft
from routing.effects import CallClosed, Explain, Notice, Returned, SetTimer
from routing.events import CallArrived, CallGone, TalkEnd, TalkEnded
from routing.explain import explain
from routing.model import InTalk, Talking, Unreach, Unreachable, Waiting, WrapUp
from routing.offer import Cancelled
from routing.rest import at_rest
from routing.strategy import open_audiences, promised
from routing.timers import WrapUpTimer


def arrived(draft: Draft, event: CallArrived) -> None:
    call = event.call
    if call.id in draft.calls:
        return
    clocks = draft.tables.clocks
    deadline, clock = promised(call.recipe.staffing.target, call.arrived, clocks.get(call.business_id))
    if event.deadline is None:
        clocks[call.business_id] = clock
    else:  # the place was counted when it was given
        deadline = event.deadline
        clocks.setdefault(call.business_id, clock)
    draft.put_call(Waiting(call, deadline, call.needs, call.priority, since=event.at))
    draft.look_at((call.id,))


def gone(draft: Draft, event: CallGone) -> None:
    stage = draft.calls.get(event.call_id)
    if stage is None:
        return
    if isinstance(stage, InTalk):
        _wrap_up(draft, stage)
    else:
        if stage.offer is not None:
            offering.withdraw(draft, stage.offer.id, Cancelled.CALLER_GONE)
        if stage.callback is None:
            waited = draft.at - stage.since
            draft.tables.measures.wait_ended(open_audiences(stage)[-1], waited, left=True)
    draft.drop_call(event.call_id)
    draft.do(CallClosed(event.call_id, event.reason))


def talk_ended(draft: Draft, event: TalkEnded) -> None:
    stage = draft.calls.get(event.call_id)
    if not isinstance(stage, InTalk) or stage.agent_id != event.agent_id:
        return  # news of a talk that is over already
    if event.how is TalkEnd.AGENT_VANISHED:
        _give_back(draft, stage)
    else:
        _wrap_up(draft, stage)
        draft.drop_call(event.call_id)
        draft.do(CallClosed(event.call_id, event.how))


def explain_waits(draft: Draft) -> None:
    """Record why a call waits, each time it comes to wait or may be offered to others than before."""
    if not draft.rules.explain:
        return
    for before, waiting in draft.touched_calls():
        if waiting.offer is not None:
            continue
        if not isinstance(before, Waiting) or before.offer is not None or _widened(before, waiting):
            around = draft.tables.roster.around(waiting)
            draft.do(Explain(waiting.call.id, explain(waiting, around, None, draft.at)))


def _widened(before: Waiting, now: Waiting) -> bool:
    return before.rung != now.rung or before.needs != now.needs or before.priority != now.priority


def _give_back(draft: Draft, talk: InTalk) -> None:
    """To the head of the queue, with what was open of the ladder; on the line, also if it was a callback."""
    draft.put_call(alter(talk.place, returned=True, since=draft.at, callback=None))
    draft.look_at((talk.call.id,))
    draft.do(Returned(talk.call.id, talk.agent_id))
    agent = draft.agents[talk.agent_id]
    assert isinstance(agent.state, Talking)
    draft.tables.measures.talk_came_to_nothing(agent.id)
    came_back = agent.state.device_lost and agent.device  # the page was loaded again during the talk
    if came_back or agent.leaving or agent.pause_wanted is not None:
        draft.put_agent(at_rest(agent, draft.at))
    else:
        draft.put_agent(alter(agent, state=Unreachable(Unreach.VANISHED, draft.at, expected=True)), Notice.DEVICE_LOST)


def _wrap_up(draft: Draft, talk: InTalk) -> None:
    agent = draft.agents[talk.agent_id]
    seconds = talk.call.recipe.staffing.wrap_up_seconds
    if seconds == 0:
        draft.put_agent(at_rest(agent, draft.at))
        return
    until = draft.at + seconds
    draft.put_agent(alter(agent, state=WrapUp(talk.call.id, until)))
    draft.do(SetTimer(until, WrapUpTimer(agent.id)))
