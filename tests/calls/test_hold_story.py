"""An agent puts the caller on hold; every way out of it."""

import asyncio

import pytest

from calls.desk_book import NotNow
from calls.legs import ExchangeDown
from reports.facts import Kind
from tests.calls.house import Answering
from tests.calls.ways import caller_in_talk


async def test_hold_and_resume_as_often_as_the_agent_likes(house: Answering) -> None:
    ana = await house.agent("ana")
    line = await caller_in_talk(house, ana)
    for _ in range(3):
        await house.agents.hold("ana")
        await line.on_hold()
        assert line.talking_to is None
        assert house.agents.view("ana").call.on_hold  # type: ignore[union-attr]
        await asyncio.sleep(150)
        assert line.music and ana.is_up
        await house.agents.unhold("ana")
        await line.talks()
        assert not line.music
        assert not house.agents.view("ana").call.on_hold
    ana.hangs_up()
    assert await house.outcome(line) == "answered"
    assert len(house.facts(line, Kind.CALL_CONNECTED)) == 1
    assert await house.left_over() == []


async def test_a_hold_taken_back_before_the_bridge_came_apart(house: Answering) -> None:
    ana = await house.agent("ana")
    line = await caller_in_talk(house, ana)
    holding = asyncio.create_task(house.agents.hold("ana"))
    await asyncio.sleep(0)
    await house.agents.unhold("ana")
    await holding
    await asyncio.sleep(5)
    assert line.talking_to is not None and ana.is_up
    assert not house.agents.view("ana").call.on_hold  # type: ignore[union-attr]
    ana.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_the_caller_hangs_up_on_hold(house: Answering) -> None:
    ana = await house.agent("ana")
    line = await caller_in_talk(house, ana)
    await house.agents.hold("ana")
    await line.on_hold()
    line.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []
    view = house.agents.view("ana")
    assert view.state == "wrap-up"
    assert view.call is not None and view.call.caller_gone and not view.call.on_hold
    with pytest.raises(NotNow):
        await house.agents.unhold("ana")


@pytest.mark.parametrize("by_page", [True, False])
async def test_the_agent_hangs_up_on_hold(house: Answering, by_page: bool) -> None:
    ana = await house.agent("ana")
    line = await caller_in_talk(house, ana)
    await house.agents.hold("ana")
    await line.on_hold()
    if by_page:
        await house.agents.hang_up("ana")
    else:
        ana.hangs_up()
    await line.hears("Thank you for calling.")
    assert not line.music
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_the_agent_vanishes_on_hold_and_the_caller_is_told(house: Answering) -> None:
    ana, ben = await house.agent("ana"), await house.agent("ben")
    line = await caller_in_talk(house, ana)
    await house.agents.hold("ana")
    await line.on_hold()
    ana.vanishes()
    await line.hears("we lost the person you were talking to")
    await ben.rings()
    ben.answers()
    assert "leg-" in await line.talks()
    ben.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_a_hold_the_exchange_cannot_do_leaves_the_two_together(house: Answering) -> None:
    ana = await house.agent("ana")
    line = await caller_in_talk(house, ana)
    house.legs.lose_link()
    with pytest.raises(ExchangeDown):
        await house.agents.hold("ana")
    assert line.talking_to is not None
    assert not house.agents.view("ana").call.on_hold  # type: ignore[union-attr]
    house.legs.link_back()
    await asyncio.sleep(1)
    ana.hangs_up()
    assert await house.outcome(line) == "answered"
    (ended,) = house.facts(line, Kind.CALL_TALK_ENDED)
    assert ended.data["how"] == "agent"
    assert await house.left_over() == []
