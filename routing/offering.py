"""Offers are made, answered, missed, declined and taken back. Each is closed exactly once."""

from collections.abc import Mapping
from typing import TypeVar

from routing.alter import alter
from routing.draft import Draft
from routing.effects import AskReady, CancelOffer, Connect, Explain, Notice, OfferClosed, RingAgent, SetTimer
from routing.explain import explain
from routing.model import Agent, Available, InTalk, Offered, Talking, Unreach, Unreachable, Waiting
from routing.offer import Asked, Cancelled, Failed, Missed, OpenOffer, Ringing
from routing.rest import at_rest
from routing.strategy import open_audiences, rung_of
from routing.timers import DeclineTimer, ReadyTimer, RingTimer

_Value = TypeVar("_Value")


def make(draft: Draft, waiting: Waiting, agent: Agent) -> None:
    """Reserve agent and call for each other; then ask the agent's page, or ring at once."""
    assert isinstance(agent.state, Available), "only an available agent is asked"
    assert waiting.offer is None, "one offer at a time for a call"
    call, number = waiting.call, waiting.offers + 1
    if draft.rules.explain:
        draft.do(Explain(call.id, explain(waiting, draft.tables.roster.around(waiting), agent.id, draft.at)))
    asked = Asked(f"{call.id}-{number}", call.id, agent.id, draft.at, draft.at + draft.rules.ready_seconds)
    draft.put_agent(alter(agent, state=Offered(asked.id, call.id, draft.at, agent.state.since)))
    if agent.profile.asked_first:
        draft.put_call(alter(waiting, offer=asked, offers=number))
        draft.do(AskReady(asked.id, call.id, agent.id), SetTimer(asked.expires, ReadyTimer(asked.id)))
    else:
        _ring(draft, waiting, agent, asked.ready(draft.at, _ring_seconds(waiting, agent)), number)


def ready(draft: Draft, offer_id: str) -> None:
    """The page can take a call: now the telephone rings."""
    found = _open(draft, offer_id)
    if found is None:
        return
    waiting, asked, agent = found
    if isinstance(asked, Asked):
        _ring(draft, waiting, agent, asked.ready(draft.at, _ring_seconds(waiting, agent)), waiting.offers)


def not_ready(draft: Draft, offer_id: str, reason: str) -> None:
    """The page cannot, or did not say: the caller loses nothing, and the agent is out of reach until they say so."""
    found = _open(draft, offer_id)
    if found is None or not isinstance(found[1], Asked):
        return
    waiting, asked, agent = found
    draft.do(OfferClosed(asked.fail(draft.at, reason)))
    _without_offer(draft, waiting)
    unready = Unreachable(Unreach.NOT_READY, draft.at, expected=False)
    draft.put_agent(alter(agent, state=unready), Notice.NOT_READY)


def ready_timer(draft: Draft, offer_id: str) -> None:
    found = _open(draft, offer_id)
    if found is not None and found[1].expires <= draft.at:
        not_ready(draft, offer_id, "no answer")


def accepted(draft: Draft, offer_id: str) -> None:
    found = _open(draft, offer_id)
    if found is None or not isinstance(found[1], Ringing):
        draft.do(CancelOffer(offer_id))  # answered after it was taken back: let that leg go
        return
    waiting, offer, agent = found
    assert isinstance(offer, Ringing)
    whom = open_audiences(waiting)[-1]
    if waiting.callback is None:
        draft.tables.measures.wait_ended(whom, draft.at - waiting.since, left=False)
    draft.tables.measures.talk_began(agent.id, whom, draft.at)
    draft.put_call(InTalk(alter(waiting, offer=None), agent.id, draft.at))
    draft.put_agent(alter(agent, state=Talking(offer.call_id, draft.at), missed=0))
    draft.do(
        OfferClosed(offer.accept(draft.at)),
        Connect(offer.id, offer.call_id, agent.id, callback=waiting.callback is not None),
    )


def timed_out(draft: Draft, offer_id: str) -> None:
    found = _open(draft, offer_id)
    if found is None:
        return
    waiting, offer, agent = found
    if isinstance(offer, Ringing):
        draft.do(CancelOffer(offer_id))
        _unanswered(draft, waiting, agent, offer.miss(draft.at))


