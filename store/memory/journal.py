"""The facts in memory: the Journal port."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import datetime

from messages.message import Message
from messages.outbox import Page
from reports.facts import Fact, Kind, chain_of_message
from reports.proof import Sealed, digest
from store import cursor as cursors


class MemoryJournal:
    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self._chains: dict[str, list[Sealed]] = {}

    def note(self, fact: Fact) -> None:
        if fact.kind != Kind.CALL_ENDED or fact.call_id not in self._calls_with(Kind.CALL_ENDED):
            self.append([fact])

    def append(self, facts: Iterable[Fact]) -> None:
        """Keep what the other stores write with their own changes."""
        for fact in facts:
            chain = self._chains.setdefault(fact.chain, [])
            chain.append(Sealed(fact, digest(chain[-1].hash if chain else "", fact)))
            self.facts.append(fact)

    async def of_message(self, message: Message) -> Sequence[Fact]:
        return [sealed.fact for sealed in await self.chain(chain_of_message(message.id, message.call_id))]

    async def chain(self, name: str) -> Sequence[Sealed]:
        return list(self._chains.get(name, ()))

    async def head(self, name: str) -> str:
        chain = self._chains.get(name)
        return chain[-1].hash if chain else ""

    async def chains(self, after: str = "", limit: int = 1000) -> Sequence[str]:
        return sorted(name for name in self._chains if name > after)[:limit]

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
