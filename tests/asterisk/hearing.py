"""Tells what a piece of sound is: the tones in it, by Goertzel's algorithm."""

import array
import math

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
