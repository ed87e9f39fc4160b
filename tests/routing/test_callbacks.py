"""A caller hangs up, keeps the place and is called back when the turn comes."""

import pytest

from routing.effects import CallClosed, Connect, OfferClosed, Returned, RingAgent
from routing.events import (
    AgentPaused,
    AgentReachable,
    AgentResumed,
    CallArrived,
    CallbackAsked,
    CallbackUnanswered,
    CallGone,
    OfferAccepted,
    OfferDeclined,
    TalkEnd,
    WrapUpEnded,
)
from routing.model import Available, Call, Callback, InTalk, Paused, Profile, Talking, WrapUp
from routing.offer import Cancelled, Withdrawn
from routing.recipe import AnswerTarget
from routing.waits import position
from tests.routing.floor import BEN, CARA, USUAL, Floor, recipe


@pytest.fixture
def floor() -> Floor:
    return Floor(callback_tries=2, callback_retry_seconds=300)


def test_a_callback_keeps_its_place_and_is_offered_like_any_call(floor: Floor) -> None:
    floor.call("c1", caller="x").until(5)
    floor.call("c2", caller="y").feed(CallbackAsked(6, "c1"))
    assert floor.done(RingAgent) == []
    assert position(floor.state, "c1") == (1, 2)
    assert floor.waiting("c1").callback == Callback()
    floor.sign_in(BEN)
    assert floor.done(RingAgent) == [RingAgent("c1-1", "c1", "ben", 20, 1)]
    floor.accept()
    assert floor.done(Connect) == [Connect("c1-1", "c1", "ben", callback=True)]
    assert floor.agent("ben") == Talking("c1", 6)
    floor.until(60)
    floor.talk_ends(agent="ben")
    assert floor.agent("ben") == WrapUp("c1", 90)
    assert floor.done(CallClosed) == [CallClosed("c1", "caller")]


def test_an_unanswered_callback_frees_the_agent_at_once_and_is_tried_again_later(floor: Floor) -> None:
    floor.sign_in(BEN, CARA).feed(AgentPaused(0, "cara", "x")).until(10)
    floor.call("c1", caller="x").feed(CallbackAsked(10, "c1")).accept().until(20)
    floor.feed(CallbackUnanswered(20, "c1"))
    assert floor.agent("ben") == Available(20)  # no wrap-up, and the turn is spent
    assert floor.waiting("c1").callback == Callback(tries=1, not_before=320)
    floor.call("c2", "lakeside").accept()  # not held up by the callback before it
    floor.talk_ends(call="c2", agent="ben").feed(WrapUpEnded(30, "ben")).until(319.9)
    assert floor.asked_for("c1") is None
    assert position(floor.state, "c1") == (1, 1)
    floor.until(320)
    assert floor.asked_for("c1") == "ben"
    assert floor.waiting("c1").deadline == 30
    floor.accept().feed(CallbackUnanswered(340, "c1"))
    assert floor.done(CallClosed) == [CallClosed("c1", "callback_failed")]
    assert floor.state.calls == {}
    assert floor.agent("ben") == Available(340)


