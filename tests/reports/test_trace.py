"""The trace of a call, as a supervisor reads it."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reports import waiting
from reports.facts import HOUSE_ONLY, Fact, Kind
from reports.story import story
from reports.trace import Entry, agents_in, lines, trace

START = dt.datetime(2026, 11, 23, 19, 3, 0, tzinfo=dt.UTC)
NEW_YORK = ZoneInfo("America/New_York")
NAMES = {"harbor": "Harbor Plumbing", "ana": "Ana", "ben": "Ben", "cara": "Cara"}


def name(identifier: str) -> str:
    return NAMES.get(identifier, identifier)


def fact(after: float, kind: Kind, agent: str | None = None, **data: Any) -> Fact:
    return Fact("c1", START + dt.timedelta(seconds=after), kind, "harbor", agent, data)


QUEUED = fact(
    2,
    Kind.CALL_QUEUED,
    queue="office",
    needs={"es": 3},
    priority=10,
    vip=True,
    plan_version=4,
    target_seconds=20,
    target_share=0.8,
    ladder=[{"own": 1}, {"own": 3}, {"own": 1000}, {"pool": "shared"}],
)


def decided(after: float, deadline: float, **data: Any) -> Fact:
    return fact(
        after, Kind.CALL_DECIDED, **{"rung": 0, "needs": {"es": 3}, "deadline": deadline, "skipped": {}, **data}
    )


def texts(*facts: Fact) -> list[str]:
    return [entry.text for entry in trace(facts, name, NEW_YORK)]


def details(*facts: Fact) -> list[str]:
    """The details beneath the last entry."""
    return list(trace(facts, name, NEW_YORK)[-1].details)


def test_a_call_told_whole() -> None:
    facts = [
        fact(0, Kind.CALL_STARTED, dialled="+12025550101", caller="+12025550123"),
        QUEUED,
        decided(2, 20, skipped={"talking": ["ana"], "rung_closed": ["ben"]}),
        fact(17, Kind.CALL_STEP, step=0, do="add_rung", waited=15.0, times=1),
        decided(17, 5, rung=3, chosen="ben", skipped={"talking": ["ana"], "ranked_lower": ["cara"]}),
        fact(17, Kind.OFFER_ASKED, "ben", offer="o1"),
        fact(18, Kind.OFFER_NOT_READY, "ben", offer="o1", why="no microphone"),
        decided(18, 4, rung=3, chosen="cara", skipped={"talking": ["ana"], "unreachable": ["ben"]}),
        fact(18.2, Kind.OFFER_MADE, "cara", offer="o2", rung=3, of={"pool": "shared"}),
        fact(27, Kind.CALL_CONNECTED, "cara", offer="o2", waited=25.0),
        fact(90, Kind.CALL_TALK_ENDED, "cara", how="caller", seconds=63.0),
        fact(90, Kind.CALL_ENDED, how="answered", seconds=90),
    ]
    assert list(lines(trace(facts, name, NEW_YORK), NEW_YORK)) == [
        "14:03:00   0:00.0  +12025550123 called +12025550101 (Harbor Plumbing).",
        "14:03:02   0:02.0  Joined the queue, needing es (level 3).",
        "                     To be answered within 20 s: due by 14:03:22.",
        "                     Who may be asked, in order: its dedicated agents, then its own agents with at most 3 "
        "businesses, then its own agents, then the shared pool.",
        "                     The caller is a VIP.",
        "                     Priority 10.",
        "                     Queue office of the business's plan, version 4.",
        "14:03:02   0:02.0  Nobody could be asked.",
        "                     Due by 14:03:22, 20 s left.",
        "                     May be asked by now, needing es (level 3): its dedicated agents.",
        "                     Talking: Ana.",
        "                     Free, but not asked for this call yet: Ben.",
        "14:03:17   0:17.0  Step 1 of the recipe, after 15 s: also asks the next agents on the ladder.",
        "14:03:17   0:17.0  Chose Ben.",
        "                     Due by 14:03:22, 5 s left.",
        "                     May be asked by now, needing es (level 3): its dedicated agents, then its own agents "
        "with at most 3 businesses, then its own agents, then the shared pool.",
        "                     Free too, but came after: Cara.",
        "                     Talking: Ana.",
        "14:03:17   0:17.0  Asked Ben's page whether it could take the call.",
        "14:03:18   0:18.0  Ben's page could not take the call (no microphone).",
        "14:03:18   0:18.0  Chose Cara.",
        "                     Due by 14:03:22, 4 s left.",
        "                     May be asked by now, needing es (level 3): its dedicated agents, then its own agents "
        "with at most 3 businesses, then its own agents, then the shared pool.",
        "                     Talking: Ana.",
        "                     Out of reach: Ben.",
        "14:03:18   0:18.2  Rang Cara (from the shared pool).",
        "14:03:27   0:27.0  Cara answered after 25 seconds.",
        "                     Due by 14:03:22, 5 s over.",
        "14:04:30   1:30.0  The caller hung up after 63 seconds of talk.",
        "14:04:30   1:30.0  The call ended after the talk.",
    ]
    told = "\n".join(story(facts, name))
    assert "Chose" not in told and "recipe" not in told and "page" not in told and "Rang Cara" in told


def test_an_empty_trace() -> None:
    assert trace([]) == []


def test_many_agents_are_counted_after_the_first_dozen() -> None:
    ids = [f"agent-{n}" for n in range(14)]
    shown = ", ".join(ids[:12])
    assert details(decided(0, 1, skipped={"talking": ids})) == [
        "Due by 14:03:01, 1 s left.",
        f"Talking: {shown} and 2 more.",
    ]
    assert details(decided(0, -1, skipped={"talking": ids[:2]}, more={"talking": 7, "offline": 1}))[1:] == [
        "Talking: agent-0, agent-1 and 7 more.",
        "Signed out: 1 agent.",
    ]
    assert details(decided(0, 0, skipped={"paused": ["ana", "ben", "cara"]}))[1:] == ["Paused: Ana, Ben and Cara."]


def test_when_nobody_at_all_could_ever_take_it() -> None:
    assert details(decided(0, 20))[1:] == ["Nobody who works for this business has signed in."]
    assert details(decided(0, 20, chosen="ana"))[1:] == []


def test_what_repeats_is_told_once() -> None:
    talking = {"talking": ["ana"]}
    same = [decided(after, 20 - after, skipped=talking) for after in (0, 10, 20, 40)]
    (entry,) = trace(same, name, NEW_YORK)
    assert entry == Entry(
        START,
        0.0,
        "Nobody could be asked. The same 3 times more until 14:03:40.",
        ("Due by 14:03:20, 20 s left.", "Talking: Ana."),
    )


def test_of_what_nearly_repeats_the_last_is_told_too() -> None:
    first, last = decided(0, 20, skipped={"talking": ["ana"]}), decided(5, 15, skipped={"wrap_up": ["ana"]})
    assert texts(first, last) == ["Nobody could be asked. The same again at 14:03:05."]
    assert details(first, last)[1:] == ["Talking: Ana.", "At last:", "In wrap-up: Ana."]


def test_what_differs_or_has_something_between_is_not_folded() -> None:
    wider = decided(5, 15, rung=1)
    assert len(texts(decided(0, 20), wider)) == 2
    assert len(texts(decided(0, 20, chosen="ana"), decided(1, 19, chosen="ana"))) == 2
    assert len(texts(decided(0, 20), fact(1, Kind.OFFER_MADE, "ana"), decided(2, 18))) == 3


def test_the_same_wait_said_again() -> None:
    said = [fact(after, Kind.CALL_SAID_WAIT, position=2) for after in (0, 30, 60)] + [
        fact(90, Kind.CALL_SAID_WAIT, position=1)
    ]
    assert texts(*said) == [
        "Was told: number 2 in line. The same 2 times more until 14:04:00.",
        "Was told: number 1 in line.",
    ]


def test_the_promise_is_about_the_first_answer() -> None:
    answered = fact(12, Kind.CALL_CONNECTED, "ana", waited=10.0)
    assert details(QUEUED, answered) == ["Due by 14:03:22, 10 s left."]
    returned = fact(50, Kind.CALL_RETURNED, "ana")
    assert details(QUEUED, answered, returned, fact(80, Kind.CALL_CONNECTED, "ben", waited=30.0)) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"do": "relax_skill", "skill": "es", "level": 2}, "is content with es at level 2"),
        ({"do": "drop_skill", "skill": "es"}, "does without es"),
        ({"do": "raise_priority", "by": 5}, "raises the priority by 5"),
        ({"do": "offer_callback"}, "offers to call back"),
        ({"do": "something new"}, "does something"),
    ],
)
def test_steps(data: dict[str, Any], said: str) -> None:
    step = fact(0, Kind.CALL_STEP, step=1, waited=40.2, times=1, **data)
    assert texts(step) == [f"Step 2 of the recipe, after 40 s: {said}."]


@pytest.mark.parametrize(("times", "said"), [(2, "2nd"), (3, "3rd"), (11, "11th"), (21, "21st")])
def test_a_step_again(times: int, said: str) -> None:
    step = fact(0, Kind.CALL_STEP, step=0, do="announce", waited=90, times=times)
    assert texts(step) == [f"Step 1 of the recipe, after 90 s, for the {said} time: plays an announcement."]


def test_a_callback_told() -> None:
    facts = [
        fact(0, Kind.CALLBACK_ASKED, number="+12025550123"),
        fact(1, Kind.CALL_ENDED, how="callback"),
        fact(60, Kind.CALLBACK_DIALLED, "ben", **{"try": 1}),
        fact(80, Kind.CALLBACK_UNANSWERED, "ben", why="no_answer", **{"try": 1}),
        fact(380, Kind.CALLBACK_DIALLED, "ben", **{"try": 2}),
        fact(400, Kind.CALLBACK_FAILED, tries=2),
        fact(500, Kind.CALL_MERGED, place="given", **{"with": "3f9a21c4d5e6"}),
        fact(500, Kind.CALL_MERGED, place="taken", **{"with": "3f9a21c4d5e6"}),
        fact(501, Kind.CALLBACK_ASKED),
    ]
    assert texts(*facts) == [
        "Asked to be called back on +12025550123 and keeps the place in line.",
        "The caller hung up, to be called back.",
        "Called back.",
        "The callback was not answered (no answer).",
        "Called back (attempt 2).",
        "The callback was given up after 2 tries.",
        "The same caller called again: the place in line went to call 3f9a21c4.",
        "The same caller waited already: took over the place of call 3f9a21c4.",
        "Asked to be called back and keeps the place in line.",
    ]


def test_all_agents_to_name() -> None:
    facts = [decided(0, 1, chosen="ana", skipped={"talking": ["ben"]}), fact(1, Kind.OFFER_MADE, "cara")]
    assert agents_in(facts) == {"ana", "ben", "cara"}


def test_facts_of_older_days_and_odd_ones() -> None:
    odd = [
        fact(0, Kind.CALL_QUEUED, needs=["es"], target_seconds="soon", ladder="none"),
        fact(1, Kind.CALL_DECIDED),
        fact(2, Kind.CALL_DECIDED, rung=7, deadline=None, skipped=["ana"], more=3, chosen="ana"),
        fact(3, Kind.CALL_DECIDED, skipped={"talking": "ana", "who knows": ["ben"]}),
        *(fact(4, kind) for kind in Kind),
    ]
    assert all("None" not in line for line in lines(trace(odd, name)))
    assert "who knows: Ben." in trace(odd, name)[3].details


def test_every_reason_of_the_engine_has_words() -> None:
    from routing.explain import Skip

    assert set(Skip) <= set(waiting.WHY_NOT)


def test_a_business_is_not_told_how_the_house_works() -> None:
    assert story([fact(0, kind) for kind in HOUSE_ONLY]) == []
