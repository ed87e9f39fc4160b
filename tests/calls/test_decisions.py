"""Decisions as facts: small, and only when they are news."""

from dataclasses import dataclass, replace
from enum import StrEnum

import pytest
from pydantic import BaseModel

from calls.decisions import LISTED, Decisions, decided, queued, step


class Skip(StrEnum):
    TALKING = "talking"
    OFFLINE = "offline"


@dataclass(frozen=True)
class Seen:
    agent_id: str
    skip: Skip | None


@dataclass(frozen=True)
class Made:
    """A decision as the engine gives it."""

    at: float = 100.0
    rung: int = 1
    needs: tuple[tuple[str, int], ...] = (("es", 3),)
    priority: int = 5
    deadline: float = 112.34
    chosen: str | None = None
    considered: tuple[Seen, ...] = ()


def test_what_is_kept_of_a_decision() -> None:
    considered = (Seen("dan", Skip.OFFLINE), Seen("ana", None), Seen("ben", Skip.TALKING), Seen("cara", Skip.TALKING))
    assert decided(Made(chosen="ana", considered=considered)) == {
        "rung": 1,
        "needs": {"es": 3},
        "priority": 5,
        "deadline": 12.3,
        "chosen": "ana",
        "skipped": {"talking": ["ben", "cara"], "offline": ["dan"]},
    }
    assert decided(Made(deadline=90.0))["deadline"] == -10.0


def test_of_hundreds_of_agents_the_most_telling_are_named_and_the_others_counted() -> None:
    signed_out = tuple(Seen(f"out-{n}", Skip.OFFLINE) for n in range(LISTED))
    talking = tuple(Seen(f"in-{n}", Skip.TALKING) for n in range(LISTED - 1))
    data = decided(Made(considered=(*signed_out, *talking)))
    assert data["skipped"] == {"talking": [each.agent_id for each in talking], "offline": ["out-0"]}
    assert data["more"] == {"offline": LISTED - 1}


def test_only_news_are_kept() -> None:
    decisions, waits = Decisions(), Made(considered=(Seen("ben", Skip.TALKING),))
    assert decisions.news("c1", waits) is not None
    assert decisions.news("c1", replace(waits, at=105.0)) is None
    assert decisions.news("c2", waits) is not None
    wider = replace(waits, rung=2)
    assert decisions.news("c1", wider) is not None
    assert decisions.news("c1", wider) is None
    decisions.forget("c1")
    assert decisions.news("c1", wider) is not None


def test_somebody_chosen_is_always_news() -> None:
    decisions, chosen = Decisions(), Made(chosen="ben")
    assert decisions.news("c1", chosen) is not None
    assert decisions.news("c1", chosen) is not None
    assert decisions.news("c1", replace(chosen, chosen=None)) is not None


@dataclass(frozen=True)
class AddRung:
    pass


@dataclass(frozen=True)
class RelaxSkill:
    skill: str
    level: int


class Act(StrEnum):
    OFFER_MESSAGE = "offer_message"


def test_steps_of_the_recipe() -> None:
    assert step(0, AddRung(), times=1, waited=20.04) == {"step": 0, "do": "add_rung", "times": 1, "waited": 20.0}
    relaxed = step(2, RelaxSkill("es", 2), times=1, waited=40)
    assert relaxed == {"step": 2, "do": "relax_skill", "skill": "es", "level": 2, "times": 1, "waited": 40}
    assert step(3, Act.OFFER_MESSAGE, times=2, waited=300)["do"] == "offer_message"
    with pytest.raises(TypeError):
        step(0, "announce", times=1, waited=0)


class Pool(BaseModel):
    pool: str


def test_what_a_call_waits_for() -> None:
    data = queued(
        "office",
        needs={"es": 3},
        priority=10,
        vip=False,
        plan_version=4,
        target_seconds=20,
        target_share=0.8,
        ladder=(Pool(pool="shared"),),
    )
    assert data["ladder"] == [{"pool": "shared"}]
    assert (data["queue"], data["needs"], data["target_seconds"]) == ("office", {"es": 3}, 20)
