"""Hanging up at every step of a call: one end on record, nothing left over, agents free again."""

import asyncio
from pathlib import Path

import pytest

from ivr.phrases import Phrase, phrase
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.asterisk.sipp import Cue, HangUp, Press, Speak, Step, Wait
from tests.stories.caller import calling
from tests.stories.house import HARBOR, NORTHWIND, Fact, House, how, kinds
from tests.stories.sound import Voice

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp, pytest.mark.asyncio(loop_scope="session")]

GIVEN_UP_AFTER = (0.0, 0.005, 0.02, 0.05, 0.1, 0.2)
"""Seconds from the INVITE: some give up before the answer, some just after it."""


async def test_giving_up_while_it_rings(house: House) -> None:
    async def give_up(seconds: float) -> str:
        caller = house.new_caller()
        async with SipCaller(HOST) as phone:
            call = await phone.dial(HOST, house.sip_port, HARBOR, caller)
            await asyncio.sleep(seconds)
            await call.hang_up()
        return caller

    callers = await asyncio.gather(*map(give_up, GIVEN_UP_AFTER))
    await house.silent()
    for caller in callers:
        # Who gave up before Asterisk had asked the service never was in the house.
        for call_id in await house.call_ids(caller):
            facts = await house.facts(call_id)
            assert how(facts) == "abandoned" and kinds(facts).count("call.ended") == 1


STEPS = ("greeting", "menu", "name", "voicemail name", "number", "recording", "review")


def steps_to(step: str, asked: float, name: bytes) -> list[Step]:
    """The caller's way to that step of a call to Harbor, where no agent is needed; `asked` is the prompt's length."""
    heard = Wait(asked + 1.0)
    named: list[Step] = [heard, Speak(name), Press("#"), Wait(1.0)]
    recording: list[Step] = [Press("2"), *named, Press("1"), Wait(0.8), Press("#"), Wait(0.8), Speak(name)]
    match step:
        case "greeting" | "menu":
            return [Cue()]
        case "name":
            return [Press("1"), heard, Speak(name + name)]
        case "voicemail name":
            # Twice, so that a service that is slow to ask still hears the second.
            return [Press("2"), heard, Speak(name + name)]
        case "number":
            return [Press("2"), *named]
        case "recording":
            return recording
        case "review":
            return [*recording, Press("#"), Wait(1.0)]
        case _:
            raise AssertionError(step)


async def test_hanging_up_at_each_step_before_an_agent(house: House, voice: Voice, tmp_path: Path) -> None:
    asked = await voice.seconds(phrase(Phrase.SAY_YOUR_NAME, "en-US"))
    name = await voice.say("Ann Miller, of Ocean Avenue.")

    async def hang_up_at(step: str) -> list[Fact]:
        steps: list[Step] = [*steps_to(step, asked, name), HangUp()]
        async with calling(house, HARBOR, steps, tmp_path / step.replace(" ", "-")) as caller:
            if step in ("greeting", "menu"):
                await house.has_come_to(caller.number, "call.started" if step == "greeting" else "call.greeted")
                await caller.cue()
            await caller.over()
        return await house.ended(caller.number)

    calls = dict(zip(STEPS, await asyncio.gather(*map(hang_up_at, STEPS)), strict=True))
    await house.silent()
    assert {step: (how(facts), _message(facts)) for step, facts in calls.items()} == {
        "greeting": ("abandoned", None),
        "menu": ("abandoned", None),
        "name": ("abandoned", None),
        "voicemail name": ("message", "message.partial"),
        "number": ("message", "message.partial"),
        "recording": ("message", "message.saved"),
        "review": ("message", "message.saved"),
    }
    for facts in calls.values():
        assert "call.queued" not in kinds(facts)


async def test_hanging_up_on_music_while_it_rings_and_in_the_talk(house: House, voice: Voice, tmp_path: Path) -> None:
    wait = Wait(await voice.seconds(phrase(Phrase.SAY_YOUR_NAME, "en-US")) + 1.0)
    name = await voice.say("Ann Miller.")
    named: list[Step] = [wait, Speak(name), Press("#"), Cue(), HangUp()]
    greeted = Wait(0.5 + await voice.seconds(phrase(Phrase.GOODBYE, "en-US")))
    async with (
        house.agent_at_work("ana") as (ana, anas_phone),
        house.agent_at_work("ben") as (ben, bens_phone),
        calling(house, NORTHWIND, [Press("#"), greeted, *named], tmp_path / "talk") as talker,
        calling(house, HARBOR, [Press("1"), *named], tmp_path / "ring") as ringer,
    ):
        bens = await bens_phone.incoming(40)
        await bens.accept()
        await house.agent_is(ben, "talking")
        anas = await anas_phone.incoming(40)
        async with calling(house, NORTHWIND, [Press("#"), greeted, *named], tmp_path / "music") as waiter:
            await house.has_come_to(waiter.number, "call.said_wait")
            await waiter.cue()
            await waiter.over()
        await ringer.cue()
        await ringer.over()
        await anas.ended(10)
        assert anas.status == 487
        await house.agent_is(ana, "available")
        await talker.cue()
        await talker.over()
        await bens.ended(10)
        await house.agent_is(ben, "wrap-up")

        talk, ring, music = [await house.ended(each.number) for each in (talker, ringer, waiter)]
    assert [how(facts) for facts in (talk, ring, music)] == ["answered", "abandoned", "abandoned"]
    assert "call.connected" not in kinds(ring) and "offer.made" in kinds(ring)
    assert "offer.made" not in kinds(music)
    await house.silent()


def _message(facts: list[Fact]) -> str | None:
    return next((kind for kind in kinds(facts) if kind.startswith("message.")), None)
