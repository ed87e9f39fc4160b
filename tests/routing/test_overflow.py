"""Recipes: each condition and each operation, once or repeated, and rungs that nobody is on."""

from typing import Any

import pytest

from routing.effects import SetTimer, StepFired
from routing.events import (
    AgentNotReady,
    AgentPaused,
    AgentSignedIn,
    AgentSignedOut,
    CallbackAsked,
    CallGone,
    OfferDeclined,
    TalkEnd,
    Tick,
    WrapUpEnded,
)
from routing.model import Profile, Unreach, Unreachable
from routing.recipe import (
    Act,
    AddRung,
    DropSkill,
    Operation,
    Own,
    Pool,
    RaisePriority,
    RelaxSkill,
    Step,
    When,
    usual_steps,
)
from routing.timers import StepTimer
from tests.routing.floor import ANA, BEN, CARA, Floor, recipe

NIGHT = Profile("nora", pools={"night": 0})
LADDER = (Own(own=1000), Pool(pool="shared"), Pool(pool="night"))
ALERT = Act.ALERT


@pytest.fixture
def floor() -> Floor:
    return Floor()


def fired_at(floor: Floor, until: float) -> list[tuple[float, str, Operation]]:
    """What fires from now on, with the time of the event it came with, call by call."""
    found = []
    start = floor.now
    for tenth in range(round((until - start) * 10) + 1):
        at = round(start + tenth / 10, 1)
        found += [(at, e.call_id, e.do) for e in floor.until(at) if isinstance(e, StepFired)]
    return found


def test_a_rung_is_added_after_the_recipes_seconds(floor: Floor) -> None:
    floor.sign_in(ANA, BEN).call("c1").accept().call("c2")
    assert floor.asked_for("c2") is None
    floor.until(14.9)
    assert floor.asked_for("c2") is None
    floor.until(15)
    assert floor.asked_for("c2") == "ben"
    assert floor.fired() == [("c2", AddRung())]


def test_the_usual_recipe_widens_every_20_seconds_and_offers_a_message_after_five_minutes(floor: Floor) -> None:
    floor.sign_in(ANA, BEN, NIGHT).call("c0", "harbor").accept()
    floor.call("c1", recipe=recipe(*usual_steps(LADDER), ladder=LADDER))
    assert floor.waiting("c1").rung == 0
    floor.until(20)
    assert floor.asked_for("c1") == "ben"
    floor.accept().call("c2", recipe=recipe(*usual_steps(LADDER), ladder=LADDER))
    floor.feed(AgentPaused(20, "nora", "x"))
    assert fired_at(floor, 330) == [(40, "c2", AddRung()), (60, "c2", AddRung()), (320, "c2", Act.OFFER_MESSAGE)]


@pytest.mark.parametrize("away", ["nobody", "offline", "paused", "no device", "not ready", "lacks skill"])
def test_nobody_on_duty_at_a_rung_opens_the_next_at_once(floor: Floor, away: str) -> None:
    needs = {}
    match away:
        case "offline":
            floor.sign_in(ANA).feed(AgentSignedOut(0, "ana"))
        case "paused":
            floor.sign_in(ANA).feed(AgentPaused(0, "ana", "lunch"))
        case "no device":
            floor.feed(AgentSignedIn(0, ANA, device=False))
        case "not ready":
            floor.sign_in(Profile("ana", dedicated_to=frozenset({"harbor"}), asked_first=True)).call("c0")
            floor.feed(AgentNotReady(0, "c0-1", "no microphone")).feed(CallGone(0, "c0", "hung_up"))
            assert floor.agent("ana") == Unreachable(Unreach.NOT_READY, 0, expected=False)
        case "lacks skill":
            floor.sign_in(ANA)
            needs = {"es": 1}
    floor.sign_in(CARA)
    if away == "no device":
        floor.until(20)
    floor.call(needs=needs)
    assert floor.asked_for() == "cara"


def test_the_last_dedicated_agent_leaving_opens_the_next_rung_and_it_stays_open(floor: Floor) -> None:
    floor.sign_in(ANA).call("c1").accept().call("c2")
    assert floor.waiting("c2").rung == 0
    floor.feed(AgentPaused(1, "ana", "lunch"))  # granted after the talk; from now on nobody is to be waited for
    assert floor.waiting("c2").rung == 1
    floor.feed(AgentSignedIn(2, Profile("al", dedicated_to=frozenset({"harbor"})), device=False))
    assert floor.waiting("c2").rung == 1
    floor.sign_in(BEN)
    assert floor.asked_for("c2") == "ben"


