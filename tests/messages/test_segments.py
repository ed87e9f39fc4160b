"""Segments as carriers count them. The counts are those of Twilio's and others' calculators."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.segments import segments


@pytest.mark.parametrize(
    ("text", "count", "encoding", "left"),
    [
        ("", 1, "GSM-7", 160),
        ("a" * 160, 1, "GSM-7", 0),
        ("a" * 161, 2, "GSM-7", 145),
        ("a" * 306, 2, "GSM-7", 0),
        ("a" * 307, 3, "GSM-7", 152),
        ("é" * 160, 1, "GSM-7", 0),
        ("[" * 80, 1, "GSM-7", 0),
        ("[" * 81, 2, "GSM-7", 143),  # 76 brackets and one septet left over, then 5
        ("\u2019", 1, "UCS-2", 69),  # a typographer's apostrophe
        ("ж" * 70, 1, "UCS-2", 0),
        ("ж" * 71, 2, "UCS-2", 63),
        ("😀" * 35, 1, "UCS-2", 0),
        ("😀" * 36, 2, "UCS-2", 61),  # 33 in the first: a pair is not cut
    ],
)
def test_counts(text: str, count: int, encoding: str, left: int) -> None:
    counted = segments(text)
    assert (counted.count, counted.encoding, counted.left) == (count, encoding, left)


@given(st.text(max_size=500))
def test_a_longer_text_never_takes_fewer(text: str) -> None:
    whole = segments(text)
    assert segments(text + "x").count >= whole.count
    assert whole.left >= 0
    if whole.left and whole.encoding == "GSM-7":
        assert segments(text + "x" * whole.left).count == whole.count
        assert segments(text + "x" * (whole.left + 1)).count == whole.count + 1
