"""Port to the lists of callers. `store` implements it on SQL and in memory; one contract suite runs on both."""

from collections.abc import Sequence
from typing import Protocol

from accounts.callers import ListedCaller, ListKind
from messages.outbox import Page


class CallerLists(Protocol):
    """One list per business and the house list (business None); a number is on a list once."""

    async def about(self, number: str, business_id: str) -> Sequence[ListedCaller]:
        """What the business's list and the house's say of this caller (E.164), entries that are over included."""

    async def page(
        self,
        business_id: str | None = None,
        *,
        house: bool = False,
        kind: ListKind | None = None,
        search: str = "",
        cursor: str = "",
        limit: int = 50,
    ) -> Page[ListedCaller]:
        """By number: one business's list, with `house` the house list, else all lists.

        `search` is part of a number however written, or of a note; capitals do not matter. Raises ValueError for a
        cursor that no page of this list handed out.
        """

    async def list_of(self, business_id: str | None) -> Sequence[ListedCaller]:
        """One whole list, by number."""

    async def put(self, entries: Sequence[ListedCaller]) -> None:
        """Add them, or replace those of the same number and list: all of them or, when it fails, none."""

    async def delete(self, number: str, business_id: str | None) -> None:
        """Raises NotFound."""
