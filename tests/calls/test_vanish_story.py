"""An agent is lost in the middle of a talk: told apart from one who hung up, and the caller is not lost with them."""

import asyncio

import pytest

from ivr.line import LineFault
from reports.facts import Kind
from tests.calls.house import NORTHWIND, Answering
from tests.calls.ways import caller_in_queue, caller_in_talk


@pytest.mark.parametrize("news_after", [0.0, 1.5])
async def test_the_caller_hears_it_and_is_next(house: Answering, news_after: float) -> None:
    house.legs.slow_news = news_after
    ben = await house.agent("ben")
    line = await caller_in_talk(house, ben, NORTHWIND)
    draft = house.agents.view("ben").call
    assert draft is not None
    others = [await caller_in_queue(house, NORTHWIND) for _ in range(2)]
    ben.vanishes()
    await line.hears("we lost the person you were talking to")
    assert house.agents.view("ben").state == "unreachable"
    await line.on_hold()
    cara = await house.agent("cara")
    await cara.rings()
    card = house.agents.view("cara").call
    assert card is not None
    assert (card.call_id, card.message_id) == (line.call_id, draft.message_id)
    cara.answers()
    await line.talks()
    assert (await house.inbox.message(card.message_id)).taken_by == "cara"
    for each in (line, *others):
        each.hangs_up()
    assert [await house.outcome(each) for each in (line, *others)] == ["answered", "abandoned", "abandoned"]
    ends = [fact.data["how"] for fact in house.facts(line, Kind.CALL_TALK_ENDED)]
    assert ends == ["vanished", "caller"]
    assert await house.left_over() == []


async def test_an_agent_who_hung_up_has_ended_the_call_even_if_the_news_come_late(house: Answering) -> None:
    house.legs.slow_news = 1.5
    ben = await house.agent("ben")
    line = await caller_in_talk(house, ben, NORTHWIND)
    ben.hangs_up()
    await line.hears("Thank you for calling.")
    assert await house.outcome(line) == "answered"
    (ended,) = house.facts(line, Kind.CALL_TALK_ENDED)
    assert ended.data["how"] == "agent"
    assert await house.left_over() == []


@pytest.mark.parametrize("by_page", [True, False])
async def test_a_telephone_that_was_away_for_a_moment_does_not_make_a_hang_up_a_loss(
    house: Answering, by_page: bool
) -> None:
    ben = await house.agent("ben")
    line = await caller_in_talk(house, ben, NORTHWIND)
    ben.unregisters()
    await asyncio.sleep(5)
    ben.registers()
    await asyncio.sleep(5)
    if by_page:
        await house.agents.hang_up("ben")
    else:
        ben.hangs_up()
    await line.hears("Goodbye")
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_an_agent_who_hangs_up_in_the_moment_of_answering(house: Answering) -> None:
    """Both pieces of news come before the caller's coroutine has its turn."""
    ben = await house.agent("ben")
    line = await caller_in_queue(house, NORTHWIND)
    await ben.rings()
    ben.answers()
    ben.hangs_up()
    await line.hears("Goodbye")
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_an_agent_who_vanishes_in_the_moment_of_answering(house: Answering) -> None:
    ben, cara = await house.agent("ben"), await house.agent("cara")
    line = await caller_in_queue(house, NORTHWIND)
    await ben.rings()
    ben.answers()
    ben.vanishes()
    await cara.rings()
    cara.answers()
    await line.talks()
    cara.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_the_agent_comes_back_and_gets_the_caller_back(house: Answering) -> None:
    ben = await house.agent("ben", "browser")
    line = await caller_in_talk(house, ben, NORTHWIND)
    ben.vanishes()
    await line.hears("we lost the person")
    ben.registers()  # the page was loaded again
    await ben.rings()
    ben.answers()
    await line.talks()
    ben.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_with_nobody_else_there_the_caller_leaves_a_message(house: Answering) -> None:
    ben = await house.agent("ben")
    line = await caller_in_talk(house, ben, NORTHWIND)
    ben.vanishes()
    await line.hears("we lost the person")
    await line.hears("nobody is free to take your call")
    await line.hears("The number I have for you")
    line.hangs_up()
    assert await house.outcome(line) == "message"
    drafts = await house.inbox.drafts("ben")
    assert len(drafts) == 1  # what Ben had typed is still Ben's
    assert await house.left_over() == []


async def test_an_agent_whose_leg_is_up_and_cannot_be_bridged_is_passed_over(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben, cara = await house.agent("ben"), await house.agent("cara")
    bridge = house.legs.bridge

    def bridge_but_not_with_ben(channel: str) -> "asyncio.Future[None]":
        if ben.is_up:
            raise LineFault("Bridge: INCOMPATIBLE")
        return bridge(channel)

    monkeypatch.setattr(house.legs, "bridge", bridge_but_not_with_ben)
    line = await caller_in_queue(house, NORTHWIND)
    await ben.rings()
    ben.answers()
    await cara.rings()
    assert not ben.is_up
    cara.answers()
    await line.talks()
    cara.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_a_link_that_is_down_when_the_agent_hangs_up_does_not_keep_the_caller(house: Answering) -> None:
    ben = await house.agent("ben")
    line = await caller_in_talk(house, ben, NORTHWIND)
    house.legs.lose_link()
    ben.hangs_up()
    await line.hears("Thank you for calling.")
    assert await house.outcome(line) == "answered"
    house.legs.link_back()
    await asyncio.sleep(1)
    assert house.agents.view("ben").state == "wrap-up"
    assert await house.left_over() == []
