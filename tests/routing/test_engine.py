"""The engine's stories, one rule each."""

from typing import Any

import pytest

from routing.effects import (
    CallClosed,
    CancelOffer,
    Connect,
    Effect,
    Explain,
    Notice,
    OfferClosed,
    Returned,
    RingAgent,
    SetTimer,
    SuggestMessage,
    TellAgent,
    TellCall,
)
from routing.engine import step
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
    TalkEnd,
    TalkEnded,
    Tick,
    WrapUpEnded,
    WrapUpExtended,
)
from routing.explain import Considered, Skip
from routing.model import (
    Agent,
    AgentState,
    Available,
    Call,
    InTalk,
    Offered,
    Offline,
    Paused,
    Profile,
    State,
    Suggestion,
    Talking,
    Told,
    Unreach,
    Unreachable,
    Waiting,
    WrapUp,
)
from routing.offer import Accepted, Cancelled, Declined, Failed, Missed, Withdrawn
from routing.recipe import Staffing
from routing.timers import RingTimer

ANA = Profile("ana", frozenset({"en"}), dedicated_to=frozenset({"harbor"}))
BEN = Profile("ben", frozenset({"en"}), pools=frozenset({"shared"}))
CARA = Profile("cara", frozenset({"en", "es"}), pools=frozenset({"shared"}))
PLAN = Staffing(dedicated_seconds=15, ring_seconds=20, wrap_up_seconds=30, max_wait_seconds=120)


class Floor:
    """Feeds events to the engine and keeps what came out; timers come when `until` passes them."""

    def __init__(self) -> None:
        self.state = State()
        self.now = 0.0
        self.effects: tuple[Effect, ...] = ()
        self._timers: list[SetTimer] = []

    def feed(self, event: Event) -> "Floor":
        self.now = max(self.now, event.at)
        self.state, self.effects = step(self.state, event)
        self._timers += [effect for effect in self.effects if isinstance(effect, SetTimer)]
        return self

    def until(self, at: float) -> tuple[Effect, ...]:
        """Let time pass; returns all that was done meanwhile."""
        done: list[Effect] = []
        while due := [timer for timer in self._timers if timer.at <= at]:
            timer = min(due, key=lambda timer: timer.at)
            self._timers.remove(timer)
            self.feed(Tick(timer.at, timer.key))
            done += self.effects
        self.now = at
        self.effects = tuple(done)
        return self.effects

    def sign_in(self, *profiles: Profile) -> "Floor":
        for profile in profiles:
            self.feed(AgentSignedIn(self.now, profile, device=True))
        return self

    def call(self, call_id: str = "c1", business: str = "harbor", **changes: Any) -> "Floor":
        return self.feed(CallArrived(self.now, Call(call_id, business, self.now, **{"staffing": PLAN} | changes)))

    def accept(self) -> "Floor":
        return self.feed(OfferAccepted(self.now, self.ringing()[0].offer_id))

    def talk_ends(self, how: TalkEnd = TalkEnd.CALLER, call: str = "c1", agent: str = "ana") -> "Floor":
        return self.feed(TalkEnded(self.now, call, agent, how))

    def ringing(self) -> list[Offered]:
        states = (agent.state for agent in self.state.agents.values())
        return [state for state in states if isinstance(state, Offered)]

    def agent(self, agent_id: str) -> AgentState:
        return self.state.agents[agent_id].state

    def waiting(self, call_id: str = "c1") -> Waiting:
        stage = self.state.calls[call_id]
        assert isinstance(stage, Waiting)
        return stage

    def rung_for(self, call_id: str = "c1") -> str | None:
        offer = self.waiting(call_id).offer
        return offer.agent_id if offer else None

    def done(self, kind: type[Any]) -> list[Any]:
        return [effect for effect in self.effects if isinstance(effect, kind)]


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_a_call_is_rung_connected_wrapped_up(floor: Floor) -> None:
    floor.sign_in(ANA).call()
    assert floor.done(RingAgent) == [RingAgent("c1-1", "c1", "ana", 20, 0)]
    assert floor.done(TellAgent) == [TellAgent("ana", Offered("c1-1", "c1", 0, 0))]
    floor.until(4)
    floor.accept()
    assert floor.done(Connect) == [Connect("c1-1", "c1", "ana")]
    assert floor.done(OfferClosed) == [OfferClosed(Accepted("c1-1", "c1", "ana", 4))]
    assert floor.state.offers == {}
    floor.until(60)
    floor.talk_ends()
    assert floor.agent("ana") == WrapUp("c1", 90)
    assert floor.done(CallClosed) == [CallClosed("c1", "caller")]
    assert floor.state.calls == {}
    floor.until(89.9)
    assert floor.agent("ana") == WrapUp("c1", 90)
    floor.until(90)
    assert floor.agent("ana") == Available(90)


