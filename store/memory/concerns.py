"""What people have to look at, in memory: the Concerns port."""

from collections.abc import Sequence
from datetime import datetime

from accounts.directory import NotFound
from calls.attention import Concern


class MemoryConcerns:
    def __init__(self) -> None:
        self._concerns: dict[str, Concern] = {}

    async def add(self, concern: Concern) -> bool:
        raised = concern.raised(self._concerns.get(concern.id))
        if raised is not None:
            self._put(raised)
        return raised is not None

    async def concern(self, concern_id: str) -> Concern:
        if concern_id not in self._concerns:
            raise NotFound("no such concern")
        return self._concerns[concern_id]

    async def open(self, business_id: str | None = None) -> Sequence[Concern]:
        still = [each for each in self._concerns.values() if each.closed_at is None]
        mine = [each for each in still if business_id in (None, each.business_id)]
        return sorted(mine, key=lambda each: (each.at, each.id))

    async def take(self, concern_id: str, person_id: str) -> Concern:
        return self._put((await self.concern(concern_id)).taken(person_id))

    async def give_back(self, concern_id: str) -> Concern:
        return self._put((await self.concern(concern_id)).given_back())

    async def close(self, concern_id: str, at: datetime, note: str, by: str | None = None) -> Concern:
        return self._put((await self.concern(concern_id)).closed(at, note, by))

    def _put(self, concern: Concern) -> Concern:
        self._concerns[concern.id] = concern
        return concern
