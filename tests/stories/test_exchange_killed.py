"""Asterisk dies in mid-call: it is noticed and mended, and agents' telephones ring again."""

import os
import signal
from typing import Any

import pytest

from tests.asterisk.running_pbx import HOST
from tests.patience import PATIENCE
from tests.service_process import PASSWORD
from tests.stories.caller import pressing
from tests.stories.house import HARBOR, House, how, one

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

EMERGENCY = "9"


async def test_the_service_gets_over_the_death_of_asterisk(house: House) -> None:
    async def health_is(status: int) -> dict[str, Any] | None:
        now, told = await house.health()
        return told if now == status else None

    async with house.agent_at_work("ana") as (ana, phone):
        async with pressing(house, HARBOR, EMERGENCY) as talker:
            await (await phone.incoming(PATIENCE)).accept()
            await house.agent_is(ana, "talking")
            async with pressing(house, HARBOR, EMERGENCY) as waiter:
                await house.has_come_to(waiter.from_number, "call.said_wait")
                os.kill(int((house.service.home / "asterisk" / "run" / "asterisk.pid").read_text()), signal.SIGKILL)
                noticed = await house.until(lambda: health_is(503), "nobody noticed")
                assert "Asterisk" in noticed["parts"]["asterisk"]
                await house.agent_is(ana, "wrap-up")
                await house.until(lambda: health_is(200), "it was not mended")

        assert how(await house.ended(talker.from_number)) == "answered"
        assert how(await house.ended(waiter.from_number)) == "abandoned"
        await house.silent()

        await phone.register(HOST, house.sip_port, "ana", PASSWORD)
        if not await ana.state_is("available"):  # the wrap-up may be over by itself
            await ana.post("/api/agent/resume")
        await house.agent_is(ana, "available")
        async with pressing(house, HARBOR, EMERGENCY) as next_caller:
            ringing = await phone.incoming(PATIENCE)
            await ringing.accept()
            await house.agent_is(ana, "talking")
            await ana.post("/api/agent/hang-up")
            assert one(await house.ended(next_caller.from_number), "call.connected")["agent_id"] == "ana"
    await house.silent()
