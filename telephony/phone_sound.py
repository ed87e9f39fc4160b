"""Sound files that people bring, as telephones play them."""

import asyncio
import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from calls.clips import PhoneSound, UnreadableSound
from telephony.resample import Samples, resample
from telephony.wav_files import as_wav

NARROW_HERTZ: Final = 8000
WIDE_HERTZ: Final = 16000
MIN_SECONDS: Final = 0.1
MAX_SECONDS: Final = 600.0
RATES: Final = range(4000, 192_001)
TOO_STEEP_HERTZ: Final = 64_000
"""From this rate on the filter of `resample` is too short for one step down to 16 kHz; halving first is not."""

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


async def phone_sound(wav: bytes) -> PhoneSound:
    """A WAV file (PCM of 8, 16, 24 or 32 bit or 32-bit floats; any channels; 4 to 192 kHz) for the telephone.

    Raises UnreadableSound. Done in a thread: calls must not wait for it.
    """
    return await asyncio.to_thread(_converted, wav)


def _converted(wav: bytes) -> PhoneSound:
    rate, samples = _read(wav)
    seconds = len(samples) / rate
    if seconds < MIN_SECONDS:
        raise UnreadableSound("There is no sound in this file.")
    if seconds > MAX_SECONDS:
        raise UnreadableSound(f"The recording is longer than {MAX_SECONDS / 60:.0f} minutes.")
    while rate >= TOO_STEEP_HERTZ and rate % 2 == 0:
        samples, rate = resample(samples, rate, rate // 2), rate // 2
    wide = resample(samples, rate, WIDE_HERTZ)
    narrow = resample(wide, WIDE_HERTZ, NARROW_HERTZ)
    return PhoneSound(as_wav(narrow, NARROW_HERTZ), as_wav(wide, WIDE_HERTZ), round(seconds, 3))


@dataclass(frozen=True)
class _Format:
    """A WAV file's "fmt " chunk (Microsoft, "Multiple channel audio data and WAVE files")."""

    tag: int
    channels: int
    rate: int
    bits: int

    @property
    def sample_bytes(self) -> int:
        return -(-self.bits // 8)


def _read(wav: bytes) -> tuple[int, Samples]:
    """Rate in hertz and the mean of all channels. (The standard library's wave refuses WAVE_FORMAT_EXTENSIBLE.)"""
    chunks = _chunks(wav)
    form = _format(chunks.get(b"fmt ", b""))
    if b"data" not in chunks:
        raise UnreadableSound("There is no sound in this file.")
    frame_bytes = form.channels * form.sample_bytes
    data = chunks[b"data"]
    frames = _samples(data[: len(data) // frame_bytes * frame_bytes], form).reshape(-1, form.channels)
    return form.rate, np.clip(np.rint(frames.mean(axis=1, dtype=np.float32)), -32768, 32767).astype(np.int16)


def _chunks(wav: bytes) -> dict[bytes, bytes]:
    """The first chunk of each name. One that says it is longer than the file (a broken-off recording) ends with it."""
    if wav[:4] != b"RIFF" or wav[8:12] != b"WAVE":
        raise UnreadableSound("This is not a WAV file.")
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(wav):
        name, size = struct.unpack_from("<4sI", wav, at)
        chunks.setdefault(name, wav[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    return chunks


def _format(chunk: bytes) -> _Format:
    if len(chunk) < 16:
        raise UnreadableSound("This WAV file is broken.")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        (tag,) = struct.unpack_from("<H", chunk, 24)
    form = _Format(tag, channels, rate, bits)
    if (tag, form.sample_bytes) not in {(_PCM, 1), (_PCM, 2), (_PCM, 3), (_PCM, 4), (_FLOAT, 4)}:
        raise UnreadableSound("This WAV file is compressed. Save it as PCM, 16 bit.")
    if rate not in RATES or not 1 <= channels <= 32:
        raise UnreadableSound("This WAV file has an odd sample rate or number of channels. Save it as 16 kHz mono.")
    return form


def _samples(data: bytes, form: _Format) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    """All samples of all channels on the scale of 16 bits."""
    match form.tag, form.sample_bytes:
        case (1, 1):
            values = (np.frombuffer(data, np.uint8).astype(np.float32) - 128) * 256
        case (1, 2):
            values = np.frombuffer(data, "<i2").astype(np.float32)
        case (1, 3):
            upper = np.frombuffer(data, np.uint8).reshape(-1, 3)[:, 1:]  # the lowest byte is not heard
            values = np.ascontiguousarray(upper).view("<i2").ravel().astype(np.float32)
        case (1, _):
            values = np.frombuffer(data, "<i4").astype(np.float32) / np.float32(65536)
        case _:
            values = np.nan_to_num(np.frombuffer(data, np.float32)).clip(-1, 1) * 32767
    return values
