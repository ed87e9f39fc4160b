"""Calls out on a real Asterisk, where they end otherwise than a conversation does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from calls.outbound import NotReached, WhyNot
from ivr.line import Line, LineFault
from telephony.agi_line import LineSettings
from telephony.outbound import AsteriskOutbound
from telephony.pbx import PrivateAsterisk
from telephony.pbx_fetch import AsteriskBinary
from telephony.sip_caller import SipCall
from tests.asterisk.hearing import when_heard
from tests.asterisk.running_pbx import GREETING_HERTZ, free_settings, speak_tone
from tests.contract.outsiders import BUSINESS, PERSON, SipOutsider, sip_outsider
from tests.patience import PATIENCE


@pytest.fixture
async def outsider(pbx: PrivateAsterisk, tmp_path: Path) -> AsyncIterator[SipOutsider]:
    async with sip_outsider(pbx, tmp_path) as somebody:
        yield somebody


async def reached(calls: AsteriskOutbound, ring_seconds: float = PATIENCE) -> Line | NotReached:
    async with calls.dial(PERSON, caller_id=BUSINESS, ring_seconds=ring_seconds) as line:
        return line


def messages_of(outsider: SipOutsider) -> set[Path]:
    """What callers of the whole run left at the fallback."""
    return set(outsider.pbx.home.fallback_messages.iterdir())


async def hears_the_goodbye(call: SipCall) -> None:
    """The exchange's own sentence, and the end of the call: nobody is asked for a message."""
    await call.ended(PATIENCE)
    assert when_heard(call.heard, GREETING_HERTZ) is not None


@pytest.mark.parametrize(
    ("status", "why"), [(404, WhyNot.REJECTED), (480, WhyNot.NO_ANSWER), (600, WhyNot.BUSY), (500, WhyNot.FAILED)]
)
async def test_what_a_carrier_says(outsider: SipOutsider, status: int, why: WhyNot) -> None:
    calling = asyncio.create_task(reached(outsider.asterisk))
    await outsider.rings()
    await outsider.call.reject(status, "No")
    assert await calling == NotReached(why)


async def test_without_a_trunk_or_an_exchange_nobody_is_reached(outsider: SipOutsider, tmp_path: Path) -> None:
    def no_way_out(number: str) -> str:
        raise LineFault("no trunk leads out")

    for dial_string in (no_way_out, lambda number: f"PJSIP/{number}@no-such-trunk"):
        settings = LineSettings(lambda prompt: asyncio.sleep(0, ""), lambda clip: tmp_path, dial_string)
        calls = AsteriskOutbound(outsider.ami, lambda settings=settings: settings)  # type: ignore[misc]
        assert await reached(calls) == NotReached(WhyNot.FAILED)
    await outsider.ami.close()
    assert await reached(outsider.asterisk) == NotReached(WhyNot.FAILED)


async def test_a_call_given_up_leaves_nothing_however_early(outsider: SipOutsider) -> None:
    for turns in range(8):
        calling = asyncio.create_task(reached(outsider.asterisk))
        for _ in range(turns):
            await asyncio.sleep(0)
        calling.cancel()
        with suppress(asyncio.CancelledError):
            await calling
    ringing = asyncio.create_task(reached(outsider.asterisk))
    await outsider.rings()
    ringing.cancel()
    with suppress(asyncio.CancelledError):
        await ringing
    await outsider.nothing_left()


async def test_who_answers_and_is_gone_leaves_nothing(outsider: SipOutsider) -> None:
    calling = asyncio.create_task(reached(outsider.asterisk))
    await outsider.rings()
    await outsider.answers()
    await outsider.hangs_up()
    async with asyncio.timeout(PATIENCE):
        await calling  # a line, or nobody: whichever was quicker
    await outsider.nothing_left()
    assert outsider.server.call_count == 0


async def test_the_session_knows_the_dial_and_not_the_number(outsider: SipOutsider) -> None:
    for _ in range(2):
        calling = asyncio.create_task(reached(outsider.asterisk))
        await outsider.rings()
        await outsider.answers()
        await calling
        await outsider.is_left()
    first, second = outsider.environments
    assert first["agi_uniqueid"] != second["agi_uniqueid"]
    assert PERSON.lstrip("+") not in " ".join([*first.values(), *second.values()])


async def test_nobody_is_left_in_silence_when_the_service_dies_in_mid_call(outsider: SipOutsider) -> None:
    answered, before = asyncio.Event(), messages_of(outsider)

    async def talk() -> None:
        async with outsider.asterisk.dial(PERSON, caller_id=BUSINESS, ring_seconds=PATIENCE) as line:
            assert not isinstance(line, NotReached)
            answered.set()
            await line.digit(PATIENCE)

    calling = asyncio.create_task(talk())
    await outsider.rings()
    await outsider.answers()
    async with asyncio.timeout(PATIENCE):
        await answered.wait()
    await outsider.server.close(grace=0.0)
    await hears_the_goodbye(outsider.call)
    await asyncio.gather(calling, return_exceptions=True)
    assert messages_of(outsider) == before


async def test_a_service_that_hangs_does_not_hold_the_person_for_ever(
    asterisk_binary: AsteriskBinary, tmp_path: Path
) -> None:
    pbx = PrivateAsterisk(asterisk_binary, tmp_path / "pbx", free_settings(longest_call_seconds=2), speak_tone)
    await pbx.start()
    try:
        async with sip_outsider(pbx, tmp_path) as outsider:

            async def hang() -> None:
                async with outsider.calls.dial(PERSON, caller_id=BUSINESS, ring_seconds=PATIENCE):
                    await asyncio.Event().wait()

            hanging = asyncio.create_task(hang())
            await outsider.rings()
            await outsider.answers()
            await hears_the_goodbye(outsider.call)
            hanging.cancel()
            await asyncio.gather(hanging, return_exceptions=True)
    finally:
        await pbx.stop()


@pytest.mark.parametrize("service", ["gone", "new"])
async def test_who_answers_when_nobody_waits_any_more_hears_why(outsider: SipOutsider, service: str) -> None:
    before = messages_of(outsider)
    calling = asyncio.create_task(reached(outsider.asterisk))
    await outsider.rings()
    if service == "gone":
        await outsider.server.close()
    else:
        outsider.asterisk = AsteriskOutbound(outsider.ami, outsider.asterisk._settings)  # knows of no dial
    await outsider.answers()
    await hears_the_goodbye(outsider.call)
    assert await calling == NotReached(WhyNot.FAILED)
    assert messages_of(outsider) == before
