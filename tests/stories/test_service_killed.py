"""kill -9 of the service: callers are looked after by the exchange alone, and nothing that was kept is lost."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ivr.phrases import Phrase, phrase
from telephony.pbx_fetch import AsteriskBinary
from telephony.sip_caller import SipCall, SipCaller
from tests.asterisk.hearing import when_heard
from tests.asterisk.running_pbx import HOST
from tests.service_process import ServiceProcess
from tests.stories.house import HARBOR, NORTHWIND, furnish, how, kinds, moved_in, one, until
from tests.stories.sound import Voice, is_heard, pcm_of

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

BEEP_HERTZ = 880.0
ANSWERS = {"name": "Rosa Diaz", "phone": "+12025550147", "matter": "family", "reason": "She asks for a lawyer."}


@pytest_asyncio.fixture(loop_scope="module")
async def service(tmp_path: Path, spoken: Path) -> AsyncIterator[ServiceProcess]:
    """A service that may be killed and started again; whatever outlives it is ended."""
    await furnish(tmp_path / "home", spoken)
    made = ServiceProcess(tmp_path / "home", "up")
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


async def start_again(service: ServiceProcess) -> None:
    service.lines.clear()
    await service.start()


async def hears(call: SipCall, words: bytes, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not is_heard(call.heard, words):
            await call.listen(0.2)


async def beep(call: SipCall, after: int) -> None:
    """Returns once a recording tone was heard in what came since `after` bytes."""
    async with asyncio.timeout(30):
        while when_heard(call.heard[after:], BEEP_HERTZ) is None:
            await call.listen(0.2)


async def test_callers_in_a_queue_and_in_a_voicemail_leave_their_message_with_the_exchange(
    service: ServiceProcess, asterisk_binary: AsteriskBinary, voice: Voice
) -> None:
    asked = await voice.say(phrase(Phrase.SAY_YOUR_NAME, "en-US"))
    words = await voice.say("The cellar is full of water, please hurry.")
    async with SipCaller(HOST) as phone:
        async with moved_in(service, asterisk_binary) as house, house.agent_at_work("ben") as (ben, _):
            await ben.post("/api/agent/pause", {"reason": "lunch"})
            queued, leaving = house.new_caller(), house.new_caller()
            waiter = await phone.dial(HOST, house.sip_port, HARBOR, queued)
            speaker = await phone.dial(HOST, house.sip_port, NORTHWIND, leaving)
            await asyncio.gather(waiter.answered(10), speaker.answered(10))
            await waiter.press("9")
            await house.has_come_to(queued, "call.queued")
            await hears(speaker, asked)
            before = [len(waiter.heard), len(speaker.heard)]
            pbx_pid = int((service.home / "asterisk" / "run" / "asterisk.pid").read_text())
            await service.kill()

        for call, after in zip((waiter, speaker), before, strict=True):
            await beep(call, after)
            assert not call.is_over
        await asyncio.gather(waiter.say(words), speaker.say(words))
        await waiter.hang_up()
        await start_again(service)
        async with moved_in(service, asterisk_binary) as house:
            assert int((service.home / "asterisk" / "run" / "asterisk.pid").read_text()) == pbx_pid
            assert not speaker.is_over, "the exchange was taken over, but not with its calls"
            await speaker.hang_up()
            for caller in (queued, leaving):
                facts = await house.ended(caller)
                assert how(facts) == "failed" and one(facts, "call.ended")["data"]["service_died"] is True
                message = await house.message_of(caller)
                assert (message["source"], message["status"]) == ("fallback", "saved")
                assert is_heard(pcm_of(house.clips / f"{message['voice_clip']}.wav"), words)
                await house.relayed(message["id"])
            assert (await house.health())[0] == 200
            await house.silent()


async def test_what_was_said_to_be_saved_is_relayed_though_the_service_dies_at_once(
    service: ServiceProcess, asterisk_binary: AsteriskBinary, voice: Voice
) -> None:
    async with SipCaller(HOST) as outside:
        async with moved_in(service, asterisk_binary) as house, house.agent_at_work("ben") as (ben, phone):
            caller = house.new_caller()
            call = await outside.dial(HOST, house.sip_port, NORTHWIND, caller)
            await call.answered(10)
            ringing = await phone.incoming(60)
            await ringing.accept()
            card = (await house.agent_is(ben, "talking"))["call"]
            path = f"/api/messages/{card['message_id']}"
            typed = {"revision": (await ben.get(path))["revision"], "answers": ANSWERS}
            saved = await ben.post(f"{path}/save", typed)
            await service.kill()
        await call.hang_up()
        await start_again(service)
        async with moved_in(service, asterisk_binary) as house:
            message = await house.owner.get(f"/api/messages/{saved['id']}")
            assert message["answers"] == ANSWERS and message["number"] == saved["number"]
            deliveries = await house.relayed(saved["id"])
            assert [each["address"] for each in deliveries] == ["+12025550193"]
            assert set(await house.outbox(saved["id"])) == {"sms"}
            facts = await house.ended(caller)
            assert kinds(facts).count("call.ended") == 1

            async def none_left() -> bool:
                return not await house.channels()

            await until(none_left, "a channel is left over")
