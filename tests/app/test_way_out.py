"""The whole service calls somebody over a stored trunk, and plays a business's own hold music to them."""

import asyncio
from pathlib import Path

from accounts.business import Trunk
from accounts.contacts import Ways
from accounts.directory import Directory
from app.service import Service
from app.settings import read_settings
from calls.outbound import NotReached, WhyNot
from ivr.prompts import PlayClip
from telephony.pbx_sounds import tone, write_wav
from telephony.sip_caller import SipCaller
from tests.asterisk.hearing import when_heard
from tests.asterisk.running_pbx import HOST
from tests.patience import PATIENCE
from tests.service_process import ServiceProcess

PERSON, BUSINESS = "+12025550155", "+12025550101"
PROMPT, MUSIC = 600.0, 900.0


async def test_who_is_called_back_hears_prompts_and_the_business_music(home: Path) -> None:
    settings = read_settings(ServiceProcess(home, "up").environment)
    async with SipCaller() as phone:

        async def with_a_way_out(directory: Directory, ways: Ways) -> None:
            await directory.put_trunk(Trunk("carrier", "carrier", host=HOST, port=phone.port))

        service = Service(settings, seed=with_a_way_out, progress=print)
        await service.start()
        try:
            for name, hertz in (("prompt", PROMPT), ("music", MUSIC)):
                write_wav(service.clips.path(name), tone(hertz, 1.0))
            music = await service.hold_music.set("harbor", "people", ["music"])
            called_back = asyncio.create_task(_called_back(service, music))
            call = await phone.incoming(PATIENCE)
            assert call.from_number == BUSINESS
            await call.accept()
            async with asyncio.timeout(PATIENCE):
                while when_heard(call.heard, MUSIC) is None:
                    await asyncio.sleep(0.05)
            assert when_heard(call.heard, PROMPT) is not None
            async with asyncio.timeout(PATIENCE):
                while not called_back.done():  # a key that came before the service listened is lost
                    await call.press("1")
            assert await called_back == "1"
            await call.ended(PATIENCE)

            refused = asyncio.create_task(_called_back(service, music))
            await (await phone.incoming(PATIENCE)).reject()
            assert await refused == WhyNot.BUSY
        finally:
            await service.stop()


async def _called_back(service: Service, music: str) -> str:
    async with service.outbound.dial(PERSON, caller_id=BUSINESS, ring_seconds=PATIENCE) as line:
        if isinstance(line, NotReached):
            return line.reason
        await line.play([PlayClip("prompt")])
        await line.hold_music(True, music)
        return await line.digit(PATIENCE)
