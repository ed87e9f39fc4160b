"""Before a call is offered to a browser, its page is asked whether it could take one."""

import asyncio

import pytest

from calls.desk_book import NotNow
from reports.facts import Kind
from tests.calls.house import NORTHWIND, Answering
from tests.calls.ways import caller_in_queue


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
