"""What was said, and whether it was heard."""

import asyncio
import wave
from pathlib import Path

import numpy as np

from ivr.prompts import Say
from telephony.sip_call import SipCall
from telephony.speech import Speech
from tests.asterisk.hearing import likeness, when_heard

SAMPLE_BYTES = 2
RATE = 8000
ALIKE = 0.5
"""Correlation above which two sounds are the same words; other words of one voice stay below 0.3.

The same words spoken twice are alike by no more than 0.7 at times: the noise in them depends on what was spoken before.
"""
HEAR_SECONDS, LISTEN_SECONDS = 60.0, 0.2
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


def is_heard(heard: bytes, said: bytes, *, part: float = 0.4) -> bool:
    """Are the middle `part` of those words in what was heard?"""
    length = max(LEAST_PART, int(len(said) * part)) // SAMPLE_BYTES * SAMPLE_BYTES
    begin = (len(said) - length) // 2 // SAMPLE_BYTES * SAMPLE_BYTES
    words = np.frombuffer(said[begin : begin + length], np.int16).astype(float)
    return likeness(heard, words) > ALIKE


async def hears(call: SipCall, words: bytes, seconds: float = HEAR_SECONDS, *, since: int = 0) -> None:
    """Returns once the call has heard these words, in what came after `since` bytes.

    Raises TimeoutError, or CallOver when the call ends without them.
    """
    overlap = len(words) + LEAST_PART
    async with asyncio.timeout(seconds):
        while not is_heard((heard := call.heard)[since:], words):
            since = max(since, len(heard) - overlap)
            await call.listen(LISTEN_SECONDS, HEAR_SECONDS)


async def hears_speech(call: SipCall) -> None:
    """Returns once anything is said: from then on keys are listened to."""
    async with asyncio.timeout(HEAR_SECONDS):
        while np.abs(np.frombuffer(call.heard, np.int16)).max(initial=0) < LOUD:
            await call.listen(LISTEN_SECONDS, HEAR_SECONDS)


async def hears_beep(call: SipCall, since: int) -> None:
    """Returns once a recording tone was heard in what came after `since` bytes, and is over: it is listened to now."""
    async with asyncio.timeout(HEAR_SECONDS):
        while when_heard((heard := call.heard)[since:], BEEP_HERTZ) is None:
            since = max(since, len(heard) - LEAST_PART)
            await call.listen(LISTEN_SECONDS, HEAR_SECONDS)
        await call.listen(BEEP_SECONDS, HEAR_SECONDS)
