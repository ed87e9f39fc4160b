"""Prompts as sound: the real library, the real files, and what a telephone would hear of them."""

import asyncio
import io
import os
import threading
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.line import LineFault
from ivr.phrases import TABLE
from ivr.prompts import PlayClip, Say, Silence
from telephony.espeak import RATE_HERTZ, espeak
from telephony.resample import resample
from telephony.speech import Speech, SpeechError, voice_of

HELLO = Say("Thank you for calling Harbor Plumbing.", "en-US")


@pytest.fixture
async def speech(tmp_path: Path):
    made = Speech(tmp_path / "speech", lambda clip: tmp_path / f"{clip}.wav")
    yield made
    await made.close()


def read(path: str) -> tuple[int, np.ndarray]:
    with wave.open(path) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), np.int16)


async def test_a_text_is_spoken_at_both_rates_of_a_telephone(speech: Speech) -> None:
    base = await speech.file_for(HELLO)
    narrow_rate, narrow = read(base + ".wav")
    wide_rate, wide = read(base + ".wav16")
    assert (narrow_rate, wide_rate) == (8000, 16000)
    assert 1.5 < len(narrow) / 8000 < 5
    assert len(wide) == pytest.approx(2 * len(narrow), abs=2)
    assert np.sqrt(np.mean(np.square(narrow.astype(float)))) > 500


async def test_same_words_are_spoken_once_and_other_words_or_languages_are_not_the_same(speech: Speech) -> None:
    first = await speech.file_for(HELLO)
    written = Path(first + ".wav").stat().st_ino
    assert await speech.file_for(HELLO) == first
    assert Path(first + ".wav").stat().st_ino == written
    assert await speech.file_for(Say(HELLO.text, "es-US")) != first
    assert await speech.file_for(Say(HELLO.text + " Hello.", "en-US")) != first


async def test_many_calls_wanting_one_text_make_it_once_though_one_of_them_hangs_up(speech: Speech) -> None:
    calls = [asyncio.create_task(speech.file_for(HELLO)) for _ in range(5)]
    await asyncio.sleep(0)
    calls[0].cancel()
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(done[0], asyncio.CancelledError)
    assert len(set(done[1:])) == 1
    assert sorted(path.suffix for path in Path(done[1]).parent.iterdir()) == [".wav", ".wav16"]


