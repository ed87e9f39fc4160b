"""Callers sorted on a real exchange: a VIP goes past the menu, who calls too often is asked for a message."""

import pytest

from ivr.phrases import Phrase, phrase
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.patience import PATIENCE
from tests.stories.house import HARBOR, LAKESIDE, House, how, kinds, one
from tests.stories.sound import Voice, hears

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

TAKEN = 10
"""How many calls of one caller a plan without caps of its own takes in ten minutes."""


async def test_a_vip_goes_past_the_menu_to_an_agent_who_sees_it(house: House) -> None:
    caller = house.new_caller()
    await house.owner.put(f"/api/callers/{caller}?business=harbor", {"kind": "vip", "note": "The landlord"})
    async with house.agent_at_work("ana") as (ana, phone), SipCaller(HOST) as outside:
        call = await outside.dial(HOST, house.sip_port, HARBOR, caller)
        await call.answered(PATIENCE)  # says no name, presses nothing
        ringing = await phone.incoming(PATIENCE)
        await ringing.accept()
        card = (await house.agent_is(ana, "talking"))["call"]
        assert (card["caller"], card["vip"], card["vip_note"]) == (caller, True, "The landlord")
        floor = await house.owner.get("/api/floor")
        assert [each["vip"] for each in floor["calls"]] == [True]
        await call.hang_up()
        facts = await house.ended(caller)
    assert one(facts, "call.sorted")["data"] == {"as": "vip", "then": "straight", "list": "business"}
    assert "call.greeted" not in kinds(facts)
    assert how(facts) == "answered"
    await house.silent()


async def test_who_calls_again_and_again_is_asked_for_a_message(house: House, voice: Voice) -> None:
    caller = house.new_caller()
    too_often = await voice.say(phrase(Phrase.CAPPED_MESSAGE, "en-US"))
    async with SipCaller(HOST) as phone:
        for _ in range(TAKEN):
            call = await phone.dial(HOST, house.sip_port, LAKESIDE, caller)
            await call.answered(PATIENCE)
            await call.hang_up()
        await house.until(lambda: have_ended(house, caller, TAKEN), "the first calls did not end")
        call = await phone.dial(HOST, house.sip_port, LAKESIDE, caller)
        await call.answered(PATIENCE)
        await hears(call, too_often)
        await call.hang_up()
    newest, *before = await house.until(lambda: have_ended(house, caller, TAKEN + 1), "the last call did not end")
    assert one(await house.facts(newest), "call.sorted")["data"] == {"as": "capped", "then": "message"}
    for call_id in before:
        assert "call.sorted" not in kinds(await house.facts(call_id))
    await house.silent()


async def have_ended(house: House, caller: str, count: int) -> list[str] | None:
    """The ids of that caller's ended calls, once there are so many."""
    found = await house.call_ids(caller)
    return found if len(found) >= count else None
