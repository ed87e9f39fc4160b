"""What was said, and whether it was heard."""

import asyncio
import wave
from pathlib import Path

import numpy as np

from ivr.prompts import Say
from telephony.sip_call import SipCall
from telephony.speech import Speech
from tests.asterisk.hearing import likeness

SAMPLE_BYTES = 2
RATE = 8000
ALIKE = 0.8
"""Correlation above which two sounds are the same words; other words of one voice stay below 0.3."""
HEAR_SECONDS = 60.0
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


async def hears(call: SipCall, words: bytes, seconds: float = HEAR_SECONDS) -> None:
    """Returns once the call has heard these words. Raises TimeoutError, or CallOver when it ends without them."""
    async with asyncio.timeout(seconds):
        while not is_heard(call.heard, words):
            await call.listen(0.2)