def test_dedicated_first_then_the_shared_pool_after_the_plans_seconds(floor: Floor) -> None:
    floor.sign_in(ANA, BEN).call("c1").accept().call("c2")
    assert floor.rung_for("c2") is None
    floor.until(14.9)
    assert floor.rung_for("c2") is None
    floor.until(15)
    assert floor.rung_for("c2") == "ben"
    assert floor.done(RingAgent)[0].rung == 1


def test_dedicated_agent_is_preferred_to_a_longer_idle_shared_one(floor: Floor) -> None:
    floor.sign_in(BEN).until(5)
    floor.sign_in(ANA).call()
    assert floor.rung_for() == "ana"


@pytest.mark.parametrize("away", ["nobody", "offline", "paused", "no device", "lacks skill"])
def test_nobody_on_duty_at_a_rung_opens_the_next_at_once(floor: Floor, away: str) -> None:
    needs: frozenset[str] = frozenset()
    match away:
        case "offline":
            floor.sign_in(ANA).feed(AgentSignedOut(0, "ana"))
        case "paused":
            floor.sign_in(ANA).feed(AgentPaused(0, "ana", "lunch"))
        case "no device":
            floor.feed(AgentSignedIn(0, ANA, device=False))
        case "lacks skill":
            floor.sign_in(ANA)
            needs = frozenset({"es"})
    floor.sign_in(CARA)
    if away == "no device":
        floor.until(20)
    floor.call(needs=needs)
    assert floor.rung_for() == "cara"


