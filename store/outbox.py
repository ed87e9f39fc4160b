"""Deliveries and escalations in the database. A worker owns a delivery by the lease written into its row, and by
nothing else.

PostgreSQL workers pass over rows that another is taking just now (FOR UPDATE SKIP LOCKED); SQLite has one writer.
https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, select

from accounts.contacts import CHANNELS
from messages.channels.channel import Receipt
from messages.delivery import Accepted, Alarm, Delivery, Leased, Queued
from messages.escalation import Asking, Escalation, Held, Move
from messages.news import AT_ONCE, News
from messages.outbox import Acknowledgement
from store import moving, outbox_rows, sending
from store.database import Database
from store.delivery_rows import name_of
from store.tables import deliveries, escalations
from store.taking import Said

ALARM, ACCEPTED = map(name_of, (Alarm, Accepted))
OPEN = escalations.c.look_at.is_not(None)


class SqlOutbox:
    """The Outbox port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def claim(
        self, now: datetime, *, lease_seconds: float, limit: int, busy: Collection[str] = ()
    ) -> Sequence[Leased]:
        return await self._db.write(sending.claim, now, lease_seconds, limit, busy)

    async def end_leases(self, now: datetime) -> int:
        return await self._db.write(sending.end_leases, now)

    async def settle(self, held: Leased, state: Delivery, segments: int = 0) -> bool:
        return await self._db.write(sending.settle, held, state, segments)

    async def receipt(self, delivery_id: str, receipt: Receipt, now: datetime, reference: str = "") -> Delivery | None:
        return await self._db.write(sending.receive, delivery_id, receipt, now, reference)

    async def by_reference(self, reference: str) -> Delivery | None:
        newest = select(deliveries).where(deliveries.c.reference == reference).order_by(deliveries.c.seq.desc())
        return await self._one(newest.limit(1))

    async def awaiting_receipt(self, now: datetime, limit: int) -> Sequence[Accepted]:
        due = select(deliveries).where(deliveries.c.state == ACCEPTED, deliveries.c.due_at <= now)
        found = await self._deliveries(due.order_by(deliveries.c.due_at, deliveries.c.seq).limit(limit))
        return [state for state in found if isinstance(state, Accepted)]

    async def ask_later(self, delivery: Accepted, due: datetime) -> None:
        await self._db.write(sending.ask_later, delivery, due)

    async def due_escalations(self, now: datetime, limit: int) -> Sequence[Held | Asking]:
        return _open(await self._db.read(moving.due, now, limit))

    async def move(self, before: Held | Asking, move: Move) -> bool:
        return await self._db.write(moving.move, before, move)

    async def summarise(self, held: Sequence[Held], summary: Sequence[Queued], now: datetime) -> bool:
        try:
            await self._db.write(moving.summarise, held, summary, now)
        except moving.HeldNoMore:
            return False
        return True

    async def check_in(self, business_id: str, now: datetime) -> int:
        return await self._db.write(moving.check_in, business_id, now)

    async def clock_stepped(self, seconds: float) -> None:
        await self._db.write(moving.clock_stepped, seconds)

    async def next_due(self) -> datetime | None:
        return await self._db.read(sending.next_due)

    async def add(self, notes: Sequence[Queued]) -> None:
        await self._db.write(sending.add, notes)

    async def of_message(self, message_id: str) -> Sequence[Delivery]:
        return await self._deliveries(outbox_rows.of_message(message_id))

    async def escalations(self, message_id: str) -> Sequence[Escalation]:
        wanted = select(escalations).where(escalations.c.message_id == message_id)
        return await self._escalations(wanted.order_by(escalations.c.place, escalations.c.seq))

    async def open_escalations(self, business_id: str | None = None) -> Sequence[Held | Asking]:
        wanted = select(escalations).where(OPEN).order_by(escalations.c.created_at, escalations.c.seq)
        if business_id is not None:
            wanted = wanted.where(escalations.c.business_id == business_id)
        return _open(await self._escalations(wanted))

    async def of_escalation(self, escalation_id: str) -> Sequence[Delivery]:
        wanted = select(deliveries).where(deliveries.c.escalation_id == escalation_id)
        return await self._deliveries(wanted.order_by(deliveries.c.seq))

    async def delivery(self, delivery_id: str) -> Delivery:
        return await self._db.read(outbox_rows.delivery, delivery_id)

    async def by_token(self, token: str) -> Delivery | None:
        return await self._one(select(deliveries).where(deliveries.c.token == token))

    async def opened(self, delivery_id: str, now: datetime) -> None:
        await self._db.write(sending.opened, delivery_id, now)

    async def acknowledge(
        self,
        message_id: str,
        now: datetime,
        *,
        by: str,
        how: str,
        delivery_id: str | None = None,
        contact: str = "",
        person_id: str | None = None,
        news: News = AT_ONCE,
    ) -> Acknowledgement:
        said = Said(message_id, now, by, how, delivery_id, contact, person_id, news)
        return await self._db.write(moving.acknowledge, said)

    async def retry(self, delivery_id: str, now: datetime) -> Delivery:
        return await self._db.write(sending.retry, delivery_id, now)

    async def alarms(self, business_id: str | None = None, *, limit: int = 100) -> Sequence[Delivery]:
        wanted = select(deliveries).where(deliveries.c.state == ALARM)
        if business_id is not None:
            wanted = wanted.where(deliveries.c.business_id == business_id)
        newest_first = (deliveries.c.ended_at.desc(), deliveries.c.seq.desc())
        return await self._deliveries(wanted.order_by(*newest_first).limit(limit))

    async def sent_since(self, business_id: str, channel: str, since: datetime) -> int:
        return await self._db.read(sending.sent_since, business_id, channel, since)

    async def went_to(self, business_id: str, contact: str, since: datetime, *, limit: int = 100) -> Sequence[Delivery]:
        # By the names of all channels, so that the index of what went out can answer.
        by_any = deliveries.c.channel.in_(CHANNELS)
        theirs = (deliveries.c.business_id == business_id, by_any, deliveries.c.contact == contact)
        wanted = select(deliveries).where(*theirs, deliveries.c.sent_at >= since)
        return await self._deliveries(
            wanted.order_by(deliveries.c.sent_at.desc(), deliveries.c.seq.desc()).limit(limit)
        )

    async def counts(self) -> Mapping[str, int]:
        return await self._db.read(sending.counts)

    async def _deliveries(self, wanted: Select[tuple[object, ...]]) -> Sequence[Delivery]:
        return await self._db.read(outbox_rows.select_deliveries, wanted)

    async def _escalations(self, wanted: Select[tuple[object, ...]]) -> Sequence[Escalation]:
        return await self._db.read(outbox_rows.select_escalations, wanted)

    async def _one(self, wanted: Select[tuple[object, ...]]) -> Delivery | None:
        found = await self._deliveries(wanted)
        return found[0] if found else None


def _open(found: Sequence[Escalation]) -> list[Held | Asking]:
    return [state for state in found if isinstance(state, Held | Asking)]
