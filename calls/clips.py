"""Recordings as files: the caller's own name, voicemail, recorded greetings."""

import contextlib
import re
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import numpy

FRAME_SECONDS: Final = 0.02

SILENCE_LEVEL: Final = 256
"""Mean amplitude (of 32767) of a frame in which nobody speaks; Asterisk's own default (dsp.conf, silencethreshold)."""


class UnreadableSound(ValueError):
    """What was brought in is no sound the service can play; the text is a sentence for whoever brought it."""


@dataclass(frozen=True)
class PhoneSound:
    """A sound as telephones play it, as WAV files (16 bit, mono): at 8 kHz, and at 16 kHz for wide-band calls."""

    narrow: bytes
    wide: bytes
    seconds: float


class Clips:
    """A folder of WAV files (16 bit, mono) by clip id. Asterisk writes into the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def new_id(self) -> str:
        """An id that no other clip has."""
        return uuid4().hex

    def path(self, clip_id: str) -> Path:
        """Where the clip is or will be. Raises ValueError for something that is no clip id."""
        if not re.fullmatch(r"[0-9a-z-]{1,64}", clip_id):
            raise ValueError("not a clip id")
        return self.folder / f"{clip_id}.wav"

    def seconds(self, clip_id: str) -> float:
        """Length of the recording; 0.0 when there is none or it cannot be read."""
        with contextlib.suppress(OSError, EOFError, wave.Error), wave.open(str(self.path(clip_id))) as clip:
            return float(clip.getnframes() / clip.getframerate())
        return 0.0

    def speech_seconds(self, clip_id: str) -> float:
        """How long somebody is to be heard in it; the length alone tells nothing, silence is recorded too."""
        samples = numpy.zeros(0, numpy.int16)
        rate = 8000
        with contextlib.suppress(OSError, EOFError, wave.Error), wave.open(str(self.path(clip_id))) as clip:
            rate = clip.getframerate()
            samples = numpy.frombuffer(clip.readframes(clip.getnframes()), "<i2")
        frame = max(1, int(rate * FRAME_SECONDS))
        frames = samples[: len(samples) // frame * frame].reshape(-1, frame).astype(numpy.int32)
        return float((numpy.abs(frames).mean(axis=1) > SILENCE_LEVEL).sum() * FRAME_SECONDS)

    def keep(self, clip_id: str, wav: bytes) -> None:
        """Store a recording made elsewhere (fallback spool)."""
        self.path(clip_id).write_bytes(wav)

    def keep_sound(self, clip_id: str, sound: PhoneSound) -> None:
        """Store a prompt; of its two files Asterisk plays the one that suits the call (`.wav16` is 16 kHz)."""
        self.path(clip_id).with_suffix(".wav16").write_bytes(sound.wide)
        self.path(clip_id).write_bytes(sound.narrow)

    def delete(self, clip_id: str) -> None:
        """Forget it; unknown is fine."""
        for suffix in (".wav", ".wav16"):
            self.path(clip_id).with_suffix(suffix).unlink(missing_ok=True)
