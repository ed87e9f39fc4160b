"""Businesses made for one story each: no greeting, one queue, and the recipe that the story is about; and a carrier."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from textwrap import indent

from ivr.ask import say_number_back
from ivr.phrases import Phrase, phrase
from telephony.sip_call import SipCall
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.patience import PATIENCE
from tests.stories.house import House, how, kinds
from tests.stories.sound import Voice, hears

LANGUAGE = "en-US"
PIER_NAME = "Pier Street Boats"

EXIT = "- {when: {waited: 600}, offer: message}"
"""What every recipe ends with, so that no caller could wait for ever; no story takes that long."""

_PLAN = """\
language: en-US
answer_phrase: Pier Street Boats, how can I help you?
hours: {time_zone: UTC}
open: {queue: people}
closed: {queue: people}
queues:
  people:
    form: standard
    staffing: {ladder: [{pool: shared}], ring_seconds: 60, wrap_up_seconds: 0}
"""
_REST = """\
forms:
  standard:
    title: Message
    fields:
      - {key: name, label: Name, type: name}
      - {key: phone, label: Phone number, type: phone}
      - {key: reason, label: Reason for calling, type: long_text}
contacts:
  office: {name: Pier office, email: office@pier.test}
deliver:
  - {to: office, by: [email]}
"""

_places = count(110)


@dataclass(frozen=True)
class Pier:
    """A business that came to be for one story: its id, and the number it is called at."""

    id: str
    number: str
    house: House

    async def plays_on_hold(self, wav: bytes) -> None:
        """Who waits hears this recording of the business's own."""
        path = f"/api/businesses/{self.id}"
        clip = json.loads(await self.house.ask("POST", f"{path}/recordings?name=Sea", wav, "audio/wav"))["id"]
        plan = (await self.house.ask("GET", f"{path}/plan")).decode()
        music = plan.replace("    overflow:\n", f"    hold_music: [{{clip: {clip}}}]\n    overflow:\n")
        await self.house.ask("PUT", f"{path}/plan", music.encode(), "text/yaml")


async def new_pier(house: House, *overflow: str, queue: str = "") -> Pier:
    """A new business with these steps of overflow; `queue` are more lines of its queue."""
    place = next(_places)
    steps = "\n".join([*(f"- {step}" for step in overflow), EXIT])
    plan = f"{_PLAN}{indent(queue, '    ')}    overflow:\n{indent(steps, '      ')}\n{_REST}"
    pier = Pier(f"pier-{place}", f"+12025550{place}", house)
    await house.owner.post("/api/businesses", {"id": pier.id, "name": PIER_NAME, "plan": plan})
    await house.owner.put(f"/api/numbers/{pier.number}", {"business_id": pier.id})
    return pier


@asynccontextmanager
async def carrier(house: House) -> AsyncIterator[SipCaller]:
    """A telephone of our own that stands for everybody outside; the trunk to it is the only one that leads out."""
    async with SipCaller(HOST) as world:
        trunk = await lead_out(house, world)
        try:
            yield world
        finally:
            await house.ask("DELETE", f"/api/trunks/{trunk}")


async def lead_out(house: House, world: SipCaller) -> str:
    """Makes a trunk by which the service calls that telephone; its id."""
    trunk = await house.owner.post("/api/trunks", {"name": "carrier", "host": HOST, "port": world.port})
    assert trunk["applied"]
    return str(trunk["id"])


async def asks_to_be_called_back(house: House, voice: Voice, pier: Pier, caller: str) -> None:
    """Calls, presses 1 for a callback and 1 for the number that is read back, and is told that the place is kept."""
    async with SipCaller(HOST) as phone:
        call = await phone.dial(HOST, house.sip_port, pier.number, caller)
        await call.answered(PATIENCE)
        for asked in (phrase(Phrase.PRESS_1_FOR_CALLBACK, LANGUAGE), say_number_back(caller, LANGUAGE)):
            await hears(call, await voice.say(asked))
            await call.press("1")
        await hears(call, await voice.say(phrase(Phrase.WILL_CALL_BACK, LANGUAGE)))
        await call.hang_up()
    assert how(await house.ended(caller)) == "callback"


async def takes_the_call_back(house: House, voice: Voice, called: SipCall, call_id: str) -> None:
    """Answers, hears who calls, and presses 1 until it is taken: a key between two prompts is not listened to."""
    await called.accept()
    await hears(called, await voice.say(phrase(Phrase.CALLING_BACK, LANGUAGE, business=PIER_NAME)))

    async def connected() -> bool:
        await called.press("1")
        return "call.connected" in kinds(await house.facts(call_id))

    await house.until(connected, "who was called back was not connected")
