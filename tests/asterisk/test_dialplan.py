"""What the thin dialplan promises the service: its last word, the bound on a hung call, devices as data."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from telephony.endpoints import AgentDevice, TrunkEndpoint
from telephony.pbx import PrivateAsterisk
from telephony.pbx_fetch import AsteriskBinary
from telephony.pbx_sounds import tone
from telephony.sip_caller import CallFailed, SipCall, SipCaller
from tests.asterisk.hearing import when_heard
from tests.asterisk.running_pbx import (
    AGENT_SECRET,
    AGENTS,
    DEMO_TRUNK,
    GREETING_HERTZ,
    HOST,
    free_settings,
    speak_tone,
)
from tests.asterisk.tones import LOOK_SECONDS, hears_tone
from tests.patience import PATIENCE

BEEP_HERTZ = 880.0
Service = Callable[["Channel"], Awaitable[None]]


class Channel:
    """The plainest FastAGI there can be: one command, one line of reply."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.environment: dict[str, str] = {}

    async def begin(self) -> None:
        while line := (await self._reader.readline()).decode().strip():
            name, _, value = line.partition(": ")
            self.environment[name] = value

    async def ask(self, command: str) -> str:
        self._writer.write(f"{command}\n".encode())
        await self._writer.drain()
        return (await self._reader.readline()).decode().strip()


@asynccontextmanager
async def service(port: int, serve: Service) -> AsyncIterator[list[dict[str, str]]]:
    """A service on the AGI port; yields the environments of the calls it was given."""
    seen: list[dict[str, str]] = []
    tasks: set[asyncio.Task[None] | None] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        channel = Channel(reader, writer)
        try:
            await channel.begin()
            seen.append(channel.environment)
            await serve(channel)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(connected, HOST, port)
    try:
        yield seen
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*(task for task in tasks if task is not None))


async def call_to(phone: SipCaller, pbx: PrivateAsterisk, number: str = "+12025550101") -> SipCall:
    return await phone.dial(HOST, pbx.settings.sip_port, number, "+12025550177")


@pytest.mark.parametrize("number", ["+12025550101", "12025550101", "2025550101"])
async def test_a_call_the_service_finished_ends(pbx: PrivateAsterisk, number: str) -> None:
    async def finish(channel: Channel) -> None:
        await channel.ask("ANSWER")
        await channel.ask("SET VARIABLE ANSWERLINE_DONE 1")

    async with service(pbx.settings.agi_port, finish) as seen, SipCaller(HOST) as phone:
        call = await call_to(phone, pbx, number)
        await call.ended(deadline=PATIENCE)
        assert when_heard(call.heard, GREETING_HERTZ) is None
    assert [(env["agi_extension"], env["agi_callerid"]) for env in seen] == [(number, "+12025550177")]


async def test_a_service_that_dies_in_mid_call_leaves_the_caller_to_the_fallback(pbx: PrivateAsterisk) -> None:
    async def die(channel: Channel) -> None:
        await channel.ask("ANSWER")

    async with service(pbx.settings.agi_port, die), SipCaller(HOST) as phone:
        call = await call_to(phone, pbx)
        await call.answered(deadline=PATIENCE)
        await hears_tone(call, GREETING_HERTZ)


async def test_a_service_that_hangs_gives_the_caller_back_in_the_end(
    asterisk_binary: AsteriskBinary, tmp_path: Path
) -> None:
    pbx = PrivateAsterisk(asterisk_binary, tmp_path, free_settings(longest_call_seconds=2), speak_tone)
    over = asyncio.Event()

    async def hang(channel: Channel) -> None:
        await channel.ask("ANSWER")
        await over.wait()

    await pbx.use_endpoints([DEMO_TRUNK], [])
    await pbx.start()
    try:
        async with service(pbx.settings.agi_port, hang), SipCaller(HOST) as phone:
            call = await call_to(phone, pbx)
            await call.answered(deadline=PATIENCE)
            try:
                await hears_tone(call, GREETING_HERTZ)
                await hears_tone(call, BEEP_HERTZ)
            finally:
                over.set()
            async with asyncio.timeout(PATIENCE):
                while len(list(pbx.home.fallback_messages.glob("*_+12025550101_*.wav"))) != 1:
                    await asyncio.sleep(LOOK_SECONDS)
            await call.hang_up()
    finally:
        await pbx.stop()


