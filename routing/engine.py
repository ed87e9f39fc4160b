"""The engine: one event in, the next state and what is to be done out. No clock, no waiting, no I/O."""

from typing import assert_never

from routing import duty, matcher, offering, queueing
from routing.draft import Draft
from routing.effects import Effect
from routing.events import (
    AgentChanged,
    AgentPaused,
    AgentReachable,
    AgentResumed,
    AgentSignedIn,
    AgentSignedOut,
    AgentUnreachable,
    CallArrived,
    CallGone,
    Event,
    OfferAccepted,
    OfferDeclined,
    OfferFailed,
    OfferTimedOut,
    TalkEnded,
    Tick,
    WrapUpEnded,
    WrapUpExtended,
)
from routing.model import State
from routing.timers import DeclineTimer, MaxWaitTimer, ReturnTimer, RingTimer, TimerKey, WidenTimer, WrapUpTimer


def step(state: State, event: Event) -> tuple[State, tuple[Effect, ...]]:
    """Apply one event. The same state and event always give the same result; `state` itself is not changed.

    Events that come too late (an offer taken back, a call gone, an agent never seen) change nothing. When it
    returns, no agent who could take a waiting call is idle.
    """
    draft = Draft(state, event.at)
    _apply(draft, event)
    queueing.widen(draft)
    matcher.match(draft)
    queueing.suggest_messages(draft)
    queueing.explain_waits(draft)
    queueing.tell_calls(draft)
    duty.tell_agents(draft)
    return draft.finished(), tuple(draft.effects)


def _apply(draft: Draft, event: Event) -> None:
    match event:
        case AgentSignedIn():
            duty.signed_in(draft, event)
        case AgentSignedOut():
            duty.signed_out(draft, event)
        case AgentPaused():
            duty.paused(draft, event)
        case AgentResumed():
            duty.resumed(draft, event)
        case AgentReachable():
            duty.reachable(draft, event)
        case AgentUnreachable():
            duty.unreachable(draft, event)
        case AgentChanged():
            duty.changed(draft, event)
        case WrapUpEnded():
            duty.wrap_up_ended(draft, event)
        case WrapUpExtended():
            duty.wrap_up_extended(draft, event)
        case CallArrived():
            queueing.arrived(draft, event)
        case CallGone():
            queueing.gone(draft, event)
        case TalkEnded():
            queueing.talk_ended(draft, event)
        case OfferAccepted():
            offering.accepted(draft, event.offer_id)
        case OfferDeclined():
            offering.declined(draft, event.offer_id)
        case OfferFailed():
            offering.failed(draft, event.offer_id, event.reason)
        case OfferTimedOut():
            offering.timed_out(draft, event.offer_id)
        case Tick():
            _timer(draft, event.key)
        case _:
            assert_never(event)


def _timer(draft: Draft, key: TimerKey) -> None:
    match key:
        case RingTimer(offer_id):
            offering.ring_timer(draft, offer_id)
        case WrapUpTimer(agent_id):
            duty.wrap_up_timed_out(draft, agent_id)
        case ReturnTimer(agent_id):
            duty.no_longer_expected(draft, agent_id)
        case WidenTimer(call_id) | MaxWaitTimer(call_id) | DeclineTimer(call_id):
            queueing.timer(draft, call_id)
        case _:
            assert_never(key)
