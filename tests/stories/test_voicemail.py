"""Callers who leave a message without an agent: reviewed, said again, cut off in the middle, and from nowhere.

They all call at the same time; each test looks at one of them.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ivr.phrases import Phrase, phrase
from tests.asterisk.sipp import HangUp, Press, Speak, Step, Wait, WaitForBye
from tests.stories.caller import calling
from tests.stories.house import HARBOR, House, how, until
from tests.stories.sound import Voice, is_heard, pcm_of, seconds_of

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp, pytest.mark.asyncio(loop_scope="session")]

AFTER_BEEP = 0.8
"""Seconds for the beep, and for what this machine is late; what is said too early is only lost at its beginning."""
THINKS = Wait(0.7)
NAME = "Tom Baker, of Pier Street."
WORDS = "The pump in our cellar has stopped."
WRONG_WORDS = "No, wait, that was wrong."
TYPED_NUMBER = "+12025550123"


@dataclass(frozen=True)
class Left:
    """What became of the calls: the caller's number by story, and the recordings that are there now."""

    callers: dict[str, str]
    clips: frozenset[str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def left(house: House, voice: Voice, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """All of them have called."""
    asked = await voice.seconds(phrase(Phrase.SAY_YOUR_NAME, "en-US"))
    words, wrong_words = await voice.say(WORDS), await voice.say(WRONG_WORDS)
    named: list[Step] = [Press("2"), Wait(asked + AFTER_BEEP), Speak(await voice.say(NAME)), Press("#"), THINKS]
    number_is_right: list[Step] = [Press("1"), THINKS]
    sent: list[Step] = [*spoken(words), Press("#"), THINKS, Press("1"), WaitForBye(30)]
    again: list[Step] = [*spoken(wrong_words), Press("#"), THINKS, Press("3"), THINKS, *sent]
    stories: dict[str, list[Step]] = {
        "reviewed": [*named, *number_is_right, *sent],
        "said again": [*named, *number_is_right, *again],
        "cut off": [*named, *number_is_right, *spoken(words), HangUp()],
        "hidden": [*named, Press(TYPED_NUMBER.removeprefix("+1") + "#"), THINKS, *number_is_right, *sent],
    }
    before = clip_ids(house)
    folder: Path = tmp_path_factory.mktemp("voicemail")

    async def call(story: str) -> str:
        from_user = "anonymous" if story == "hidden" else None
        async with calling(house, HARBOR, stories[story], folder, from_user) as caller:
            await caller.over()
        return caller.number

    numbers = await asyncio.gather(*map(call, stories))
    await house.silent()
    return Left(dict(zip(stories, numbers, strict=True)), clip_ids(house) - before)


def spoken(words: bytes) -> list[Step]:
    """Past the instructions, and the message said."""
    return [Press("#"), Wait(AFTER_BEEP), Speak(words)]


async def test_a_message_that_is_reviewed_is_sent_with_both_recordings(house: House, voice: Voice, left: Left) -> None:
    caller = left.callers["reviewed"]
    assert how(await house.ended(caller)) == "message"
    message = await house.message_of(caller)
    assert (message["status"], message["source"]) == ("saved", "voicemail")
    assert message["answers"]["phone"] == caller

    name, words = await voice.say(NAME), await voice.say(WORDS)
    name_clip, voice_clip = clip(house, message, "name_clip"), clip(house, message, "voice_clip")
    assert is_heard(name_clip, name) and is_heard(voice_clip, words)
    assert seconds_of(name_clip) < seconds_of(name) + 3
    assert seconds_of(words) * 0.8 < seconds_of(voice_clip) < seconds_of(words) + 3

    assert {each["channel"] for each in await house.relayed(message["id"])} == {"email", "sms"}
    (mail,) = [each for each in await house.outbox(message["id"]) if each["channel"] == "email"]
    attached = {each["clip_id"] for each in mail["attachments"]}
    assert attached == {message["name_clip"], message["voice_clip"]}


async def test_a_message_that_is_said_again_is_the_second_saying(house: House, voice: Voice, left: Left) -> None:
    message = await house.message_of(left.callers["said again"])
    said = clip(house, message, "voice_clip")
    assert is_heard(said, await voice.say(WORDS)) and not is_heard(said, await voice.say(WRONG_WORDS))


async def test_who_hangs_up_in_the_middle_of_speaking_has_left_a_message(
    house: House, voice: Voice, left: Left
) -> None:
    caller = left.callers["cut off"]
    assert how(await house.ended(caller)) == "message"
    message = await house.message_of(caller)
    assert message["status"] == "saved"
    assert is_heard(clip(house, message, "voice_clip"), await voice.say(WORDS))


async def test_who_hides_the_number_is_asked_for_one(house: House, left: Left) -> None:
    message = await message_with(house, TYPED_NUMBER)
    assert message["caller"] is None and message["status"] == "saved"
    facts = await house.facts(message["call_id"])
    assert how(facts) == "message"
    assert all("caller" not in fact["data"] for fact in facts)


async def test_no_recording_is_left_that_belongs_to_no_message(house: House, left: Left) -> None:
    callers = [left.callers[story] for story in ("reviewed", "said again", "cut off")]
    messages = [await house.message_of(caller) for caller in callers] + [await message_with(house, TYPED_NUMBER)]
    assert left.clips == {message[key] for message in messages for key in ("name_clip", "voice_clip")}


async def message_with(house: House, phone: str) -> dict[str, Any]:
    async def look() -> list[dict[str, Any]]:
        items = (await house.owner.get("/api/messages?limit=50"))["items"]
        return [each for each in items if each["answers"].get("phone") == phone]

    (message,) = await until(look, "there is no message with the number that was typed")
    return message


def clip(house: House, message: dict[str, Any], kind: str) -> bytes:
    return pcm_of(house.clips / f"{message[kind]}.wav")


def clip_ids(house: House) -> frozenset[str]:
    return frozenset(path.stem for path in house.clips.iterdir())
