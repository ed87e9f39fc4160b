"""A day on a virtual clock: what callers and agents do, and what is counted."""

from random import Random

import pytest

from routing.day import DIAL_SECONDS, Caller, Day, Ending, Outcome, Shift, Worker
from routing.model import Call, Profile
from routing.recipe import Act, AddRung, HouseRules, Operation, Own, Pool, Recipe, Staffing, Step, When
from routing.traffic import HOUR, OFFICE_DAY, Habits, Source, callers, staff, zipf

POOL = Staffing(ladder=(Pool(pool="shared"),), wrap_up_seconds=0)


def recipe(*steps: Step, wrap_up: int = 0) -> Recipe:
    return Recipe(POOL.model_copy(update={"wrap_up_seconds": wrap_up}), steps)


def once(waited: float, do: Operation) -> Step:
    return Step(When(waited=waited), do)


def caller(number: int, at: float, talk: float, of: Recipe = recipe(), **more: object) -> Caller:
    return Caller(Call(f"call-{number}", "harbor", at, recipe=of), talk, **more)  # type: ignore[arg-type]


def agent(name: str = "ana", until: float = 1000.0, **more: object) -> Worker:
    return Worker(Profile(name, pools={"shared": 0}), (Shift(0.0, until),), **more)  # type: ignore[arg-type]


def played(callers_: list[Caller], workers: list[Worker], until: float = 1000.0) -> tuple[list[Outcome], Day]:
    day = Day(callers_, workers)
    day.advance(until)
    return day.outcomes, day


def test_callers_are_answered_in_turn_and_every_second_of_an_agent_is_counted() -> None:
    (first, second), day = played(
        [caller(1, 10.0, 60.0, recipe(wrap_up=30)), caller(2, 20.0, 100.0, recipe(wrap_up=30), wrap_up=5.0)],
        [agent(answer_seconds=3.0)],
    )
    assert (first.ending, first.left, first.agent_id, first.talk) == (Ending.ANSWERED, 13.0, "ana", 60.0)
    assert (second.ending, second.left) == (Ending.ANSWERED, 106.0)
    seconds = day.agent_seconds()["ana"]
    assert seconds["Talking"] == 160.0
    assert seconds["Offered"] == 6.0
    assert seconds["WrapUp"] == 35.0
    assert sum(seconds.values()) == pytest.approx(1000.0)


def test_a_wrap_up_longer_than_the_business_allows_is_extended() -> None:
    (_, second), day = played(
        [caller(1, 0.0, 10.0, recipe(wrap_up=5), wrap_up=40.0), caller(2, 1.0, 10.0)], [agent()], until=100.0
    )
    assert second.left == 50.0
    assert day.agent_seconds()["ana"]["WrapUp"] == 40.0


def test_patience_ends_a_wait_but_no_talk() -> None:
    (first, second), _ = played([caller(1, 0.0, 100.0, patience=50.0), caller(2, 1.0, 10.0, patience=50.0)], [agent()])
    assert first.ending is Ending.ANSWERED
    assert (second.ending, second.left) == (Ending.ABANDONED, 51.0)


@pytest.mark.parametrize(
    ("do", "takes", "ending", "left"),
    [
        (Act.GO_TO_MESSAGE, False, Ending.MESSAGE, 31.0),
        (Act.FORWARD, False, Ending.FORWARDED, 31.0),
        (Act.OFFER_MESSAGE, True, Ending.MESSAGE, 31.0),
        (Act.OFFER_MESSAGE, False, Ending.ANSWERED, 200.0),
        (Act.OFFER_CALLBACK, False, Ending.ANSWERED, 200.0),
        (Act.ANNOUNCE, True, Ending.ANSWERED, 200.0),
        (Act.ALERT, True, Ending.ANSWERED, 200.0),
    ],
)
def test_what_the_recipe_does_to_a_waiting_caller(do: Act, takes: bool, ending: Ending, left: float) -> None:
    waiting = caller(2, 1.0, 10.0, recipe(once(30.0, do)), takes_message=takes, takes_callback=takes)
    (_, outcome), _ = played([caller(1, 0.0, 200.0), waiting], [agent()])
    assert (outcome.ending, outcome.left) == (ending, left)


def test_who_is_to_be_called_back_keeps_the_place_and_needs_no_patience() -> None:
    waiting = caller(2, 1.0, 10.0, recipe(once(30.0, Act.OFFER_CALLBACK)), takes_callback=True, patience=60.0)
    (_, outcome, third), _ = played([caller(1, 0.0, 200.0), waiting, caller(3, 2.0, 10.0)], [agent()])
    assert (outcome.ending, outcome.left, outcome.callback) == (Ending.ANSWERED, 200.0, True)
    assert third.left == 210.0


def test_a_callback_nobody_answers_is_tried_by_rule_and_fails() -> None:
    rules = HouseRules(explain=False)
    waiting = caller(
        2, 1.0, 10.0, recipe(once(30.0, Act.OFFER_CALLBACK)), takes_callback=True, unanswered=rules.callback_tries
    )
    day = Day([caller(1, 0.0, 100.0), waiting], [agent(until=9000.0)], rules)
    day.advance(9000.0)
    outcome = day.outcomes[1]
    again = rules.callback_retry_seconds + DIAL_SECONDS
    assert (outcome.ending, outcome.left) == (Ending.CALLBACK_FAILED, 100.0 + DIAL_SECONDS + 2 * again)
    assert outcome.offers == rules.callback_tries


