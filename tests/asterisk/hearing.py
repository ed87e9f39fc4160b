"""Tells what a piece of sound is: the tones in it, by their part of the energy; the words in it, by their pattern.

espeak says the same words a little differently each time, depending on what it said before: sample by sample two
recordings of one sentence may be no more alike than two sentences. What stays is which pitches are how loud when, and
that is what is compared.
"""

import numpy as np
import numpy.typing as npt

RATE = 8000
WINDOW_SAMPLES = 400
PURE = 0.5
ALIKE = 0.8
"""The same words are alike by 0.96 or more in any two recordings, and by 0.88 when a packet of them got lost. Other
words stay below 0.8, but for pieces that sound the same in both, and mostly below 0.6."""
FRAME, HOP = 256, 80
BAND, BANDS = 6, 17
"""From 190 to 3400 Hz, by 6 times 31.25 Hz each."""
SILENCE = 1e4 * FRAME
"""Energy of a frame that nobody hears."""
EVEN = 1e-6


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


def likeness(heard: bytes, said: bytes) -> float:
    """How alike `said` and the best place in `heard` are: 1.0 for the very same sound, above `ALIKE` for the same words
    of the same voice."""
    return max(_likenesses(heard, said), default=0.0)


def said_at(heard: bytes, said: bytes) -> float | None:
    """Seconds into `heard` at which these words begin, or None."""
    there = _likenesses(heard, said)
    best = int(np.argmax(there)) if len(there) else 0
    return best * HOP / RATE if len(there) and there[best] > ALIKE else None


def _likenesses(heard: bytes, said: bytes) -> npt.NDArray[np.float64]:
    """How alike they are, for each hop at which `said` may begin: the correlation of their patterns."""
    sound, words = _pattern(heard), _pattern(said)
    length = words.shape[1]
    places = sound.shape[1] - length + 1
    if length < 2 or places < 1:
        return np.zeros(0)
    words = words - words.mean(axis=1, keepdims=True)
    size = 1 << (sound.shape[1] + length).bit_length()
    overlap = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(words, size)), size)[:, :places].sum(axis=0)
    spread = (_sums(sound**2, length) - _sums(sound, length) ** 2 / length).sum(axis=0)
    alike: npt.NDArray[np.float64] = overlap / np.sqrt(np.maximum(spread, EVEN) * np.maximum(np.sum(words**2), EVEN))
    return alike


def _pattern(pcm: bytes) -> npt.NDArray[np.float64]:
    """The loudness, as ears take it, of each band at each hop: one row per band."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], np.int16).astype(float)
    if len(samples) < FRAME:
        return np.zeros((BANDS, 0))
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP] * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames)[:, BAND : BAND * (BANDS + 1)]) ** 2
    loudness: npt.NDArray[np.float64] = np.log(power.reshape(len(frames), BANDS, BAND).sum(axis=2).T + SILENCE)
    return loudness


def _sums(values: npt.NDArray[np.float64], length: int) -> npt.NDArray[np.float64]:
    """Of each row, the sums over all runs of that length."""
    until = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    sums: npt.NDArray[np.float64] = until[:, length:] - until[:, :-length]
    return sums
