"""Questions a caller answers with the keys: one key, a number, yes or no, a telephone number."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from accounts.numbers import NotANumber, to_e164
from ivr import words
from ivr.line import Line
from ivr.phrases import Phrase, phrase
from ivr.prompts import Prompt, Say

TRIES: Final = 3
THINK_SECONDS: Final = 6.0
BETWEEN_SECONDS: Final = 4.0
_DIGITS: Final = "0123456789"
_ALL_KEYS: Final = "0123456789*#"


async def ask_key(
    line: Line,
    prompts: Sequence[Prompt],
    keys: str,
    language: str,
    *,
    tries: int = TRIES,
    timeout: float = THINK_SECONDS,
) -> str:
    """The one of `keys` the caller presses, or "" after so many tries. Any key interrupts the prompts."""
    question = list(prompts)
    for _ in range(tries):
        key = await line.play(question, interrupt=_ALL_KEYS) or await line.digit(timeout)
        if key and key in keys:
            return key
        sorry = Phrase.NOT_UNDERSTOOD if key else Phrase.NOTHING_HEARD
        question = [phrase(sorry, language), *prompts]
    return ""


async def ask_digits(
    line: Line,
    prompts: Sequence[Prompt],
    language: str,
    *,
    max_digits: int,
    min_digits: int = 1,
    terminator: str = "#",
    timeout: float = THINK_SECONDS,
    between: float = BETWEEN_SECONDS,
    tries: int = TRIES,
) -> str:
    """Digits up to `max_digits`, ended by the terminator or a pause; "" when too few came in each of the tries."""
    question = list(prompts)
    for _ in range(tries):
        digits = await _digits(line, question, max_digits, terminator, timeout, between)
        if len(digits) >= min_digits:
            return digits
        question = [phrase(Phrase.NOTHING_HEARD, language), *prompts]
    return ""


async def _digits(
    line: Line, question: Sequence[Prompt], max_digits: int, terminator: str, timeout: float, between: float
) -> str:
    typed = ""
    key = await line.play(question, interrupt=_ALL_KEYS) or await line.digit(timeout)
    while key and key not in terminator:
        typed += key if key in _DIGITS else ""
        if len(typed) == max_digits:
            break
        key = await line.digit(between)
    return typed


async def confirm(line: Line, prompts: Sequence[Prompt], language: str, *, tries: int = TRIES) -> bool | None:
    """True for 1 (yes), False for 2 (no), None when the caller would not say."""
    question = [*prompts, phrase(Phrase.YES_OR_NO, language)]
    return {"1": True, "2": False}.get(await ask_key(line, question, "12", language, tries=tries))


async def ask_telephone(
    line: Line, language: str, *, known: str | None, region: str = "US", tries: int = TRIES
) -> str | None:
    """A number (E.164) to call back at, read back and agreed: the `known` one, or one the caller keys in.

    When the caller agrees to nothing, the last number stands: better a doubtful one than none.
    """
    number = known
    for _ in range(tries):
        if number is not None:
            question = [say_number_back(number, language, region), phrase(Phrase.RIGHT_OR_WRONG, language)]
            if await ask_key(line, question, "12", language, tries=2) != "2":
                return number
        number = await _keyed_in(line, language, region) or number
        if number is None:
            return None
    return number


async def _keyed_in(line: Line, language: str, region: str) -> str | None:
    prompts: list[Prompt] = [phrase(Phrase.ASK_NUMBER, language)]
    digits = await ask_digits(line, prompts, language, max_digits=15, min_digits=7, tries=2)
    try:
        return to_e164(digits, region)
    except NotANumber:
        return None


def say_number_back(e164: str, language: str, region: str = "US") -> Say:
    """ "The number I have for you is two zero two, …"."""
    said = phrase(Phrase.YOUR_NUMBER_IS, language, number=words.telephone(e164, language, region))
    return replace(said, private=True)
