"""Calls that are not taken: to a number nobody has, and from a caller a business does not want."""

import pytest

from ivr.phrases import Phrase, phrase
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.patience import PATIENCE
from tests.stories.house import HARBOR, NORTHWIND, House, how, kinds
from tests.stories.sound import Voice, hears, hears_speech, is_heard

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]


async def test_a_number_that_nobody_has_is_refused_politely(house: House, voice: Voice) -> None:
    caller = house.new_caller()
    heard = await heard_until_the_end(house, "+12025550199", caller)
    assert is_heard(heard, await voice.say(phrase(Phrase.UNKNOWN_NUMBER, "en-US")))
    facts = await house.ended(caller)
    assert how(facts) == "refused"
    assert facts[0]["data"] == {"dialled": "+12025550199", "caller": caller}
    await house.silent()


async def test_a_blocked_caller_is_refused_by_that_business_alone(house: House, voice: Voice) -> None:
    caller = house.new_caller()
    await house.owner.put(f"/api/callers/{caller}?business=harbor", {"kind": "blocked", "note": "rang all night"})
    heard = await heard_until_the_end(house, HARBOR, caller)
    assert is_heard(heard, await voice.say(phrase(Phrase.BLOCKED, "en-US")))
    facts = await house.ended(caller)
    assert how(facts) == "refused" and kinds(facts) == ["call.started", "call.sorted", "call.ended"]

    async with SipCaller(HOST) as phone:
        call = await phone.dial(HOST, house.sip_port, NORTHWIND, caller)
        await call.answered(PATIENCE)
        await hears_speech(call)
        await call.press("#")  # past the greeting
        asked = await voice.say(phrase(Phrase.SAY_YOUR_NAME, "en-US"))
        await hears(call, asked)
        await call.hang_up()
    await house.silent()


async def heard_until_the_end(house: House, number: str, caller: str) -> bytes:
    async with SipCaller(HOST) as phone:
        call = await phone.dial(HOST, house.sip_port, number, caller)
        await call.answered(PATIENCE)
        await call.ended(PATIENCE)
        return call.heard
