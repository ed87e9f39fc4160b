"""The dialplan's own fallback: a caller is never left with a dead line, and what is said is kept."""

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telephony.pbx import PrivateAsterisk
from telephony.pbx_sounds import tone
from telephony.sip_caller import SipCaller
from tests.asterisk import sipp
from tests.asterisk.hearing import when_heard
from tests.asterisk.running_pbx import GREETING_HERTZ, HOST, THANKS_HERTZ
from tests.asterisk.tones import LOOK_SECONDS, hears_tone
from tests.patience import PATIENCE
from tests.ports import free_port

BEEP_HERTZ = 880.0
SPOKEN_HERTZ = 1100.0
DIALLED = "+12025550101"
CALLER = "+12025550177"


@pytest.fixture
async def caller() -> AsyncIterator[SipCaller]:
    async with SipCaller(HOST) as phone:
        yield phone


@pytest.fixture(autouse=True)
async def empty_spool(pbx: PrivateAsterisk) -> None:
    """Other tests' callers end up in the fallback too."""
    await no_channels(pbx)
    for left in pbx.home.fallback_messages.glob("*.wav"):
        left.unlink()


async def test_with_no_service_the_caller_leaves_a_message(pbx: PrivateAsterisk, caller: SipCaller) -> None:
    call = await caller.dial(HOST, pbx.settings.sip_port, DIALLED, CALLER)
    await call.answered(deadline=PATIENCE)
    await hears_tone(call, BEEP_HERTZ)
    greeting, beep = when_heard(call.heard, GREETING_HERTZ), when_heard(call.heard, BEEP_HERTZ)
    assert greeting is not None and beep is not None and greeting < beep
    await call.say(tone(SPOKEN_HERTZ, 1.5))
    (live,) = await pbx.live_calls()
    await call.hang_up()

    kept = await recording_of(pbx)
    when, dialled, who, unique = kept.stem.split("_")
    assert (dialled, who) == (DIALLED, CALLER)
    assert when.isdigit()
    assert unique == live
    assert not await pbx.live_calls()
    with wave.open(str(kept), "rb") as sound:
        said = sound.readframes(sound.getnframes())
    assert when_heard(said, SPOKEN_HERTZ) is not None


async def test_the_pound_key_ends_the_message_with_thanks(pbx: PrivateAsterisk, caller: SipCaller) -> None:
    call = await caller.dial(HOST, pbx.settings.sip_port, "2025550101", CALLER)
    await call.answered(deadline=PATIENCE)
    await hears_tone(call, BEEP_HERTZ)
    await call.say(tone(SPOKEN_HERTZ, 0.5))
    await call.press("#")
    await call.ended(deadline=PATIENCE)
    assert when_heard(call.heard, THANKS_HERTZ) is not None
    await recording_of(pbx)


async def recording_of(pbx: PrivateAsterisk) -> Path:
    """The one message left, once its call is gone."""
    await no_channels(pbx)
    (kept,) = pbx.home.fallback_messages.glob("*.wav")
    return kept


async def test_sipp_with_real_audio_leaves_a_message_too(pbx: PrivateAsterisk, tmp_path: Path) -> None:
    spoken = tone(SPOKEN_HERTZ, 1.5)
    steps: list[sipp.Step] = [sipp.Cue(), sipp.Speak(spoken), sipp.Press("#"), sipp.WaitForBye(PATIENCE)]
    port = free_port()
    calling = asyncio.create_task(
        sipp.run_caller(pbx.settings.sip_port, DIALLED, steps, tmp_path, local_port=port), name="SIPp"
    )
    async with asyncio.timeout(PATIENCE):
        while not list(pbx.home.fallback_messages.glob("*.wav")):  # it is made when the tone is over
            await asyncio.sleep(LOOK_SECONDS)
    await sipp.give_cue(port, 0, tmp_path)
    result = await calling
    assert result.exit_code == 0, result.errors
    kept = await recording_of(pbx)
    with wave.open(str(kept), "rb") as sound:
        assert when_heard(sound.readframes(sound.getnframes()), SPOKEN_HERTZ) is not None


async def test_a_caller_who_hangs_up_at_once_leaves_nothing_behind(pbx: PrivateAsterisk, tmp_path: Path) -> None:
    result = await sipp.run_caller(pbx.settings.sip_port, DIALLED, [sipp.HangUp()], tmp_path)
    assert result.exit_code == 0, result.errors
    await no_channels(pbx)
    assert not list(pbx.home.fallback_messages.glob("*.wav"))


async def no_channels(pbx: PrivateAsterisk) -> None:
    async with asyncio.timeout(PATIENCE):
        while "0 active channels" not in await pbx.cli("core show channels count"):
            await asyncio.sleep(0.05)
