"""Before a call is offered to a browser, its page is asked whether it could take one."""

import asyncio

import pytest

from calls.desk_book import NotNow
from reports.agent_day import AgentState, intervals
from reports.facts import Fact, Kind
from reports.story import story
from reports.trace import trace
from tests.calls.house import NORTHWIND, Answering
from tests.calls.scripted import ScriptedLine
from tests.calls.ways import caller_in_queue

OFFERS = (Kind.OFFER_ASKED, Kind.OFFER_NOT_READY, Kind.OFFER_MADE, Kind.OFFER_MISSED, Kind.CALL_CONNECTED)


def offers(house: Answering, line: ScriptedLine) -> list[Fact]:
    return [fact for fact in house.facts(line) if fact.kind in OFFERS]


def told(house: Answering, line: ScriptedLine) -> list[str]:
    """What a supervisor reads of the offers."""
    return [entry.text for entry in trace(offers(house, line), str.capitalize)]


async def test_the_trace_says_asked_then_rang_or_why_not(house: Answering) -> None:
    await house.agent("ben", "browser")
    house.tab("ben").answers = "no microphone"
    cara = await house.agent("cara", "browser")
    line = await caller_in_queue(house, NORTHWIND)
    await cara.rings()
    cara.answers()
    await line.talks()
    asked_ben, not_ready, asked_cara, rang, answered = offers(house, line)
    assert told(house, line)[:4] == [
        "Asked Ben's page whether it could take the call.",
        "Ben's page could not take the call (no microphone).",
        "Asked Cara's page whether it could take the call.",
        "Rang Cara (from the shared pool).",
    ]
    assert (asked_ben.data["offer"], asked_cara.data["offer"]) == (not_ready.data["offer"], rang.data["offer"])
    assert answered.kind is Kind.CALL_CONNECTED and asked_ben.business_id == "northwind"
    line.hangs_up()
    await house.outcome(line)
    assert "page" not in "\n".join(story(house.facts(line))), "a business is not told how the house works"


async def test_who_is_asked_is_not_free(house: Answering) -> None:
    """For supervisors and in the agent's day; the agent's own page stays as it was until something rings."""
    await house.agent("ben", "browser")
    house.tab("ben").answers = None
    line = await caller_in_queue(house, NORTHWIND)
    await house.until(lambda: house.agents.view("ben").ready_for is not None)
    assert [agent.state for agent in house.agents.floor().agents] == ["offered"]
    assert house.agents.view("ben").state == "available"
    await house.until(lambda: house.agents.view("ben").state == "unreachable")
    asked, not_ready = offers(house, line)
    was = next(each for each in intervals(house.journal.facts, "ben") if each.state is AgentState.OFFERED)
    assert (was.begin, was.end) == (asked.at, not_ready.at)
    assert not_ready.data["why"] == "no answer"
    line.hangs_up()
    await house.outcome(line)


async def test_a_caller_who_leaves_while_a_page_is_asked_is_no_missed_call(house: Answering) -> None:
    await house.agent("ben", "browser")
    house.tab("ben").answers = None
    line = await caller_in_queue(house, NORTHWIND)
    await house.until(lambda: house.agents.view("ben").ready_for is not None)
    line.hangs_up()
    await house.outcome(line)
    assert told(house, line) == [
        "Asked Ben's page whether it could take the call.",
        "Did not ask Ben any further.",
    ]
    assert intervals(house.journal.facts, "ben")[-1].state is AgentState.AVAILABLE


async def test_a_page_that_says_it_is_ready_rings(house: Answering) -> None:
    ben = await house.agent("ben", "browser")
    line = await caller_in_queue(house, NORTHWIND)
    await ben.rings()
    assert house.tab("ben").asked == 1
    assert house.agents.view("ben").state == "offered"
    line.hangs_up()
    await house.outcome(line)


async def test_a_frozen_page_is_found_in_a_second_and_the_next_agent_is_rung(house: Answering) -> None:
    ben, cara = await house.agent("ben", "browser"), await house.agent("cara")
    house.tab("ben").answers = None
    line = await caller_in_queue(house, NORTHWIND)
    await cara.rings()
    queued, offer = house.facts(line, Kind.CALL_QUEUED)[0], house.facts(line, Kind.OFFER_MADE)[0]
    assert (offer.at - queued.at).total_seconds() <= 1.1
    assert not ben.is_ringing
    view = house.agents.view("ben")
    assert view.state == "unreachable"
    assert "your page did not answer" in view.notice
    assert house.facts(line, Kind.OFFER_NOT_READY)[0].agent_id == "ben"
    line.hangs_up()
    await house.outcome(line)


