"""Watches the engine from outside: what its effects promised is kept here and compared with what it says is so.

The rules are written from events, effects and the published state (`oracle.py`), not from the engine's own helpers, so
that a wrong rule in the engine is not repeated in its check.
"""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from routing import offering
from routing.draft import Draft
from routing.effects import (
    AskReady,
    CallClosed,
    Connect,
    Effect,
    OfferClosed,
    Returned,
    RingAgent,
    SetTimer,
    StepFired,
    TellAgent,
)
from routing.engine import step
from routing.events import CallArrived, CallbackUnanswered, Event, TalkEnded, Tick
from routing.model import Agent, AgentState, Available, Call, InTalk, Offered, Talking, Waiting, WrapUp
from routing.offer import Ringing
from routing.recipe import Act, AddRung, HouseRules
from routing.state import State
from routing.timers import CallbackTimer, DeclineTimer
from routing.waits import expected_wait, position
from tests.routing import oracle

RULES = HouseRules(missed_offers=2, decline_seconds=15, callback_tries=2, callback_retry_seconds=30, recheck_seconds=4)


class Watch:
    """Feeds events and checks all that must hold after each of them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.state = State(RULES)
        self.history: list[tuple[Event, tuple[Effect, ...]]] = []
        self.timers: list[SetTimer] = []
        self.asked: dict[str, AskReady] = {}
        self.ringing: dict[str, RingAgent] = {}
        self.closed_offers: set[str] = set()
        self.talking: dict[str, str] = {}
        self.arrived: dict[str, Call] = {}
        self.closed: set[str] = set()
        self.callbacks: set[str] = set()
        self.tries: Counter[str] = Counter()
        self.not_before: dict[str, float] = {}
        self.returned: set[str] = set()
        self.steps: Counter[tuple[str, int]] = Counter()
        self.agent_told: dict[str, AgentState] = {}

    def feed(self, event: Event) -> None:
        before = {call_id: stage for call_id, stage in self.state.calls.items() if isinstance(stage, Waiting)}
        if isinstance(event, CallArrived):
            self.arrived.setdefault(event.call.id, event.call)
        if isinstance(event, TalkEnded) and self.talking.get(event.call_id) == event.agent_id:
            del self.talking[event.call_id]
        if isinstance(event, CallbackUnanswered) and event.call_id in self.callbacks:
            self.talking.pop(event.call_id, None)
            self.tries[event.call_id] += 1
            self.not_before[event.call_id] = event.at + RULES.callback_retry_seconds
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(offering, "make", self.checked(offering.make))
            self.state, effects = step(self.state, event)
        self.history.append((event, effects))
        for effect in effects:
            self.follow(effect)
        for call_id, was in before.items():
            now = self.state.calls.get(call_id)
            if isinstance(now, Waiting):
                assert oracle.place_in_line(now) <= oracle.place_in_line(was), "a call lost its place"
        self.check()

    def checked(self, make: Callable[[Draft, Waiting, Agent], None]) -> Callable[[Draft, Waiting, Agent], None]:
        """Each offer is what the rule by brute force would make next."""

        def make_checked(draft: Draft, waiting: Waiting, agent: Agent) -> None:
            if not self.more_calls_come_due_now():
                assert oracle.next_offer(draft.agents, draft.calls, draft.at) == (waiting.call.id, agent.id)
            make(draft, waiting, agent)

        return make_checked

    def follow(self, effect: Effect) -> None:
        match effect:
            case SetTimer():
                assert effect.at >= self.now
                self.timers.append(effect)
            case AskReady():
                self.one_offer_at_a_time(effect)
                assert self.state.agents[effect.agent_id].profile.asked_first
                self.asked[effect.offer_id] = effect
            case RingAgent():
                asked = self.asked.pop(effect.offer_id, None)
                if asked is None:
                    self.one_offer_at_a_time(effect)
                else:
                    assert (asked.call_id, asked.agent_id) == (effect.call_id, effect.agent_id)
                self.ringing[effect.offer_id] = effect
            case OfferClosed():
                opened = self.ringing.pop(effect.offer.id, None) or self.asked.pop(effect.offer.id)
                assert (opened.call_id, opened.agent_id) == (effect.offer.call_id, effect.offer.agent_id)
                self.closed_offers.add(effect.offer.id)
            case Connect():
                assert effect.call_id not in self.talking
                assert effect.agent_id not in self.talking.values()
                assert effect.call_id not in self.closed
                assert effect.callback == (effect.call_id in self.callbacks)
                self.talking[effect.call_id] = effect.agent_id
            case CallClosed():
                assert effect.call_id in self.arrived
                assert effect.call_id not in self.closed, "a call ended twice"
                self.closed.add(effect.call_id)
                self.talking.pop(effect.call_id, None)
                assert (effect.how == "callback_failed") == (self.tries[effect.call_id] >= RULES.callback_tries)
            case Returned():
                self.returned.add(effect.call_id)
                self.callbacks.discard(effect.call_id)
            case StepFired():
                self.steps[effect.call_id, effect.place] += 1
                what = self.arrived[effect.call_id].recipe.steps[effect.place]
                assert what.do == effect.do
                assert self.steps[effect.call_id, effect.place] == effect.times
                assert what.every is not None or effect.times == 1, "a step fired again"
                assert effect.call_id not in self.callbacks or not isinstance(effect.do, Act) or effect.do is Act.ALERT
            case TellAgent():
                self.agent_told[effect.agent_id] = effect.state
            case _:
                pass

    def one_offer_at_a_time(self, new: AskReady | RingAgent) -> None:
        offers = self.open_offers().values()
        assert new.offer_id not in {offer.offer_id for offer in offers} | self.closed_offers, "an offer's id came twice"
        assert new.call_id not in self.closed, "a gone call was offered"
        assert new.call_id not in self.talking, "a call in a talk was offered"
        assert self.not_before.get(new.call_id, 0) <= self.now, "a callback was tried again too soon"
        assert new.agent_id not in self.talking.values(), "an agent in a talk was asked"
        assert all(new.call_id != other.call_id for other in offers), "two offers, one call"
        assert all(new.agent_id != other.agent_id for other in offers), "two calls, one agent"
        assert self.state.agents[new.agent_id].device, "an agent without a telephone was asked"

    def pass_time(self, seconds: float) -> None:
        """Timers come in time."""
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.at <= end]:
            timer = min(due, key=lambda timer: timer.at)
            self.timers.remove(timer)
            self.now = max(self.now, timer.at)
            self.feed(Tick(self.now, timer.key))
        self.now = end
        self.check()

    # What must hold after each event

    def check(self) -> None:
        self.calls_are_where_the_effects_put_them()
        self.agents_do_one_thing_and_both_sides_agree()
        self.nobody_idle_while_a_call_they_could_take_waits()
        self.nobody_is_called_back_twice_at_once()
        self.empty_rungs_are_not_waited_for()
        self.steps_fire_in_time()
        self.nobody_is_noticed_at_once()
        self.nothing_outlives_its_time()
        self.positions_are_true()

    def calls_are_where_the_effects_put_them(self) -> None:
        calls = self.state.calls
        assert set(calls) == set(self.arrived) - self.closed, "a call was lost or kept after its end"
        in_talk = {call: stage.agent_id for call, stage in calls.items() if isinstance(stage, InTalk)}
        assert in_talk == self.talking
        assert dict(self.state.offers) == {offer: what.call_id for offer, what in self.open_offers().items()}
        assert {call for call, stage in calls.items() if stage.callback is not None} == self.callbacks & calls.keys()
        assert {call for call, stage in calls.items() if isinstance(stage, Waiting) and stage.returned} <= self.returned

    def agents_do_one_thing_and_both_sides_agree(self) -> None:
        offers = self.open_offers()
        for agent in self.state.agents.values():
            match agent.state:
                case Offered(offer_id=offer, call_id=call):
                    assert offers[offer].agent_id == agent.id
                    assert offers[offer].call_id == call
                case Talking(call_id=call):
                    assert self.talking[call] == agent.id
                case _:
                    assert agent.id not in self.talking.values()
                    assert all(offer.agent_id != agent.id for offer in offers.values())
            assert self.agent_told[agent.id] == agent.state, "the agent's page shows something else"

    def nobody_idle_while_a_call_they_could_take_waits(self) -> None:
        if not self.more_calls_come_due_now():
            assert oracle.next_offer(self.state.agents, self.state.calls, self.now) is None

    def nobody_is_called_back_twice_at_once(self) -> None:
        calls = self.state.calls
        under_way = [
            stage.call.caller
            for stage in calls.values()
            if stage.callback is not None and not (isinstance(stage, Waiting) and stage.offer is None)
        ]
        known = [caller for caller in under_way if caller is not None]
        assert len(known) == len(set(known))

    def empty_rungs_are_not_waited_for(self) -> None:
        for waiting in self.queue():
            ladder = waiting.call.recipe.staffing.ladder
            on_duty = [
                agent
                for agent in self.state.agents.values()
                if agent.on_duty and oracle.has_skills(agent.profile, waiting)
            ]
            rungs = [oracle.lowest_rung(agent.profile, waiting) for agent in on_duty]
            assert waiting.rung == len(ladder) - 1 or any(
                rung is not None and rung <= waiting.rung for rung in rungs
            ), f"{waiting.call.id} waits for a rung nobody is on"

    def steps_fire_in_time(self) -> None:
        for waiting in self.queue():
            for place, what in enumerate(waiting.call.recipe.steps):
                # Ticks of this very instant may still be to come; a moment later none may.
                late = self.now > waiting.since + what.when.waited and what.when.by_time_alone and what.every is None
                if late and waiting.offer is None and waiting.callback is None and isinstance(what.do, Act):
                    assert self.steps[waiting.call.id, place] == 1
                if late and isinstance(what.do, AddRung) and place not in waiting.fired:
                    assert waiting.rung == len(waiting.call.recipe.staffing.ladder) - 1

    def nobody_is_noticed_at_once(self) -> None:
        for waiting in self.queue():
            there = [
                agent
                for agent in self.state.agents.values()
                if oracle.has_skills(agent.profile, waiting)
                and (rung := oracle.lowest_rung(agent.profile, waiting)) is not None
                and rung <= waiting.rung
            ]
            for place, what in enumerate(waiting.call.recipe.steps):
                if waiting.offer is not None or self.steps[waiting.call.id, place] or what.when.nobody is None:
                    continue
                if what.do is Act.GO_TO_MESSAGE and waiting.callback is None:
                    assert what.when.nobody == "signed_in"
                    assert any(agent.on_duty for agent in there), "nobody is signed in, and it was not noticed"
                if isinstance(what.do, AddRung) and waiting.rung + 1 < len(waiting.call.recipe.staffing.ladder):
                    assert what.when.nobody == "available"
                    assert any(isinstance(agent.state, Available) for agent in there), "all are taken, unnoticed"

    def nothing_outlives_its_time(self) -> None:
        for waiting in self.queue():
            if isinstance(waiting.offer, Ringing):
                assert waiting.offer.id in self.ringing
            if waiting.offer is not None:
                assert waiting.offer.expires >= self.now
        for agent in self.state.agents.values():
            if isinstance(agent.state, WrapUp):
                assert agent.state.until >= self.now

    def positions_are_true(self) -> None:
        for business in sorted({waiting.call.business_id for waiting in self.queue()}):
            queue = sorted(
                (waiting for waiting in self.queue() if waiting.call.business_id == business), key=oracle.place_in_line
            )
            for place, waiting in enumerate(queue):
                assert position(self.state, waiting.call.id) == (place + 1, len(queue))
                expected = expected_wait(self.state, waiting.call.id)
                assert expected is None or expected > 0

    def more_calls_come_due_now(self) -> bool:
        """Whether ticks of this very instant are still to come that say that a call may be offered (again)."""
        return any(
            timer.at <= self.now and isinstance(timer.key, DeclineTimer | CallbackTimer) for timer in self.timers
        )

    def open_offers(self) -> dict[str, AskReady | RingAgent]:
        return {**self.asked, **self.ringing}

    def queue(self) -> list[Waiting]:
        return [stage for stage in self.state.calls.values() if isinstance(stage, Waiting)]

    def replay(self) -> None:
        """The same day again gives the same effects, and so does one whose tables are in another order."""
        state = State(RULES)
        shuffle = random.Random(len(self.history))
        for number, (event, effects) in enumerate(self.history):
            if number % 10 == 0:
                state = shuffled(state, shuffle)
            state, again = step(state, event)
            assert again == effects
        assert dict(state.agents) == dict(self.state.agents)
        assert dict(state.calls) == dict(self.state.calls)


def shuffled(state: State, order: random.Random) -> State:
    """The same state with its tables, and all that is derived from them, filled in another order."""
    copy = state.fork()
    for table in (copy.tables.calls, copy.tables.agents):
        rows: list[tuple[str, Any]] = list(table.items())
        order.shuffle(rows)
        table.clear()
        table.update(rows)
    return copy.fork()
