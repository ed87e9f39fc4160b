"""Tells whether a known recording is in what a telephone heard: words by their pattern, music sample by sample."""

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.asterisk import hearing

RATE = 8000
TEMPLATE_SECONDS = 1.5
TEMPLATE_SHARE = 0.75
"""The last moments of a sentence may be lost when the call ends with it."""
SAME = 0.9
"""1.0 is the very same sound."""


def said_at(heard: bytes, recording: Path) -> float | None:
    """Seconds into `heard` (8 kHz, 16 bit) at which the words of the recording begin, or None."""
    return hearing.said_at(heard, _begin_of(recording))


def best_match(heard: npt.NDArray[np.int16], wanted: bytes) -> float | None:
    """Seconds into `heard` at which that very sound begins, or None."""
    sound = heard.astype(np.float64)
    template = np.frombuffer(wanted, "<i2").astype(np.float64)
    if len(sound) < len(template):
        return None
    size = 1 << (len(sound) + len(template) - 1).bit_length()
    overlap = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(template, size)), size)
    overlap = overlap[: len(sound) - len(template) + 1]
    energy = np.concatenate(([0.0], np.cumsum(sound**2)))
    window = energy[len(template) :] - energy[: -len(template)]
    likeness = overlap / np.sqrt(np.maximum(window, 1.0) * np.maximum(np.sum(template**2), 1.0))
    at = int(np.argmax(likeness))
    return at / RATE if likeness[at] > SAME else None


def _begin_of(recording: Path) -> bytes:
    with wave.open(str(recording), "rb") as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (RATE, 2, 1)
        return sound.readframes(min(int(TEMPLATE_SECONDS * RATE), int(TEMPLATE_SHARE * sound.getnframes())))
