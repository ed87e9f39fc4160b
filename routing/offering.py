"""Offers are made, answered, missed, declined and taken back. Each that rings is closed exactly once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from routing.draft import Draft
from routing.effects import CancelOffer, Connect, Explain, Notice, OfferClosed, RingAgent, SetTimer
from routing.explain import explain
from routing.model import Agent, Available, InTalk, Offered, Talking, Unreach, Unreachable, Waiting
from routing.offer import Cancelled, Failed, Missed, Ringing
from routing.rest import at_rest
from routing.strategy import rung_of
from routing.timers import DeclineTimer, RingTimer

_Value = TypeVar("_Value")


def make(draft: Draft, waiting: Waiting, agent: Agent) -> None:
    """Reserve agent and call for each other, then ring."""
    assert isinstance(agent.state, Available), "only an available agent is asked"
    assert waiting.offer is None, "one offer at a time for a call"
    call, rung = waiting.call, rung_of(agent, waiting)
    assert rung is not None, "only agents on the ladder are asked"
    draft.do(Explain(call.id, explain(waiting, draft.agents.values(), agent.id, draft.at)))
    number = waiting.offers + 1
    expires = draft.at + call.staffing.ring_seconds
    offer = Ringing(f"{call.id}-{number}", call.id, agent.id, draft.at, expires)
    draft.put_call(replace(waiting, offer=offer, offers=number))
    draft.put_agent(replace(agent, state=Offered(offer.id, call.id, draft.at, agent.state.since)))
    draft.do(
        RingAgent(offer.id, call.id, agent.id, call.staffing.ring_seconds, rung),
        SetTimer(expires, RingTimer(offer.id)),
    )


def accepted(draft: Draft, offer_id: str) -> None:
    found = _open(draft, offer_id)
    if found is None:
        draft.do(CancelOffer(offer_id))  # answered after it was taken back: let that leg go
        return
    waiting, offer, agent = found
    draft.put_call(InTalk(replace(waiting, offer=None), agent.id, draft.at))
    draft.put_agent(replace(agent, state=Talking(offer.call_id, draft.at), missed=0))
    draft.do(OfferClosed(offer.accept(draft.at)), Connect(offer.id, offer.call_id, agent.id))


def timed_out(draft: Draft, offer_id: str) -> None:
    found = _open(draft, offer_id)
    if found is not None:
        draft.do(CancelOffer(offer_id))
        _unanswered(draft, *found, found[1].miss(draft.at))


def ring_timer(draft: Draft, offer_id: str) -> None:
    found = _open(draft, offer_id)
    if found is not None and found[1].expires <= draft.at:
        timed_out(draft, offer_id)


def failed(draft: Draft, offer_id: str, reason: str) -> None:
    found = _open(draft, offer_id)
    if found is not None:
        _unanswered(draft, *found, found[1].fail(draft.at, reason))


def declined(draft: Draft, offer_id: str) -> None:
    found = _open(draft, offer_id)
    if found is None:
        return
    waiting, offer, agent = found
    until = draft.at + draft.rules.decline_seconds
    draft.put_call(replace(waiting, offer=None, declined_until=_with(waiting.declined_until, agent.id, until)))
    draft.put_agent(at_rest(replace(agent, missed=0), draft.at))
    draft.do(CancelOffer(offer.id), OfferClosed(offer.decline(draft.at)), SetTimer(until, DeclineTimer(offer.call_id)))


def withdraw(draft: Draft, offer_id: str, why: Cancelled) -> None:
    """Take an open offer back; the agent keeps their turn."""
    found = _open(draft, offer_id)
    if found is None:
        return
    waiting, offer, agent = found
    assert isinstance(agent.state, Offered)
    draft.put_call(replace(waiting, offer=None))
    notice = Notice.CALLER_LEFT if why is Cancelled.CALLER_GONE else None
    draft.put_agent(at_rest(agent, draft.at, idle_since=agent.state.idle_since), notice)
    draft.do(CancelOffer(offer.id), OfferClosed(offer.withdraw(draft.at, why)))


def _unanswered(draft: Draft, waiting: Waiting, offer: Ringing, agent: Agent, closed: Missed | Failed) -> None:
    """The caller keeps the place; the agent goes to the end of the idle line, or out of it after too many."""
    count = waiting.missed_by.get(agent.id, 0) + 1
    draft.put_call(replace(waiting, offer=None, missed_by=_with(waiting.missed_by, agent.id, count)))
    draft.do(OfferClosed(closed))
    agent = replace(agent, missed=agent.missed + 1)
    if agent.missed >= draft.rules.missed_offers:
        draft.put_agent(
            replace(agent, state=Unreachable(Unreach.MISSED, draft.at, expected=False), missed=0),
            Notice.MISSED_TOO_MANY,
        )
    else:
        draft.put_agent(at_rest(agent, draft.at))


def _open(draft: Draft, offer_id: str) -> tuple[Waiting, Ringing, Agent] | None:
    call_id = draft.offers.get(offer_id)
    if call_id is None:
        return None
    waiting = draft.calls[call_id]
    assert isinstance(waiting, Waiting)
    assert waiting.offer is not None
    return waiting, waiting.offer, draft.agents[waiting.offer.agent_id]


def _with(mapping: Mapping[str, _Value], key: str, value: _Value) -> Mapping[str, _Value]:
    return {**mapping, key: value}
