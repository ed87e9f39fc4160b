"""Recordings as files: the caller's own name, voicemail, recorded greetings."""

import contextlib
import re
import wave
from pathlib import Path
from typing import Final
from uuid import uuid4

import numpy

FRAME_SECONDS: Final = 0.02

SILENCE_LEVEL: Final = 256
"""Mean amplitude (of 32767) of a frame in which nobody speaks; Asterisk's own default (dsp.conf, silencethreshold)."""


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
        """Store a recording made elsewhere (uploaded greeting, fallback spool)."""
        self.path(clip_id).write_bytes(wav)

    def delete(self, clip_id: str) -> None:
        """Forget it; unknown is fine."""
        self.path(clip_id).unlink(missing_ok=True)
