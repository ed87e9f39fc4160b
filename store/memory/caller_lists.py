"""The lists of callers in memory: the CallerLists port."""

from collections.abc import Sequence

from accounts.callers import ListedCaller, ListKind, digits_searched
from accounts.directory import NotFound
from messages.outbox import Page
from store import cursor as cursors


class MemoryCallerLists:
    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], ListedCaller] = {}

    async def about(self, number: str, business_id: str) -> Sequence[ListedCaller]:
        return [
            entry for entry in self._sorted() if entry.number == number and entry.business_id in (None, business_id)
        ]

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
        chosen = await self.list_of(None if house else business_id) if house or business_id else self._sorted()
        found = [entry for entry in chosen if kind in (None, entry.kind) and _is_searched(entry, search)]
        if cursor:
            place = cursors.to_listed(cursor)
            found = [entry for entry in found if _listed_place(entry) > place]
        items = found[:limit]
        return Page(items, cursors.of_listed(*_listed_place(items[-1])) if len(found) > limit else "")

    async def list_of(self, business_id: str | None) -> Sequence[ListedCaller]:
        return [entry for entry in self._sorted() if entry.business_id == business_id]

    async def put(self, entries: Sequence[ListedCaller]) -> None:
        self._entries.update({_listed_place(entry): entry for entry in entries})

    async def delete(self, number: str, business_id: str | None) -> None:
        if self._entries.pop((number, business_id or ""), None) is None:
            raise NotFound("no such entry in this list of callers")

    def _sorted(self) -> list[ListedCaller]:
        return sorted(self._entries.values(), key=_listed_place)


def _listed_place(entry: ListedCaller) -> tuple[str, str]:
    return entry.number, entry.business_id or ""


def _is_searched(entry: ListedCaller, search: str) -> bool:
    digits = digits_searched(search)
    return search.casefold() in entry.note.casefold() or (digits != "" and digits in entry.number)
