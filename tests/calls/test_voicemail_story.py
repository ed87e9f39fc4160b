"""A message without an agent: reviewed, recorded again, cut off, or not left at all."""

import asyncio

from messages.message import Message, MessageStatus, Source
from reports.facts import Kind
from tests.calls.house import CALLER, HARBOR, Answering
from tests.calls.scripted import ScriptedLine
from tests.calls.ways import agrees_to_the_number, leaves_voice, says_the_name


async def caller_at_voicemail(house: Answering, caller: str | None = CALLER) -> ScriptedLine:
    line = house.call(HARBOR, caller)
    await line.hears("To leave a message, press two")
    line.presses("2")
    return line


def said(house: Answering, message: Message) -> float:
    assert message.voice_clip is not None
    return round(house.clips.speech_seconds(message.voice_clip), 1)


async def test_reviewed_recorded_again_and_sent(house: Answering) -> None:
    line = await caller_at_voicemail(house)
    await says_the_name(line)
    await line.hears("The number I have for you is two zero two, five five five, zero one four two")
    line.presses("1")
    await leaves_voice(line, 5)
    await line.hears("To send your message")
    line.presses("2")
    await line.hears("clip ")
    await line.hears("To send your message")
    line.presses("3")
    await leaves_voice(line, 8)
    await line.hears("To send your message")
    line.presses("1")
    await line.hears("Your message is on its way")
    saved = await house.message()
    assert (saved.status, saved.source, saved.answers) == (
        MessageStatus.SAVED,
        Source.VOICEMAIL,
        {"phone": CALLER},
    )
    assert said(house, saved) == 8
    assert len(house.inbox.deliveries) == 2
    assert await house.outcome(line) == "message"
    assert await house.left_over() == []


async def test_a_key_pressed_while_the_message_is_played_back_is_the_answer(house: Answering) -> None:
    line = await caller_at_voicemail(house)
    await says_the_name(line)
    await agrees_to_the_number(line)
    await leaves_voice(line, 30)
    await line.hears("To send your message")
    line.presses("2")
    await line.hears("clip ")
    line.presses("1")
    await line.hears("Your message is on its way")
    assert await house.outcome(line) == "message"


async def test_hanging_up_after_speaking_sends_the_message(house: Answering) -> None:
    line = await caller_at_voicemail(house)
    await says_the_name(line)
    await agrees_to_the_number(line)
    await line.hears("leave your message")
    await line.is_recorded()
    line.says(6)
    await asyncio.sleep(6)
    line.hangs_up()
    assert await house.outcome(line) == "message"
    saved = await house.message()
    assert (saved.status, said(house, saved)) == (MessageStatus.SAVED, 6)
    assert line.operations[-1] == "record"
    assert await house.left_over() == []


async def test_hanging_up_in_a_second_go_leaves_the_first(house: Answering) -> None:
    line = await caller_at_voicemail(house)
    await says_the_name(line)
    await agrees_to_the_number(line)
    await leaves_voice(line, 9)
    await line.hears("To send your message")
    line.presses("3")
    await line.hears("leave your message")
    await line.is_recorded()
    line.hangs_up()
    assert await house.outcome(line) == "message"
    assert said(house, await house.message()) == 9
    assert await house.left_over() == []


async def test_a_name_and_no_more_is_a_partial_message(house: Answering) -> None:
    line = await caller_at_voicemail(house)
    await says_the_name(line)
    await line.hears("The number I have for you")
    line.hangs_up()
    assert await house.outcome(line) == "message"
    partial = await house.message()
    assert (partial.status, partial.voice_clip) == (MessageStatus.PARTIAL, None)
    assert partial.name_clip is not None
    assert len(house.inbox.deliveries) == 2  # it is relayed all the same
    assert house.facts(line, Kind.MESSAGE_PARTIAL)
    assert await house.left_over() == []


async def test_a_name_cut_off_by_the_hang_up_is_kept(house: Answering) -> None:
    line = await caller_at_voicemail(house)
    await line.hears("say your first and last name")
    await line.is_recorded()
    line.says(4)
    await asyncio.sleep(1)
    line.hangs_up()
    assert await house.outcome(line) == "message"
    partial = await house.message()
    assert partial.name_clip is not None
    assert 0.9 < house.clips.speech_seconds(partial.name_clip) < 1.1
    assert await house.left_over() == []


async def test_a_withheld_number_is_keyed_in_and_read_back(house: Answering) -> None:
    line = await caller_at_voicemail(house, caller=None)
    await line.hears("say your first and last name")
    await line.hears("Please enter the number")
    for key in "2025550177#":
        line.presses(key)
        await asyncio.sleep(0.3)
    await line.hears("two zero two, five five five, zero one seven seven")
    line.presses("1")
    await line.hears("leave your message")
    line.hangs_up()
    assert await house.outcome(line) == "message"
    partial = await house.message()
    assert (partial.status, partial.answers) == (MessageStatus.PARTIAL, {"phone": "+12025550177"})
    assert await house.left_over() == []


async def test_somebody_who_says_nothing_leaves_nothing(house: Answering) -> None:
    line = await caller_at_voicemail(house)
    await line.hears("I didn't hear anything")
    await line.hears("Goodbye")
    assert line.heard.count("Please leave your message after the tone. When you are done, press pound.") == 3
    assert await house.outcome(line) == "abandoned"
    assert await house.messages() == []
    assert not house.inbox.deliveries
    assert await house.left_over() == []


async def test_a_very_long_message_is_cut_off_by_the_plans_seconds(house: Answering) -> None:
    line = await caller_at_voicemail(house)
    await says_the_name(line)
    await agrees_to_the_number(line)
    await line.hears("leave your message")
    await line.is_recorded()
    line.says(400)
    await line.hears("To send your message")
    line.presses("1")
    assert await house.outcome(line) == "message"
    assert said(house, await house.message()) == 180
