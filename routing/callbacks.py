"""A caller hangs up, keeps the place, and is called back by an agent when the turn comes."""

from routing import offering
from routing.alter import alter
from routing.draft import Draft
from routing.effects import CallClosed, SetTimer
from routing.events import CallbackAsked, CallbackUnanswered
from routing.model import Callback, InTalk, Waiting
from routing.offer import Cancelled
from routing.rest import at_rest
from routing.timers import CallbackTimer


def asked(draft: Draft, event: CallbackAsked) -> None:
    """An offer that is open stays so, unless this caller is being called back for another call already."""
    waiting = draft.calls.get(event.call_id)
    if not isinstance(waiting, Waiting) or waiting.callback is not None:
        return
    call = waiting.call if event.whom is None else alter(waiting.call, caller=event.whom)
    becomes = alter(waiting, call=call, callback=Callback())
    if waiting.offer is not None and draft.tables.callers.is_held_up(becomes):
        offering.withdraw(draft, waiting.offer.id, Cancelled.CALLER_GONE)
        becomes = alter(becomes, offer=None)
    draft.put_call(becomes)
    draft.look_at((event.call_id,))


def unanswered(draft: Draft, event: CallbackUnanswered) -> None:
    """The agent is free again at once; the caller is tried later, from the same place, or this was the last time."""
    talk = draft.calls.get(event.call_id)
    if not isinstance(talk, InTalk) or talk.callback is None:
        return
    tries = talk.callback.tries + 1
    draft.tables.measures.talk_came_to_nothing(talk.agent_id)
    if tries >= draft.rules.callback_tries:
        draft.drop_call(event.call_id)
        draft.do(CallClosed(event.call_id, "callback_failed"))
    else:
        again = draft.at + draft.rules.callback_retry_seconds
        draft.put_call(alter(talk.place, callback=Callback(tries, again)))
        draft.look_at((event.call_id,))
        draft.do(SetTimer(again, CallbackTimer(event.call_id)))
    draft.put_agent(at_rest(draft.agents[talk.agent_id], draft.at))
