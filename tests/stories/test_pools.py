"""Who is rung: by language, the business's own agent first, and a caller who was missed stays first in line."""

from pathlib import Path

import pytest

from ivr.phrases import Phrase, phrase
from tests.asterisk.sipp import Cue, HangUp, Press, Speak, Step, Wait, WaitForBye
from tests.stories.caller import calling
from tests.stories.house import HARBOR, LAKESIDE, OWN_SECONDS, RING_SECONDS, House, at, kinds, of_kind, one
from tests.stories.sound import Voice

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp, pytest.mark.asyncio(loop_scope="session")]

ON_CUE: list[Step] = [Press("9"), Cue(), HangUp()]
"""Harbor's emergency line asks for no name."""


async def test_a_caller_who_chose_spanish_rings_only_who_speaks_it(house: House, voice: Voice, tmp_path: Path) -> None:
    wait = Wait(await voice.seconds(phrase(Phrase.SAY_YOUR_NAME, "es-US")) + 0.8)
    name = await voice.say("Rosa Diaz, de la calle Canal.")
    steps: list[Step] = [Press("2"), Wait(0.5), Press("1"), wait, Speak(name), Press("#"), Cue(), HangUp()]
    async with (
        house.agent_at_work("ben") as (ben, _),
        house.agent_at_work("cara") as (cara, caras_phone),
        calling(house, LAKESIDE, steps, tmp_path) as caller,
    ):
        ringing = await caras_phone.incoming(40)
        assert (await house.agent_is(cara, "offered"))["call"]["language"] == "es-US"
        assert await ben.state_is("available")
        await caller.cue()
        await caller.over()
        await ringing.ended(10)
        facts = await house.ended(caller.number)
    assert list(one(facts, "call.queued")["data"]["needs"]) == ["es"]
    assert one(facts, "offer.made")["agent_id"] == "cara"
    decided = of_kind(facts, "call.decided")[-1]["data"]
    assert decided["chosen"] == "cara"
    assert ["ben"] in decided["skipped"].values()
    await house.silent()


async def test_the_businesss_own_agent_first_then_the_shared_pool(house: House, tmp_path: Path) -> None:
    async with (
        house.agent_at_work("ana") as (_, anas_phone),
        house.agent_at_work("ben") as (ben, bens_phone),
        calling(house, HARBOR, [Press("9"), WaitForBye(60)], tmp_path) as caller,
    ):
        anas = await anas_phone.incoming(30)
        bens = await bens_phone.incoming(30)
        await anas.ended(10)  # which of the two Asterisk sends first, CANCEL or INVITE, is open
        await bens.accept()
        await house.agent_is(ben, "talking")
        await ben.post("/api/agent/hang-up")
        await caller.over()
        facts = await house.ended(caller.number)
    first, second = of_kind(facts, "offer.made")
    assert (first["agent_id"], first["data"]["rung"]) == ("ana", 0)
    assert (second["agent_id"], second["data"]["rung"]) == ("ben", 1)
    assert one(facts, "offer.missed")["data"]["why"] == "missed"
    (widened,) = of_kind(facts, "call.step")
    assert widened["data"]["do"] == "add_rung" and OWN_SECONDS <= widened["data"]["waited"] < OWN_SECONDS + 2
    waited = (at(second) - at(one(facts, "call.queued"))).total_seconds()
    assert OWN_SECONDS <= waited < RING_SECONDS + 3
    await house.silent()


async def test_a_caller_whose_offer_was_missed_stays_first_in_line(house: House, tmp_path: Path) -> None:
    async with (
        house.agent_at_work("ben") as (ben, phone),
        calling(house, HARBOR, ON_CUE, tmp_path) as first,
    ):
        missed = await phone.incoming(30)
        async with calling(house, HARBOR, ON_CUE, tmp_path) as second:
            await house.has_come_to(second.number, "call.queued")
            await missed.ended(20)
            again = await phone.incoming(20)
            await again.accept()
            card = (await house.agent_is(ben, "talking"))["call"]
            assert card["caller"] == first.number
            for caller in (first, second):
                await caller.cue()
                await caller.over()
            one_before, other = await house.ended(first.number), await house.ended(second.number)
    assert [fact["agent_id"] for fact in of_kind(one_before, "offer.made")] == ["ben", "ben"]
    assert "offer.made" not in kinds(other)
    await house.silent()
