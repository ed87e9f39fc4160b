"""A message that is told by telephone: who is silent has not acknowledged it, who presses 1 has.

A caller leaves a message; the service calls Rosa, then Tom, over a trunk, with sound both ways.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from ivr import words
from ivr.phrases import Phrase, phrase
from telephony.sip_call import SipCall
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.patience import PATIENCE
from tests.stories.house import House, kinds, of_kind, one
from tests.stories.leaving import LANGUAGE, Leaving
from tests.stories.pier import carrier
from tests.stories.sound import Voice, hears, is_heard, pcm_of

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(420)]

NAME, NUMBER = "Quay Street Boats", "+12025550171"
ROSA, TOM = "+12025550195", "+12025550196"
CALLER, WORDS = "Ann Miller.", "The mast is gone."
NEXT_STEP = 60 + 2 * PATIENCE
"""Rosa has a minute."""


def daytime_zone() -> str:
    """A time zone where it is about noon: at night nobody is called to hear who has a message."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+}"  # these count westward


PLAN = f"""\
language: {LANGUAGE}
answer_phrase: Quay Street Boats, how can I help you?
hours: {{time_zone: {daytime_zone()}}}
open: {{message: urgent}}
closed: {{message: urgent}}
forms:
  urgent:
    title: Emergency
    urgency: emergency
    fields:
      - {{key: name, label: Name, type: name}}
      - {{key: phone, label: Phone number, type: phone}}
contacts:
  rosa: {{name: Rosa, voice: "{ROSA}"}}
  tom: {{name: Tom, voice: "{TOM}"}}
deliver:
  - escalate:
      - {{to: rosa, by: voice, wait_minutes: 1}}
      - {{to: tom, by: voice, wait_minutes: 5}}
"""


async def test_who_is_silent_is_no_acknowledgement_and_who_presses_one_is(house: House, voice: Voice) -> None:
    await house.owner.post("/api/businesses", {"id": "quay", "name": NAME, "plan": PLAN})
    await house.owner.put(f"/api/numbers/{NUMBER}", {"business_id": "quay"})
    async with carrier(house) as world:
        message = await leaves_a_message(house, voice)
        number = words.keys(str(message["number"]), LANGUAGE)
        opening = await voice.say(phrase(Phrase.WE_HAVE_MESSAGE, LANGUAGE, business=NAME, number=number))
        way_on = await voice.say(phrase(Phrase.ACCEPT_AGAIN_PASS_ON, LANGUAGE))

        rosa = await called(world, ROSA)
        await hears(rosa, opening)
        await hears(rosa, way_on)
        await rosa.hang_up()
        await has_come_to(house, message, {"rosa": "delivered"})
        [asking] = await house.owner.get(f"/api/messages/{message['id']}/escalations")
        assert (asking["state"], asking["told"][0]) == ("asking", "rosa")

        tom = await called(world, TOM, NEXT_STEP)
        await hears(tom, opening)
        await hears(tom, way_on)
        for clip in ("name_clip", "voice_clip"):
            assert is_heard(tom.heard, pcm_of(house.clips / f"{message[clip]}.wav")), f"no {clip} in the call"
        await tom.press("1")
        await hears(tom, await voice.say(phrase(Phrase.ACCEPTED, LANGUAGE, number=number)))
        await tom.ended(PATIENCE)
        await has_come_to(house, message, {"rosa": "delivered", "tom": "acknowledged"})

        rosa = await called(world, ROSA)
        await hears(rosa, await voice.say(phrase(Phrase.TAKEN_BY, LANGUAGE, number=number, who="Tom")))
        await rosa.hang_up()
        await house.silent()

    [taken] = await house.owner.get(f"/api/messages/{message['id']}/escalations")
    assert (taken["state"], taken["by"], taken["how"], taken["late"]) == ("taken", "Tom", "voice", False)
    facts = await house.facts(message["call_id"])
    assert [fact["data"]["to"] for fact in of_kind(facts, "escalation.step")] == [["rosa"], ["tom"]]
    assert one(facts, "delivery.acknowledged")["data"]["contact"] == "tom"
    assert "delivery.failed" not in kinds(facts)


async def leaves_a_message(house: House, voice: Voice) -> dict[str, Any]:
    """Somebody calls, says name and message, and hangs up."""
    caller = house.new_caller()
    async with SipCaller(HOST) as phone:
        call = await phone.dial(HOST, house.sip_port, NUMBER, caller)
        await call.answered(PATIENCE)
        leaving = Leaving(call, voice)
        await leaving.says_the_name(CALLER)
        await leaving.agrees_to(caller)
        await leaving.says(WORDS)
        await leaving.reviews("1")
        await call.ended(PATIENCE)
    return await house.message_of(caller)


async def called(world: SipCaller, number: str, patience: float = PATIENCE) -> SipCall:
    """That telephone rings, showing the business's number, and is answered."""
    call = await world.incoming(patience)
    assert call.from_number == NUMBER and number in call.asked("to")
    await call.accept()
    return call


async def has_come_to(house: House, message: dict[str, Any], states: dict[str, str]) -> None:
    """The message itself has come so far with those who were called."""

    async def look() -> bool:
        found = await house.owner.get(f"/api/messages/{message['id']}/deliveries")
        return (
            states.items() <= {each["contact"]: each["state"] for each in found if each["purpose"] == "message"}.items()
        )

    await house.until(look, f"the deliveries are not {states}")
