"""Callers who leave a message without an agent: reviewed, said again, cut off in the middle, and from nowhere.

They all call at the same time; each test looks at one of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.patience import PATIENCE
from tests.stories.house import HARBOR, House, how
from tests.stories.leaving import Leaving
from tests.stories.sound import Voice, hears_speech, is_heard, pcm_of, seconds_of

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

NAME = "Tom Baker, of Pier Street."
WORDS = "The pump in our cellar has stopped."
WRONG_WORDS = "No, wait, that was wrong."
TYPED_NUMBER = "+12025550123"


@dataclass(frozen=True)
class Left:
    """What became of the calls by story: the caller's number, and how long they spoke until a key, in seconds.

    And the recordings that were there before.
    """

    callers: dict[str, str]
    spoke: dict[str, list[float]]
    before: frozenset[str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def left(house: House, voice: Voice) -> Left:
    """All of them have called."""
    before = clip_ids(house)

    async def named(leaving: Leaving) -> None:
        await hears_speech(leaving.call)
        await leaving.call.press("2")
        await leaving.says_the_name(NAME)

    async def reviewed(leaving: Leaving, caller: str) -> None:
        await named(leaving)
        await leaving.agrees_to(caller)
        await leaving.says(WORDS)
        await leaving.reviews("1")
        await leaving.call.ended(PATIENCE)

    async def said_again(leaving: Leaving, caller: str) -> None:
        await named(leaving)
        await leaving.agrees_to(caller)
        await leaving.says(WRONG_WORDS)
        await leaving.reviews("3")
        await leaving.says(WORDS)
        await leaving.reviews("1")
        await leaving.call.ended(PATIENCE)

    async def cut_off(leaving: Leaving, caller: str) -> None:
        await named(leaving)
        await leaving.agrees_to(caller)
        await leaving.says(WORDS)
        await leaving.call.hang_up()

    async def hidden(leaving: Leaving, _: str) -> None:
        await named(leaving)
        await leaving.types(TYPED_NUMBER.removeprefix("+1"))
        await leaving.agrees_to(TYPED_NUMBER)
        await leaving.says(WORDS)
        await leaving.reviews("1")
        await leaving.call.ended(PATIENCE)

    async def call(story: Callable[[Leaving, str], Awaitable[None]]) -> tuple[str, list[float]]:
        caller = "anonymous" if story is hidden else house.new_caller()
        async with SipCaller(HOST) as phone:
            call = await phone.dial(HOST, house.sip_port, HARBOR, caller)
            await call.answered(PATIENCE)
            leaving = Leaving(call, voice)
            await story(leaving, caller)
        return caller, leaving.recorded

    stories = {"reviewed": reviewed, "said again": said_again, "cut off": cut_off, "hidden": hidden}
    ended = dict(zip(stories, await asyncio.gather(*map(call, stories.values())), strict=True))
    await house.silent()
    return Left(
        {story: end[0] for story, end in ended.items()}, {story: end[1] for story, end in ended.items()}, before
    )


async def test_a_message_that_is_reviewed_is_sent_with_both_recordings(house: House, voice: Voice, left: Left) -> None:
    caller = left.callers["reviewed"]
    assert how(await house.ended(caller)) == "message"
    message = await house.message_of(caller)
    assert (message["status"], message["source"]) == ("saved", "voicemail")
    assert message["answers"]["phone"] == caller

    name, words = await voice.say(NAME), await voice.say(WORDS)
    name_clip, voice_clip = clip(house, message, "name_clip"), clip(house, message, "voice_clip")
    assert is_heard(name_clip, name) and is_heard(voice_clip, words)
    name_until_key, words_until_key = left.spoke["reviewed"]
    assert seconds_of(name_clip) < name_until_key + 3  # the key ends it, not the silence after it
    assert seconds_of(words) * 0.8 < seconds_of(voice_clip) < words_until_key + 3

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
    wanted = {message[key] for message in messages for key in ("name_clip", "voice_clip")}

    async def only_these() -> bool:
        return clip_ids(house) - left.before == wanted

    await house.until(only_these, "there are recordings of no message, or some are missing")


async def message_with(house: House, phone: str) -> dict[str, Any]:
    async def look() -> list[dict[str, Any]]:
        items = (await house.owner.get("/api/messages?limit=50"))["items"]
        return [each for each in items if each["answers"].get("phone") == phone]

    (message,) = await house.until(look, "there is no message with the number that was typed")
    return message


def clip(house: House, message: dict[str, Any], kind: str) -> bytes:
    return pcm_of(house.clips / f"{message[kind]}.wav")


def clip_ids(house: House) -> frozenset[str]:
    return frozenset(path.stem for path in house.clips.iterdir())