def ring_timer(draft: Draft, offer_id: str) -> None:
    found = _open(draft, offer_id)
    if found is not None and found[1].expires <= draft.at:
        timed_out(draft, offer_id)


def failed(draft: Draft, offer_id: str, reason: str) -> None:
    found = _open(draft, offer_id)
    if found is None:
        return
    waiting, offer, agent = found
    if isinstance(offer, Asked):
        not_ready(draft, offer_id, reason)
    else:
        _unanswered(draft, waiting, agent, offer.fail(draft.at, reason))


def declined(draft: Draft, offer_id: str) -> None:
    found = _open(draft, offer_id)
    if found is None:
        return
    waiting, offer, agent = found
    until = draft.at + draft.rules.decline_seconds
    _let_go(draft, offer)
    draft.do(OfferClosed(offer.decline(draft.at)), SetTimer(until, DeclineTimer(offer.call_id)))
    _without_offer(draft, alter(waiting, declined_until=_with(waiting.declined_until, agent.id, until)))
    draft.put_agent(at_rest(alter(agent, missed=0), draft.at))


def withdraw(draft: Draft, offer_id: str, why: Cancelled) -> None:
    """Take an open offer back; the agent keeps their turn."""
    found = _open(draft, offer_id)
    if found is None:
        return
    waiting, offer, agent = found
    assert isinstance(agent.state, Offered)
    _let_go(draft, offer)
    draft.do(OfferClosed(offer.withdraw(draft.at, why)))
    _without_offer(draft, waiting)
    notice = Notice.CALLER_LEFT if why is Cancelled.CALLER_GONE else None
    draft.put_agent(at_rest(agent, draft.at, idle_since=agent.state.idle_since), notice)


def _ring(draft: Draft, waiting: Waiting, agent: Agent, offer: Ringing, number: int) -> None:
    rung = rung_of(agent.profile, waiting)
    if rung is None:  # taken off the ladder while the page was asked; who was asked may still take this one
        rung = waiting.rung
    draft.put_call(alter(waiting, offer=offer, offers=number))
    draft.do(
        RingAgent(offer.id, offer.call_id, agent.id, offer.expires - offer.since, rung),
        SetTimer(offer.expires, RingTimer(offer.id)),
    )


def _ring_seconds(waiting: Waiting, agent: Agent) -> float:
    own = agent.profile.ring_seconds
    return waiting.call.recipe.staffing.ring_seconds if own is None else own


def _unanswered(draft: Draft, waiting: Waiting, agent: Agent, closed: Missed | Failed) -> None:
    """The caller keeps the place; the agent goes to the end of the idle line, or out of it after too many."""
    draft.do(OfferClosed(closed))
    count = waiting.missed_by.get(agent.id, 0) + 1
    _without_offer(draft, alter(waiting, missed_by=_with(waiting.missed_by, agent.id, count)))
    agent = alter(agent, missed=agent.missed + 1)
    if agent.missed >= draft.rules.missed_offers:
        draft.put_agent(
            alter(agent, state=Unreachable(Unreach.MISSED, draft.at, expected=False), missed=0),
            Notice.MISSED_TOO_MANY,
        )
    else:
        draft.put_agent(at_rest(agent, draft.at))


def _let_go(draft: Draft, offer: OpenOffer) -> None:
    """Stop the telephone, if it rings."""
    if isinstance(offer, Ringing):
        draft.do(CancelOffer(offer.id))


def _without_offer(draft: Draft, waiting: Waiting) -> None:
    """Back among the calls that wait; what the recipe put off while an agent was asked may be due."""
    draft.put_call(alter(waiting, offer=None))
    draft.look_at((waiting.call.id,))


def _open(draft: Draft, offer_id: str) -> tuple[Waiting, OpenOffer, Agent] | None:
    call_id = draft.offers.get(offer_id)
    if call_id is None:
        return None
    waiting = draft.calls[call_id]
    assert isinstance(waiting, Waiting)
    assert waiting.offer is not None
    return waiting, waiting.offer, draft.agents[waiting.offer.agent_id]


def _with(mapping: Mapping[str, _Value], key: str, value: _Value) -> Mapping[str, _Value]:
    return {**mapping, key: value}
