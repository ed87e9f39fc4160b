"""Offers: who is asked first, what becomes of it, and the question whether the agent's page is ready."""

import pytest

from routing.effects import (
    AskReady,
    CallClosed,
    CancelOffer,
    Connect,
    Notice,
    OfferClosed,
    RingAgent,
    SetTimer,
    TellAgent,
)
from routing.events import (
    AgentChanged,
    AgentNotReady,
    AgentReachable,
    AgentReady,
    AgentResumed,
    AgentSignedOut,
    CallGone,
    OfferAccepted,
    OfferDeclined,
    OfferFailed,
    OfferTimedOut,
    Tick,
    WrapUpEnded,
)
from routing.model import Available, Offered, Offline, Profile, Talking, Unreach, Unreachable, WrapUp
from routing.offer import Accepted, Asked, Cancelled, Declined, Failed, Missed, Ringing, Withdrawn
from routing.recipe import Own, Pool
from routing.timers import ReadyTimer, RingTimer
from tests.routing.floor import ANA, BEN, CARA, Floor, recipe

EVE = Profile("eve", {"en": 5}, pools={"shared": 0}, asked_first=True)


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


def test_a_dedicated_agent_is_preferred_to_a_longer_idle_shared_one(floor: Floor) -> None:
    floor.sign_in(BEN).until(5)
    floor.sign_in(ANA).call()
    assert floor.asked_for() == "ana"


def test_own_agents_of_few_businesses_come_before_those_of_many(floor: Floor) -> None:
    semi = Profile("semi", dedicated_to=frozenset({"harbor", "lakeside"}))
    busy = Profile("busy", dedicated_to=frozenset({"harbor", "lakeside", "northwind"}))
    ladder = (Own(own=1), Own(own=2), Pool(pool="shared"))
    floor.sign_in(busy, BEN, semi).call("c1", recipe=recipe(ladder=ladder))
    assert floor.done(RingAgent) == [RingAgent("c1-1", "c1", "semi", 20, 1)]
    floor.sign_in(ANA).call("c2", recipe=recipe(ladder=ladder))
    assert floor.done(RingAgent) == [RingAgent("c2-1", "c2", "ana", 20, 0)]
    floor.call("c3", recipe=recipe(ladder=ladder))
    assert floor.asked_for("c3") is None  # who has three businesses stands on no rung of this ladder
    floor.feed(AgentSignedOut(1, "ana")).feed(AgentSignedOut(1, "semi"))
    assert (floor.asked_for("c1"), floor.asked_for("c2"), floor.asked_for("c3")) == ("ben", None, None)


def test_a_dedicated_agent_may_sit_in_the_pool_at_a_lower_rank(floor: Floor) -> None:
    ana = Profile("ana", dedicated_to=frozenset({"harbor"}), pools={"shared": 1})
    floor.sign_in(ana).until(5)
    floor.sign_in(BEN).call("c1", "lakeside").call("c2", "lakeside")
    assert (floor.asked_for("c1"), floor.asked_for("c2")) == ("ben", "ana")
    assert floor.done(RingAgent)[0].rung == 1


def test_skills_are_required_at_their_level(floor: Floor) -> None:
    floor.sign_in(BEN, Profile("dan", {"es": 2}, pools={"shared": 0})).call(needs={"es": 3})
    assert floor.asked_for() is None
    floor.sign_in(CARA)
    assert floor.asked_for() == "cara"


def test_the_more_skilled_comes_before_the_longer_idle(floor: Floor) -> None:
    floor.sign_in(Profile("dan", {"es": 3}, pools={"shared": 0})).until(5)
    floor.sign_in(CARA).call(needs={"es": 3})
    assert floor.asked_for() == "cara"


def test_edited_skills_count_at_once(floor: Floor) -> None:
    floor.sign_in(BEN).call(needs={"es": 1})
    floor.feed(AgentChanged(1, Profile("ben", {"es": 1}, pools={"shared": 0})))
    assert floor.asked_for() == "ben"


def test_longest_idle_then_id(floor: Floor) -> None:
    floor.sign_in(CARA).until(1)
    floor.sign_in(BEN).call("c1", "lakeside")
    assert floor.asked_for("c1") == "cara"
    other = Floor().sign_in(CARA, BEN).call("c1", "lakeside")
    assert other.asked_for("c1") == "ben"


def test_a_missed_offer_keeps_the_place_and_asks_somebody_else(floor: Floor) -> None:
    floor.sign_in(BEN, CARA).call("c1", "lakeside").call("c2", "lakeside").call("c3", "lakeside")
    assert (floor.asked_for("c1"), floor.asked_for("c2"), floor.asked_for("c3")) == ("ben", "cara", None)
    floor.feed(OfferTimedOut(3, "c1-1"))
    # The only idle agent is Ben, who gets the first call again: it is the first still.
    assert (floor.asked_for("c1"), floor.asked_for("c3")) == ("ben", None)
    floor.feed(OfferDeclined(4, "c2-1"))
    assert (floor.asked_for("c1"), floor.asked_for("c2"), floor.asked_for("c3")) == ("ben", None, "cara")


