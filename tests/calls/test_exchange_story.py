"""The link to the exchange goes and comes back; the service shuts down in the middle of calls."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from reports.facts import Kind
from tests.calls.house import HARBOR, NORTHWIND, Answering
from tests.calls.scripted import ScriptedLine
from tests.calls.ways import agrees_to_the_number, caller_in_queue, caller_in_talk, says_the_name


async def test_talks_survive_a_lost_link(house: Answering) -> None:
    ben = await house.agent("ben")
    line = await caller_in_talk(house, ben, NORTHWIND)
    house.legs.lose_link()
    await asyncio.sleep(30)
    assert line.talking_to is not None
    house.legs.link_back()
    await asyncio.sleep(1)
    assert house.agents.view("ben").state == "talking"
    ben.hangs_up()
    await line.hears("Thank you for calling.")
    assert await house.outcome(line) == "answered"
    assert [fact.data["how"] for fact in house.facts(line, Kind.CALL_TALK_ENDED)] == ["agent"]
    assert await house.left_over() == []


async def test_a_caller_in_the_queue_is_offered_again_when_the_link_is_back(house: Answering) -> None:
    ben = await house.agent("ben")
    line = await caller_in_queue(house, NORTHWIND)
    await ben.rings()
    house.legs.lose_link()
    await asyncio.sleep(2)
    assert house.agents.view("ben").state == "unreachable"
    for leg_id in house.legs.legs_of("ben"):
        house.legs.end(leg_id, "hung up")  # nobody hears of this
    house.legs.link_back()
    await ben.rings()
    ben.answers()
    await line.talks()
    offers = house.facts(line, Kind.OFFER_MISSED)
    assert [fact.data["why"] for fact in offers] == ["withdrawn"]
    ben.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_a_leg_that_rang_when_the_link_went_is_not_left_ringing(house: Answering) -> None:
    """The drop cannot be sent while the link is down; the exchange's own resync ends the leg (telephony.agents)."""
    ben = await house.agent("ben")
    line = await caller_in_queue(house, NORTHWIND)
    await ben.rings()
    house.legs.lose_link()
    line.hangs_up()
    assert await house.outcome(line) == "abandoned"
    assert house.agents.view("ben").state == "unreachable"
    house.legs.link_back()
    await asyncio.sleep(1)
    assert house.agents.view("ben").state == "available"


async def test_an_exchange_that_forgot_the_agents_leg_gives_the_caller_back(house: Answering) -> None:
    ben, cara = await house.agent("ben"), await house.agent("cara")
    line = await caller_in_talk(house, ben, NORTHWIND)
    ben.unregisters()
    house.legs.crash()
    await asyncio.sleep(0.5)
    house.legs.link_back()
    await line.hears("we lost the person")
    await cara.rings()
    cara.answers()
    await line.talks()
    cara.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_an_offer_the_exchange_refuses_goes_to_the_next_agent(house: Answering) -> None:
    ben, cara = await house.agent("ben"), await house.agent("cara")
    ben.is_really_gone()
    line = await caller_in_queue(house, NORTHWIND)
    await cara.rings()
    (missed,) = house.facts(line, Kind.OFFER_MISSED)
    assert (missed.agent_id, missed.data["why"]) == ("ben", "failed")
    line.hangs_up()
    await house.outcome(line)
    assert await house.left_over() == []


Stage = Callable[[Answering], Awaitable[ScriptedLine]]


async def in_menu(house: Answering) -> ScriptedLine:
    line = house.call(HARBOR)
    await line.hears("press one")
    return line


async def saying_the_name(house: Answering) -> ScriptedLine:
    line = await in_menu(house)
    line.presses("1")
    await says_the_name(line)
    return line


async def waiting(house: Answering) -> ScriptedLine:
    line = await caller_in_queue(house)
    await line.hears("To leave a message instead")
    await asyncio.sleep(9)
    return line


async def ringing(house: Answering) -> ScriptedLine:
    line = await caller_in_queue(house)
    await house.phone("ana").rings()
    return line


async def talking(house: Answering) -> ScriptedLine:
    return await caller_in_talk(house, house.phone("ana"))


async def on_hold(house: Answering) -> ScriptedLine:
    line = await talking(house)
    await house.agents.hold("ana")
    await line.on_hold()
    return line


async def recording(house: Answering) -> ScriptedLine:
    line = await in_menu(house)
    line.presses("2")
    await says_the_name(line)
    await agrees_to_the_number(line)
    await line.hears("leave your message")
    await line.is_recorded()
    line.says(30)
    await asyncio.sleep(10)
    return line


@pytest.mark.parametrize("stage", [in_menu, saying_the_name, waiting, ringing, talking, on_hold, recording])
async def test_a_shutdown_gives_the_caller_to_the_exchange_and_loses_nothing(house: Answering, stage: Stage) -> None:
    await house.agent("ana")
    line = await stage(house)
    house.cut_short(line)
    with pytest.raises(asyncio.CancelledError):
        await house.outcome(line)
    assert not line.done_by_service, "the exchange would hang up instead of taking a message"
    (ended,) = house.facts(line, Kind.CALL_ENDED)
    assert ended.data["how"] == "failed"
    messages = await house.messages()
    if stage is recording:
        (message,) = messages
        assert message.voice_clip is not None
        assert 9 < house.clips.speech_seconds(message.voice_clip) < 11
    else:
        assert not messages
    assert await house.left_over() == []


async def test_closing_the_desk_lets_every_leg_go(house: Answering) -> None:
    ana, ben = await house.agent("ana"), await house.agent("ben")
    talk = await caller_in_talk(house, ana)
    wait = await caller_in_queue(house, NORTHWIND)
    await ben.rings()
    await house.desk.close()
    await asyncio.sleep(1)
    assert not house.legs.alive()
    for line in (talk, wait):
        line.hangs_up()
        await house.outcome(line)


async def test_an_agent_who_cannot_be_rung_for_want_of_a_link_has_missed_nothing(house: Answering) -> None:
    ben = await house.agent("ben")
    first = await caller_in_talk(house, ben, NORTHWIND)
    second = await caller_in_queue(house, NORTHWIND, "+12025550155")
    house.legs.lose_link()
    first.hangs_up()
    await house.outcome(first)
    await asyncio.sleep(55)  # the wrap-up is over, and Ben is the next to be asked
    assert house.agents.view("ben").state == "unreachable"
    house.legs.link_back()
    await ben.rings()
    ben.answers()
    await second.talks()
    assert "missed" not in house.agents.view("ben").notice
    second.hangs_up()
    await house.outcome(second)
    assert await house.left_over() == []
