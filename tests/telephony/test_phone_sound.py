"""Files that people bring become what telephones play: every kind of PCM, and nothing else."""

import io
import struct
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls.clips import Clips, PhoneSound, UnreadableSound
from telephony.phone_sound import phone_sound
from telephony.wav_files import as_wav

HERTZ = 440.0
LOUDNESS = 10_000 / np.sqrt(2)

# How samples from -1 to 1 are written, by format tag and bits.
WRITTEN = {
    (1, 8): lambda s: np.round(s * 128 + 128).clip(0, 255).astype(np.uint8).tobytes(),
    (1, 16): lambda s: np.round(s * 32768).astype("<i2").tobytes(),
    (1, 24): lambda s: np.round(s * 2**23).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes(),
    (1, 32): lambda s: np.round(s * 2**31).astype("<i4").tobytes(),
    (3, 32): lambda s: s.astype("<f4").tobytes(),
}


def wav_file(tag: int, bits: int, channels: int, rate: int, data: bytes, *, extensible: bool = False) -> bytes:
    """A WAV file with a chunk nobody asked for before the sound."""
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", 0xFFFE if extensible else tag, channels, rate, rate * block, block, bits)
    if extensible:
        form += struct.pack("<HHIH14s", 22, bits, 0, tag, bytes.fromhex("000000001000800000aa00389b71"))
    chunks = b"".join(
        name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
        for name, body in ((b"fmt ", form), (b"LIST", b"odd"), (b"data", data))
    )
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks


def tone(rate: int, seconds: float, hertz: float = HERTZ) -> np.ndarray:
    return 10_000 / 32768 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)


def heard(wav: bytes) -> tuple[int, np.ndarray]:
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(float)


def assert_tone(sound: PhoneSound, seconds: float) -> None:
    assert sound.seconds == pytest.approx(seconds, abs=0.001)
    for wav, rate in ((sound.narrow, 8000), (sound.wide, 16000)):
        found, samples = heard(wav)
        assert found == rate
        assert len(samples) == pytest.approx(seconds * rate, abs=3)
        middle = samples[len(samples) // 4 : -len(samples) // 4]
        assert np.sqrt(np.mean(middle**2)) == pytest.approx(LOUDNESS, rel=0.03)
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 65536))
        assert np.argmax(spectrum) * rate / 65536 == pytest.approx(HERTZ, abs=3)


@settings(deadline=None, max_examples=40)
@given(
    kind=st.sampled_from(sorted(WRITTEN)),
    channels=st.sampled_from([1, 2, 6]),
    rate=st.one_of(
        st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000]), st.integers(4000, 50_000)
    ),
    extensible=st.booleans(),
)
async def test_every_kind_of_pcm_is_the_same_tone(
    kind: tuple[int, int], channels: int, rate: int, extensible: bool
) -> None:
    data = WRITTEN[kind](np.repeat(tone(rate, 0.3), channels))
    assert_tone(await phone_sound(wav_file(*kind, channels, rate, data, extensible=extensible)), 0.3)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200), st.integers(0, 60), st.integers(0, 120))
async def test_a_damaged_file_is_read_or_refused(damage: bytes, at: int, end: int) -> None:
    whole = as_wav(np.zeros(1600, np.int16), 8000)
    damaged = (whole[:at] + damage + whole[at + len(damage) :])[: len(whole) - end]
    try:
        assert (await phone_sound(damaged)).seconds > 0
    except UnreadableSound as error:
        assert str(error).endswith(".")


async def test_a_recording_that_was_broken_off_is_read_to_its_end() -> None:
    whole = as_wav(np.round(tone(16000, 1.0) * 32768).astype(np.int16), 16000)
    assert_tone(await phone_sound(whole[: 44 + 16000 + 1]), 0.5)


@pytest.mark.parametrize(("rate", "above"), [(48000, 9000), (96000, 9500), (192000, 20000), (44100, 12000)])
async def test_what_no_telephone_plays_does_not_fold_back(rate: int, above: float) -> None:
    sound = await phone_sound(as_wav(np.round(tone(rate, 0.5, above) * 32768).astype(np.int16), rate))
    for wav in (sound.narrow, sound.wide):
        samples = heard(wav)[1]
        middle = samples[len(samples) // 4 : -len(samples) // 4]
        assert np.sqrt(np.mean(middle**2)) < LOUDNESS / 100  # 40 dB down


async def test_floats_that_are_no_numbers_are_silence() -> None:
    data = np.array([np.nan, np.inf, -np.inf, 5.0] * 2000, "<f4").tobytes()
    assert heard((await phone_sound(wav_file(3, 32, 1, 8000, data))).narrow)[1].any()


async def test_the_largest_file_takes_a_few_seconds_of_one_thread() -> None:
    wav = as_wav(np.zeros(5 * 1024 * 1024, np.int16), 48000)
    began = time.process_time()
    await phone_sound(wav)
    assert time.process_time() - began < 6.0


async def test_both_files_of_a_prompt_are_kept_and_deleted(tmp_path: Path) -> None:
    clips = Clips(tmp_path)
    clips.keep_sound("welcome", PhoneSound(b"narrow", b"wide", 1.0))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "welcome.wav": b"narrow",
        "welcome.wav16": b"wide",
    }
    clips.delete("welcome")
    assert not list(tmp_path.iterdir())
