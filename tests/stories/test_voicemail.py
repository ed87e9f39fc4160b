"""Callers who leave a message without an agent: reviewed, said again, cut off in the middle, and from nowhere."""

import asyncio
from pathlib import Path

import pytest

from ivr.phrases import Phrase, phrase
from tests.asterisk.sipp import Cue, HangUp, Press, Speak, Step, Wait, WaitForBye
from tests.stories.caller import calling
from tests.stories.house import HARBOR, House, how, kinds, until
from tests.stories.sound import Voice, is_heard, pcm_of, seconds_of

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp, pytest.mark.asyncio(loop_scope="session")]

AFTER_BEEP = 0.8
"""Seconds for the beep, and for what this machine is late; what is said too early is only lost at its beginning."""
THINKS = Wait(0.7)


async def name_steps(voice: Voice, name: bytes) -> list[Step]:
    """To the message form and past the name."""
    asked = await voice.seconds(phrase(Phrase.SAY_YOUR_NAME, "en-US"))
    return [Press("2"), Wait(asked + AFTER_BEEP), Speak(name), Press("#"), THINKS]


def spoken(words: bytes, *then: Step) -> list[Step]:
    """Past the instructions, and the message said."""
    return [Press("#"), Wait(AFTER_BEEP), Speak(words), *then]


async def test_a_message_that_is_reviewed_is_sent_with_both_recordings(
    house: House, voice: Voice, tmp_path: Path
) -> None:
    name, words = await voice.say("Tom Baker, of Pier Street."), await voice.say("The pump in our cellar has stopped.")
    steps = [*await name_steps(voice, name), Press("1"), THINKS]
    steps += [*spoken(words, Press("#")), THINKS, Press("1"), WaitForBye(30)]
    async with calling(house, HARBOR, steps, tmp_path) as caller:
        await caller.over()
    facts = await house.ended(caller.number)
    assert how(facts) == "message"

    message = await house.message_of(caller.number)
    assert (message["status"], message["source"], message["call_id"] is not None) == ("saved", "voicemail", True)
    assert message["answers"]["phone"] == caller.number
    name_clip, voice_clip = (pcm_of(house.clips / f"{message[key]}.wav") for key in ("name_clip", "voice_clip"))
    assert is_heard(name_clip, name) and is_heard(voice_clip, words)
    assert seconds_of(name_clip) < seconds_of(name) + 3
    assert seconds_of(words) * 0.8 < seconds_of(voice_clip) < seconds_of(words) + 3

    assert {each["channel"] for each in await house.relayed(message["id"])} == {"email", "sms"}
    attached = {each["clip_id"] for each in (await house.outbox(message["id"]))["email"]["attachments"]}
    assert attached == {message["name_clip"], message["voice_clip"]}


async def test_a_message_that_is_said_again_leaves_only_the_second_saying(
    house: House, voice: Voice, tmp_path: Path
) -> None:
    name = await voice.say("Ida Novak, of Mill Road.")
    first, second = await voice.say("No, wait, that was wrong."), await voice.say("Please come on Thursday morning.")
    steps = [*await name_steps(voice, name), Press("1"), THINKS]
    steps += [*spoken(first, Press("#")), THINKS, Press("3"), THINKS]
    steps += [*spoken(second, Press("#")), THINKS, Press("1"), WaitForBye(30)]
    before = set(house.clips.iterdir())
    async with calling(house, HARBOR, steps, tmp_path) as caller:
        await caller.over()
    message = await house.message_of(caller.number)
    said = pcm_of(house.clips / f"{message['voice_clip']}.wav")
    assert is_heard(said, second) and not is_heard(said, first)
    kept = {path.stem for path in set(house.clips.iterdir()) - before}
    assert kept == {message["name_clip"], message["voice_clip"]}


async def test_who_hangs_up_in_the_middle_of_speaking_has_left_a_message(
    house: House, voice: Voice, tmp_path: Path
) -> None:
    name, words = (
        await voice.say("Max Lund, of Dock Lane."),
        await voice.say("I am calling about the bill of last week."),
    )
    steps = [*await name_steps(voice, name), Press("1"), THINKS, *spoken(words, HangUp())]
    async with calling(house, HARBOR, steps, tmp_path) as caller:
        await caller.over()
    assert how(await house.ended(caller.number)) == "message"
    message = await house.message_of(caller.number)
    assert message["status"] == "saved"
    assert is_heard(pcm_of(house.clips / f"{message['voice_clip']}.wav"), words)


async def test_who_hides_the_number_is_asked_for_one(house: House, voice: Voice, tmp_path: Path) -> None:
    name, words = await voice.say("Eva Stone, of Hill Street."), await voice.say("Please call me back.")
    steps = [*await name_steps(voice, name), Press("2025550123#"), Cue(), Press("1"), THINKS]
    steps += [*spoken(words, Press("#")), THINKS, Press("1"), WaitForBye(30)]
    async with calling(house, HARBOR, steps, tmp_path, from_user="anonymous") as caller:
        await asyncio.gather(caller.cue(), caller.over())

    async def look() -> list[dict[str, object]]:
        items = (await house.owner.get("/api/messages?limit=50"))["items"]
        return [each for each in items if each["answers"].get("phone") == "+12025550123"]

    (message,) = await until(look, "there is no message from the hidden number")
    assert message["caller"] is None and message["status"] == "saved"
    facts = await house.facts(str(message["call_id"]))
    assert "caller" not in facts[0]["data"] and kinds(facts)[-1] != "call.started"
    await house.silent()
