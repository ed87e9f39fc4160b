"""Agents come, pause, lose their telephones, talk, wrap up and go."""

import pytest

from routing.effects import CallClosed, OfferClosed, Returned, StepFired
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
    OfferDeclined,
    OfferFailed,
    OfferTimedOut,
    TalkEnd,
    TalkEnded,
    WrapUpEnded,
    WrapUpExtended,
)
from routing.model import (
    AgentState,
    Available,
    Call,
    Offline,
    Paused,
    Profile,
    Talking,
    Unreach,
    Unreachable,
    WrapUp,
)
from routing.offer import Cancelled, Withdrawn
from routing.recipe import Act
from tests.routing.floor import ANA, BEN, CARA, Floor, recipe


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_a_lost_device_is_expected_back_for_a_moment(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", "lakeside").accept().talk_ends(TalkEnd.AGENT_VANISHED, agent="ben")
    assert floor.done(StepFired) == []  # the page may only be loading again
    assert ("c1", Act.GO_TO_MESSAGE) not in [(e.call_id, e.do) for e in floor.until(19.9) if isinstance(e, StepFired)]
    floor.until(20)
    assert ("c1", Act.GO_TO_MESSAGE) in floor.fired()
    assert floor.agent("ben") == Unreachable(Unreach.VANISHED, 0, expected=False)
    floor.feed(AgentReachable(21, "ben"))
    assert floor.asked_for("c1") == "ben"


def test_a_device_that_came_back_and_went_again_is_expected_anew(floor: Floor) -> None:
    floor.sign_in(BEN).feed(AgentUnreachable(0, "ben")).feed(AgentReachable(15, "ben")).feed(
        AgentUnreachable(18, "ben")
    )
    floor.until(25)
    assert floor.agent("ben") == Unreachable(Unreach.DEVICE, 18, expected=True)
    floor.until(38)
    assert floor.agent("ben") == Unreachable(Unreach.DEVICE, 18, expected=False)


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
        assert floor.asked_for() is None  # expected back: the recipe's seconds run
        floor.until(15)
    assert floor.asked_for() == "ben"  # nobody dedicated is left, so the pool is asked at once


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
    floor.sign_in(BEN).until(15)
    assert floor.asked_for("c1") == "ben"
    assert floor.offered()[0].offer_id == "c1-2"  # never an offer's id twice


def test_a_call_that_arrived_before_the_returned_one_still_goes_after_it(floor: Floor) -> None:
    floor.call("c1", needs={"es": 1}).until(1)
    floor.call("c2").sign_in(ANA).accept().talk_ends(TalkEnd.AGENT_VANISHED, call="c2")
    floor.sign_in(CARA)
    assert floor.asked_for("c2") == "cara"


def test_a_higher_priority_goes_before_a_caller_who_was_given_back(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1", "lakeside").accept().talk_ends(TalkEnd.AGENT_VANISHED, agent="ben")
    floor.call("c2", "lakeside", priority=1).sign_in(CARA)
    assert (floor.asked_for("c2"), floor.asked_for("c1")) == ("cara", None)


def test_a_page_loaded_again_in_mid_call_leaves_the_agent_available(floor: Floor) -> None:
    floor.sign_in(ANA).call().accept().feed(AgentUnreachable(5, "ana")).feed(AgentReachable(6, "ana"))
    floor.talk_ends(TalkEnd.AGENT_VANISHED)
    assert floor.asked_for() == "ana"


def test_a_vanished_agent_is_back_with_the_device(floor: Floor) -> None:
    floor.sign_in(ANA).call().accept().talk_ends(TalkEnd.AGENT_VANISHED).feed(AgentReachable(6, "ana"))
    assert floor.asked_for() == "ana"


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
    floor.sign_in(ANA).call(recipe=recipe(wrap_up_seconds=0)).accept().talk_ends()
    assert floor.agent("ana") == Available(0)


def test_a_second_sign_in_leaves_the_talk_alone(floor: Floor) -> None:
    floor.sign_in(ANA).call().accept().feed(AgentSignedOut(1, "ana")).sign_in(ANA)
    assert floor.agent("ana") == Talking("c1", 0)
    assert floor.state.agents["ana"].leaving is False


def test_a_second_sign_in_may_bring_other_queues(floor: Floor) -> None:
    floor.sign_in(ANA).call("c1", "lakeside")
    assert floor.asked_for("c1") is None
    floor.sign_in(Profile("ana", pools={"shared": 0}))
    assert floor.asked_for("c1") == "ana"
    floor.feed(AgentSignedIn(1, ANA, device=False))
    assert floor.agent("ana") == Unreachable(Unreach.DEVICE, 1, expected=True)


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
        CallbackAsked(1, "none"),
        CallbackAsked(1, "c1"),  # it talks
        CallbackUnanswered(1, "none"),
        CallbackUnanswered(1, "c1"),  # it is no callback
        AgentReady(1, "none"),
        AgentNotReady(1, "none", "x"),
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
    before = (dict(floor.state.agents), dict(floor.state.calls), dict(floor.state.offers))
    floor.feed(event)
    assert floor.effects == ()
    assert (dict(floor.state.agents), dict(floor.state.calls), dict(floor.state.offers)) == before
