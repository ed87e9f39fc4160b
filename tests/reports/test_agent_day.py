"""An agent's states from facts, and the sentences for them."""

import datetime as dt
from typing import Any

import pytest

from reports.agent_day import AgentState, intervals, sentence
from reports.facts import Fact, Kind

START = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)


def fact(after: float, kind: Kind, agent: str | None = "ana", **data: Any) -> Fact:
    return Fact("", START + dt.timedelta(seconds=after), kind, None, agent, data)


def told(facts: list[Fact]) -> list[tuple[str, float, float | None]]:
    def seconds(at: dt.datetime | None) -> float | None:
        return None if at is None else (at - START).total_seconds()

    return [(each.state.value, seconds(each.begin) or 0.0, seconds(each.end)) for each in intervals(facts, "ana")]


def test_nothing_known_is_no_interval() -> None:
    assert intervals([], "ana") == []
    assert intervals([fact(0, Kind.AGENT_SIGNED_IN, "ben")], "ana") == []


def test_a_morning() -> None:
    facts = [
        fact(0, Kind.AGENT_SIGNED_IN),
        fact(5, Kind.AGENT_SIGNED_IN, "ben"),
        fact(10, Kind.OFFER_MADE, offer="1"),
        fact(14, Kind.CALL_CONNECTED, offer="1"),
        fact(60, Kind.CALL_TALK_ENDED),
        fact(60, Kind.AGENT_WRAP_UP_STARTED),
        fact(90, Kind.AGENT_WRAPPED_UP),
        fact(90, Kind.AGENT_PAUSED, reason="training", billable=True),
        fact(200, Kind.AGENT_RESUMED),
        fact(300, Kind.AGENT_SIGNED_OUT),
    ]
    assert told(facts) == [
        ("available", 0, 10),
        ("offered", 10, 14),
        ("talking", 14, 60),
        ("wrap-up", 60, 90),
        ("paused", 90, 200),
        ("available", 200, 300),
        ("offline", 300, None),
    ]
    (pause,) = [each for each in intervals(facts, "ana") if each.state is AgentState.PAUSED]
    assert (pause.reason, pause.billable) == ("training", True)


@pytest.mark.parametrize("turned", [False, True])
def test_facts_of_one_moment_may_come_in_any_order(turned: bool) -> None:
    moment = [fact(10, Kind.AGENT_RESUMED), fact(10, Kind.OFFER_MADE, offer="1")]
    facts = [fact(0, Kind.AGENT_SIGNED_IN), fact(0, Kind.AGENT_PAUSED, reason="lunch")]
    assert told(facts + moment[:: -1 if turned else 1]) == [("paused", 0, 10), ("offered", 10, None)]


def test_an_offer_that_came_to_nothing() -> None:
    facts = [
        fact(0, Kind.AGENT_SIGNED_IN),
        fact(1, Kind.OFFER_ASKED, offer="1"),
        fact(2, Kind.OFFER_NOT_READY, offer="1"),
        fact(2, Kind.AGENT_UNREACHABLE, why="not_ready"),
        fact(9, Kind.AGENT_REACHABLE),
    ]
    assert told(facts) == [("available", 0, 1), ("offered", 1, 2), ("unreachable", 2, 9), ("available", 9, None)]


@pytest.mark.parametrize("kind", [Kind.SERVICE_STOPPED, Kind.SERVICE_STARTED])
def test_a_service_that_stopped_or_starts_anew_has_nobody_at_work(kind: Kind) -> None:
    facts = [fact(0, Kind.AGENT_SIGNED_IN), fact(3, Kind.CALL_CONNECTED, offer="1"), fact(8, kind, None)]
    assert told(facts) == [("available", 0, 3), ("talking", 3, 8), ("offline", 8, None)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (fact(0, Kind.AGENT_SIGNED_IN, device="phone"), "Ana came to work."),
        (fact(0, Kind.AGENT_PAUSED, reason="lunch", by="sue"), "Ana paused: lunch (by Sue)."),
        (fact(0, Kind.AGENT_RESUMED, by="sue"), "Ana went on after the pause (by Sue)."),
        (
            fact(0, Kind.AGENT_UNREACHABLE, why="missed"),
            "Ana could not be reached: several calls in a row were missed.",
        ),
        (fact(0, Kind.AGENT_WRAP_UP_EXTENDED, seconds=30), "Ana has 30 seconds more for the wrap-up."),
        (fact(0, Kind.AGENT_WRAPPED_UP, seconds=41.5), "Ana ended the wrap-up after 41.5 seconds."),
        (fact(0, Kind.AGENT_SIGNED_OUT), "Ana stopped work."),
    ],
)
def test_sentences(given: Fact, said: str) -> None:
    assert sentence(given, str.capitalize) == said


def test_an_agent_who_waits_for_a_callback_is_in_a_talk_until_it_comes_to_nothing() -> None:
    facts = [
        fact(0, Kind.AGENT_SIGNED_IN),
        fact(10, Kind.OFFER_MADE, offer="1"),
        fact(14, Kind.CALLBACK_DIALLED),
        fact(40, Kind.CALLBACK_UNANSWERED),
        fact(50, Kind.OFFER_MADE, offer="2"),
        fact(55, Kind.CALLBACK_DIALLED),
        fact(70, Kind.CALL_CONNECTED, offer="2"),
        fact(90, Kind.CALL_TALK_ENDED),
    ]
    assert told(facts) == [
        ("available", 0, 10),
        ("offered", 10, 14),
        ("talking", 14, 40),
        ("available", 40, 50),
        ("offered", 50, 55),
        ("talking", 55, 90),
        ("available", 90, None),
    ]
