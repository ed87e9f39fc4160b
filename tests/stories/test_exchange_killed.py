"""Asterisk dies in mid-call: it is noticed and mended, and agents' telephones ring again."""

import os
import signal
from pathlib import Path

import pytest

from tests.asterisk.running_pbx import HOST
from tests.asterisk.sipp import Press, Step, Wait
from tests.service_process import PASSWORD
from tests.stories.caller import calling
from tests.stories.house import HARBOR, House, how, one, until

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp, pytest.mark.asyncio(loop_scope="session")]

MENDED_SECONDS = 20.0
STAYS: list[Step] = [Press("9"), Wait(60)]


async def test_the_service_gets_over_the_death_of_asterisk(house: House, tmp_path: Path) -> None:
    async def health_is(status: int) -> bool:
        return (await house.health())[0] == status

    async with house.agent_at_work("ana") as (ana, phone):
        async with (
            calling(house, HARBOR, STAYS, tmp_path) as talker,
            calling(house, HARBOR, STAYS, tmp_path) as waiter,
        ):
            talk = await phone.incoming(30)
            await talk.accept()
            await house.agent_is(ana, "talking")
            await house.has_come_to(waiter.number, "call.said_wait")
            await house.has_come_to(talker.number, "call.said_wait")

            os.kill(int((house.service.home / "asterisk" / "run" / "asterisk.pid").read_text()), signal.SIGKILL)
            await until(lambda: health_is(503), "nobody noticed", 10)
            assert "Asterisk" in (await house.health())[1]["parts"]["asterisk"]
            await until(lambda: health_is(200), "it was not mended", MENDED_SECONDS)

        outcomes = {how(await house.ended(each.number)) for each in (talker, waiter)}
        assert outcomes == {"answered", "abandoned"}
        await house.silent()

        await phone.register(HOST, house.sip_port, "ana", PASSWORD)
        await house.agent_is(ana, "wrap-up")
        await ana.post("/api/agent/resume")
        await house.agent_is(ana, "available")
        async with calling(house, HARBOR, STAYS, tmp_path) as next_caller:
            ringing = await phone.incoming(30)
            await ringing.accept()
            await house.agent_is(ana, "talking")
            await ana.post("/api/agent/hang-up")
            assert one(await house.ended(next_caller.number), "call.connected")["agent_id"] == "ana"
    await house.silent()
