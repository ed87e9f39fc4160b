"""Two services side by side, one home for one service, and nothing left when it is told to stop."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from ivr.phrases import Phrase, phrase
from telephony.pbx_fetch import AsteriskBinary
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.patience import PATIENCE
from tests.service_process import ServiceProcess, processes_of
from tests.stories.house import House, furnish, how, moved_in
from tests.stories.sound import Voice, is_heard

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

NOBODYS = "+12025550199"


async def refused_call(house: House, caller: str) -> bytes:
    async with SipCaller(HOST) as phone:
        call = await phone.dial(HOST, house.sip_port, NOBODYS, caller)
        await call.answered(PATIENCE)
        await call.ended(PATIENCE)
        return call.heard


async def test_two_side_by_side_and_one_home_for_one_service(
    house: House, asterisk_binary: AsteriskBinary, spoken: Path, voice: Voice, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    await furnish(home, spoken)
    async with ServiceProcess(home, "up") as service:
        async with moved_in(service, asterisk_binary) as other:
            caller = "+14155559999"
            refusal = await voice.say(phrase(Phrase.UNKNOWN_NUMBER, "en-US"))
            heard = await asyncio.gather(*(refused_call(each, caller) for each in (house, other)))
            assert all(is_heard(each, refusal) for each in heard)
            for each in (house, other):
                assert how(await each.ended(caller)) == "refused"

            second = ServiceProcess(home, "up")
            await second.start()
            assert await second.ended(PATIENCE) == 1
            assert "is running already" in second.lines[-1] and "ANSWERLINE_HOME" in second.lines[-1]
            assert (await other.health())[0] == 200

        os.kill(service.pid, signal.SIGINT)
        assert await service.ended(PATIENCE) == 0
        assert processes_of(home) == []
    assert (await house.health())[0] == 200


async def test_a_port_that_is_taken_is_named(tmp_path: Path, spoken: Path) -> None:
    home = tmp_path / "home"
    await furnish(home, spoken)
    service = ServiceProcess(home, "up")
    with socket.create_server((HOST, service.http_port)):
        await service.start()
        assert await service.ended(PATIENCE) == 1
    assert "ANSWERLINE_HTTP_PORT" in service.lines[-1], service.lines
    assert processes_of(home) == []
