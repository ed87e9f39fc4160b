"""Questions answered with the keys."""

from typing import cast

import pytest

from ivr.ask import ask_digits, ask_key, ask_telephone, confirm
from ivr.line import Hangup, Line
from ivr.prompts import Say
from tests.ivr.keypad import KeypadLine

QUESTION = [Say("Well?")]
KNOWN = "+12025550142"


def line_of(keys: str, barge_in: bool) -> tuple[KeypadLine, Line]:
    keypad = KeypadLine(keys, barge_in=barge_in)
    return keypad, cast(Line, keypad)


both_ways = pytest.mark.parametrize("barge_in", [False, True])


@both_ways
@pytest.mark.parametrize(("keys", "answer"), [("1", "1"), ("93", "3"), (".2", "2"), ("...", ""), ("9#0", "")])
async def test_one_key_of_several(keys: str, answer: str, barge_in: bool) -> None:
    keypad, line = line_of(keys, barge_in)
    assert await ask_key(line, QUESTION, "123", "en-US") == answer
    assert all("Well?" in heard for heard in keypad.heard)


@both_ways
@pytest.mark.parametrize(
    ("keys", "answer"), [("1", True), ("2", False), ("31", True), ("...", None), (".2", False), ("5##", None)]
)
async def test_yes_or_no(keys: str, answer: bool | None, barge_in: bool) -> None:
    _, line = line_of(keys, barge_in)
    assert await confirm(line, QUESTION, "en-US") is answer


@both_ways
@pytest.mark.parametrize(
    ("keys", "answer"),
    [("123#", "123"), ("12345", "12345"), ("12.", "12"), ("#12#", "12"), ("1*2#", "12"), ("...", "")],
)
async def test_digits(keys: str, answer: str, barge_in: bool) -> None:
    _, line = line_of(keys, barge_in)
    assert await ask_digits(line, QUESTION, "en-US", max_digits=5) == answer


async def test_too_few_digits_are_asked_for_again() -> None:
    keypad, line = line_of("12#1234#", False)
    assert await ask_digits(line, QUESTION, "es-US", max_digits=5, min_digits=4) == "1234"
    assert keypad.heard[1].startswith("Lo siento")


async def test_the_known_number_is_read_back_and_agreed() -> None:
    keypad, line = line_of("1", False)
    assert await ask_telephone(line, "en-US", known=KNOWN) == KNOWN
    assert "two zero two, five five five, zero one four two" in keypad.heard[0]


async def test_another_number_is_keyed_in_and_read_back_too() -> None:
    keypad, line = line_of("2" + "2025550177#" + "1", False)
    assert await ask_telephone(line, "es-US", known=KNOWN) == "+12025550177"
    assert "cero uno siete siete" in keypad.heard[-1]


async def test_without_a_known_number_it_is_asked_for_at_once() -> None:
    keypad, line = line_of("2025550177#" + "1", False)
    assert await ask_telephone(line, "en-US", known=None) == "+12025550177"
    assert keypad.heard[0].startswith("Please enter the number")


async def test_a_caller_who_says_nothing_is_let_be() -> None:
    _, line = line_of("." * 20, False)
    assert await ask_telephone(line, "en-US", known=KNOWN) == KNOWN
    _, line = line_of("." * 20, False)
    assert await ask_telephone(line, "en-US", known=None) is None


async def test_hanging_up_in_the_middle_of_a_number() -> None:
    _, line = line_of("202555", False)
    with pytest.raises(Hangup):
        await ask_telephone(line, "en-US", known=None)
