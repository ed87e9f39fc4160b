"""Verbs that ask the database, or reckon something out, and print the answer. The service may be running."""

import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from app.settings import Settings
from store.database import Database, DatabaseDown

_UNSEEN = logging.NullHandler()


class WrongQuestion(ValueError):
    """It cannot be answered as it was asked; the text says why in a sentence."""


def answered(answer: Callable[[], int]) -> int:
    """What `answer` returns; 2 for a question that makes no sense and 1 without the database, with a sentence.

    Warnings of the parts it uses, such as that Asterisk does not run, are for a service's log and not shown.
    """
    logging.getLogger().addHandler(_UNSEEN)
    try:
        return answer()
    except WrongQuestion as error:
        print(f"answerline: {error}", file=sys.stderr)
        return 2
    except DatabaseDown as error:
        print(f"answerline: {error}; ./answerline doctor may tell more.", file=sys.stderr)
        return 1


@asynccontextmanager
async def stored(settings: Settings) -> AsyncIterator[Database]:
    """The service's database, open meanwhile. Raises DatabaseDown."""
    database = Database(settings.database)
    await database.open()
    try:
        yield database
    finally:
        await database.close()
