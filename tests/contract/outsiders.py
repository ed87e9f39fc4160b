"""Somebody outside who is called: scripted, and a SIP phone of our own that stands for the carrier of a real trunk."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from calls.clips import Clips
from calls.outbound import OutboundCalls, WhyNot
from telephony.agi_line import LineSettings, press_by
from telephony.agi_server import AgiServer
from telephony.agi_session import AgiSession
from telephony.ami import Ami
from telephony.endpoints import TrunkEndpoint
from telephony.outbound import AsteriskOutbound, is_outbound
from telephony.pbx import PrivateAsterisk
from telephony.sip_caller import SipCall, SipCaller
from tests.asterisk.running_pbx import AGENTS, DEMO_TRUNK, HOST
from tests.calls.outside import ScriptedOutside
from tests.calls.scripted import ScriptedLine
from tests.patience import PATIENCE

PERSON, BUSINESS = "+12025550155", "+12025550101"
REFUSALS = {WhyNot.BUSY: (486, "Busy Here"), WhyNot.REJECTED: (603, "Decline"), WhyNot.FAILED: (503, "No Circuit")}


class Outsider(Protocol):
    """The way out, and the person at the other end of it."""

    calls: OutboundCalls

    async def rings(self) -> str:
        """Return once the phone rings; the number it shows."""

    async def answers(self) -> None: ...

    async def refuses(self, why: WhyNot) -> None: ...

    async def presses(self, keys: str) -> None: ...

    async def hangs_up(self) -> None: ...

    async def is_left(self) -> None:
        """Return once the phone rings no more, or the other side has hung up."""


class ScriptedOutsider:
    """`tests.calls.outside`."""

    def __init__(self, clips: Clips) -> None:
        self._outside = ScriptedOutside(clips, clock=lambda: datetime.now(UTC))
        self.calls: OutboundCalls = self._outside
        self._line: ScriptedLine | None = None

    async def rings(self) -> str:
        return await self._outside.rings(PERSON)

    async def answers(self) -> None:
        self._line = self._outside.answers(PERSON)

    async def refuses(self, why: WhyNot) -> None:
        self._outside.refuses(PERSON, why)

    async def presses(self, keys: str) -> None:
        assert self._line is not None
        self._line.presses(keys)
        await asyncio.sleep(0)

    async def hangs_up(self) -> None:
        assert self._line is not None
        self._line.hangs_up()

    async def is_left(self) -> None:
        if self._line is None:
            await self._outside.stops_ringing(PERSON)
        else:
            assert self._line.done_by_service


class SipOutsider:
    """A phone at the end of a trunk. `ami` is the exchange's manager link."""

    def __init__(self, pbx: PrivateAsterisk, phone: SipCaller, ami: Ami, settings: LineSettings) -> None:
        self.pbx = pbx
        self.ami = ami
        self.asterisk = AsteriskOutbound(ami, lambda: settings)
        self.calls: OutboundCalls = self.asterisk
        self.environments: list[Mapping[str, str]] = []
        self.server = AgiServer(self.serve)
        self._phone = phone
        self._call: SipCall | None = None

    @property
    def call(self) -> SipCall:
        assert self._call is not None, "it has not rung yet"
        return self._call

    async def rings(self) -> str:
        self._call = await self._phone.incoming(PATIENCE)
        return self._call.from_number

    async def answers(self) -> None:
        await self.call.accept()

    async def refuses(self, why: WhyNot) -> None:
        await self.call.reject(*REFUSALS[why])

    async def presses(self, keys: str) -> None:
        await self.call.press(keys)

    async def hangs_up(self) -> None:
        await self.call.hang_up()

    async def is_left(self) -> None:
        await self.call.ended(PATIENCE)

    async def serve(self, session: AgiSession) -> None:
        assert is_outbound(session)
        self.environments.append(session.env)
        await self.asterisk.serve(session)

    async def nothing_left(self) -> None:
        """Return once the exchange has no call out any more."""
        async with asyncio.timeout(PATIENCE):
            while any(one["Uniqueid"].startswith("answerline-out-") for one in await self._channels()):
                await asyncio.sleep(0.05)

    async def _channels(self) -> list[dict[str, str]]:
        return await self.ami.listing("CoreShowChannels")


@asynccontextmanager
async def sip_outsider(pbx: PrivateAsterisk, folder: Path) -> AsyncIterator[SipOutsider]:
    """A real Asterisk with a trunk that leads to our phone, and the service's side of it."""
    clips = Clips(folder / "clips")
    ami = Ami(HOST, pbx.settings.ami_port, pbx.settings.ami_user, pbx.ami_secret())

    async def no_prompt(_: object) -> str:
        raise AssertionError("nothing is said here")

    settings = LineSettings(no_prompt, clips.path, lambda number: f"PJSIP/{number}@carrier", press_by(ami))
    async with SipCaller() as phone:
        outsider = SipOutsider(pbx, phone, ami, settings)
        await pbx.use_endpoints([DEMO_TRUNK, TrunkEndpoint("carrier", host=f"{HOST}:{phone.port}")], AGENTS)
        await outsider.server.start(port=pbx.settings.agi_port)
        try:
            await ami.start(PATIENCE)
            yield outsider
        finally:
            await outsider.server.close(grace=5.0)
            await outsider.asterisk.close()
            await ami.close()
            await pbx.use_endpoints([DEMO_TRUNK], AGENTS)
