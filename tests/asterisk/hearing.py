"""Tells what a piece of sound is: the tones in it, by their part of the energy; words in it, by correlation."""

import numpy as np
import numpy.typing as npt

RATE = 8000
WINDOW_SAMPLES = 400
PURE = 0.5


def purity(pcm: bytes, hertz: float) -> float:
    """How much of the sound's energy lies at that pitch, 0 to 1; 0 for silence."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], np.int16).astype(float)
    energy = float(np.sum(samples**2))
    if energy < 200.0**2 * len(samples) or not len(samples):
        return 0.0
    there = np.sum(samples * np.exp(2j * np.pi * hertz / RATE * np.arange(len(samples))))
    return float(2 * abs(there) ** 2 / (len(samples) * energy))


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
