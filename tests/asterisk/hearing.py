"""Tells what a piece of sound is: the tones in it, by Goertzel's algorithm; words in it, by correlation."""

import array
import math

import numpy as np
import numpy.typing as npt

RATE = 8000
WINDOW_SAMPLES = 400
PURE = 0.5


def purity(pcm: bytes, hertz: float) -> float:
    """How much of the sound's energy lies at that pitch, 0 to 1; 0 for silence."""
    samples = array.array("h", pcm[: len(pcm) // 2 * 2])
    energy = sum(sample * sample for sample in samples)
    if energy < 200.0**2 * len(samples):
        return 0.0
    step = 2 * math.pi * hertz / RATE
    real = sum(sample * math.cos(step * at) for at, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(step * at) for at, sample in enumerate(samples))
    return 2 * (real * real + imaginary * imaginary) / (len(samples) * energy)


def when_heard(pcm: bytes, hertz: float) -> float | None:
    """Seconds until a tone of that pitch begins; None if it is not there."""
    width = 2 * WINDOW_SAMPLES
    for at in range(0, len(pcm) - width + 1, width):
        if purity(pcm[at : at + width], hertz) > PURE:
            return at / 2 / RATE
    return None


def likeness(heard: bytes, said: npt.NDArray[np.float64]) -> float:
    """How well `said` is found at the best place in `heard`: 1.0 for the very same sound."""
    sound = np.frombuffer(heard, np.int16).astype(float)
    if len(sound) < len(said):
        return 0.0
    size = 1 << (len(sound) + len(said)).bit_length()
    found = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(said, size)), size)[: len(sound)]
    energy = np.concatenate([[0.0], np.cumsum(sound**2)])
    ends = np.minimum(np.arange(len(sound)) + len(said), len(sound))
    there = np.sqrt((energy[ends] - energy[:-1]) * np.sum(said**2)) + 1e-9
    return float(np.max(found / np.maximum(there, there.max() / 10)))
