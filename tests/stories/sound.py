"""What was said, and whether it was heard."""

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from ivr.prompts import Say
from telephony.sip_call import SipCall
from telephony.speech import Speech
from tests.asterisk.hearing import ALIKE, likeness, when_heard
from tests.patience import PATIENCE

SAMPLE_BYTES = 2
RATE = 8000
LISTEN_SECONDS = 0.2
BEEP_HERTZ, BEEP_SECONDS = 880.0, 0.4
LOUD = 3000
LEAST_PART = RATE // 4 * SAMPLE_BYTES


class Voice:
    """Speaks for callers and agents, and knows how each of the service's own prompts sounds."""

    def __init__(self, folder: Path) -> None:
        self._speech = Speech(folder, lambda clip: folder / f"{clip}.wav")

    async def say(self, text: str | Say) -> bytes:
        """PCM, 8 kHz, 16 bit, of these words."""
        prompt = Say(text) if isinstance(text, str) else text
        return pcm_of(Path(await self._speech.file_for(prompt) + ".wav"))

    async def seconds(self, *prompts: Say) -> float:
        return sum([seconds_of(await self.say(prompt)) for prompt in prompts])

    async def close(self) -> None:
        await self._speech.close()


def pcm_of(path: Path) -> bytes:
    with wave.open(str(path), "rb") as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (RATE, SAMPLE_BYTES, 1)
        return sound.readframes(sound.getnframes())


def seconds_of(pcm: bytes) -> float:
    return len(pcm) / SAMPLE_BYTES / RATE


def is_heard(heard: bytes, said: bytes, *, part: float = 0.6) -> bool:
    """Are the middle `part` of those words in what was heard?"""
    length = max(LEAST_PART, int(len(said) * part)) // SAMPLE_BYTES * SAMPLE_BYTES
    begin = (len(said) - length) // 2 // SAMPLE_BYTES * SAMPLE_BYTES
    return likeness(heard, said[begin : begin + length]) > ALIKE


@asynccontextmanager
async def _in_time(call: SipCall, missing: str) -> AsyncIterator[None]:
    """Fails when what is waited for does not come; the message says what there was instead."""
    began = seconds_of(call.heard)
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except TimeoutError:
        heard = seconds_of(call.heard)
        loudest = int(np.abs(np.frombuffer(call.heard, np.int16).astype(int)).max(initial=0))
        raise AssertionError(
            f"{missing} within {PATIENCE:.0f} s: {heard - began:.1f} s of sound came, {heard:.1f} s in all, "
            f"the loudest {loudest}; the call is {'over' if call.is_over else 'up'}"
        ) from None


async def hears(call: SipCall, *words: bytes, since: int = 0) -> None:
    """Returns once the call has heard any of these words, in what came after `since` bytes.

    Raises AssertionError, or CallOver when the call ends without them.
    """
    overlap = max(map(len, words)) + LEAST_PART
    async with _in_time(call, f"none of {[round(seconds_of(each), 1) for each in words]} s of words"):
        while not any(is_heard((heard := call.heard)[since:], each) for each in words):
            since = max(since, len(heard) - overlap)
            await call.listen(LISTEN_SECONDS, PATIENCE)


async def reaches(speaker: SipCall, words: bytes, hearer: SipCall) -> None:
    """Returns once one has heard the other say this; said again and again, for the two may not be joined yet."""
    since = len(hearer.heard)
    async with _in_time(hearer, "nothing of what the other says"):
        while True:
            await speaker.say(words)
            await hearer.listen(LISTEN_SECONDS, PATIENCE)
            if is_heard(hearer.heard[since:], words):
                return


async def hears_speech(call: SipCall, since: int = 0) -> None:
    """Returns once anything is said, in what came after `since` bytes: from then on keys are listened to."""
    async with _in_time(call, "no speech"):
        while np.abs(np.frombuffer(call.heard[since:], np.int16)).max(initial=0) < LOUD:
            await call.listen(LISTEN_SECONDS, PATIENCE)


async def hears_beep(call: SipCall, since: int) -> None:
    """Returns once a recording tone was heard in what came after `since` bytes, and is over: it is listened to now."""
    async with _in_time(call, "no recording tone"):
        while when_heard((heard := call.heard)[since:], BEEP_HERTZ) is None:
            since = max(since, len(heard) - LEAST_PART)
            await call.listen(LISTEN_SECONDS, PATIENCE)
        await call.listen(BEEP_SECONDS, PATIENCE)
