"""The AGI parser: golden transcripts cut in every way, limits, and bytes that nobody meant."""

import shlex
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony import agi_wire
from telephony.agi_wire import (
    AgiConnection,
    EnvironmentComplete,
    Event,
    HangupPushed,
    ProtocolError,
    Reply,
    UsageError,
    command,
)

TRANSCRIPTS = Path(__file__).parent / "transcripts"
STORIES = sorted(path.stem for path in TRANSCRIPTS.glob("*.txt") if path.stem != "environment")
ENVIRONMENT = (TRANSCRIPTS / "environment.txt").read_bytes()


def heard(story: str) -> bytes:
    """What Asterisk said in a story."""
    lines = (TRANSCRIPTS / f"{story}.txt").read_text().splitlines()
    return "".join(f"{line[2:]}\n" for line in lines if line.startswith("< ")).encode()


def fed(chunks: Sequence[bytes]) -> list[Event]:
    connection = AgiConnection()
    return [event for chunk in chunks for event in connection.receive_data(chunk)]


def replies(story: str) -> list[Event]:
    return fed([ENVIRONMENT, heard(story)])[1:]


@pytest.mark.parametrize("story", STORIES)
def test_the_cut_of_the_bytes_makes_no_difference(story: str) -> None:
    stream = ENVIRONMENT + heard(story)
    whole = fed([stream])
    assert not any(isinstance(event, ProtocolError) for event in whole)
    assert fed([stream[at : at + 1] for at in range(len(stream))]) == whole
    assert fed([ENVIRONMENT, heard(story)]) == whole
    assert fed([stream + b"200 result=0 (tail", b") endpos=7\nHANG", b"UP\n"]) == [
        *whole,
        Reply(200, "0", "tail", 7),
        HangupPushed(),
    ]


def test_the_environment_is_what_asterisk_sent() -> None:
    (event,) = fed([ENVIRONMENT])
    assert isinstance(event, EnvironmentComplete)
    assert event.env["agi_extension"] == "12025550101"
    assert event.env["agi_calleridname"] == "Pat O'Brien"
    assert event.env["agi_accountcode"] == ""
    assert len(event.env) == ENVIRONMENT.count(b"\n") - 1


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ("answer", [Reply(200, "0"), Reply(200, "0")]),
        ("wait_for_digit", [Reply(200, "0"), Reply(200, "0"), Reply(200, "35")]),
        ("wait_for_digit_hangup", [Reply(200, "0"), Reply(200, "-1"), HangupPushed()]),
        ("record_file_hangup", [Reply(200, "0"), Reply(200, "-1", "hangup", 0), HangupPushed()]),
        ("record_file_refused", [Reply(200, "0"), Reply(200, "-1", "writefile")]),
        ("stream_file_missing", [Reply(200, "0"), Reply(200, "-1", None, 0)]),
        ("unknown_command", [Reply(510, "", "Invalid or unknown command")]),
    ],
)
def test_what_a_story_says(story: str, expected: list[Event]) -> None:
    assert replies(story) == expected


def test_a_usage_block_of_several_lines_is_one_event() -> None:
    usage, after = replies("usage")
    assert isinstance(usage, UsageError)
    assert usage.usage.startswith("Send the given file")
    assert "520" not in usage.usage
    assert after == Reply(200, "0")


def test_a_value_that_holds_parentheses_and_line_breaks_is_one_reply() -> None:
    assert replies("variables")[2] == Reply(200, "1", 'a "b" \\ c (d) ñ')
    assert fed([ENVIRONMENT, b"200 result=1 (one\nHANGUP\n200 result=0\nend)\nHANGUP\n"])[1:] == [
        Reply(200, "1", "one\nHANGUP\n200 result=0\nend"),
        HangupPushed(),
    ]


def test_a_provisional_reply_is_no_answer() -> None:
    assert fed([ENVIRONMENT, b"100 result=0 Trying...\n200 result=0 Gosub complete\n"])[1:] == [Reply(200, "0")]


@pytest.mark.parametrize(
    "stream",
    [
        b"GET / HTTP/1.1\r\n",
        b"\n",
        b"agi_x: " + b"y" * agi_wire.MAX_ENVIRONMENT_BYTES,
        b"".join(b"agi_arg_%d: x\n" % at for at in range(agi_wire.MAX_ENVIRONMENT_LINES + 1)),
        ENVIRONMENT + b"hello\n",
        ENVIRONMENT + b"200 result=1 (" + b"y" * agi_wire.MAX_REPLY_BYTES,
        ENVIRONMENT + b"520-usage\n" * 8000,
    ],
)
def test_what_is_not_agi_or_has_no_end_is_refused(stream: bytes) -> None:
    connection = AgiConnection()
    assert isinstance(connection.receive_data(stream)[-1], ProtocolError)
    assert connection.receive_data(b"200 result=0\n") == []


LIKELY_BYTES = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from(
            [b"\n", b"200 result=", b"1 (", b")", b" endpos=", b"520-", b"520 ", b"HANGUP\n", b"agi_a: b\n", b"\n\n"]
        ),
    ),
    max_size=30,
).map(b"".join)


@given(prefix=st.sampled_from([b"", ENVIRONMENT]), stream=LIKELY_BYTES, cuts=st.lists(st.integers(0, 900)))
def test_no_bytes_make_it_raise_and_no_cut_changes_what_is_heard(prefix: bytes, stream: bytes, cuts: list[int]) -> None:
    stream = prefix + stream
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(edges)]
    assert fed(chunks) == fed([stream])


@given(st.lists(st.text(max_size=50), max_size=4))
def test_every_argument_arrives_as_it_is_or_is_refused(args: list[str]) -> None:
    try:
        line = command("SET VARIABLE", *args)
    except (ValueError, UnicodeEncodeError):
        assert any(set(arg) & set("\r\n\0") or not arg.isprintable() for arg in args)
        return
    assert line.count(b"\n") == 1
    reader = shlex.shlex(line.decode().rstrip("\n").removeprefix("SET VARIABLE"), posix=True)
    reader.quotes, reader.commenters, reader.whitespace, reader.whitespace_split = '"', "", " ", True
    assert list(reader) == args


@pytest.mark.parametrize("value", ["1\nHANGUP", "1\rHANGUP", "1\0", "x" * agi_wire.MAX_COMMAND_BYTES])
def test_an_argument_that_could_be_a_second_command_is_refused(value: str) -> None:
    with pytest.raises(ValueError):
        command("SET VARIABLE", "NAME", value)


@pytest.mark.parametrize("verb", ["", "answer", "ANSWER\nHANGUP", 'SAY "X"', "ANSWER "])
def test_a_verb_is_words_of_capital_letters(verb: str) -> None:
    with pytest.raises(ValueError):
        command(verb)
