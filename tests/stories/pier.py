"""Businesses made for one story each: no greeting, one queue, and the recipe that the story is about; and a carrier."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from textwrap import indent

from aiohttp import ClientConnectionError

from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.stories.house import House

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
    staffing: {ladder: [{pool: shared}], ring_seconds: 20, wrap_up_seconds: 0}
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
    """The only trunk that leads out, with a telephone of our own for the whole world behind it."""
    async with SipCaller(HOST) as world:
        trunk = await house.owner.post("/api/trunks", {"name": "carrier", "host": HOST, "port": world.port})
        assert trunk["applied"]
        try:
            yield world
        finally:
            with suppress(ClientConnectionError):  # a story may have killed the service
                await house.ask("DELETE", f"/api/trunks/{trunk['id']}")
