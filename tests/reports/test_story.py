"""Stories and days from facts."""

import datetime as dt
from typing import Any

import pytest

from reports.facts import Fact, Kind
from reports.story import sentence, story

START = dt.datetime(2026, 11, 23, 3, 30, tzinfo=dt.UTC)
NAMES = {"harbor": "Harbor Plumbing", "ana": "Ana"}


def name(identifier: str) -> str:
    return NAMES.get(identifier, identifier)


def fact(after: float, kind: Kind, call: str = "c1", business: str | None = "harbor", **data: Any) -> Fact:
    return Fact(call, START + dt.timedelta(seconds=after), kind, business, data.pop("agent", None), data)


MAIN_JOB = [
    fact(0, Kind.CALL_STARTED, dialled="+12025550101", caller="+12025550123"),
    fact(0.4, Kind.CALL_GREETED, menu="main", open=True),
    fact(5, Kind.CALL_PRESSED, digits="1", menu="main", choice="1"),
    fact(5.1, Kind.CALL_QUEUED, needs=["es"]),
    fact(6, Kind.CALL_SAID_WAIT, position=1),
    fact(6, Kind.OFFER_MADE, agent="ana", offer="c1-1", rung=0),
    fact(26, Kind.OFFER_MISSED, agent="ana", offer="c1-1", why="missed"),
    fact(27, Kind.OFFER_MADE, agent="ben", offer="c1-2", rung=1),
    fact(30, Kind.CALL_CONNECTED, agent="ben", offer="c1-2", waited=24.9),
    fact(90, Kind.CALL_TALK_ENDED, agent="ben", how="caller", seconds=60.2),
    fact(95, Kind.MESSAGE_SAVED, agent="ben", number=7, by="agent", urgent=True),
    fact(96, Kind.CALL_ENDED, how="answered", seconds=96),
    fact(97, Kind.DELIVERY_FAILED, delivery="d1", channel="sms", number=7, attempt=1, permanent=False),
    fact(125, Kind.DELIVERY_SENT, delivery="d1", channel="sms", number=7, attempt=2),
]


def test_the_main_job_told() -> None:
    assert story(reversed(MAIN_JOB), name) == [
        "0:00.0  +12025550123 called +12025550101 (Harbor Plumbing).",
        "0:00.4  Heard the menu main (open).",
        "0:05.0  Pressed 1 in main.",
        "0:05.1  Joined the queue, needing es.",
        "0:06.0  Rang Ana (the business's own).",
        "0:06.0  Was told: number 1 in line.",
        "0:26.0  Ana did not answer.",
        "0:27.0  Rang ben (from the pool).",
        "0:30.0  ben answered after 25 seconds.",
        "1:30.0  The caller hung up after 60 seconds of talk.",
        "1:35.0  Message 7 was taken by ben, urgent.",
        "1:36.0  The call ended after the talk.",
        "1:37.0  Message 7 was not sent by SMS, it will be tried again.",
        "2:05.0  Message 7 was sent by SMS (attempt 2).",
    ]
    assert story([]) == []


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_a_sentence_even_without_data(kind: Kind) -> None:
    said = sentence(Fact("c1", START, kind))
    assert said[0].isupper() or said.startswith("an agent")
    assert said.endswith(".")
    assert "None" not in said


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        (fact(0, Kind.CALL_PRESSED, menu="main", digits="7"), "Pressed 7, which is no choice here."),
        (fact(0, Kind.CALL_PRESSED, menu="main", digits="", silent=True), "Pressed nothing in time."),
        (fact(0, Kind.MESSAGE_SAVED, number=7, by="voicemail"), "Message 7 was left as voicemail."),
        (fact(0, Kind.MESSAGE_SAVED, number=7, by="fallback"), "Message 7 was left while the service was down."),
        (fact(0, Kind.DELIVERY_FAILED, channel="sms", permanent=True), "The message was not sent by SMS, for good."),
        (
            fact(0, Kind.DELIVERY_UNSETTLED, number=7, contact="pat", channel="sms", attempt=2),
            "Message 7 may have gone out to pat by SMS (attempt 2): how that went could not be noted. "
            "It is tried again.",
        ),
        (fact(0, Kind.OFFER_MISSED, agent="ana", why="withdrawn"), "Stopped ringing Ana."),
        (
            fact(0, Kind.CALL_TALK_ENDED, agent="ana", how="vanished", seconds=1),
            "Ana was lost in mid-call after 1 second of talk.",
        ),
        (
            fact(0, Kind.CALL_STARTED, dialled="+12025550101"),
            "A caller without a number called +12025550101 (Harbor Plumbing).",
        ),
        (
            fact(0, Kind.ESCALATION_STEP, number=7, step=0, round=0, to=["pat"], by=["sms"]),
            "Message 7 goes to pat by SMS.",
        ),
        (
            fact(0, Kind.ESCALATION_STEP, number=7, step=0, round=1, to=["pat"], by=["sms"]),
            "Nobody has taken message 7 yet: it goes to pat by SMS, again.",
        ),
        (
            fact(0, Kind.ESCALATION_STEP, number=7, step=1, round=0, to=[], by=[], tasks=["t1"]),
            "Nobody has taken message 7 yet: it goes to the agents.",
        ),
        (fact(0, Kind.CALL_ENDED, how="refused"), "The call was refused politely."),
        (fact(0, Kind.CALL_SORTED, **{"as": "vip", "then": "straight"}), "Is a VIP: put straight through."),
        (
            fact(0, Kind.CALL_SORTED, **{"as": "blocked", "then": "refuse", "list": "house"}),
            "Is blocked on the house list: not let in.",
        ),
        (
            fact(0, Kind.CALL_SORTED, **{"as": "capped", "then": "message"}),
            "Had called too often: asked to leave a message.",
        ),
    ],
)
def test_sentences(happened: Fact, said: str) -> None:
    assert sentence(happened, name) == said


def test_a_facts_time_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Fact("c1", dt.datetime(2026, 11, 23), Kind.CALL_STARTED)
