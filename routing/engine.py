"""The engine: one event in, the next state and what is to be done out. No clock, no waiting, no I/O."""

from typing import assert_never

from routing import callbacks, duty, matcher, offering, overflow, queueing
from routing.draft import Draft
from routing.effects import Effect
from routing.events import (
    AgentChanged,
    AgentNotReady,
    AgentPaused,
    AgentReachable,
    AgentReady,
    AgentResumed,
    AgentSignedIn,
    AgentSignedOut,
    AgentUnreachable,
    CallArrived,
    CallbackAsked,
    CallbackUnanswered,
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
from routing.state import State
from routing.timers import (
    CallbackTimer,
    DeclineTimer,
    ReadyTimer,
    ReturnTimer,
    RingTimer,
    StepTimer,
    TimerKey,
    WrapUpTimer,
)


def step(state: State, event: Event) -> tuple[State, tuple[Effect, ...]]:
    """Apply one event. The same history always gives the same effects.

    The state is taken over: go on with the one that is given back (`State` says why). Events that come too late (an
    offer taken back, a call gone, an agent never seen) change nothing. When it returns, no agent who could take a
    waiting call is idle. Raises `Spent` for a state that was stepped before; after any other error the state is as
    it was and may be stepped again.
    """
    tables = state.take()
    draft = Draft(tables, event.at)
    try:
        _apply(draft, event)
        if draft.touched:  # many a timer finds that it came too early or too late
            _settle(draft)
            queueing.explain_waits(draft)
            duty.tell_agents(draft)
    except Exception:  # a mistake of ours with one event must not stop the house
        draft.undo()
        state.give_back(tables)
        raise
    return State.of(tables), tuple(draft.effects)


def _settle(draft: Draft) -> None:
    """Recipes, then offers, until neither gives rise to more: an offer may take the last free agent of another rung."""
    roster = draft.tables.roster
    draft.look_at(roster.deserted())
    overflow.look(draft)
    matcher.match(draft)
    while without := (*roster.deserted(), *roster.all_taken(), *draft.disappointed()):
        draft.look_at(without)
        overflow.look(draft)
        matcher.match(draft)


def _apply(draft: Draft, event: Event) -> None:
    match event:  # the commonest first: cases are tried in turn
        case CallArrived():
            queueing.arrived(draft, event)
        case CallGone():
            queueing.gone(draft, event)
        case TalkEnded():
            queueing.talk_ended(draft, event)
        case CallbackAsked():
            callbacks.asked(draft, event)
        case CallbackUnanswered():
            callbacks.unanswered(draft, event)
        case AgentReady():
            offering.ready(draft, event.offer_id)
        case AgentNotReady():
            offering.not_ready(draft, event.offer_id, event.reason)
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
        case ReadyTimer(offer_id):
            offering.ready_timer(draft, offer_id)
        case StepTimer(call_id):
            overflow.timer(draft, call_id)
        case CallbackTimer(call_id) | DeclineTimer(call_id):
            draft.came_due(call_id)
        case _:
            assert_never(key)