def test_an_agent_who_becomes_idle_later_is_not_given_a_callback_that_is_not_due(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", caller="x").feed(CallbackAsked(0, "c1")).accept()
    floor.until(3)
    floor.sign_in(CARA).feed(CallbackUnanswered(5, "c1"))
    assert floor.asked_for("c1") is None
    floor.feed(AgentPaused(6, "ben", "x")).feed(AgentResumed(7, "ben"))
    assert floor.asked_for("c1") is None
    floor.until(305)
    assert floor.asked_for("c1") == "cara"  # longest idle: Ben's turn was spent


def test_a_wish_for_a_pause_is_granted_when_the_callback_was_not_answered(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", caller="x").feed(CallbackAsked(0, "c1")).accept()
    floor.feed(AgentPaused(3, "ben", "lunch")).feed(CallbackUnanswered(5, "c1"))
    assert floor.agent("ben") == Paused("lunch", 5)


def test_one_caller_is_never_called_back_twice_at_once(floor: Floor) -> None:
    for call_id, business, caller in (("c1", "harbor", "x"), ("c2", "lakeside", "x"), ("c3", "harbor", "y")):
        floor.call(call_id, business, caller=caller).feed(CallbackAsked(0, call_id))
    floor.sign_in(BEN, CARA)
    assert [floor.asked_for(call) for call in ("c1", "c2", "c3")] == ["ben", None, "cara"]
    floor.accept().sign_in(Profile("dan", pools={"shared": 0}))
    assert floor.asked_for("c2") is None  # the first is talked to
    floor.feed(CallbackUnanswered(9, "c1"))
    assert floor.asked_for("c2") == "dan"  # longest idle
    floor.feed(CallGone(10, "c2", "merged"))
    assert floor.waiting("c1").callback == Callback(tries=1, not_before=309)


def test_callers_who_withheld_their_number_are_not_taken_for_one(floor: Floor) -> None:
    for call_id in ("c1", "c2"):
        floor.call(call_id).feed(CallbackAsked(0, call_id))
    floor.sign_in(BEN, CARA)
    assert {floor.asked_for("c1"), floor.asked_for("c2")} == {"ben", "cara"}


def test_a_declined_callback_lets_the_callers_other_one_go_on(floor: Floor) -> None:
    for call_id, business in (("c1", "harbor"), ("c2", "lakeside")):
        floor.call(call_id, business, caller="x").feed(CallbackAsked(0, call_id))
    floor.sign_in(BEN)
    assert floor.asked_for("c1") == "ben"
    floor.feed(OfferDeclined(1, "c1-1"))
    assert (floor.asked_for("c1"), floor.asked_for("c2")) == (None, "ben")


def test_a_callback_asked_for_while_an_agent_is_rung_is_that_agents(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", caller="x").feed(CallbackAsked(3, "c1"))
    assert floor.asked_for("c1") == "ben"
    floor.feed(OfferAccepted(4, "c1-1"))
    assert floor.done(Connect) == [Connect("c1-1", "c1", "ben", callback=True)]


def test_a_callback_asked_for_while_rung_waits_if_the_caller_is_being_called_back(floor: Floor) -> None:
    floor.sign_in(BEN, CARA).call("c1", caller="x").feed(CallbackAsked(0, "c1")).call("c2", caller="x")
    assert (floor.asked_for("c1"), floor.asked_for("c2")) == ("ben", "cara")
    floor.feed(CallbackAsked(1, "c2"))
    assert floor.done(OfferClosed) == [OfferClosed(Withdrawn("c2-1", "c2", "cara", 1, Cancelled.CALLER_GONE))]
    assert floor.agent("cara") == Available(0)
    assert floor.asked_for("c2") is None


def test_asking_twice_changes_nothing(floor: Floor) -> None:
    floor.call("c1", caller="x").feed(CallbackAsked(0, "c1")).feed(CallbackAsked(1, "c1"))
    assert floor.effects == ()


def test_who_is_on_the_line_when_the_agent_vanishes_waits_like_any_caller(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", caller="x").feed(CallbackAsked(0, "c1")).accept().until(20)
    floor.talk_ends(TalkEnd.AGENT_VANISHED, agent="ben")
    assert floor.done(Returned) == [Returned("c1", "ben")]
    assert floor.waiting("c1").callback is None
    floor.feed(AgentReachable(21, "ben")).accept()
    assert floor.done(Connect) == [Connect("c1-2", "c1", "ben")]
    stage = floor.state.calls["c1"]
    assert isinstance(stage, InTalk)
    assert stage.callback is None


def test_a_caller_who_calls_again_takes_the_callbacks_place(floor: Floor) -> None:
    """Also when a storm has put the business's clock ahead meanwhile."""
    target = AnswerTarget(seconds=20, calls_at_once=1, calls_per_hour=60)
    of = recipe(*USUAL.steps, target=target)
    floor.call("c1", caller="x", recipe=of).feed(CallbackAsked(1, "c1")).until(2)
    floor.call("c2", recipe=of).call("c3", recipe=of)
    assert [floor.waiting(call).deadline for call in ("c1", "c2", "c3")] == [20, 80, 140]
    floor.until(100)
    old = floor.waiting("c1")
    again = Call("c4", "harbor", old.call.arrived, of, caller="x")
    floor.feed(CallGone(100, "c1", "merged")).feed(CallArrived(100, again, deadline=old.deadline))
    assert floor.waiting("c4").deadline == 20
    assert position(floor.state, "c4") == (1, 3)
    floor.call("c5", recipe=of)
    assert floor.waiting("c5").deadline == 200  # the clock did not count the merged call twice


def test_a_callback_that_waits_keeps_the_businesss_clock(floor: Floor) -> None:
    of = recipe(target=AnswerTarget(seconds=20, calls_at_once=1, calls_per_hour=60))
    floor.call("c1", caller="x", recipe=of).feed(CallbackAsked(0, "c1")).call("c2", recipe=of)
    floor.feed(CallGone(1, "c2", "hung_up")).until(2)
    floor.call("c3", recipe=of)
    assert floor.waiting("c3").deadline == 140
    floor.feed(CallGone(3, "c1", "x")).feed(CallGone(3, "c3", "x")).call("c4", recipe=of)
    assert floor.waiting("c4").deadline == 23  # nobody waited: the clock begins anew


def test_one_number_is_not_called_twice_at_once_whoever_asked(floor: Floor) -> None:
    """Two people of one office ask to be called at its number; a third call withheld its own."""
    floor.sign_in(BEN, CARA).feed(AgentPaused(0, "ben", "x")).feed(AgentPaused(0, "cara", "x"))
    for call_id, caller in (("c1", "x"), ("c2", "y"), ("c3", None)):
        floor.call(call_id, caller=caller).feed(CallbackAsked(0, call_id, "office"))
    floor.feed(AgentResumed(0, "ben"))
    assert [ring.call_id for ring in floor.done(RingAgent)] == ["c1"]
    floor.feed(AgentResumed(0, "cara"))
    assert floor.done(RingAgent) == []
    floor.accept().until(20)
    floor.feed(CallGone(20, "c1", "done"))
    assert [ring.call_id for ring in floor.done(RingAgent)] == ["c2"]
