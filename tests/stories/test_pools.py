"""Who is rung: by language, the business's own agent first, and a caller who was missed stays first in line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ivr.prompts import Say
from tests.asterisk.sipp import Cue, HangUp, Step
from tests.patience import PATIENCE
from tests.stories.caller import calling, pressing
from tests.stories.house import HARBOR, LAKESIDE, OWN_SECONDS, RING_SECONDS, House, at, kinds, of_kind, one
from tests.stories.leaving import Leaving
from tests.stories.pier import new_pier
from tests.stories.sound import Voice, hears

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp, pytest.mark.asyncio(loop_scope="session")]

ON_CUE: list[Step] = [Cue(), HangUp()]
EMERGENCY = "9"
"""Harbor's emergency line asks for no name."""
SPANISH_ONE = [
    Say(f"{words}, oprima uno.", "es-US")
    for words in ("Para hablar con alguien", "Para hablar con nuestro servicio de recepción")
]
"""Lakeside's menu by day and when it is closed."""


async def test_a_caller_who_chose_spanish_rings_only_who_speaks_it(house: House, voice: Voice) -> None:
    second_menus = [await voice.say(prompt) for prompt in SPANISH_ONE]
    async with (
        house.agent_at_work("ben") as (ben, _),
        house.agent_at_work("cara") as (cara, caras_phone),
        pressing(house, LAKESIDE, "2") as call,
    ):
        await hears(call, *second_menus)
        await call.press("1")
        await Leaving(call, voice).says_the_name("Rosa Diaz, de la calle Canal.")
        ringing = await caras_phone.incoming(PATIENCE)
        assert (await house.agent_is(cara, "offered"))["call"]["language"] == "es-US"
        assert await ben.state_is("available")
        await call.hang_up()
        await ringing.ended(PATIENCE)
        facts = await house.ended(call.from_number)
    assert list(one(facts, "call.queued")["data"]["needs"]) == ["es"]
    assert one(facts, "offer.made")["agent_id"] == "cara"
    decided = of_kind(facts, "call.decided")[-1]["data"]
    assert decided["chosen"] == "cara"
    assert ["ben"] in decided["skipped"].values()
    await house.silent()


async def test_the_businesss_own_agent_first_then_the_shared_pool(house: House) -> None:
    async with (
        house.agent_at_work("ana") as (_, anas_phone),
        house.agent_at_work("ben") as (ben, bens_phone),
        pressing(house, HARBOR, EMERGENCY) as call,
    ):
        anas = await anas_phone.incoming(PATIENCE)
        bens = await bens_phone.incoming(PATIENCE)
        await anas.ended(PATIENCE)  # which of the two Asterisk sends first, CANCEL or INVITE, is open
        await bens.accept()
        await house.agent_is(ben, "talking")
        await ben.post("/api/agent/hang-up")
        await call.ended(PATIENCE)
        facts = await house.ended(call.from_number)
    first, second = of_kind(facts, "offer.made")
    assert (first["agent_id"], first["data"]["rung"]) == ("ana", 0)
    assert (second["agent_id"], second["data"]["rung"]) == ("ben", 1)
    missed = one(facts, "offer.missed")
    assert missed["data"]["why"] == "missed"
    (widened,) = of_kind(facts, "call.step")
    assert widened["data"]["do"] == "add_rung" and widened["data"]["waited"] >= OWN_SECONDS
    assert facts.index(first) < facts.index(widened) < facts.index(missed) < facts.index(second)
    assert (at(missed) - at(first)).total_seconds() >= RING_SECONDS - 1  # from the INVITE, which may take a moment
    assert (at(second) - at(missed)).total_seconds() < RING_SECONDS
    await house.silent()


async def test_a_caller_whose_offer_was_missed_stays_first_in_line(house: House, tmp_path: Path) -> None:
    pier = await new_pier(house)
    async with rings_for(house, "ben", RING_SECONDS), house.agent_at_work("ben") as (ben, phone):
        await ben.post("/api/agent/pause", {"reason": "break"})
        async with calling(house, pier.number, ON_CUE, tmp_path) as first:
            await house.has_come_to(first.number, "call.queued")
            async with calling(house, pier.number, ON_CUE, tmp_path) as second:
                await house.has_come_to(second.number, "call.queued")
                await ben.post("/api/agent/resume")
                missed = await phone.incoming(PATIENCE)
                await missed.ended(PATIENCE)
                again = await phone.incoming(PATIENCE)
                await again.accept()
                card = (await house.agent_is(ben, "talking"))["call"]
                assert card["caller"] == first.number
                for caller in (second, first):
                    await caller.cue()
                    await caller.over()
                one_before, other = await house.ended(first.number), await house.ended(second.number)
    assert [fact["agent_id"] for fact in of_kind(one_before, "offer.made")] == ["ben", "ben"]
    assert "offer.made" not in kinds(other)
    await house.silent()


@asynccontextmanager
async def rings_for(house: House, agent: str, seconds: int) -> AsyncIterator[None]:
    """That agent has a ring time of their own."""
    path = f"/api/people/{agent}"
    person = await house.owner.get(path)
    as_given = {key: person[key] for key in person if key != "id"}
    await house.owner.put(path, as_given | {"ring_seconds": seconds})
    try:
        yield
    finally:
        await house.owner.put(path, as_given)
