"""Waiting: music, the truth about the wait, and the way out."""

import asyncio

from reports.facts import Kind
from tests.calls.house import HARBOR, NORTHWIND, Answering
from tests.calls.ways import agrees_to_the_number, caller_in_queue, caller_in_talk, leaves_voice


async def test_one_pressed_in_the_queue_leads_to_a_message_without_music(house: Answering) -> None:
    ana = await house.agent("ana")
    line = await caller_in_queue(house)
    assert line.music
    ringing = await ana.rings()
    await line.hears("To leave a message instead, press one")
    line.presses("1")
    await agrees_to_the_number(line)
    assert not line.music
    await ana.rings_out(ringing)
    assert line.heard.count("Please say your first and last name after the tone.") == 1
    await leaves_voice(line)
    await line.hears("To send your message")
    line.presses("1")
    assert await house.outcome(line) == "message"
    assert (await house.message()).name_clip is not None
    assert house.agents.view("ana").state == "available"
    assert await house.left_over() == []


async def test_one_pressed_long_after_the_words_is_heard_too(house: Answering) -> None:
    await house.agent("ana")
    line = await caller_in_queue(house)
    await line.hears("To leave a message instead")
    await asyncio.sleep(12)
    line.presses("1")
    await line.hears("The number I have for you")
    line.hangs_up()
    assert await house.outcome(line) == "message"  # the name alone is a message already, marked as unfinished
    assert [fact.kind for fact in house.facts(line)][-3:] == [
        Kind.MESSAGE_PARTIAL,
        Kind.ESCALATION_STEP,
        Kind.CALL_ENDED,
    ]
    assert await house.left_over() == []


async def test_whoever_waited_too_long_is_asked_for_a_message_and_may_stay(house: Answering) -> None:
    ben = await house.agent("ben")
    busy = await caller_in_talk(house, ben, NORTHWIND)
    loop = asyncio.get_running_loop()
    began = loop.time()
    line = await caller_in_queue(house, NORTHWIND)
    heard = 0
    while loop.time() < began + 320:
        await line.hears("Thank you for holding")
        heard += 1
    assert heard >= 8  # every announce_seconds
    assert line.music
    ben.hangs_up()
    await house.agents.resume("ben")
    await ben.rings()
    ben.answers()
    await line.talks()
    ben.hangs_up()
    assert [await house.outcome(busy), await house.outcome(line)] == ["answered", "answered"]
    assert await house.left_over() == []


async def test_no_wait_is_promised_before_there_were_enough_and_then_the_usual_one(house: Answering) -> None:
    ben = await house.agent("ben")
    ben.habit.answers_after, ben.habit.hangs_up_after = 10.0, 5.0
    for _ in range(5):
        line = await caller_in_queue(house, NORTHWIND)
        assert await house.outcome(line) == "answered"
        assert not any("The wait is" in words for words in line.heard)
        await house.agents.resume("ben")
    line = await caller_in_queue(house, NORTHWIND)
    await line.hears("The wait is less than a minute")
    assert house.facts(line, Kind.CALL_SAID_WAIT)[0].data == {"position": 1, "seconds": 7}
    await house.outcome(line)
    assert await house.left_over() == []


async def test_a_caller_who_says_no_name_waits_without_one(house: Answering) -> None:
    ana = await house.agent("ana")
    line = house.call(HARBOR)
    await line.hears("press one")
    line.presses("1")
    await line.hears("say your first and last name")
    await ana.rings()
    card = house.agents.view("ana").call
    assert card is not None and card.name_clip is None
    line.hangs_up()
    await house.outcome(line)
    assert await house.left_over() == []


async def test_the_waits_an_agents_loss_made_are_counted_from_the_return(house: Answering) -> None:
    ben, cara = await house.agent("ben"), await house.agent("cara")
    line = await caller_in_talk(house, ben, NORTHWIND)
    await asyncio.sleep(300)
    ben.vanishes()
    await cara.rings()
    cara.answers()
    await line.talks()
    first, second = house.facts(line, Kind.CALL_CONNECTED)
    assert first.data["waited"] < 30 and second.data["waited"] < 30  # type: ignore[operator]
    line.hangs_up()
    await house.outcome(line)
