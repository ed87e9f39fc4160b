"""Deliveries in the database. A worker owns a delivery by the lease written into its row, and by nothing else.

PostgreSQL workers pass over rows that another is taking just now (FOR UPDATE SKIP LOCKED); SQLite has one writer.
https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from accounts.directory import NotFound
from messages.delivery import Alarm, AwaitingAcknowledgement, Delivery, Leased, Queued
from store import changes
from store.database import Database
from store.delivery_rows import from_row, name_of, to_row
from store.tables import deliveries

D = TypeVar("D", bound=Delivery)
# Made once: making a statement costs as much as running it
INSERT = insert(deliveries)
REPLACE = update(deliveries).where(deliveries.c.id == bindparam("wanted_id"))
SETTLE = update(deliveries).where(
    deliveries.c.id == bindparam("wanted_id"),
    deliveries.c.state == name_of(Leased),
    deliveries.c.lease == bindparam("wanted_lease"),
)

QUEUED, LEASED, AWAITING, ALARM = map(name_of, (Queued, Leased, AwaitingAcknowledgement, Alarm))


class SqlOutbox:
    """The Outbox port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def claim(
        self, now: datetime, *, lease_seconds: float, limit: int, busy: Collection[str] = ()
    ) -> Sequence[Leased]:
        return await self._db.write(_claim, now, lease_seconds, limit, busy)

    async def overdue(self, now: datetime) -> Sequence[Delivery]:
        return await self._db.write(_overdue, now)

    async def settle(self, held: Leased, state: Delivery) -> bool:
        return await self._db.write(_settle, held, state)

    async def next_due(self) -> datetime | None:
        return await self._db.read(_next_due)

    async def of_message(self, message_id: str) -> Sequence[Delivery]:
        return await self._db.read(_select, _of_message(message_id))

    async def delivery(self, delivery_id: str) -> Delivery:
        found = await self._db.read(_select, select(deliveries).where(deliveries.c.id == delivery_id))
        if not found:
            raise NotFound(f"no delivery {delivery_id}")
        return found[0]

    async def by_token(self, token: str) -> Delivery | None:
        found = await self._db.read(_select, select(deliveries).where(deliveries.c.token == token))
        return found[0] if found else None

    async def acknowledge(self, delivery_id: str, now: datetime, by: str) -> Sequence[Delivery]:
        return await self._db.write(_acknowledge, delivery_id, now, by)

    async def retry(self, delivery_id: str, now: datetime) -> Delivery:
        return await self._db.write(_retry, delivery_id, now)

    async def alarms(self, business_id: str | None = None, *, limit: int = 100) -> Sequence[Delivery]:
        wanted = select(deliveries).where(deliveries.c.state == ALARM)
        if business_id is not None:
            wanted = wanted.where(deliveries.c.business_id == business_id)
        newest_first = (deliveries.c.ended_at.desc(), deliveries.c.seq.desc())
        return await self._db.read(_select, wanted.order_by(*newest_first).limit(limit))

    async def counts(self) -> Mapping[str, int]:
        return await self._db.read(_counts)


def insert_queued(connection: Connection, queued: Sequence[Queued]) -> None:
    """Add new deliveries, in the transaction of their message."""
    if queued:
        connection.execute(INSERT, [to_row(delivery) for delivery in queued])


def _claim(
    connection: Connection, now: datetime, lease_seconds: float, limit: int, busy: Collection[str]
) -> Sequence[Leased]:
    due = _due(now, QUEUED, LEASED).limit(limit)
    if busy:
        due = due.where(deliveries.c.channel.not_in(busy))
    token = uuid4().hex
    leased = [
        changes.lease(state, now, lease_seconds, token)
        for state in _select(connection, due)
        if isinstance(state, Queued | Leased)
    ]
    return [_put(connection, state) for state in leased]


def _overdue(connection: Connection, now: datetime) -> Sequence[Delivery]:
    waiting = _select(connection, _due(now, AWAITING))
    return [_put(connection, state.again(now)) for state in waiting if isinstance(state, AwaitingAcknowledgement)]


def _due(now: datetime, *states: str) -> Select[Any]:
    due = select(deliveries).where(deliveries.c.state.in_(states), deliveries.c.due_at <= now)
    return due.order_by(deliveries.c.due_at, deliveries.c.seq).with_for_update(skip_locked=True)


def _settle(connection: Connection, held: Leased, state: Delivery) -> bool:
    wanted = {"wanted_id": held.job.id, "wanted_lease": held.lease}
    return connection.execute(SETTLE, {**to_row(state), **wanted}).rowcount == 1


def _next_due(connection: Connection) -> datetime | None:
    waiting = deliveries.c.state.in_((QUEUED, LEASED, AWAITING))
    earliest: datetime | None = connection.execute(select(func.min(deliveries.c.due_at)).where(waiting)).scalar_one()
    return earliest


def _acknowledge(connection: Connection, delivery_id: str, now: datetime, by: str) -> Sequence[Delivery]:
    of_delivery = select(deliveries.c.message_id).where(deliveries.c.id == delivery_id)
    message_id = connection.execute(of_delivery).scalar_one_or_none()
    if message_id is None:
        raise NotFound(f"no delivery {delivery_id}")
    stored = _select(connection, _of_message(message_id).with_for_update())
    return [_put(connection, state) for state in changes.acknowledge(stored, delivery_id, now, by)]


def _retry(connection: Connection, delivery_id: str, now: datetime) -> Delivery:
    found = _select(connection, select(deliveries).where(deliveries.c.id == delivery_id).with_for_update())
    if not found:
        raise NotFound(f"no delivery {delivery_id}")
    return _put(connection, found[0].retried(now)) if isinstance(found[0], Alarm) else found[0]


def _counts(connection: Connection) -> dict[str, int]:
    by_state = select(deliveries.c.state, func.count().label("deliveries")).group_by(deliveries.c.state)
    return {row.state: row.deliveries for row in connection.execute(by_state)}


def _of_message(message_id: str) -> Select[Any]:
    return select(deliveries).where(deliveries.c.message_id == message_id).order_by(deliveries.c.seq)


def _select(connection: Connection, wanted: Select[Any]) -> list[Delivery]:
    return [from_row(row) for row in connection.execute(wanted)]


def _put(connection: Connection, state: D) -> D:
    connection.execute(REPLACE, {**to_row(state), "wanted_id": state.job.id})
    return state