def test_a_lost_device_is_expected_back_for_a_moment(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", "lakeside").accept().talk_ends(TalkEnd.AGENT_VANISHED, agent="ben")
    assert floor.done(SuggestMessage) == []  # the page may only be loading again
    effects = floor.until(19.9)
    assert effects == ()
    effects = floor.until(20)
    assert SuggestMessage("c1", Suggestion.NOBODY_ON_DUTY) in effects
    assert floor.agent("ben") == Unreachable(Unreach.VANISHED, 0, expected=False)
    floor.feed(AgentReachable(21, "ben"))
    assert floor.rung_for("c1") == "ben"


def test_a_device_that_came_back_and_went_again_is_expected_anew(floor: Floor) -> None:
    floor.sign_in(BEN).feed(AgentUnreachable(0, "ben")).feed(AgentReachable(15, "ben")).feed(
        AgentUnreachable(18, "ben")
    )
    floor.until(25)
    assert floor.agent("ben") == Unreachable(Unreach.DEVICE, 18, expected=True)
    floor.until(38)
    assert floor.agent("ben") == Unreachable(Unreach.DEVICE, 18, expected=False)


def test_the_last_dedicated_agent_leaving_opens_the_next_rung(floor: Floor) -> None:
    floor.sign_in(ANA, BEN).call("c1").accept().call("c2")
    assert floor.rung_for("c2") is None
    floor.feed(AgentPaused(1, "ana", "lunch"))  # granted after the talk; from now on nobody is to be waited for
    assert floor.rung_for("c2") == "ben"


def test_skills_are_required(floor: Floor) -> None:
    floor.sign_in(BEN).call(needs=frozenset({"es"}))
    assert floor.rung_for() is None
    floor.sign_in(CARA)
    assert floor.rung_for() == "cara"


def test_edited_skills_count_at_once(floor: Floor) -> None:
    floor.sign_in(BEN).call(needs=frozenset({"es"}))
    floor.feed(AgentChanged(1, Profile("ben", frozenset({"es"}), pools=frozenset({"shared"}))))
    assert floor.rung_for() == "ben"


def test_longest_idle_then_id(floor: Floor) -> None:
    floor.sign_in(CARA).until(1)
    floor.sign_in(BEN).call("c1", "lakeside")
    assert floor.rung_for("c1") == "cara"
    other = Floor().sign_in(CARA, BEN).call("c1", "lakeside")
    assert other.rung_for("c1") == "ben"


def test_calls_go_by_priority_then_arrival_then_id(floor: Floor) -> None:
    for call_id, priority in (("d", 0), ("c", 0), ("e", 5)):
        floor.call(call_id, "lakeside", priority=priority)
    floor.until(1)
    floor.call("a", "northwind")
    floor.sign_in(BEN)
    taken = []
    for _ in range(4):
        call_id = floor.ringing()[0].call_id
        taken.append(call_id)
        floor.accept().talk_ends(call=call_id, agent="ben").feed(WrapUpEnded(floor.now, "ben"))
    assert taken == ["e", "c", "d", "a"]


def test_a_missed_offer_keeps_the_place_and_asks_somebody_else(floor: Floor) -> None:
    floor.sign_in(BEN, CARA).call("c1", "lakeside").call("c2", "lakeside").call("c3", "lakeside")
    assert (floor.rung_for("c1"), floor.rung_for("c2"), floor.rung_for("c3")) == ("ben", "cara", None)
    floor.feed(OfferTimedOut(3, "c1-1"))
    # The only idle agent is Ben, who gets the first call again: it is the first still.
    assert (floor.rung_for("c1"), floor.rung_for("c3")) == ("ben", None)
    floor.feed(OfferDeclined(4, "c2-1"))
    assert (floor.rung_for("c1"), floor.rung_for("c2"), floor.rung_for("c3")) == ("ben", None, "cara")
    assert floor.waiting("c2").told == Told(2, 3, 1)


def test_who_missed_a_call_comes_after_who_did_not(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", "lakeside")
    floor.until(10)
    floor.sign_in(CARA)
    floor.until(20)
    assert floor.rung_for("c1") == "cara"
    assert floor.agent("ben") == Available(20)


def test_a_dedicated_agent_who_missed_a_call_comes_after_the_pool_once_that_is_open(floor: Floor) -> None:
    floor.sign_in(ANA, BEN).call()
    assert floor.rung_for() == "ana"
    floor.until(20)
    assert floor.rung_for() == "ben"
    assert floor.agent("ana") == Available(20)


def test_too_many_missed_offers_make_an_agent_unreachable(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", "lakeside")
    effects = floor.until(40)
    assert floor.agent("ben") == Unreachable(Unreach.MISSED, 40, expected=False)
    assert TellAgent("ben", Unreachable(Unreach.MISSED, 40, expected=False), Notice.MISSED_TOO_MANY) in effects
    assert [effect for effect in effects if isinstance(effect, CancelOffer)] == [
        CancelOffer("c1-1"),
        CancelOffer("c1-2"),
    ]
    assert [effect.offer for effect in effects if isinstance(effect, OfferClosed)] == [
        Missed("c1-1", "c1", "ben", 20),
        Missed("c1-2", "c1", "ben", 40),
    ]
    floor.feed(AgentReachable(41, "ben"))
    assert floor.agent("ben") == Unreachable(Unreach.MISSED, 40, expected=False)  # the telephone was never the trouble
    floor.feed(AgentResumed(42, "ben"))
    assert floor.rung_for("c1") == "ben"


def test_an_answered_offer_forgives_the_missed_ones(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", "lakeside").until(20)
    floor.accept()
    assert floor.state.agents["ben"].missed == 0


def test_a_failed_offer_counts_as_missed(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", "lakeside").feed(OfferFailed(1, "c1-1", "busy"))
    assert floor.done(OfferClosed) == [OfferClosed(Failed("c1-1", "c1", "ben", 1, "busy"))]
    floor.feed(OfferFailed(2, "c1-2", "busy"))
    assert floor.agent("ben") == Unreachable(Unreach.MISSED, 2, expected=False)


def test_a_declined_call_rests_before_it_comes_again(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", "lakeside").feed(OfferDeclined(5, "c1-1"))
    assert floor.done(OfferClosed) == [OfferClosed(Declined("c1-1", "c1", "ben", 5))]
    assert floor.agent("ben") == Available(5)
    floor.call("c2", "lakeside")
    assert floor.rung_for("c2") == "ben"
    floor.feed(CallGone(6, "c2", "hung_up"))
    floor.until(34.9)
    assert floor.rung_for("c1") is None
    floor.until(35)
    assert floor.rung_for("c1") == "ben"


def test_a_caller_who_hangs_up_while_ringing_costs_the_agent_no_turn(floor: Floor) -> None:
    floor.sign_in(BEN).until(3)
    floor.call("c1", "lakeside").feed(CallGone(5, "c1", "hung_up"))
    assert floor.done(CancelOffer) == [CancelOffer("c1-1")]
    assert floor.done(OfferClosed) == [OfferClosed(Withdrawn("c1-1", "c1", "ben", 5, Cancelled.CALLER_GONE))]
    assert floor.done(TellAgent) == [TellAgent("ben", Available(0), Notice.CALLER_LEFT)]
    assert floor.done(CallClosed) == [CallClosed("c1", "hung_up")]


def test_an_answer_that_comes_too_late_is_let_go(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", "lakeside").feed(CallGone(5, "c1", "hung_up")).feed(OfferAccepted(5.1, "c1-1"))
    assert floor.effects == (CancelOffer("c1-1"),)
    assert floor.agent("ben") == Available(0)


def test_the_ring_timer_does_nothing_after_an_answer(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", "lakeside").accept()
    before = floor.state
    floor.feed(Tick(20, RingTimer("c1-1")))
    assert (floor.state, floor.effects) == (before, ())


@pytest.mark.parametrize(
    ("event", "state", "why"),
    [
        (AgentPaused(2, "ana", "lunch"), Paused("lunch", 2), Cancelled.AGENT_LEFT),
        (AgentSignedOut(2, "ana"), Offline(), Cancelled.AGENT_LEFT),
        (AgentUnreachable(2, "ana"), Unreachable(Unreach.DEVICE, 2, expected=True), Cancelled.DEVICE_GONE),
    ],
)
def test_an_agent_who_leaves_while_ringing(floor: Floor, event: Event, state: AgentState, why: Cancelled) -> None:
    floor.sign_in(ANA, BEN).call().feed(event)
    assert floor.agent("ana") == state
    assert floor.done(OfferClosed) == [OfferClosed(Withdrawn("c1-1", "c1", "ana", 2, why))]
    if why is Cancelled.DEVICE_GONE:
        assert floor.rung_for() is None  # expected back: the plan's seconds run
        floor.until(15)
    assert floor.rung_for() == "ben"  # nobody dedicated is left, so the pool is asked at once


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (AgentPaused(2, "ana", "lunch"), Paused("lunch", 40)),
        (AgentSignedOut(2, "ana"), Offline()),
        (AgentUnreachable(2, "ana"), Unreachable(Unreach.DEVICE, 40, expected=True)),
    ],
)
def test_wishes_during_a_talk_are_granted_after_the_wrap_up(floor: Floor, event: Event, state: AgentState) -> None:
    floor.sign_in(ANA).call().accept().feed(event)
    assert isinstance(floor.agent("ana"), Talking)
    floor.until(10)
    floor.talk_ends()
    assert floor.agent("ana") == WrapUp("c1", 40)
    floor.until(40)
    assert floor.agent("ana") == state


def test_wishes_can_be_taken_back(floor: Floor) -> None:
    floor.sign_in(ANA).call().accept().feed(AgentPaused(2, "ana", "lunch")).feed(AgentResumed(3, "ana"))
    floor.talk_ends().feed(WrapUpEnded(4, "ana"))
    assert floor.agent("ana") == Available(4)


def test_a_vanished_agents_caller_goes_to_the_head(floor: Floor) -> None:
    floor.sign_in(ANA).call("c1").accept().until(5)
    floor.call("c2").call("c3")
    floor.until(9)
    floor.talk_ends(TalkEnd.AGENT_VANISHED)
    assert floor.done(Returned) == [Returned("c1", "ana")]
    assert floor.agent("ana") == Unreachable(Unreach.VANISHED, 9, expected=True)
    assert [floor.waiting(call).told for call in ("c1", "c2", "c3")] == [Told(1, 3, 0), Told(2, 3, 0), Told(3, 3, 0)]
    floor.sign_in(BEN).until(15)
    assert floor.rung_for("c1") == "ben"
    assert floor.ringing()[0].offer_id == "c1-2"  # never an offer's id twice


def test_a_call_that_arrived_before_the_returned_one_still_goes_after_it(floor: Floor) -> None:
    floor.call("c1", needs=frozenset({"es"})).until(1)
    floor.call("c2").sign_in(ANA).accept().talk_ends(TalkEnd.AGENT_VANISHED, call="c2")
    floor.sign_in(CARA)
    assert floor.rung_for("c2") == "cara"


def test_a_page_loaded_again_in_mid_call_leaves_the_agent_available(floor: Floor) -> None:
    floor.sign_in(ANA).call().accept().feed(AgentUnreachable(5, "ana")).feed(AgentReachable(6, "ana"))
    floor.talk_ends(TalkEnd.AGENT_VANISHED)
    assert floor.rung_for() == "ana"


def test_a_vanished_agent_is_back_with_the_device(floor: Floor) -> None:
    floor.sign_in(ANA).call().accept().talk_ends(TalkEnd.AGENT_VANISHED).feed(AgentReachable(6, "ana"))
    assert floor.rung_for() == "ana"


def test_a_pause_in_wrap_up_holds_at_once_and_its_timer_is_over(floor: Floor) -> None:
    floor.sign_in(ANA).call().accept().talk_ends().feed(AgentPaused(5, "ana", "lunch"))
    floor.until(100)
    assert floor.agent("ana") == Paused("lunch", 5)


def test_wrap_up_extended(floor: Floor) -> None:
    floor.sign_in(ANA).call().accept().talk_ends().feed(WrapUpExtended(10, "ana", 60))
    floor.until(89)
    assert floor.agent("ana") == WrapUp("c1", 90)
    floor.until(90)
    assert floor.agent("ana") == Available(90)


def test_no_wrap_up_when_the_plan_has_none(floor: Floor) -> None:
    floor.sign_in(ANA).call(staffing=Staffing(wrap_up_seconds=0)).accept().talk_ends()
    assert floor.agent("ana") == Available(0)


def test_a_message_is_suggested_when_nobody_is_on_duty(floor: Floor) -> None:
    floor.call()
    assert floor.done(SuggestMessage) == [SuggestMessage("c1", Suggestion.NOBODY_ON_DUTY)]
    floor.sign_in(BEN).feed(AgentSignedOut(1, "ben"))
    assert floor.done(SuggestMessage) == []  # said once


def test_a_message_is_suggested_after_the_longest_wait(floor: Floor) -> None:
    floor.sign_in(ANA).call("c1").accept().call("c2")
    assert not [effect for effect in floor.until(119.9) if isinstance(effect, SuggestMessage)]
    effects = floor.until(121)
    assert [effect for effect in effects if isinstance(effect, SuggestMessage)] == [
        SuggestMessage("c2", Suggestion.WAITED_TOO_LONG)
    ]
    assert floor.waiting("c2")  # it stays queued until its caller leaves


def test_positions_are_told_within_the_business_and_only_when_they_change(floor: Floor) -> None:
    floor.call("c1").call("c2")
    assert floor.done(TellCall) == [TellCall("c1", Told(1, 2, 1)), TellCall("c2", Told(2, 2, 1))]
    floor.call("x1", "lakeside")
    assert floor.done(TellCall) == [TellCall("x1", Told(1, 1, 1))]
    floor.feed(CallGone(1, "c1", "hung_up"))
    assert floor.done(TellCall) == [TellCall("c2", Told(1, 1, 1))]


def test_decisions_say_who_was_considered_and_why_not(floor: Floor) -> None:
    away = Profile("dan", frozenset({"en"}), pools=frozenset({"shared"}))
    outsider = Profile("eve", pools=frozenset({"other"}))
    floor.sign_in(ANA, BEN, CARA, away, outsider).feed(AgentPaused(0, "dan", "lunch"))
    floor.call("c1").accept().call("c2")
    [waits] = floor.done(Explain)
    assert waits.decision.chosen is None
    assert waits.decision.considered == (
        Considered("ana", 0, Skip.TALKING),
        Considered("ben", 1, Skip.RUNG_CLOSED),
        Considered("cara", 1, Skip.RUNG_CLOSED),
        Considered("dan", 1, Skip.PAUSED),
    )
    effects = floor.until(15)
    [chosen] = [effect for effect in effects if isinstance(effect, Explain)]
    assert chosen.decision.chosen == "ben"
    assert chosen.decision.considered[1:3] == (Considered("ben", 1, None), Considered("cara", 1, Skip.RANKED_LOWER))


def test_a_second_sign_in_leaves_the_talk_alone(floor: Floor) -> None:
    floor.sign_in(ANA).call().accept().feed(AgentSignedOut(1, "ana")).sign_in(ANA)
    assert floor.agent("ana") == Talking("c1", 0)
    assert floor.state.agents["ana"].leaving is False


def test_a_caller_gone_in_mid_talk_ends_once(floor: Floor) -> None:
    floor.sign_in(ANA).call().accept().feed(CallGone(5, "c1", "hung_up"))
    assert floor.done(CallClosed) == [CallClosed("c1", "hung_up")]
    assert floor.agent("ana") == WrapUp("c1", 35)
    floor.talk_ends()
    assert floor.effects == ()


@pytest.mark.parametrize(
    "event",
    [
        AgentSignedOut(1, "nobody"),
        AgentPaused(1, "nobody", "x"),
        AgentResumed(1, "nobody"),
        AgentReachable(1, "nobody"),
        AgentUnreachable(1, "nobody"),
        AgentChanged(1, Profile("nobody")),
        CallGone(1, "none", "hung_up"),
        OfferDeclined(1, "none"),
        OfferFailed(1, "none", "busy"),
        OfferTimedOut(1, "none"),
        TalkEnded(1, "none", "ana", TalkEnd.CALLER),
        TalkEnded(1, "c1", "ben", TalkEnd.CALLER),
        WrapUpEnded(1, "ana"),
        WrapUpExtended(1, "ana", 5),
        CallArrived(1, Call("c1", "other", 1)),
    ],
)
def test_what_is_not_known_or_over_changes_nothing(floor: Floor, event: Event) -> None:
    floor.sign_in(ANA).call().accept()
    before = floor.state
    floor.feed(event)
    assert (floor.state, floor.effects) == (before, ())


def test_a_step_leaves_the_state_before_it_alone(floor: Floor) -> None:
    floor.sign_in(ANA, BEN).call("c1")
    before, agents, calls, offers = (
        floor.state,
        dict(floor.state.agents),
        dict(floor.state.calls),
        dict(floor.state.offers),
    )
    floor.accept().talk_ends()
    assert (before.agents, before.calls, before.offers) == (agents, calls, offers)
    assert isinstance(before.calls["c1"], Waiting)
    assert not isinstance(before.calls["c1"], InTalk)
    assert Agent(ANA, Available(0), device=True) not in before.agents.values()