def test_who_missed_a_call_comes_after_who_did_not(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", "lakeside")
    floor.until(10)
    floor.sign_in(CARA)
    floor.until(20)
    assert floor.asked_for("c1") == "cara"
    assert floor.agent("ben") == Available(20)


def test_a_dedicated_agent_who_missed_a_call_comes_after_the_pool_once_that_is_open(floor: Floor) -> None:
    floor.sign_in(ANA, BEN).call()
    assert floor.asked_for() == "ana"
    floor.until(20)
    assert floor.asked_for() == "ben"
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
    assert floor.asked_for("c1") == "ben"


def test_how_many_are_too_many_is_the_houses_rule() -> None:
    floor = Floor(missed_offers=1).sign_in(BEN).call("c1", "lakeside")
    floor.until(20)
    assert floor.agent("ben") == Unreachable(Unreach.MISSED, 20, expected=False)


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
    assert floor.asked_for("c2") == "ben"
    floor.feed(CallGone(6, "c2", "hung_up"))
    floor.until(34.9)
    assert floor.asked_for("c1") is None
    floor.until(35)
    assert floor.asked_for("c1") == "ben"


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
    floor.sign_in(BEN).call("c1", "lakeside").accept().feed(Tick(20, RingTimer("c1-1")))
    assert floor.effects == ()
    assert floor.agent("ben") == Talking("c1", 0)


def test_an_agents_own_ring_time_goes_before_the_businesss(floor: Floor) -> None:
    floor.sign_in(Profile("dan", pools={"shared": 0}, ring_seconds=7)).call()
    assert floor.done(RingAgent)[0].ring_seconds == 7
    assert SetTimer(7, RingTimer("c1-1")) in floor.effects


def test_a_page_is_asked_before_the_telephone_rings(floor: Floor) -> None:
    floor.sign_in(EVE).call()
    assert floor.done(AskReady) == [AskReady("c1-1", "c1", "eve")]
    assert floor.done(RingAgent) == []
    assert floor.waiting().offer == Asked("c1-1", "c1", "eve", 0, 1)
    floor.until(0.3)
    floor.ready()
    assert floor.done(RingAgent) == [RingAgent("c1-1", "c1", "eve", 20, 1)]
    assert floor.waiting().offer == Ringing("c1-1", "c1", "eve", 0.3, 20.3)
    floor.until(20.2)
    floor.accept()
    assert floor.agent("eve") == Talking("c1", 20.2)


@pytest.mark.parametrize("how", ["says no", "says nothing", "cannot be asked"])
def test_a_page_that_is_not_ready_is_found_before_a_caller_pays_for_it(floor: Floor, how: str) -> None:
    floor.sign_in(EVE).until(0.5)
    floor.sign_in(BEN).call("c1")
    assert floor.asked_for("c1") == "eve"
    at, reason = 0.75, "no microphone"
    if how == "says no":
        floor.feed(AgentNotReady(at, "c1-1", reason))
    elif how == "cannot be asked":
        floor.feed(OfferFailed(at, "c1-1", reason))
    else:
        at, reason = 1.5, "no answer"
        floor.until(at)
    assert OfferClosed(Failed("c1-1", "c1", "eve", at, reason)) in floor.effects
    unready = Unreachable(Unreach.NOT_READY, at, expected=False)
    assert TellAgent("eve", unready, Notice.NOT_READY) in floor.effects
    assert floor.done(CancelOffer) == []  # nothing rang
    assert floor.asked_for("c1") == "ben"  # at once
    assert floor.waiting("c1").deadline == 20.5  # and the place is kept
    assert floor.waiting("c1").missed_by == {}


@pytest.mark.parametrize("back", [AgentResumed(9, "eve"), AgentReachable(9, "eve")])
def test_who_was_not_ready_comes_back(floor: Floor, back: AgentResumed | AgentReachable) -> None:
    floor.sign_in(EVE).call().until(2)
    assert floor.asked_for() is None
    floor.feed(back)
    assert floor.asked_for() == "eve"


def test_a_page_that_says_ready_too_late_gets_no_call(floor: Floor) -> None:
    floor.sign_in(EVE).call().until(2)
    floor.feed(AgentReady(2.5, "c1-1"))
    assert floor.effects == ()


def test_the_ready_timer_does_nothing_once_it_rings(floor: Floor) -> None:
    floor.sign_in(EVE).call().ready().feed(Tick(1, ReadyTimer("c1-1")))
    assert floor.asked_for() == "eve"
    assert isinstance(floor.waiting().offer, Ringing)
    floor.feed(AgentNotReady(2, "c1-1", "late"))
    assert isinstance(floor.waiting().offer, Ringing)


def test_nothing_is_accepted_or_missed_while_the_page_is_asked(floor: Floor) -> None:
    floor.sign_in(EVE).call().accept()
    assert floor.effects == (CancelOffer("c1-1"),)  # no leg of ours rang: let it go
    floor.feed(OfferTimedOut(0, "c1-1"))
    assert isinstance(floor.waiting().offer, Asked)


def test_a_call_may_be_declined_before_it_rings(floor: Floor) -> None:
    floor.sign_in(EVE).call().feed(OfferDeclined(0.5, "c1-1"))
    assert floor.effects[0] == OfferClosed(Declined("c1-1", "c1", "eve", 0.5))
    assert floor.agent("eve") == Available(0.5)
    assert floor.asked_for() is None


def test_a_caller_who_leaves_while_the_page_is_asked(floor: Floor) -> None:
    floor.sign_in(EVE).call().feed(CallGone(0.5, "c1", "hung_up"))
    assert floor.done(OfferClosed) == [OfferClosed(Withdrawn("c1-1", "c1", "eve", 0.5, Cancelled.CALLER_GONE))]
    assert floor.agent("eve") == Available(0)


def test_an_agent_taken_off_the_ladder_while_asked_may_take_this_one(floor: Floor) -> None:
    floor.sign_in(EVE).call().feed(AgentChanged(0.5, Profile("eve", asked_first=True))).ready()
    assert floor.done(RingAgent)[0].agent_id == "eve"
    floor.accept().talk_ends(agent="eve").feed(WrapUpEnded(5, "eve")).feed(AgentSignedOut(6, "eve"))
    assert floor.agent("eve") == Offline()
