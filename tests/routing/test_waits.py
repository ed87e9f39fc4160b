"""Positions and expected waits: true, or not said."""

import math
import random

import pytest

from routing.events import CallGone, OfferAccepted, TalkEnd
from routing.model import Profile
from routing.recipe import Own, Pool
from routing.waits import expected_wait, position
from tests.routing.floor import BEN, Floor, recipe

POOLED = recipe(ladder=(Pool(pool="shared"),), wrap_up_seconds=20)


@pytest.fixture
def floor() -> Floor:
    return Floor(explain=False)


def measured(floor: Floor, talks: int = 5, seconds: float = 40) -> Floor:
    """Ben has had talks of so many seconds and wrap-ups of 20."""
    floor.sign_in(BEN)
    for number in range(talks):
        floor.call(f"t{number}", recipe=POOLED).accept()
        floor.until(floor.now + seconds)
        floor.talk_ends(call=f"t{number}", agent="ben").until(floor.now + 20)
    return floor


def test_positions_are_within_the_business_in_the_rules_order(floor: Floor) -> None:
    floor.call("c1").call("c2").call("x1", "lakeside").call("c3", priority=1)
    assert [position(floor.state, call) for call in ("c3", "c1", "c2", "x1")] == [(1, 3), (2, 3), (3, 3), (1, 1)]
    floor.sign_in(BEN)
    assert position(floor.state, "c3") == (1, 3)  # who is being asked for counts
    floor.feed(OfferAccepted(0, "c3-1"))
    assert position(floor.state, "c3") is None
    assert position(floor.state, "c2") == (2, 2)
    floor.feed(CallGone(1, "c1", "hung_up"))
    assert position(floor.state, "c2") == (1, 1)
    assert position(floor.state, "c1") is None


def test_no_wait_is_told_when_it_would_be_a_guess(floor: Floor) -> None:
    measured(floor, talks=4).call("a", recipe=POOLED).accept().call("b", recipe=POOLED)
    assert expected_wait(floor.state, "b") is None
    floor.talk_ends(call="a", agent="ben").until(floor.now + 20)
    floor.accept().call("c", recipe=POOLED)
    assert expected_wait(floor.state, "c") is not None
    assert expected_wait(floor.state, "b") is None  # talks already
    assert expected_wait(floor.state, "nobody") is None


def test_no_wait_is_told_when_nobody_is_on_duty(floor: Floor) -> None:
    measured(floor).call("a", recipe=POOLED).accept().call("b", recipe=POOLED)
    assert expected_wait(floor.state, "b") == pytest.approx(60)
    assert measured(Floor()).call("s", needs={"es": 1}, recipe=POOLED).state.calls
    floor.call("s", needs={"es": 1}, recipe=POOLED)
    assert expected_wait(floor.state, "s") is None  # nobody has the skill


def test_without_abandonment_each_call_ahead_takes_its_share_of_the_agents(floor: Floor) -> None:
    measured(floor).sign_in(Profile("dan", {"en": 5}, pools={"shared": 0}))
    for call_id in ("a", "b"):
        floor.call(call_id, recipe=POOLED)
    floor.accept().accept()
    for number in range(4):
        floor.call(f"w{number}", business="x", recipe=POOLED)
    assert [expected_wait(floor.state, f"w{number}") for number in range(4)] == pytest.approx([30, 60, 90, 120])
    floor.call("other", recipe=recipe(ladder=(Pool(pool="night"),)))  # competes for nobody of theirs
    assert expected_wait(floor.state, "w3") == pytest.approx(120)


def test_only_the_skilled_shorten_the_last_step(floor: Floor) -> None:
    measured(floor).sign_in(Profile("dan", {"es": 5}, pools={"shared": 0}))
    for call_id in ("a", "b"):
        floor.call(call_id, recipe=POOLED)
    floor.accept().accept().call("w0", recipe=POOLED).call("w1", needs={"es": 1}, recipe=POOLED)
    assert expected_wait(floor.state, "w1") == pytest.approx(30 + 60)


def test_the_highest_open_rung_that_somebody_is_on_counts(floor: Floor) -> None:
    ladder = (Own(own=1), Pool(pool="shared"), Pool(pool="night"))
    measured(floor).call("a", recipe=POOLED).accept()
    floor.sign_in(Profile("nora", pools={"night": 0})).call("n", recipe=recipe(ladder=(Pool(pool="night"),))).accept()
    floor.call("b", recipe=recipe(ladder=ladder))
    assert floor.waiting("b").rung == 1
    assert expected_wait(floor.state, "b") == pytest.approx(60)


def test_callers_who_give_up_shorten_the_wait_of_those_behind(floor: Floor) -> None:
    measured(floor).call("a", recipe=POOLED).accept()
    for number in range(10):
        floor.call(f"w{number}", recipe=POOLED)
    before = expected_wait(floor.state, "w9")
    for number in range(10):
        floor.call(f"gone{number}", recipe=POOLED)
        floor.until(floor.now + 30)
        floor.feed(CallGone(floor.now, f"gone{number}", "hung_up"))
    after = expected_wait(floor.state, "w9")
    assert before is not None
    assert after is not None
    assert after < 0.7 * before


def test_the_estimate_agrees_with_a_line_of_exponential_talks_and_patience(floor: Floor) -> None:
    """The sum of the formula, against the same line played out many times."""
    measured(floor).call("a", recipe=POOLED).accept()
    patience, mean = 200.0, 60.0
    for number in range(200):  # teaches the engine that callers leave once in 200 s of waiting
        floor.call(f"gone{number}", recipe=POOLED)
        floor.until(floor.now + patience)
        floor.feed(CallGone(floor.now, f"gone{number}", "hung_up"))
    for number in range(8):
        floor.call(f"w{number}", recipe=POOLED)
    estimate = expected_wait(floor.state, "w7")
    assert estimate is not None
    chance = random.Random(7)
    waits = []
    for _ in range(4000):
        ahead, wait = 7, 0.0
        while ahead:
            leave_or_go = 1 / mean + ahead / patience
            wait += chance.expovariate(leave_or_go)
            ahead -= 1
        waits.append(wait + chance.expovariate(1 / mean))
    mean_wait = math.fsum(waits) / len(waits)
    assert estimate == pytest.approx(mean_wait, rel=0.06)


def test_a_talk_that_came_to_nothing_is_not_measured(floor: Floor) -> None:
    measured(floor)
    for number in range(20):
        floor.call(f"v{number}", recipe=POOLED).accept().talk_ends(TalkEnd.AGENT_VANISHED, f"v{number}", "ben")
        floor.feed(CallGone(floor.now, f"v{number}", "hung_up")).sign_in(BEN)
    floor.call("a", recipe=POOLED).accept().call("b", recipe=POOLED)
    assert expected_wait(floor.state, "b") == pytest.approx(60, rel=0.01)
