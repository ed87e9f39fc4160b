"""A caller with real speech reaches an agent, who hears it and takes the message."""

from pathlib import Path

import pytest

from ivr.phrases import Phrase, phrase
from tests.asterisk.sipp import Cue, Press, Speak, Step, Wait, WaitForBye
from tests.stories.caller import calling
from tests.stories.house import HARBOR, House, how, kinds, one, until
from tests.stories.sound import Voice, is_heard, pcm_of

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp, pytest.mark.asyncio(loop_scope="session")]

ANSWERS = {
    "name": "Rosa Diaz",
    "phone": "+12025550147",
    "address": "12 Canal Street",
    "reason": "The boiler is cold.",
    "customer": "new",
}


async def test_an_agent_hears_the_caller_and_takes_the_message(house: House, voice: Voice, tmp_path: Path) -> None:
    name, reason = await voice.say("Rosa Diaz, calling from Canal Street."), await voice.say("Our boiler is cold.")
    wait = await voice.seconds(phrase(Phrase.SAY_YOUR_NAME, "en-US")) + 0.8
    steps: list[Step] = [Press("1"), Wait(wait), *[Speak(name)] * 2, Press("#"), Cue(), Speak(reason), WaitForBye(40)]
    async with house.agent_at_work("ana") as (ana, phone), calling(house, HARBOR, steps, tmp_path) as caller:
        ringing = await phone.incoming(40)
        assert ringing.from_number == caller.number
        await ringing.accept()
        card = (await house.agent_is(ana, "talking"))["call"]
        assert card["business"] == "Harbor Plumbing"

        await caller.cue()

        async def heard() -> bool:
            return is_heard(ringing.heard, reason)

        await until(heard, "the agent did not hear the caller")
        path = f"/api/messages/{card['message_id']}"
        draft = await ana.get(path)
        typed = {"revision": draft["revision"], "answers": ANSWERS, "name_said_as": "ROH-sa DEE-as"}
        saved = await ana.post(f"{path}/save", typed)
        assert saved["status"] == "saved"
        await ana.post("/api/agent/hang-up")
        await ringing.ended(10)
        await caller.over()
        assert (await ana.get("/api/agent"))["view"]["state"] == "wrap-up"

    facts = await house.ended(caller.number)
    assert how(facts) == "answered"
    assert one(facts, "call.connected")["agent_id"] == "ana"
    assert one(facts, "call.talk_ended")["data"]["how"] == "agent"
    assert kinds(facts).count("message.saved") == 1
    assert is_heard(pcm_of(house.clips / f"{saved['name_clip']}.wav"), name)

    deliveries = await house.relayed(saved["id"])
    assert {each["address"] for each in deliveries} == {"office@harbor.test", "+12025550191"}
    kept = await house.outbox(saved["id"])
    sent = {each["channel"]: each for each in kept}
    assert set(sent) == {"email", "sms"} and len(kept) == 2
    for text in (sent["email"]["text"], sent["sms"]["text"]):
        assert "The boiler is cold." in text and str(saved["number"]) in text
    assert saved["name_clip"] in [each["clip_id"] for each in sent["email"]["attachments"]]
    await house.silent()