def test_one_who_leaves_while_another_is_on_duty_opens_nothing(floor: Floor) -> None:
    floor.sign_in(ANA, Profile("al", dedicated_to=frozenset({"harbor"})))
    floor.call("c1").call("c2").call("c3").feed(AgentSignedOut(1, "al"))
    assert floor.waiting("c3").rung == 0
    floor.feed(AgentSignedOut(1, "ana"))
    assert floor.waiting("c3").rung == 1


def test_a_message_when_nobody_is_signed_in_is_said_once(floor: Floor) -> None:
    floor.call()
    assert floor.fired() == [("c1", Act.GO_TO_MESSAGE)]
    floor.sign_in(BEN).feed(AgentSignedOut(1, "ben"))
    assert floor.fired() == []
    assert floor.waiting()  # it stays queued until its caller leaves
    floor.sign_in(BEN)
    assert floor.asked_for() == "ben"


def test_the_last_agent_leaving_is_noticed_at_once(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1").accept().call("c2").call("c3", "lakeside")
    assert floor.fired() == []
    floor.feed(AgentSignedOut(3, "ben"))
    assert floor.fired() == [("c2", Act.GO_TO_MESSAGE), ("c3", Act.GO_TO_MESSAGE)]


def test_nobody_available_is_noticed_when_the_last_free_agent_is_taken(floor: Floor) -> None:
    """Cara, free, cannot take c1 for want of a skill; as c1 waits for Ben's likes, so c2 waits for hers."""
    only_free = recipe(Step(When(nobody="available"), AddRung()), ladder=(Pool(pool="shared"), Pool(pool="night")))
    floor.sign_in(BEN).call("c1", recipe=only_free)
    assert (floor.asked_for("c1"), floor.waiting("c1").rung) == ("ben", 0)
    floor.sign_in(NIGHT).call("c2", recipe=only_free)
    assert (floor.asked_for("c2"), floor.waiting("c2").rung) == ("nora", 1)
    floor.feed(OfferDeclined(0, "c1-1"))  # Ben is free, and still nobody for c1, but on this rung he is available
    assert floor.waiting("c1").rung == 0
    floor.call("c3", recipe=only_free)  # takes Ben
    assert floor.asked_for("c3") == "ben"
    assert floor.fired() == [("c1", AddRung())]


def test_position_and_queue_length(floor: Floor) -> None:
    steps = (Step(When(position_over=2), Act.OFFER_CALLBACK), Step(When(queue_over=3), ALERT))
    for number in range(1, 5):
        floor.call(f"c{number}", recipe=recipe(*steps))
        expected: list[tuple[str, Operation]] = []
        if number > 2:
            expected.append((f"c{number}", Act.OFFER_CALLBACK))
        if number > 3:
            expected.append((f"c{number}", ALERT))
        assert floor.fired() == expected
    floor.call("x1", "lakeside", recipe=recipe(*steps))
    assert floor.fired() == []  # another business's queue
    assert fired_at(floor, 6) == [(5.0, "c1", ALERT), (5.0, "c2", ALERT), (5.0, "c3", ALERT)]  # looked at again


def test_expected_wait(floor: Floor) -> None:
    floor.sign_in(BEN)
    step = Step(When(expected_wait_over=70), Act.OFFER_MESSAGE)
    for number in range(5):
        floor.call(f"t{number}", "lakeside", recipe=recipe(step, wrap_up_seconds=0)).accept()
        floor.until(floor.now + 60)
        floor.talk_ends(call=f"t{number}", agent="ben")
    floor.call("a", "lakeside", recipe=recipe(step)).accept().call("b", "lakeside", recipe=recipe(step))
    assert floor.fired() == []  # a minute is expected
    floor.call("c", "lakeside", recipe=recipe(step))
    assert floor.fired() == [("c", Act.OFFER_MESSAGE)]  # two


def test_time_of_day_and_over_midnight(floor: Floor) -> None:
    noon = 12 * 3600.0
    lunch = recipe(Step(When(between=(12 * 60, 12 * 60 + 30)), ALERT))
    night = recipe(Step(When(between=(22 * 60, 6 * 60)), ALERT))
    floor.call("early", recipe=lunch, midnight=-noon + 2).call("late", recipe=lunch, midnight=-noon - 1800)
    floor.call("in", recipe=lunch, midnight=-noon)
    assert floor.fired() == [("in", ALERT)]
    assert [(call, do) for _, call, do in fired_at(floor, 6)] == [("early", ALERT)]
    hour = 3600.0
    for call_id, clock, fires in (("a", 21.9, False), ("b", 22, True), ("c", 5.9, True), ("d", 6, False)):
        floor.call(call_id, recipe=night, midnight=floor.now - clock * hour)
        assert bool(floor.fired()) is fires
    floor.call("e", recipe=night, midnight=floor.now - 24 * 3 * hour - 23 * hour)  # a midnight of days ago
    assert floor.fired() == [("e", ALERT)]


def test_vip_and_not_vip(floor: Floor) -> None:
    steps = (Step(When(vip=True), RaisePriority(3)), Step(When(vip=False, waited=2), ALERT))
    floor.call("plain", recipe=recipe(*steps)).call("vip", recipe=recipe(*steps), vip=True)
    assert floor.fired() == [("vip", RaisePriority(3))]
    assert floor.waiting("vip").priority == 3
    floor.sign_in(BEN)
    assert floor.asked_for("vip") == "ben"
    assert fired_at(floor, 9) == [(2, "plain", ALERT)]


def test_a_skill_is_relaxed_then_dropped_and_who_has_it_is_still_preferred(floor: Floor) -> None:
    steps = (Step(When(waited=5), RelaxSkill("es", 2)), Step(When(waited=10), DropSkill("es")))
    floor.sign_in(Profile("al", pools={"shared": 0}), Profile("bo", {"es": 1}, pools={"shared": 0}))
    dan = Profile("dan", {"es": 2}, pools={"shared": 0})
    floor.call("c1", needs={"es": 4}, recipe=recipe(*steps))
    floor.until(4.9)
    assert floor.asked_for() is None
    floor.sign_in(dan).until(5)
    assert floor.asked_for() == "dan"
    floor.accept().call("c2", needs={"es": 4}, recipe=recipe(*steps)).until(14.9)
    assert floor.asked_for("c2") is None
    floor.until(15)
    assert floor.asked_for("c2") == "bo"  # not Al, whose id comes first


def test_what_has_nothing_to_do_does_not_fire(floor: Floor) -> None:
    steps = (
        Step(When(), RelaxSkill("es", 2)),
        Step(When(), DropSkill("fr")),
        Step(When(waited=1), AddRung()),
        Step(When(waited=2), AddRung()),
    )
    floor.sign_in(ANA).call("c0").accept().call("c1", needs={"en": 1}, recipe=recipe(*steps))
    assert floor.fired() == []
    assert fired_at(floor, 9) == [(1, "c1", AddRung())]


def test_a_repeated_step_counts_its_times_and_stops_when_the_call_is_gone(floor: Floor) -> None:
    floor.call(recipe=recipe(Step(When(waited=3), Act.ANNOUNCE, every=10)))
    effects = [effect for effect in floor.until(25) if isinstance(effect, StepFired)]
    assert effects == [StepFired("c1", 0, Act.ANNOUNCE, times) for times in (1, 2, 3)]
    floor.feed(CallGone(26, "c1", "hung_up")).until(100)
    assert floor.effects == ()


def test_a_repeated_step_with_a_condition_goes_on_when_it_holds_again(floor: Floor) -> None:
    step = Step(When(queue_over=1), ALERT, every=7)
    floor.call("c1", recipe=recipe(step)).until(1)
    floor.call("c2")
    assert fired_at(floor, 14) == [(5, "c1", ALERT), (12, "c1", ALERT)]
    floor.feed(CallGone(14, "c2", "hung_up"))
    assert fired_at(floor, 33) == []
    floor.call("c3")
    assert len(fired_at(floor, 40)) == 1


def test_one_timer_at_a_time_goes_on(floor: Floor) -> None:
    """However often a call is looked at, what is looked at again and again does not multiply."""
    floor.sign_in(BEN).call("c0", recipe=recipe(Step(When(queue_over=9), ALERT)))
    for _ in range(10):
        floor.until(floor.now + 0.1)
        [offered] = floor.offered()
        floor.feed(OfferDeclined(floor.now, offered.offer_id)).until(floor.now + 30)
    timers = [effect for effect in floor.until(floor.now + 50) if isinstance(effect, SetTimer)]
    assert len([timer for timer in timers if isinstance(timer.key, StepTimer)]) == 10


def test_a_timer_that_was_put_off_does_nothing(floor: Floor) -> None:
    floor.call(recipe=recipe(Step(When(waited=9), ALERT))).feed(Tick(5, StepTimer("c1")))
    assert floor.effects == ()


def test_nothing_takes_a_caller_away_while_an_agent_is_asked(floor: Floor) -> None:
    steps = (
        Step(When(waited=5), Act.GO_TO_MESSAGE),
        Step(When(waited=5), Act.OFFER_MESSAGE),
        Step(When(waited=5), Act.ANNOUNCE),
        Step(When(waited=5), ALERT),
    )
    floor.sign_in(BEN).call(recipe=recipe(*steps))
    assert fired_at(floor, 10) == [(5, "c1", Act.ANNOUNCE), (5, "c1", ALERT)]
    floor.feed(OfferDeclined(10, "c1-1"))
    assert floor.fired() == [("c1", Act.GO_TO_MESSAGE), ("c1", Act.OFFER_MESSAGE)]


@pytest.mark.parametrize(
    ("do", "fires"), [(act, act is Act.ALERT) for act in Act] + [(AddRung(), True), (RaisePriority(1), True)]
)
def test_nothing_is_said_to_who_waits_for_a_callback(floor: Floor, do: Operation, fires: bool) -> None:
    floor.sign_in(ANA).call("c0").accept()
    floor.call(recipe=recipe(Step(When(waited=5), do))).feed(CallbackAsked(1, "c1"))
    assert [what for _, _, what in fired_at(floor, 9)] == ([do] if fires else [])


def test_who_is_given_back_is_not_sent_away_for_having_talked_long(floor: Floor) -> None:
    steps = (Step(When(waited=60), Act.GO_TO_MESSAGE), Step(When(waited=90), AddRung()))
    floor.sign_in(ANA, BEN).call(recipe=recipe(*steps)).accept().until(600)
    floor.talk_ends(TalkEnd.AGENT_VANISHED)
    assert floor.fired() == [("c1", AddRung())]  # what was to be opened by now is open
    assert floor.asked_for() == "ben"
    floor.feed(AgentPaused(601, "ben", "lunch"))
    assert fired_at(floor, 670) == [(660, "c1", Act.GO_TO_MESSAGE)]


def test_steps_are_looked_at_in_order(floor: Floor) -> None:
    """Opening a rung first means that somebody is signed in when the next step asks."""
    add, message = Step(When(nobody="available"), AddRung()), Step(When(nobody="available"), Act.GO_TO_MESSAGE)
    for steps, expected in (
        ((add, message), [AddRung()]),
        ((message, add), [Act.GO_TO_MESSAGE, AddRung()]),
    ):
        floor = Floor().sign_in(ANA, BEN).call("c0").accept()
        floor.call("c1", recipe=recipe(*steps))
        assert floor.fired() == [("c1", do) for do in expected]
        assert floor.asked_for("c1") == "ben"


def test_a_raised_call_goes_before_others_at_the_next_chance(floor: Floor) -> None:
    floor.sign_in(BEN).call("c0").accept().call("c1").until(1)
    floor.call("c2", recipe=recipe(Step(When(waited=5), RaisePriority(1))))
    floor.until(10)
    floor.talk_ends(call="c0", agent="ben").feed(WrapUpEnded(11, "ben"))
    assert (floor.asked_for("c2"), floor.asked_for("c1")) == ("ben", None)


def test_all_conditions_of_a_step_must_hold(floor: Floor) -> None:
    whole: dict[str, Any] = {"waited": 4.0, "queue_over": 1, "vip": True, "position_over": 0, "nobody": "available"}
    floor.call("c1", recipe=recipe(Step(When(**whole), ALERT)), vip=True)
    assert fired_at(floor, 12) == []  # the queue is too short
    floor.call("c2")
    assert [call for _, call, _ in fired_at(floor, 20)] == ["c1"]


def test_a_free_agent_whom_another_call_gets_is_nobody_available(floor: Floor) -> None:
    """In one step Ben becomes free, is somebody available for c2, and is given to c1, which is due sooner."""
    widen = recipe(
        Step(When(nobody="available"), AddRung()), ladder=(Pool(pool="shared"), Pool(pool="night")), ring_seconds=5
    )
    floor.sign_in(BEN).call("c2", recipe=widen)
    assert (floor.asked_for("c2"), floor.waiting("c2").rung) == ("ben", 0)
    floor.call("c1", priority=1, recipe=recipe(ladder=(Pool(pool="shared"),)))
    floor.until(5)
    assert (floor.asked_for("c1"), floor.asked_for("c2")) == ("ben", None)
    assert floor.fired() == [("c2", AddRung())]
