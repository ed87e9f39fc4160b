"""A caller with real speech reaches an agent, who hears it and takes the message."""

import pytest

from tests.patience import PATIENCE
from tests.stories.caller import pressing
from tests.stories.house import HARBOR, House, how, kinds, one
from tests.stories.leaving import Leaving
from tests.stories.sound import Voice, is_heard, pcm_of, reaches

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

NAME = "Rosa Diaz, calling from Canal Street."
ANSWERS = {
    "name": "Rosa Diaz",
    "phone": "+12025550147",
    "address": "12 Canal Street",
    "reason": "The boiler is cold.",
    "customer": "new",
}


async def test_an_agent_hears_the_caller_and_takes_the_message(house: House, voice: Voice) -> None:
    reason = await voice.say("Our boiler is cold.")
    async with house.agent_at_work("ana") as (ana, phone), pressing(house, HARBOR, "1") as call:
        await Leaving(call, voice).says_the_name(NAME)
        ringing = await phone.incoming(PATIENCE)
        assert ringing.from_number == call.from_number
        await ringing.accept()
        card = (await house.agent_is(ana, "talking"))["call"]
        assert card["business"] == "Harbor Plumbing"
        await reaches(call, reason, ringing)
        path = f"/api/messages/{card['message_id']}"
        draft = await ana.get(path)
        typed = {"revision": draft["revision"], "answers": ANSWERS, "name_said_as": "ROH-sa DEE-as"}
        saved = await ana.post(f"{path}/save", typed)
        assert saved["status"] == "saved"
        await ana.post("/api/agent/hang-up")
        await house.agent_is(ana, "wrap-up")
        await ringing.ended(PATIENCE)
        await call.ended(PATIENCE)

    facts = await house.ended(call.from_number)
    assert how(facts) == "answered"
    assert one(facts, "call.connected")["agent_id"] == "ana"
    assert one(facts, "call.talk_ended")["data"]["how"] == "agent"
    assert kinds(facts).count("message.saved") == 1
    assert is_heard(pcm_of(house.clips / f"{saved['name_clip']}.wav"), await voice.say(NAME))

    deliveries = await house.relayed(saved["id"])
    assert {each["address"] for each in deliveries} == {"office@harbor.test", "+12025550191"}
    kept = await house.outbox(saved["id"])
    sent = {each["channel"]: each for each in kept}
    assert set(sent) == {"email", "sms"} and len(kept) == 2
    for text in (sent["email"]["text"], sent["sms"]["text"]):
        assert "The boiler is cold." in text and str(saved["number"]) in text
    assert saved["name_clip"] in [each["clip_id"] for each in sent["email"]["attachments"]]
    await house.silent()
