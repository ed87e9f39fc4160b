"""Hanging up at every step of a call: one end on record, nothing left over, agents free again."""

import asyncio
from pathlib import Path

import pytest

from telephony.sip_call import SipCall
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.asterisk.sipp import Cue, HangUp
from tests.patience import PATIENCE
from tests.stories.caller import calling, pressing
from tests.stories.house import HARBOR, NORTHWIND, Fact, House, how, kinds
from tests.stories.leaving import Leaving
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
NAME = "Ann Miller, of Ocean Avenue."


async def hang_up_without_ears(house: House, step: str, folder: Path) -> str:
    """SIPp hangs up in the greeting, or after it; the caller's number."""
    async with calling(house, HARBOR, [Cue(), HangUp()], folder / step) as caller:
        await house.has_come_to(caller.number, "call.started" if step == "greeting" else "call.greeted")
        await caller.cue()
        await caller.over()
    return caller.number


async def hang_up_at(house: House, voice: Voice, step: str) -> str:
    """Somebody comes so far with Harbor, where no agent is needed, and hangs up; their number."""
    async with pressing(house, HARBOR, "1" if step == "name" else "2") as call:
        leaving = Leaving(call, voice)
        if step in ("name", "voicemail name"):
            await leaving.hangs_up_saying(NAME)
            return call.from_number
        await leaving.says_the_name(NAME)
        if step == "number":
            await leaving.is_asked()
        else:
            await leaving.answers("1")
        if step == "recording":
            await leaving.hangs_up_saying(NAME)
        elif step == "review":
            await leaving.says(NAME)
            await leaving.ends()
            await leaving.is_asked()
        await call.hang_up()
    return call.from_number


async def test_hanging_up_at_each_step_before_an_agent(house: House, voice: Voice, tmp_path: Path) -> None:
    async def facts_of(step: str) -> list[Fact]:
        if step in ("greeting", "menu"):
            return await house.ended(await hang_up_without_ears(house, step, tmp_path))
        return await house.ended(await hang_up_at(house, voice, step))

    calls = dict(zip(STEPS, await asyncio.gather(*map(facts_of, STEPS)), strict=True))
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


async def test_hanging_up_on_music_while_it_rings_and_in_the_talk(house: House, voice: Voice) -> None:
    async with (
        house.agent_at_work("ana") as (ana, anas_phone),
        house.agent_at_work("ben") as (ben, bens_phone),
        pressing(house, NORTHWIND, "#") as talker,
    ):
        await Leaving(talker, voice).says_the_name(NAME)
        bens = await bens_phone.incoming(PATIENCE)
        await bens.accept()
        await house.agent_is(ben, "talking")
        (ring_of, anas), music_of = await asyncio.gather(
            gives_up_while_it_rings(house, voice, anas_phone), gives_up_on_music(house, voice)
        )
        await anas.ended(PATIENCE)
        assert anas.status == 487
        await house.agent_is(ana, "available")
        await talker.hang_up()
        await bens.ended(PATIENCE)
        await house.agent_is(ben, "wrap-up")

        talk, ring, music = [await house.ended(each) for each in (talker.from_number, ring_of, music_of)]
    assert [how(facts) for facts in (talk, ring, music)] == ["answered", "abandoned", "abandoned"]
    assert "call.connected" not in kinds(ring) and "offer.made" in kinds(ring)
    assert "offer.made" not in kinds(music)
    await house.silent()


async def gives_up_while_it_rings(house: House, voice: Voice, phone: SipCaller) -> tuple[str, SipCall]:
    """The caller's number, and the call as that agent's telephone had it."""
    async with pressing(house, HARBOR, "1") as ringer:
        await Leaving(ringer, voice).says_the_name(NAME)
        rung = await phone.incoming(PATIENCE)
        await ringer.hang_up()
    return ringer.from_number, rung


async def gives_up_on_music(house: House, voice: Voice) -> str:
    """The caller's number."""
    async with pressing(house, NORTHWIND, "#") as waiter:
        await Leaving(waiter, voice).says_the_name(NAME)
        await house.has_come_to(waiter.from_number, "call.said_wait")
        await waiter.hang_up()
    return waiter.from_number


def _message(facts: list[Fact]) -> str | None:
    return next((kind for kind in kinds(facts) if kind.startswith("message.")), None)
