"""Decisions are kept with their reasons, and cost nothing when nobody wants them."""

import pytest

from routing import offering, queueing
from routing.effects import Explain, StepFired
from routing.events import AgentPaused, CallbackAsked, CallbackUnanswered, OfferDeclined
from routing.explain import Considered, Decision, Skip
from routing.model import Profile
from routing.recipe import DropSkill, Pool, Step, When
from tests.routing.floor import ANA, BEN, CARA, Floor, recipe


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_decisions_say_who_was_considered_and_why_not(floor: Floor) -> None:
    away = Profile("dan", {"en": 5}, pools={"shared": 0})
    outsider = Profile("eve", pools={"other": 0})
    floor.sign_in(ANA, BEN, CARA, away, outsider).feed(AgentPaused(0, "dan", "lunch"))
    floor.call("c1").accept().call("c2", needs={"en": 2}, priority=3)
    [waits] = floor.done(Explain)
    assert waits == Explain(
        "c2",
        Decision(
            at=0,
            rung=0,
            needs=(("en", 2),),
            priority=3,
            deadline=20,
            chosen=None,
            considered=(
                Considered("ana", 0, Skip.TALKING),
                Considered("ben", 1, Skip.RUNG_CLOSED),
                Considered("cara", 1, Skip.RUNG_CLOSED),
                Considered("dan", 1, Skip.PAUSED),
            ),
        ),
    )
    effects = floor.until(15)
    [chosen] = [effect for effect in effects if isinstance(effect, Explain)]
    assert chosen.decision.chosen == "ben"
    assert chosen.decision.considered[1:3] == (Considered("ben", 1, None), Considered("cara", 1, Skip.RANKED_LOWER))


def test_a_wait_is_explained_again_when_more_agents_may_take_the_call(floor: Floor) -> None:
    only = recipe(Step(When(waited=5), DropSkill("es")), ladder=(Pool(pool="shared"),))
    floor.sign_in(BEN).call("c0", recipe=only).accept().call("c1", needs={"es": 1}, recipe=only)
    [waits] = floor.done(Explain)
    assert waits.decision.considered == (Considered("ben", 0, Skip.LACKS_SKILL),)
    effects = floor.until(5)
    [again] = [effect for effect in effects if isinstance(effect, Explain)]
    assert [type(effect) for effect in effects][:1] == [StepFired]
    assert again.decision.needs == ()
    assert again.decision.considered == (Considered("ben", 0, Skip.TALKING),)


def test_a_decline_and_a_callback_that_is_not_due_are_reasons(floor: Floor) -> None:
    floor.sign_in(BEN).call("c1").feed(OfferDeclined(1, "c1-1"))
    assert floor.done(Explain)[-1].decision.considered == (Considered("ben", 1, Skip.DECLINED),)
    other = Floor().sign_in(BEN).call("c1", caller="x").feed(CallbackAsked(0, "c1")).accept()
    other.feed(CallbackUnanswered(9, "c1"))
    [waits] = other.done(Explain)
    assert waits.decision.considered == (Considered("ben", 1, Skip.NOT_YET),)


def test_nothing_is_explained_when_the_house_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (offering, queueing):
        monkeypatch.setattr(module, "explain", lambda *_: 1 / 0)
    floor = Floor(explain=False).sign_in(ANA, BEN).call("c1").accept().call("c2")
    assert floor.done(Explain) == []
    floor.until(15)
    assert floor.asked_for("c2") == "ben"
