"""kill -9 of the service: callers are looked after by the exchange alone, and nothing that was kept is lost.

It is killed once, with callers in a queue, in a voicemail, in a talk and waiting to be called back; each test looks at
what became of one.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ivr.phrases import Phrase, phrase
from telephony.pbx_fetch import AsteriskBinary
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.service_process import ServiceProcess
from tests.stories.house import HARBOR, House, furnish, how, kinds, moved_in, one
from tests.stories.pier import PIER_NAME, asks_to_be_called_back, lead_out, new_pier
from tests.stories.sound import HEAR_SECONDS, Voice, hears, hears_beep, hears_speech, is_heard, pcm_of

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

WORDS = "The cellar is full of water, please hurry."
STILL_HERE = "Hello? Are you still there?"
ANSWERS = {
    "name": "Rosa Diaz",
    "phone": "+12025550147",
    "address": "12 Canal Street",
    "reason": "The boiler is cold.",
    "water_off": "no",
}


@dataclass(frozen=True)
class Aftermath:
    """The service that was started again, and what is known of before."""

    house: House
    same_exchange: bool
    went_on_speaking: bool
    queued: str
    leaving: str
    talking: str
    talk_went_on: bool
    saved: dict[str, Any]
    promised: str
    called: str
    """Who was called back, as the carrier was told."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def aftermath(
    tmp_path_factory: pytest.TempPathFactory, asterisk_binary: AsteriskBinary, spoken: Path, voice: Voice
) -> AsyncIterator[Aftermath]:
    home = tmp_path_factory.mktemp("killed") / "home"
    await furnish(home, spoken)
    async with contextlib.AsyncExitStack() as stack:
        service = await stack.enter_async_context(ServiceProcess(home, "up"))
        outside = await stack.enter_async_context(SipCaller(HOST))
        async with moved_in(service, asterisk_binary) as house, house.agent_at_work("ben") as (ben, phone):
            talking, queued, leaving, promised = [house.new_caller() for _ in range(4)]
            talker = await outside.dial(HOST, house.sip_port, HARBOR, talking)
            await talker.answered(10)
            await hears_speech(talker)
            await talker.press("9")
            bens = await phone.incoming(30)
            await bens.accept()
            card = (await house.agent_is(ben, "talking"))["call"]
            pier = await new_pier(house, "{when: {waited: 1}, offer: callback}")
            await lead_out(house, outside)
            await asks_to_be_called_back(house, voice, pier, promised)
            waiter = await outside.dial(HOST, house.sip_port, HARBOR, queued)
            speaker = await outside.dial(HOST, house.sip_port, HARBOR, leaving)
            await asyncio.gather(waiter.answered(10), speaker.answered(10))
            await asyncio.gather(hears_speech(waiter), hears_speech(speaker))
            await asyncio.gather(waiter.press("9"), speaker.press("2"))
            await house.has_come_to(queued, "call.said_wait")
            await hears(speaker, await voice.say(phrase(Phrase.SAY_YOUR_NAME, "en-US")))

            path = f"/api/messages/{card['message_id']}"
            typed = {"revision": (await ben.get(path))["revision"], "answers": ANSWERS}
            before = {call: len(call.heard) for call in (waiter, speaker)}
            exchange = exchange_pid(home)
            saved = await ben.post(f"{path}/save", typed)
            await service.kill()

            still_here = await voice.say(STILL_HERE)
            await talker.say(still_here)
            with contextlib.suppress(TimeoutError):
                await hears(bens, still_here, 5)
            went_on = is_heard(bens.heard, still_here)
            await talker.hang_up()
        for call, since in before.items():
            await hears_beep(call, since)
        words = await voice.say(WORDS)
        await asyncio.gather(waiter.say(words), speaker.say(words))
        await waiter.hang_up()

        service.lines.clear()
        async with asyncio.TaskGroup() as meanwhile:
            meanwhile.create_task(speaker.say(words * 40))  # silence would end the message before the service is there
            await service.start()
            house = await stack.enter_async_context(moved_in(service, asterisk_binary))
            same, went_on_speaking = exchange_pid(home) == exchange, not speaker.is_over
            await speaker.hang_up()
        called = await called_back(house, voice, outside)
        yield Aftermath(house, same, went_on_speaking, queued, leaving, talking, went_on, saved, promised, called)


