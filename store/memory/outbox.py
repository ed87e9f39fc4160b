"""Deliveries in memory: the Outbox port."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import uuid4

from accounts.directory import NotFound
from messages.delivery import Alarm, AwaitingAcknowledgement, Delivery, Leased, Queued
from store import changes
from store.memory.inbox import MemoryInbox

D = TypeVar("D", bound=Delivery)


def _due(state: Queued | Leased | AwaitingAcknowledgement) -> datetime:
    return state.until if isinstance(state, Leased) else state.due


class MemoryOutbox:
    def __init__(self, inbox: MemoryInbox) -> None:
        self._deliveries = inbox.deliveries

    async def claim(
        self, now: datetime, *, lease_seconds: float, limit: int, busy: Collection[str] = ()
    ) -> Sequence[Leased]:
        due: list[Queued | Leased] = [
            state
            for state in self._deliveries.values()
            if isinstance(state, Queued | Leased) and state.job.target.channel not in busy and _due(state) <= now
        ]
        due.sort(key=_due)
        token = uuid4().hex
        return self._put([changes.lease(state, now, lease_seconds, token) for state in due[:limit]])

    async def overdue(self, now: datetime) -> Sequence[Delivery]:
        waiting = [state for state in self._deliveries.values() if isinstance(state, AwaitingAcknowledgement)]
        return self._put([state.again(now) for state in waiting if state.due <= now])

    async def settle(self, held: Leased, state: Delivery) -> bool:
        stored = self._deliveries.get(held.job.id)
        if not isinstance(stored, Leased) or stored.lease != held.lease:
            return False
        self._put([state])
        return True

    async def next_due(self) -> datetime | None:
        waiting = (Queued, Leased, AwaitingAcknowledgement)
        return min((_due(state) for state in self._deliveries.values() if isinstance(state, waiting)), default=None)

    async def of_message(self, message_id: str) -> Sequence[Delivery]:
        return [state for state in self._deliveries.values() if state.job.message_id == message_id]

    async def delivery(self, delivery_id: str) -> Delivery:
        if delivery_id not in self._deliveries:
            raise NotFound(f"no delivery {delivery_id}")
        return self._deliveries[delivery_id]

    async def by_token(self, token: str) -> Delivery | None:
        return next((state for state in self._deliveries.values() if state.job.token == token), None)

    async def acknowledge(self, delivery_id: str, now: datetime, by: str) -> Sequence[Delivery]:
        message_id = (await self.delivery(delivery_id)).job.message_id
        return self._put(changes.acknowledge(await self.of_message(message_id), delivery_id, now, by))

    async def retry(self, delivery_id: str, now: datetime) -> Delivery:
        state = await self.delivery(delivery_id)
        if isinstance(state, Alarm):
            state = state.retried(now)
            self._put([state])
        return state

    async def alarms(self, business_id: str | None = None, *, limit: int = 100) -> Sequence[Delivery]:
        alarms = [state for state in self._deliveries.values() if isinstance(state, Alarm)]
        chosen = [state for state in alarms if business_id in (None, state.job.business_id)]
        chosen.reverse()
        return sorted(chosen, key=lambda state: state.at, reverse=True)[:limit]

    async def counts(self) -> Mapping[str, int]:
        return Counter(type(state).__name__.lower() for state in self._deliveries.values())

    def _put(self, states: Sequence[D]) -> Sequence[D]:
        self._deliveries.update({state.job.id: state for state in states})
        return states