def test_missed_offers_make_an_agent_unreachable_for_a_while() -> None:
    (outcome,), day = played([caller(1, 5.0, 10.0)], [agent(misses=frozenset({1, 2}), back_seconds=60.0)], until=200.0)
    assert outcome.ending is Ending.ANSWERED
    assert outcome.left == 5.0 + 20.0 + 20.0 + 60.0
    assert outcome.offers == 3
    assert day.agent_seconds()["ana"]["Unreachable"] == 60.0


def test_a_page_that_is_asked_is_ready() -> None:
    asked = Worker(Profile("ana", pools={"shared": 0}, asked_first=True), (Shift(0.0, 100.0),), answer_seconds=2.0)
    (outcome,), _ = played([caller(1, 5.0, 10.0)], [asked])
    assert outcome.left == 7.0


def test_pauses_and_the_end_of_a_shift_keep_calls_away() -> None:
    ana = Worker(
        Profile("ana", pools={"shared": 0}), (Shift(0.0, 100.0, ((10.0, 40.0, "lunch"),)), Shift(300.0, 400.0))
    )
    (first, second), day = played([caller(1, 20.0, 5.0), caller(2, 150.0, 5.0)], [ana])
    assert (first.left, second.left) == (40.0, 300.0)
    assert day.agent_seconds()["ana"] == pytest.approx(
        {"Available": 160.0, "Paused": 30.0, "Offered": 0.0, "Talking": 10.0}
    )


def test_the_ladder_opens_as_the_recipe_says() -> None:
    own_first = Recipe(Staffing(ladder=(Own(own=1), Pool(pool="shared")), wrap_up_seconds=0), (once(15.0, AddRung()),))
    dedicated = Worker(Profile("own", dedicated_to=frozenset({"harbor"})), (Shift(0.0, 500.0),))
    (first, second), _ = played(
        [caller(1, 0.0, 100.0, own_first), caller(2, 1.0, 10.0, own_first)], [dedicated, agent("pooled")]
    )
    assert (first.agent_id, first.left) == ("own", 0.0)
    assert (second.agent_id, second.left) == ("pooled", 16.0)


def test_who_still_waits_when_the_day_is_stopped_is_told_apart() -> None:
    (outcome,), _ = played([caller(1, 0.0, 10.0)], [], until=100.0)
    assert outcome.ending is Ending.WAITING
    assert outcome.left is None


def test_waits_are_told_by_what_was_measured_and_not_before() -> None:
    every = [caller(number, number * 60.0, 60.0, patience=None) for number in range(20)]
    late = caller(20, 600.5, 60.0)
    day = Day([*every[:11], late, *every[11:]], [agent(until=5000.0)], announce_seconds=10.0)
    day.advance(5000.0)
    told = next(each for each in day.outcomes if each.call.id == late.call.id).told
    assert [at for at, _ in told][:2] == [600.5, 610.5]
    assert all(wait == 60.0 for _, wait in told), "one agent, talks of a minute each, nobody ahead"
    assert day.outcomes[0].told == (), "nothing was measured yet"


def test_callers_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="call-2 comes after a later one"):
        played([caller(1, 10.0, 1.0), caller(2, 5.0, 1.0)], [])


def invented(seed: int, hours: float = 2.0) -> list[Caller]:
    sources = [Source(f"b{place}", rate, recipe()) for place, rate in enumerate(zipf(20, 300.0))]
    return list(callers(sources, Habits(), hours, Random(seed), OFFICE_DAY))


def test_the_same_seed_is_the_same_day_and_another_is_another() -> None:
    workers = staff(8, 24.0, "es", Random(1))
    assert [vars_of(each) for each in play(invented(1), workers)] == [
        vars_of(each) for each in play(invented(1), workers)
    ]
    assert invented(1) != invented(2)


def vars_of(outcome: Outcome) -> tuple[object, ...]:
    return outcome.call.id, outcome.ending, outcome.left, outcome.agent_id


def play(list_of: list[Caller], workers: list[Worker]) -> list[Outcome]:
    return played(list_of, workers, until=3 * HOUR)[0]


def test_traffic_has_the_volume_the_shape_and_the_habits_asked_for() -> None:
    habits = Habits(talk_seconds=90.0, patience_seconds=60.0, takes_message=0.5, takes_callback=0.0)
    many = list(callers([Source("a", 900.0), Source("b", 300.0)], habits, 24.0, Random(3), OFFICE_DAY))
    assert len(many) == pytest.approx(24 * 1200, rel=0.03)
    assert sum(each.call.business_id == "a" for each in many) / len(many) == pytest.approx(0.75, abs=0.02)
    at_nine = sum(9 * HOUR <= each.call.arrived < 10 * HOUR for each in many)
    at_night = sum(2 * HOUR <= each.call.arrived < 3 * HOUR for each in many)
    assert at_nine > 10 * at_night
    assert sum(each.talk for each in many) / len(many) == pytest.approx(90.0, rel=0.05)
    patience = [each.patience for each in many if each.patience is not None]
    assert sum(patience) / len(many) == pytest.approx(60.0, rel=0.05)
    assert sum(each.takes_message for each in many) / len(many) == pytest.approx(0.5, abs=0.02)
    assert not any(each.takes_callback for each in many)
    assert sorted(zipf(3, 110.0), reverse=True) == pytest.approx([60.0, 30.0, 20.0])
