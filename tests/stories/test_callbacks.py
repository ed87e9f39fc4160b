"""Callers who hang up, keep their place, and are called over a trunk when their turn comes, with sound both ways.

What becomes of a kept place when the service is killed: test_service_killed.py.
"""

import pytest

from ivr.phrases import Phrase, phrase
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.patience import PATIENCE
from tests.stories.house import House, how, kinds, of_kind, one
from tests.stories.pier import asks_to_be_called_back, carrier, new_pier, takes_the_call_back
from tests.stories.sound import Voice, hears, reaches

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

OFFER = "{when: {waited: 1}, offer: callback}"
HELLO, GOOD_DAY = "Good day, this is the boat yard.", "Hello, thank you for calling me back."
ANSWERS = {"name": "Rosa Diaz", "phone": "+12025550147", "reason": "The mast is gone."}


async def test_who_keeps_the_place_is_called_and_talks_and_the_message_is_relayed(house: House, voice: Voice) -> None:
    pier, caller = await new_pier(house, OFFER), house.new_caller()
    hello, good_day = await voice.say(HELLO), await voice.say(GOOD_DAY)
    async with carrier(house) as world, house.agent_at_work("ben") as (ben, phone):
        await ben.post("/api/agent/pause", {"reason": "break"})
        await asks_to_be_called_back(house, voice, pier, caller)
        (call_id,) = await house.call_ids(caller)
        assert [each["stage"] for each in (await house.owner.get("/api/floor"))["calls"]] == ["callback"]

        await ben.post("/api/agent/resume")
        ringing = await phone.incoming(PATIENCE)
        assert (await house.agent_is(ben, "offered"))["call"]["callback"] == caller
        await ringing.accept()
        called = await world.incoming(PATIENCE)
        assert called.from_number == pier.number and caller in called.asked("to")
        await takes_the_call_back(house, voice, called, call_id)
        card = (await house.agent_is(ben, "talking"))["call"]

        await reaches(ringing, hello, called)
        await reaches(called, good_day, ringing)
        path = f"/api/messages/{card['message_id']}"
        draft = await ben.get(path)
        saved = await ben.post(f"{path}/save", {"revision": draft["revision"], "answers": ANSWERS})
        await ben.post("/api/agent/hang-up")
        await called.ended(PATIENCE)
        await house.silent()

    facts = await house.facts(call_id)
    assert how(facts) == "callback"
    order = ("callback.asked", "offer.made", "callback.dialled", "call.connected", "message.saved", "call.talk_ended")
    assert [kind for kind in kinds(facts) if kind in order] == list(order)
    assert one(facts, "callback.dialled")["data"] == {"try": 1}
    assert (saved["call_id"], saved["caller"]) == (call_id, caller)
    assert {each["address"] for each in await house.relayed(saved["id"])} == {"office@pier.test"}


async def test_who_is_not_reached_is_tried_later_and_has_the_place_when_they_call(house: House, voice: Voice) -> None:
    pier, caller = await new_pier(house, OFFER), house.new_caller()
    async with carrier(house) as world, house.agent_at_work("ben") as (ben, phone):
        await ben.post("/api/agent/pause", {"reason": "break"})
        await asks_to_be_called_back(house, voice, pier, caller)
        (first,) = await house.call_ids(caller)
        await ben.post("/api/agent/resume")
        await (await phone.incoming(PATIENCE)).accept()
        await (await world.incoming(PATIENCE)).reject()

        facts = await house.has(first, "callback.unanswered")
        assert one(facts, "callback.unanswered")["data"] == {"try": 1, "why": "busy"}
        await house.agent_is(ben, "available")

        async def put_off() -> bool:
            later = of_kind(await house.facts(first), "call.decided")[-1]["data"]
            return later.get("chosen") is None and later["skipped"].get("not_yet") == ["ben"]

        await house.until(put_off, "the next try was not put off with the agent free")
        assert [each["stage"] for each in (await house.owner.get("/api/floor"))["calls"]] == ["callback"]

        async with SipCaller(HOST) as outside:
            again = await outside.dial(HOST, house.sip_port, pier.number, caller)
            await again.answered(PATIENCE)
            ringing = await phone.incoming(PATIENCE)
            await hears(again, await voice.say(phrase(Phrase.PLACE_KEPT, "en-US")))
            await ringing.accept()
            card = (await house.agent_is(ben, "talking"))["call"]
            assert card["caller"] == caller and card["callback"] is None
            await again.hang_up()
        await house.silent()

    async def ended_later() -> str | None:
        return next((each for each in await house.call_ids(caller) if each != first), None)

    second = await house.until(ended_later, "the second call did not end")
    assert one(await house.facts(first), "call.merged")["data"] == {"with": second, "place": "given"}
    facts = await house.facts(second)
    assert one(facts, "call.merged")["data"] == {"with": first, "place": "taken"}
    assert how(facts) == "answered"
    assert kinds(await house.facts(first)).count("callback.dialled") == 1
