"""One answer: cleaned, and brought into one shape per type of field."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Literal

from accounts.numbers import NotANumber, to_e164

FieldType = Literal["text", "long_text", "name", "phone", "email", "choice", "number", "yes_no", "date", "time"]

LONGEST: dict[FieldType, int] = {"long_text": 4000, "name": 120, "email": 254, "number": 40, "phone": 60}
"""Characters an answer may have, by type of field; 300 for the others."""

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_YES = frozenset({"yes", "y", "true", "1", "on"})
_NO = frozenset({"no", "n", "false", "0", "off"})
_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Unfit(ValueError):
    """The answer does not fit its field; the text is the sentence for the screen."""


def clean(raw: str, *, several_lines: bool = False) -> str:
    """Without control characters, lone surrogates and marks that turn the reading direction; blanks trimmed."""
    text = raw.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if not several_lines:
        text = text.replace("\n", " ")
    return "".join(
        c for c in text if c == "\n" or (unicodedata.category(c) not in ("Cc", "Cs") and c not in _DIRECTION_MARKS)
    ).strip()


def normal(kind: FieldType, typed: str, choices: Sequence[str], region: str) -> str:
    """A clean answer in the shape of its type (see `messages.form.check_answers`). Raises Unfit."""
    match kind:
        case "phone":
            return _phone(typed, region)
        case "email":
            if not _EMAIL.fullmatch(typed):
                raise Unfit(f'"{typed}" is not an e-mail address.')
            return typed
        case "choice":
            return _choice(choices, typed)
        case "number":
            return _number(typed)
        case "yes_no":
            return _yes_no(typed)
        case "date":
            return _date(typed)
        case "time":
            return _time(typed)
        case _:
            return typed


def _phone(typed: str, region: str) -> str:
    try:
        return to_e164(typed, region)
    except NotANumber as wrong:
        raise Unfit(str(wrong)) from None


def _choice(choices: Sequence[str], typed: str) -> str:
    for choice in choices:
        if choice.casefold() == typed.casefold():
            return choice
    raise Unfit(f'"{typed}" is none of: {", ".join(choices)}.')


def _number(typed: str) -> str:
    try:
        number = Decimal(typed)
    except InvalidOperation:
        raise Unfit(f'"{typed}" is not a number.') from None
    if not number.is_finite():
        raise Unfit(f'"{typed}" is not a number.')
    return typed


def _yes_no(typed: str) -> str:
    if typed.casefold() in _YES:
        return "yes"
    if typed.casefold() in _NO:
        return "no"
    raise Unfit("Say yes or no.")


def _date(typed: str) -> str:
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        raise Unfit(f'"{typed}" is not a date like 2026-03-31.') from None


def _time(typed: str) -> str:
    try:
        return time.fromisoformat(typed).strftime("%H:%M")
    except ValueError:
        raise Unfit(f'"{typed}" is not a time like 14:30.') from None
