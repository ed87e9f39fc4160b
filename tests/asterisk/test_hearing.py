"""The tests' own ear: knows words again whichever recording of them it hears, and takes no others for them."""

from itertools import permutations

import numpy as np
import pytest

from telephony.espeak import RATE_HERTZ, espeak
from telephony.resample import resample
from tests.asterisk.hearing import ALIKE, RATE, likeness, said_at

SENTENCES = (
    "Thank you for calling Harbor Plumbing.",
    "The number I have for you is two zero two, five five five, zero one four seven.",
    "The cellar is full of water, please hurry.",
    "You are number four in line.",
    "Goodbye.",
)
SILENCE = bytes(RATE)
LOST = 20 * RATE // 1000 * 2
"""Bytes of one packet."""


def spoken(text: str) -> bytes:
    samples = np.frombuffer(espeak().speak(text, "en-us"), np.int16)
    return resample(samples, RATE_HERTZ, RATE).astype(np.int16).tobytes()


@pytest.fixture(scope="module")
def recordings() -> dict[str, list[bytes]]:
    """Each sentence spoken after each other one: no two recordings are the same."""
    made: dict[str, list[bytes]] = {text: [] for text in SENTENCES}
    for before, text in permutations(SENTENCES, 2):
        spoken(before)
        made[text].append(spoken(text))
    return made


def test_the_same_words_are_known_again_whatever_was_said_before_them(recordings: dict[str, list[bytes]]) -> None:
    for of_one in recordings.values():
        assert len(set(of_one)) > 1
        for heard, known in permutations(of_one, 2):
            assert likeness(SILENCE + heard + SILENCE, known) > 0.95


def test_other_words_are_not_taken_for_them(recordings: dict[str, list[bytes]]) -> None:
    for text, (known, *_) in recordings.items():
        others = [heard[0] for other, heard in recordings.items() if other != text]
        assert likeness(SILENCE.join(others), known) < ALIKE
        assert said_at(SILENCE.join(others), known) is None


def test_words_are_found_where_they_begin(recordings: dict[str, list[bytes]]) -> None:
    known, again, *_ = recordings[SENTENCES[0]]
    other = recordings[SENTENCES[2]][0]
    at = said_at(other + SILENCE + again + SILENCE, known)
    assert at == pytest.approx(len(other + SILENCE) / 2 / RATE, abs=0.03)


def test_a_packet_that_was_lost_spoils_little(recordings: dict[str, list[bytes]]) -> None:
    for known, again, *_ in recordings.values():
        middle = len(again) // 4 * 2
        assert likeness(SILENCE + again[:middle] + again[middle + LOST :] + SILENCE, known) > ALIKE


def test_silence_is_like_nothing_and_too_little_is_not_compared(recordings: dict[str, list[bytes]]) -> None:
    known = recordings["Goodbye."][0]
    assert likeness(SILENCE * 4, known) < ALIKE
    assert likeness(known[: len(known) // 2], known) == 0.0
    assert said_at(b"", known) is None
