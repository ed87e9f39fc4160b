"""The facts in memory: the Journal port."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import datetime

from messages.outbox import Page
from reports.facts import Fact, Kind
from store import cursor as cursors


class MemoryJournal:
    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def note(self, fact: Fact) -> None:
        if fact.kind != Kind.CALL_ENDED or fact.call_id not in self._calls_with(Kind.CALL_ENDED):
            self.facts.append(fact)

    async def flush(self) -> None:
        pass

    async def of_call(self, call_id: str) -> Sequence[Fact]:
        return [fact for fact in self.facts if fact.call_id == call_id]

    async def ended_calls(self, business_id: str | None = None, *, cursor: str = "", limit: int = 50) -> Page[Fact]:
        return _page_by_place(self.facts, business_id, cursor, limit)

    async def unfinished(self) -> Sequence[Fact]:
        ended = self._calls_with(Kind.CALL_ENDED)
        return [fact for fact in self.facts if fact.kind == Kind.CALL_STARTED and fact.call_id not in ended]

    async def between(
        self, start: datetime, end: datetime, kinds: Collection[Kind] | None = None
    ) -> AsyncIterator[Fact]:
        for fact in sorted(self.facts, key=lambda fact: fact.at):
            if start <= fact.at < end and (kinds is None or fact.kind in kinds):
                yield fact

    async def started_calls(self, prefix: str, limit: int) -> Sequence[Fact]:
        started = [fact for fact in reversed(self.facts) if fact.kind == Kind.CALL_STARTED]
        return [fact for fact in started if fact.call_id.startswith(prefix)][:limit]

    def _calls_with(self, kind: Kind) -> set[str]:
        return {fact.call_id for fact in self.facts if fact.kind == kind}


def _page_by_place(facts: Iterable[Fact], business_id: str | None, after: str, limit: int) -> Page[Fact]:
    before = cursors.to_number(after) if after else None
    ended = [
        (place, fact)
        for place, fact in enumerate(facts)
        if fact.kind == Kind.CALL_ENDED and business_id in (None, fact.business_id)
    ]
    newest_first = [(place, fact) for place, fact in reversed(ended) if before is None or place < before]
    items = newest_first[:limit]
    return Page([fact for _, fact in items], str(items[-1][0]) if len(newest_first) > limit else "")