async def called_back(house: House, voice: Voice, outside: SipCaller) -> str:
    """Ben takes the callback that waits; who was called, once they have heard who calls, and Ben."""
    async with house.agent_at_work("ben", finds="offered") as (ben, phone):
        bens = await phone.incoming(30)
        call_id = (await house.agent_is(ben, "offered"))["call"]["call_id"]
        await bens.accept()
        called = await outside.incoming(30)
        await called.accept()
        await hears(called, await voice.say(phrase(Phrase.CALLING_BACK, "en-US", business=PIER_NAME)))
        async with asyncio.timeout(HEAR_SECONDS):
            while "call.connected" not in kinds(
                await house.facts(call_id)
            ):  # a key that came before the service listened is lost
                await called.press("1")
        still_here = await voice.say(STILL_HERE)
        await bens.say(still_here)
        await hears(called, still_here)
        await called.hang_up()
        await bens.ended(30)
    return called.asked("to")


async def test_the_exchange_is_taken_over_with_its_calls(aftermath: Aftermath) -> None:
    assert aftermath.same_exchange
    assert aftermath.went_on_speaking
    assert (await aftermath.house.health())[0] == 200


@pytest.mark.parametrize("who", ["queued", "leaving"])
async def test_a_caller_leaves_the_message_with_the_exchange(aftermath: Aftermath, voice: Voice, who: str) -> None:
    house, caller = aftermath.house, {"queued": aftermath.queued, "leaving": aftermath.leaving}[who]
    facts = await house.ended(caller)
    assert how(facts) == "failed" and one(facts, "call.ended")["data"]["service_died"] is True
    message = await house.message_of(caller)
    assert (message["source"], message["status"]) == ("fallback", "saved")
    assert is_heard(pcm_of(house.clips / f"{message['voice_clip']}.wav"), await voice.say(WORDS))
    await house.relayed(message["id"])


async def test_a_talk_goes_on_without_the_service(aftermath: Aftermath) -> None:
    assert aftermath.talk_went_on
    facts = await aftermath.house.ended(aftermath.talking)
    assert kinds(facts).count("call.connected") == 1


async def test_who_was_promised_a_callback_is_called_by_the_service_that_was_started_again(
    aftermath: Aftermath,
) -> None:
    house, caller = aftermath.house, aftermath.promised
    assert caller in aftermath.called
    (call_id,) = await house.call_ids(caller)
    facts = await house.has(call_id, "call.talk_ended")
    assert how(facts) == "callback"
    order = [kind for kind in kinds(facts) if kind in ("callback.asked", "callback.dialled", "call.connected")]
    assert order == ["callback.asked", "callback.dialled", "call.connected"]


async def test_what_was_said_to_be_saved_is_relayed(aftermath: Aftermath) -> None:
    house, saved = aftermath.house, aftermath.saved
    message = await house.owner.get(f"/api/messages/{saved['id']}")
    assert (message["status"], message["number"], message["answers"]) == ("saved", saved["number"], ANSWERS)
    addresses = {each["address"] for each in await house.relayed(saved["id"])}
    assert addresses == {"office@harbor.test", "+12025550191", "+12025550192"}
    assert {each["address"] for each in await house.outbox(saved["id"])} == addresses


async def test_nothing_is_left_over(aftermath: Aftermath) -> None:
    await aftermath.house.silent()


def exchange_pid(home: Path) -> int:
    return int((home / "asterisk" / "run" / "asterisk.pid").read_text())