async def test_devices_change_without_disturbing_a_call(pbx: PrivateAsterisk) -> None:
    port = pbx.settings.sip_port
    dora = AgentDevice("dora", "d0ra")
    async with SipCaller(HOST) as talking, SipCaller(HOST) as newcomer:
        call = await talking.dial(HOST, port, "*43", "ana", AGENT_SECRET)
        await call.answered(deadline=PATIENCE)
        with pytest.raises(CallFailed):
            await newcomer.register(HOST, port, "dora", "d0ra")
        try:
            await pbx.use_endpoints([DEMO_TRUNK, TrunkEndpoint("carrier", host="192.0.2.1")], [*AGENTS, dora])
            await newcomer.register(HOST, port, "dora", "d0ra")
            await call.say(tone(600, 0.5))
            await hears_tone(call, 600)
            assert not call.is_over
        finally:
            await pbx.use_endpoints([DEMO_TRUNK], AGENTS)
        with pytest.raises(CallFailed):
            await newcomer.register(HOST, port, "dora", "d0ra")


async def test_a_phone_needs_its_secret_and_a_trunk_cannot_be_named_by_a_stranger(pbx: PrivateAsterisk) -> None:
    port = pbx.settings.sip_port
    async with SipCaller(HOST) as phone:
        with pytest.raises(CallFailed) as refused:
            await phone.register(HOST, port, "ana", "not it")
        assert refused.value.status == 401
        posing = await phone.dial(HOST, port, "+12025550101", "ana")
        with pytest.raises(CallFailed):
            await posing.answered(deadline=PATIENCE)


async def test_an_agents_phone_dials_nothing_but_the_self_test(pbx: PrivateAsterisk) -> None:
    async with SipCaller(HOST) as phone:
        call = await phone.dial(HOST, pbx.settings.sip_port, "+12025550101", "ana", AGENT_SECRET)
        with pytest.raises(CallFailed) as refused:
            await call.answered(deadline=PATIENCE)
        assert refused.value.status == 503


async def test_a_registered_phone_is_rung_and_talks(pbx: PrivateAsterisk) -> None:
    async def ring_ana(channel: Channel) -> None:
        await channel.ask("EXEC Dial PJSIP/ana,20")
        await channel.ask("SET VARIABLE ANSWERLINE_DONE 1")

    async with service(pbx.settings.agi_port, ring_ana), SipCaller(HOST) as phone, SipCaller(HOST) as caller:
        await phone.register(HOST, pbx.settings.sip_port, "ana", AGENT_SECRET)
        outside = await call_to(caller, pbx)
        inside = await phone.incoming(deadline=PATIENCE)
        assert inside.from_number == "+12025550177"
        await inside.accept()
        await outside.answered(deadline=PATIENCE)
        for speaker, hearer, hertz in ((outside, inside, 600), (inside, outside, 900)):
            speaking = asyncio.create_task(speaker.say(tone(hertz, PATIENCE)))  # they may be joined a little later
            await hears_tone(hearer, hertz)
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)
        for keys, by, so_far in (("42", "rtp", "42"), ("7", "info", "427")):
            await outside.press(keys, by=by)
            async with asyncio.timeout(PATIENCE):
                while len(inside.digits_heard) < len(so_far):
                    await asyncio.sleep(LOOK_SECONDS)
            assert inside.digits_heard == so_far
        await inside.hang_up()
        await outside.ended(deadline=PATIENCE)


async def test_a_caller_who_gives_up_stops_the_ringing(pbx: PrivateAsterisk) -> None:
    async def ring_ana(channel: Channel) -> None:
        await channel.ask("EXEC Dial PJSIP/ana,20")

    async with service(pbx.settings.agi_port, ring_ana), SipCaller(HOST) as phone, SipCaller(HOST) as caller:
        await phone.register(HOST, pbx.settings.sip_port, "ana", AGENT_SECRET)
        outside = await call_to(caller, pbx)
        inside = await phone.incoming(deadline=PATIENCE)
        await outside.hang_up()
        await inside.ended(deadline=PATIENCE)
        assert inside.status == 487