async def test_a_page_without_a_microphone_says_so_and_its_agent_can_come_back(house: Answering) -> None:
    ben = await house.agent("ben", "browser")
    house.tab("ben").answers = "no microphone"
    line = await caller_in_queue(house, NORTHWIND)
    await line.hears("nobody is free to take your call")
    assert house.facts(line, Kind.OFFER_NOT_READY)[0].data["why"] == "no microphone"
    assert "your page was not ready (no microphone)" in house.agents.view("ben").notice
    house.tab("ben").answers = ""
    await house.agents.resume("ben")
    await ben.rings()
    line.hangs_up()
    await house.outcome(line)


async def test_no_page_open_is_known_at_once_and_a_sip_phone_is_not_asked(house: Answering) -> None:
    ben, cara = await house.agent("ben", "browser"), await house.agent("cara", "phone")
    await house.tab("ben").close()
    line = await caller_in_queue(house, NORTHWIND)
    await cara.rings()
    assert not ben.is_ringing
    assert house.agents.view("ben").state == "unreachable"
    line.hangs_up()
    await house.outcome(line)


async def test_an_answer_counts_once_and_only_for_the_offer_that_was_asked_about(house: Answering) -> None:
    ben = await house.agent("ben", "browser")
    house.tab("ben").answers = None
    line = await caller_in_queue(house, NORTHWIND)
    await house.until(lambda: house.agents.view("ben").ready_for is not None)
    offer = house.agents.view("ben").ready_for
    assert offer is not None
    house.agents.ready("ben", f"{offer}0", "no microphone")  # about something else
    house.agents.ready("cara", offer, "no microphone")  # from somebody else
    assert house.agents.view("ben").ready_for == offer
    house.agents.ready("ben", offer, "")
    house.agents.ready("ben", offer, "no microphone")  # a second page of Ben's, too late
    await ben.rings()
    assert house.agents.view("ben").state == "offered"
    assert not house.facts(line, Kind.OFFER_NOT_READY)
    line.hangs_up()
    await house.outcome(line)
    assert await house.left_over() == []


async def test_an_answer_that_comes_late_changes_nothing(house: Answering) -> None:
    ben = await house.agent("ben", "browser")
    house.tab("ben").answers = None
    line = await caller_in_queue(house, NORTHWIND)
    await house.until(lambda: house.agents.view("ben").ready_for is not None)
    offer = house.agents.view("ben").ready_for
    assert offer is not None
    await house.until(lambda: house.agents.view("ben").state == "unreachable")
    house.agents.ready("ben", offer, "")
    await asyncio.sleep(5)
    assert house.agents.view("ben").state == "unreachable" and not ben.is_ringing
    line.hangs_up()
    await house.outcome(line)
    assert await house.left_over() == []


@pytest.mark.parametrize("how", ["signs out", "pauses", "hangs up", "closes the page", "loses the telephone"])
async def test_something_happens_while_the_page_is_asked(house: Answering, how: str) -> None:
    ben, cara = await house.agent("ben", "browser"), await house.agent("cara")
    house.tab("ben").answers = None
    line = await caller_in_queue(house, NORTHWIND)
    await house.until(lambda: house.agents.view("ben").ready_for is not None)
    match how:
        case "signs out":
            await house.agents.sign_out("ben")
        case "pauses":
            await house.agents.pause("ben", "lunch")
        case "closes the page":
            await house.tab("ben").close()
        case "loses the telephone":
            ben.unregisters()
        case _:
            line.hangs_up()
    await asyncio.sleep(2)
    assert house.agents.view("ben").ready_for is None and house.agents.view("ben").call is None
    states = {"signs out": "offline", "pauses": "paused", "hangs up": "available"}
    assert house.agents.view("ben").state == states.get(how, "unreachable")
    assert not ben.is_ringing
    if how != "hangs up":
        await cara.rings()
        line.hangs_up()
    await house.outcome(line)
    assert await house.left_over() == []


async def test_the_device_is_not_changed_while_the_page_is_asked(house: Answering) -> None:
    ben = await house.agent("ben", "browser")
    house.tab("ben").answers = None
    line = await caller_in_queue(house, NORTHWIND)
    await house.until(lambda: house.agents.view("ben").ready_for is not None)
    with pytest.raises(NotNow):
        await house.agents.sign_in("ben", "phone")
    house.agents.ready("ben", house.agents.view("ben").ready_for or "", "")
    await ben.rings()
    line.hangs_up()
    await house.outcome(line)
    assert await house.left_over() == []
