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

from telephony.pbx_fetch import AsteriskBinary
from telephony.sip_call import SipCall
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.patience import PATIENCE
from tests.service_process import ServiceProcess
from tests.stories.house import HARBOR, House, furnish, how, kinds, moved_in, one
from tests.stories.pier import asks_to_be_called_back, lead_out, new_pier, takes_the_call_back
from tests.stories.sound import Voice, hears_beep, hears_speech, is_heard, pcm_of, reaches

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(420)]

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
            talker = await calls(outside, house, talking, "9")
            bens = await phone.incoming(PATIENCE)
            await bens.accept()
            card = (await house.agent_is(ben, "talking"))["call"]
            pier = await new_pier(house, "{when: {waited: 1}, offer: callback}")
            await lead_out(house, outside)
            await asks_to_be_called_back(house, voice, pier, promised)
            waiter, speaker = await asyncio.gather(
                calls(outside, house, queued, "9"), calls(outside, house, leaving, "2")
            )
            await hears_beep(speaker, len(speaker.heard))  # asked for the name; the next tone is the exchange's own
            await house.has_come_to(queued, "call.said_wait")

            still_here, words = await voice.say(STILL_HERE), await voice.say(WORDS)
            path = f"/api/messages/{card['message_id']}"
            typed = {"revision": (await ben.get(path))["revision"], "answers": ANSWERS}
            before = {call: len(call.heard) for call in (waiter, speaker)}
            exchange = exchange_pid(home)
            saved = await ben.post(f"{path}/save", typed)
            await service.kill()

            await asyncio.gather(
                reaches(talker, still_here, bens), *(leaves(call, since, words) for call, since in before.items())
            )
            await talker.hang_up()
        await waiter.hang_up()

        service.lines.clear()
        async with asyncio.TaskGroup() as meanwhile:
            meanwhile.create_task(speaker.say(words * 40))  # silence would end the message before the service is there
            await service.start()
            house = await stack.enter_async_context(moved_in(service, asterisk_binary))
            same, went_on_speaking = exchange_pid(home) == exchange, not speaker.is_over
            await speaker.hang_up()
        called = await called_back(house, voice, outside)
        yield Aftermath(house, same, went_on_speaking, queued, leaving, talking, saved, promised, called)


async def calls(outside: SipCaller, house: House, caller: str, key: str) -> SipCall:
    """A call to Harbor in which that key was pressed."""
    call = await outside.dial(HOST, house.sip_port, HARBOR, caller)
    await call.answered(PATIENCE)
    await hears_speech(call)
    await call.press(key)
    return call


async def leaves(call: SipCall, since: int, words: bytes) -> None:
    """The exchange asks for a message, in what was heard after `since` bytes, and gets it."""
    await hears_beep(call, since)
    await call.say(words)


async def called_back(house: House, voice: Voice, outside: SipCaller) -> str:
    """Ben takes the callback that waits; who was called, once they have heard who calls, and Ben."""
    async with house.agent_at_work("ben", finds="offered") as (ben, phone):
        bens = await phone.incoming(PATIENCE)
        call_id = (await house.agent_is(ben, "offered"))["call"]["call_id"]
        await bens.accept()
        called = await outside.incoming(PATIENCE)
        await takes_the_call_back(house, voice, called, call_id)
        await reaches(bens, await voice.say(STILL_HERE), called)
        await called.hang_up()
        await bens.ended(PATIENCE)
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
