"""The few sounds Asterisk itself needs: the beep, hold music, and what a caller hears when the service is down.

Beep and music are made here, by arithmetic; the two sentences are spoken by whatever speaks the prompts.
"""

import array
import math
import os
import wave
from collections.abc import Callable
from functools import partial
from pathlib import Path

from telephony.g711 import pcm_to_ulaw

RATE = 8000
TONE_HERTZ = 620.0
TONE_SECONDS = 0.2
"""What an agent whose telephone answers by itself hears before the caller is there."""

FALLBACK_TEXTS = {
    "fallback": "Thank you for calling. We cannot take your call at this moment. "
    "Please leave your name, your telephone number and your message after the tone, then press the pound key.",
    "fallback-thanks": "Thank you. Your message is recorded. Goodbye.",
    "fallback-outbound": "We called you, but we are sorry: this call cannot go on. Please call us again. Goodbye.",
}

Speak = Callable[[str, Path], None]
"""Speaks a text in English into a WAV file, 8 kHz, 16 bit, mono."""

# A slow line over two chords, in semitones from A4; None is a rest. Own work.
_MELODY = (-9, -5, -2, 3, 2, -2, -5, None, -7, -4, 0, 5, 3, 0, -4, None)
_BASS = (-21, -21, -21, -21, -16, -16, -16, -16)
_NOTE_SECONDS = 0.8


def make_sounds(data: Path, speak: Speak) -> None:
    """Makes whatever is absent under Asterisk's data folder `data`; what is there stays as it is."""
    english = data / "sounds" / "en"
    _once(english / "beep.wav", lambda path: write_wav(path, tone(880.0, 0.35)))
    _once(english / "answerline" / "tone.wav", lambda path: write_wav(path, tone(TONE_HERTZ, TONE_SECONDS)))
    for name, text in FALLBACK_TEXTS.items():
        _once(english / "answerline" / f"{name}.wav", partial(speak, text))
    # mu-law as it is sent: a waiting caller costs a read and a send, no transcoding.
    _once(data / "moh" / "answerline.ulaw", lambda path: path.write_bytes(pcm_to_ulaw(hold_music())))


def tone(hertz: float, seconds: float, level: float = 0.3) -> bytes:
    """A sine as 8 kHz 16-bit PCM, with soft edges. `level` is a part of full scale."""
    count = int(RATE * seconds)
    edge = min(RATE // 50, count // 2) or 1
    return array.array(
        "h",
        (
            int(32767 * level * min(1, at / edge, (count - at) / edge) * math.sin(2 * math.pi * hertz * at / RATE))
            for at in range(count)
        ),
    ).tobytes()


def hold_music() -> bytes:
    """About 26 seconds of a quiet tune that loops, as 8 kHz 16-bit PCM."""
    samples: list[float] = []
    notes = [*_MELODY, *(None if note is None else note + 2 for note in _MELODY)]
    for index, note in enumerate(notes):
        bass = _BASS[index // 2 % len(_BASS)]
        voices = [(_hertz(bass), 0.05)] + ([] if note is None else [(_hertz(note), 0.09)])
        samples.extend(_chord(voices))
    return array.array("h", (int(32767 * sample) for sample in samples)).tobytes()


def write_wav(path: Path, pcm: bytes) -> None:
    """Writes 8 kHz 16-bit mono PCM as a WAV file."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm)


def _chord(voices: list[tuple[float, float]]) -> list[float]:
    count = int(RATE * _NOTE_SECONDS)
    attack = RATE // 20
    return [
        min(1, at / attack)
        * math.exp(-2.2 * at / count)
        * min(1, (count - at) / attack)
        * sum(level * math.sin(2 * math.pi * hertz * at / RATE) for hertz, level in voices)
        for at in range(count)
    ]


def _hertz(semitones: int) -> float:
    return 440.0 * 2 ** (semitones / 12)


def _once(path: Path, make: Callable[[Path], object]) -> None:
    """Makes a file whole or not at all: an interrupted set-up must not leave half a greeting."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{os.getpid()}-{path.name}")
    make(unfinished)
    unfinished.rename(path)
