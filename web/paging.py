"""Lists by cursor."""

from collections.abc import Awaitable
from typing import TypeVar

from pydantic import BaseModel, Field

from messages.outbox import Page
from web.problem import Problem

T = TypeVar("T")


class ListQuery(BaseModel):
    """`business` narrows the list to one business; `cursor` is the `next_cursor` of the page before."""

    business: str = Field(default="", max_length=64)
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)


class BusinessQuery(BaseModel):
    """`business` narrows the answer to one business."""

    business: str = Field(default="", max_length=64)


async def listed(reading: Awaitable[Page[T]]) -> Page[T]:
    """The page read; a cursor that is none (ValueError of the store) is the asker's mistake."""
    try:
        return await reading
    except ValueError:
        raise Problem("invalid", errors={"cursor": "This is not a cursor of this list."}) from None
