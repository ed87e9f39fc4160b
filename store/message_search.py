"""Which messages a search means: by a word of an answer, the caller's number, or the message's own."""

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from accounts.callers import digits_searched
from store.tables import messages

VALUES = {"sqlite": "json_each", "postgresql": "jsonb_each_text"}
"""What gives a document's values, as they were typed, in each database."""


def found(dialect: str, search: str) -> ColumnElement[bool]:
    """The condition on `messages`. `search` is not empty."""
    answer = getattr(func, VALUES[dialect])(messages.c.answers).table_valued("key", "value", name="answer")
    in_answers: Any = select(answer.c.key).where(answer.c.value.icontains(search, autoescape=True)).exists()
    ways: list[ColumnElement[bool]] = [in_answers]
    if digits := digits_searched(search):
        ways.append(messages.c.caller.contains(digits))
    number = search.removeprefix("#")
    if number.isascii() and number.isdecimal() and len(number) < 19:
        ways.append(messages.c.number == int(number))
    return or_(*ways)