async def test_of_two_that_speak_one_text_at_once_the_first_speaks_for_both(
    speech: Speech, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As two processes do that share a folder: no two recordings of theirs are the same."""
    both_speak, first_was_heard, sounds = threading.Barrier(2, timeout=60), threading.Event(), iter((1000, 2000))

    def speak(_text: str, _voice: str) -> bytes:
        both_speak.wait()
        with taking_turns:
            sound = next(sounds)
        if sound == 2000:
            first_was_heard.wait(60)
        return np.full(RATE_HERTZ, sound, np.int16).tobytes()

    async def heard_by(speaker: Speech) -> bytes:
        heard = Path(await speaker.file_for(HELLO) + ".wav").read_bytes()
        first_was_heard.set()
        return heard

    taking_turns = threading.Lock()
    monkeypatch.setattr(espeak(), "speak", speak)
    other = Speech(tmp_path / "speech", Path)
    try:
        one, two = await asyncio.gather(heard_by(speech), heard_by(other))
        assert one == two
        assert sorted(path.suffix for path in (tmp_path / "speech").iterdir()) == [".wav", ".wav16"]
    finally:
        await other.close()


async def test_where_files_cannot_be_linked_they_are_kept_all_the_same(
    speech: Speech, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(_draft: Path, _path: Path) -> None:
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    rate, samples = read(await speech.file_for(HELLO) + ".wav")
    assert rate == 8000 and len(samples) > rate
    assert sorted(path.suffix for path in (tmp_path / "speech").iterdir()) == [".wav", ".wav16"]


async def test_what_is_private_has_files_of_its_own_until_it_is_forgotten(speech: Speech, tmp_path: Path) -> None:
    private = Say("Ann Lee: the boiler leaks.", private=True)
    first, second = [await speech.file_for(private) for _ in range(2)]
    assert len(read(first + ".wav")[1]) > 8000
    kept = await speech.file_for(HELLO)
    for each in (first, kept):
        speech.forget(each)
    await speech.wav("One thread does all of it in order.", "en-US")
    there = {str(path.with_suffix("")) for path in tmp_path.rglob("*.wav*")}
    assert there == {second, kept}, "the phrase that others hear too stays"


async def test_nobody_waiting_for_a_private_text_any_more_leaves_no_file(speech: Speech, tmp_path: Path) -> None:
    making = asyncio.create_task(speech.file_for(Say("Ann Lee called.", private=True)))
    await asyncio.sleep(0)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    await speech.wav("Behind it.", "en-US")
    assert not list(tmp_path.rglob("*.wav*"))


async def test_a_crash_leaves_no_private_text_behind(speech: Speech, tmp_path: Path) -> None:
    left = Path(await speech.file_for(Say("Ann Lee called.", private=True)) + ".wav")
    kept = Path(await speech.file_for(HELLO) + ".wav")
    again = Speech(tmp_path / "speech", Path)
    again.forget_all()
    assert (left.exists(), kept.exists()) == (False, True)
    await again.close()


async def test_silence_is_as_long_as_asked_and_silent(speech: Speech) -> None:
    rate, samples = read(await speech.file_for(Silence(0.5)) + ".wav")
    assert len(samples) / rate == pytest.approx(0.5, abs=0.01)
    assert not samples.any()


async def test_a_clip_is_its_own_file_and_a_missing_one_is_a_fault_of_the_line(speech: Speech, tmp_path: Path) -> None:
    (tmp_path / "welcome.wav").write_bytes(b"RIFF")
    assert await speech.file_for(PlayClip("welcome")) == str(tmp_path / "welcome")
    with pytest.raises(LineFault):
        await speech.file_for(PlayClip("gone"))


async def test_a_browser_gets_a_wav_file(speech: Speech) -> None:
    with wave.open(io.BytesIO(await speech.wav("Shih-vawn", "en-US"))) as file:
        assert file.getframerate() == RATE_HERTZ
        assert file.getnframes() > RATE_HERTZ // 4


async def test_the_pronunciation_of_an_irish_name(speech: Speech) -> None:
    assert await speech.ipa("Siobhan", "en-US") == "ʃɪvˈɔːn"
    assert await speech.ipa("One. Two.", "en-US") == "wˌʌn tˈuː"


async def test_a_language_without_a_voice_is_refused(speech: Speech) -> None:
    with pytest.raises(SpeechError):
        await speech.file_for(Say("hello", "xx-XX"))


@pytest.mark.parametrize("text", ["", "   ", "\0", "a\0b", "<speak>hi</speak>", "[[h@'loU]]", "🙂", "x" * 20_000])
async def test_odd_texts_make_a_file_all_the_same(speech: Speech, text: str) -> None:
    rate, samples = read(await speech.file_for(Say(text)) + ".wav")
    assert rate == 8000
    assert len(samples) >= 0


async def test_what_stands_in_brackets_is_said_and_not_obeyed(speech: Speech) -> None:
    assert "pɹ" in await speech.ipa("<prosody>", "en-US")


async def test_the_folder_stays_below_its_bound_and_keeps_what_is_used(tmp_path: Path) -> None:
    speech = Speech(tmp_path / "small", lambda clip: tmp_path / clip, max_bytes=400_000)
    kept = await speech.file_for(HELLO)
    for number in range(12):
        for path in Path(kept).parent.iterdir():
            os.utime(path, (1_000_000, 1_000_000 + number))  # all are old ...
        await speech.file_for(HELLO)  # ... but this one
        await speech.file_for(Say(f"This is announcement number {number}.", "en-US"))
    sizes = [path.stat().st_size for path in Path(kept).parent.iterdir()]
    assert sum(sizes) <= 400_000
    assert Path(kept + ".wav").exists()
    assert Path(kept + ".wav16").exists()
    await speech.close()


async def test_saying_it_again_writes_nothing_to_the_disk_within_the_hour(speech: Speech) -> None:
    file = Path(await speech.file_for(HELLO) + ".wav")
    for age, written in ((1800, False), (7200, True)):
        before = time.time() - age
        os.utime(file, (before, before))
        await speech.file_for(HELLO)
        assert (file.stat().st_mtime > before + 1) is written


async def test_prewarming_makes_the_files_and_survives_what_cannot_be_made(speech: Speech) -> None:
    assert await speech.prewarm([HELLO, PlayClip("gone"), Say("hi", "xx"), Silence(1)]) == 2
    assert len(list(Path(await speech.file_for(HELLO)).parent.iterdir())) == 4


@pytest.mark.parametrize("language", TABLE)
def test_every_language_of_the_service_has_a_voice_the_library_knows(language: str) -> None:
    assert len(espeak().speak("1", voice_of(language))) > 0


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray:
    return (10_000 * np.sin(2 * np.pi * hertz * np.arange(round(RATE_HERTZ * seconds)) / RATE_HERTZ)).astype(np.int16)


def loudness(samples: np.ndarray) -> float:
    middle = samples[len(samples) // 4 : -len(samples) // 4].astype(float)
    return float(np.sqrt(np.mean(middle**2)))


@pytest.mark.parametrize(("rate", "hertz"), [(8000, 300), (8000, 1000), (8000, 3300), (16000, 1000), (16000, 6800)])
def test_a_tone_of_the_band_comes_through_as_it_is(rate: int, hertz: float) -> None:
    out = resample(tone(hertz), RATE_HERTZ, rate)
    assert loudness(out) == pytest.approx(10_000 / np.sqrt(2), rel=0.01)
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
    assert np.argmax(spectrum) * rate / len(out) == pytest.approx(hertz, abs=2)


@pytest.mark.parametrize(("rate", "hertz"), [(8000, 4300), (8000, 7000), (16000, 8700), (16000, 10500)])
def test_a_tone_above_the_band_does_not_fold_back(rate: int, hertz: float) -> None:
    assert loudness(resample(tone(hertz), RATE_HERTZ, rate)) < 10_000 / np.sqrt(2) / 300  # 50 dB down


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(-32768, 32767), max_size=700), st.sampled_from([8000, 16000]))
def test_resampling_anything_gives_its_length_and_never_fails(samples: list[int], rate: int) -> None:
    out = resample(np.array(samples, np.int16), RATE_HERTZ, rate)
    assert len(out) == -(-len(samples) * rate // RATE_HERTZ)


def test_three_seconds_take_less_than_a_tenth_of_one() -> None:
    samples = tone(1000, 3.0)
    resample(samples, RATE_HERTZ, 16000)
    resample(samples, RATE_HERTZ, 8000)
    started = time.thread_time()  # the machine may be busy with other things
    resample(samples, RATE_HERTZ, 16000)
    resample(samples, RATE_HERTZ, 8000)
    assert time.thread_time() - started < 0.1
