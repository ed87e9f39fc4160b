"""Each operation of a queue's recipe, and the order of callers, on a real exchange. Callbacks: test_callbacks.py.

A further pool is asked in test_pools.py.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ivr.phrases import Phrase, phrase
from telephony.pbx_sounds import tone, write_wav
from telephony.sip_caller import SipCaller
from tests.asterisk.hearing import when_heard
from tests.asterisk.running_pbx import HOST
from tests.asterisk.sipp import Cue, HangUp, Step
from tests.patience import PATIENCE
from tests.stories.caller import Caller, calling
from tests.stories.house import Fact, House, at, how, kinds, of_kind, one
from tests.stories.leaving import Leaving
from tests.stories.pier import PIER_NAME, Pier, carrier, new_pier
from tests.stories.sound import Voice, hears, is_heard, pcm_of, reaches

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp, pytest.mark.asyncio(loop_scope="session")]

ON_CUE: list[Step] = [Cue(), HangUp()]
FROZEN = "The harbor is frozen today, and our boats come by sledge."
HELLO, GOOD_DAY = "Hello, is this the boat yard?", "Yes, the boat yard, good day to you."
NAME = "Tom Baker, of Pier Street."
MUSIC_HERTZ = 900.0


async def test_a_skill_is_relaxed_and_another_dropped_and_the_trace_says_so(house: House, tmp_path: Path) -> None:
    pier = await new_pier(
        house,
        "{when: {waited: 1}, relax: {es: 2}}",
        "{when: {waited: 2}, drop: boats}",
        queue="skills: {es: 4, boats: 1}\n",
    )
    async with (
        speaking(house, "cara", 2),
        house.agent_at_work("ben") as (ben, _),
        house.agent_at_work("cara") as (_, phone),
        calling(house, pier.number, ON_CUE, tmp_path) as caller,
    ):
        ringing = await phone.incoming(PATIENCE)
        assert await ben.state_is("available")
        await caller.cue()
        await caller.over()
        await ringing.ended(PATIENCE)
        facts = await house.ended(caller.number)
    assert one(facts, "call.queued")["data"]["needs"] == {"es": 4, "boats": 1}
    relaxed, dropped = steps(facts)
    assert (relaxed["do"], relaxed["skill"], relaxed["level"]) == ("relax_skill", "es", 2)
    assert (dropped["do"], dropped["skill"]) == ("drop_skill", "boats")
    offer = one(facts, "offer.made")
    assert offer["agent_id"] == "cara"
    assert (at(offer) - at(one(facts, "call.queued"))).total_seconds() > 1.9
    told = await house.trace((await house.call_ids(caller.number))[0])
    for line in (
        "Step 1 of the recipe, after 1 s: is content with es at level 2.",
        "Step 2 of the recipe, after 2 s: does without boats.",
        "Without the skill: Ben.",
        "Chose Cara.",
    ):
        assert line in told
    await house.silent()


async def test_vips_before_emergencies_before_who_was_raised_before_the_others(house: House, tmp_path: Path) -> None:
    plain, raised = await new_pier(house), await new_pier(house, "{when: {waited: 1}, raise_priority: 30}")
    emergency, for_vips = await new_pier(house, queue="priority: 50\n"), await new_pier(house)
    vip = house.new_caller()
    await house.owner.put(f"/api/callers/{vip}?business={for_vips.id}", {"kind": "vip", "note": ""})
    async with house.agent_at_work("ben") as (ben, phone), AsyncExitStack() as stack:
        await ben.post("/api/agent/pause", {"reason": "break"})

        async def calls(pier: Pier, comes_to: str, number: str | None = None) -> Caller:
            caller = await stack.enter_async_context(calling(house, pier.number, ON_CUE, tmp_path, number))
            await house.has_come_to(caller.number, comes_to)
            return caller

        last, third = await calls(plain, "call.queued"), await calls(raised, "call.step")
        second, first = await calls(emergency, "call.queued"), await calls(for_vips, "call.queued", vip)
        await ben.post("/api/agent/resume")
        for caller in (first, second, third, last):
            ringing = await phone.incoming(PATIENCE)
            await ringing.accept()
            assert (await house.agent_is(ben, "talking"))["call"]["caller"] == caller.number
            await caller.cue()
            await caller.over()
            await ringing.ended(PATIENCE)
    assert steps(await house.ended(third.number))[0]["by"] == 30
    for caller in (first, second, third, last):
        assert how(await house.ended(caller.number)) == "answered"
    await house.silent()


async def test_a_caller_hears_the_business_music_and_words_and_supervisors_are_told(
    house: House, voice: Voice, tmp_path: Path
) -> None:
    pier = await new_pier(house, f"{{when: {{waited: 2}}, announce: '{FROZEN}'}}", "{when: {waited: 3}, alert: true}")
    write_wav(tmp_path / "sea.wav", tone(MUSIC_HERTZ, 1.0))
    await pier.plays_on_hold((tmp_path / "sea.wav").read_bytes())
    frozen = await voice.say(FROZEN)
    caller = house.new_caller()
    async with SipCaller(HOST) as phone:
        call = await phone.dial(HOST, house.sip_port, pier.number, caller)
        await call.answered(PATIENCE)
        await hears(call, frozen)
        heard = len(call.heard)

        async def music() -> bool:
            return when_heard(call.heard[heard:], MUSIC_HERTZ) is not None

        await house.until(music, "the business's own music was not heard")

        async def told() -> list[str]:
            floor = await house.owner.get("/api/floor")
            return [each["text"] for each in floor["notices"] if PIER_NAME in each["text"]]

        (notice,) = await house.until(told, "there is no notice on the floor")
        await call.hang_up()
    facts = await house.ended(caller)
    announced, alerted = steps(facts)
    assert (announced["do"], alerted["do"]) == ("announce", "alert")
    assert announced["waited"] >= 2 and alerted["waited"] >= 3
    assert notice == f"A caller of {PIER_NAME} has waited {alerted['waited']:.0f} seconds."
    assert how(facts) == "abandoned"
    await house.silent()


async def test_a_message_that_is_offered_is_left_and_relayed(house: House, voice: Voice) -> None:
    pier = await new_pier(house, "{when: {waited: 1}, offer: message}")
    caller = house.new_caller()
    async with SipCaller(HOST) as phone:
        call = await phone.dial(HOST, house.sip_port, pier.number, caller)
        await call.answered(PATIENCE)
        await hears(call, await voice.say(phrase(Phrase.PRESS_1_FOR_MESSAGE, "en-US")))
        await call.press("1")
        await Leaving(call, voice).says_the_name(NAME)
        await call.hang_up()
    facts = await house.ended(caller)
    assert steps(facts)[0]["do"] == "offer_message"
    assert how(facts) == "message"
    message = await house.message_of(caller)
    assert message["status"] == "partial"
    assert is_heard(pcm_of(house.clips / f"{message['name_clip']}.wav"), await voice.say(NAME))
    assert {each["address"] for each in await house.relayed(message["id"])} == {"office@pier.test"}
    await house.silent()


async def test_who_calls_when_nobody_is_signed_in_is_led_to_a_message(house: House, voice: Voice) -> None:
    pier = await new_pier(house, "{when: {nobody: signed_in}, message: standard}")
    caller = house.new_caller()
    async with SipCaller(HOST) as phone:
        call = await phone.dial(HOST, house.sip_port, pier.number, caller)
        await call.answered(PATIENCE)
        await hears(call, await voice.say(phrase(Phrase.NO_ONE_FREE, "en-US")))
        await call.hang_up()
    facts = await house.ended(caller)
    assert steps(facts)[0]["do"] == "go_to_message"
    assert "offer.made" not in kinds(facts)
    await house.silent()


async def test_a_caller_is_put_through_to_a_number_outside(house: House, voice: Voice) -> None:
    outside = "+12025550188"
    pier = await new_pier(house, f"{{when: {{waited: 1}}, forward: '{outside}'}}")
    hello, good_day = await voice.say(HELLO), await voice.say(GOOD_DAY)
    caller = house.new_caller()
    async with carrier(house) as network, SipCaller(HOST) as phone:
        call = await phone.dial(HOST, house.sip_port, pier.number, caller)
        await call.answered(PATIENCE)
        reached = await network.incoming(PATIENCE)
        assert outside in reached.asked("to")
        await reached.accept()
        await reaches(call, hello, reached)
        await reaches(reached, good_day, call)
        await reached.hang_up()
        await call.ended(PATIENCE)
    facts = await house.ended(caller)
    assert steps(facts)[0]["do"] == "forward"
    assert how(facts) == "forwarded"
    await house.silent()


@asynccontextmanager
async def speaking(house: House, agent: str, level: int) -> AsyncIterator[None]:
    """That agent speaks Spanish no better than so."""
    path = f"/api/people/{agent}"
    person = await house.owner.get(path)
    await house.owner.put(path, as_given(person) | {"skills": person["skills"] | {"es": level}})
    try:
        yield
    finally:
        await house.owner.put(path, as_given(person))


def as_given(person: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in person.items() if key != "id"}


def steps(facts: list[Fact]) -> list[dict[str, Any]]:
    """What the recipe did, in order."""
    return [fact["data"] for fact in of_kind(facts, "call.step")]
