"""What becomes of deliveries: the units of work behind `SqlOutbox`, each a transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from uuid import uuid4

from sqlalchemy import Connection, bindparam, func, or_, select, update

from calls.delivery_facts import of_attempt, of_lost_lease, of_opening, of_receipt, of_retry
from messages.channels.channel import Receipt
from messages.delivery import Accepted, Alarm, Delivery, Leased, Queued
from store import changes, fact_log, outbox_rows
from store.delivery_rows import from_row, name_of, to_row
from store.outbox_rows import OWN_DELIVERY, REPLACE, SETTLE, replacing
from store.prepared import Prepared
from store.tables import deliveries, escalations
from store.upsert import insert_missing

QUEUED, LEASED, ACCEPTED = map(name_of, (Queued, Leased, Accepted))
OPENED_AGAIN = timedelta(minutes=1)
"""A page opened again within this time is the same opening (a browser's reload, a preview's fetch)."""

NEXT_DUE = Prepared(
    select(
        select(func.min(deliveries.c.due_at))
        .where(or_(*(deliveries.c.state == state for state in (QUEUED, LEASED, ACCEPTED))))
        .scalar_subquery()
        .label("delivery"),
        select(func.min(escalations.c.look_at)).scalar_subquery().label("escalation"),
    )
)
ACCEPTED_LATER = update(deliveries).where(deliveries.c.state == ACCEPTED)


def claim(
    connection: Connection, now: datetime, lease_seconds: float, limit: int, busy: Collection[str]
) -> Sequence[Leased]:
    token = uuid4().hex
    leased, lost = [], []
    for state in map(from_row, _due(*sorted(busy)).rows(connection, {"now": now, "most": limit})):
        match state:
            case Leased():
                about = outbox_rows.subjects_at_hand(connection, state.job)
                if about is None:
                    continue
                lost += [of_lost_lease(subject, state, now) for subject in about]
                leased.append(changes.lease(state, now, lease_seconds, token))
            case Queued():
                leased.append(changes.lease(state, now, lease_seconds, token))
    outbox_rows.replace(connection, leased)
    fact_log.append(connection, lost, locked=True)
    return leased


def end_leases(connection: Connection, now: datetime) -> int:
    held = (deliveries.c.state == LEASED, deliveries.c.due_at > now)
    return connection.execute(update(deliveries).where(*held).values(due_at=now)).rowcount


def settle(connection: Connection, held: Leased, state: Delivery, segments: int = 0) -> bool:
    about = outbox_rows.subjects(connection, held.job)
    values = {**replacing(state), "segments": segments or None, "wanted_lease": held.lease}
    if SETTLE.run(connection, values) != 1:
        return False
    _went_on(connection, state)
    fact_log.append(connection, [fact for subject in about for fact in of_attempt(subject, held, state)], locked=True)
    return True


def receive(
    connection: Connection, delivery_id: str, receipt: Receipt, now: datetime, reference: str
) -> Delivery | None:
    about = outbox_rows.subjects(connection, outbox_rows.delivery(connection, delivery_id).job)
    [row] = OWN_DELIVERY.rows(connection, {"wanted_id": delivery_id})
    before = from_row(row)
    state = changes.with_receipt(before, row.reference, receipt, now, reference)
    if state is None:
        return None
    values = replacing(state)
    REPLACE.run(connection, values | {"reference": reference or values["reference"]})
    _went_on(connection, state)
    facts = [fact for subject in about for fact in of_receipt(subject, before, state)]
    fact_log.append(connection, facts, locked=True)
    return state


def ask_later(connection: Connection, delivery: Accepted, due: datetime) -> None:
    connection.execute(ACCEPTED_LATER.where(deliveries.c.id == delivery.job.id).values(due_at=due))


def next_due(connection: Connection) -> datetime | None:
    [(delivery, escalation)] = NEXT_DUE.rows(connection, {})
    return min((moment for moment in (delivery, escalation) if moment), default=None)


def add(connection: Connection, notes: Sequence[Queued]) -> None:
    if notes:
        insert_missing(connection, deliveries, [to_row(note) for note in notes])


def opened(connection: Connection, delivery_id: str, now: datetime) -> None:
    job = outbox_rows.delivery(connection, delivery_id).job
    about = outbox_rows.subjects(connection, job)
    before = deliveries.c.opened_at.is_(None) | (deliveries.c.opened_at <= now - OPENED_AGAIN)
    first = update(deliveries).where(deliveries.c.id == delivery_id, before).values(opened_at=now)
    if connection.execute(first).rowcount == 1:
        fact_log.append(connection, [of_opening(subject, job, now) for subject in about], locked=True)


def retry(connection: Connection, delivery_id: str, now: datetime) -> Delivery:
    about = outbox_rows.subjects(connection, outbox_rows.delivery(connection, delivery_id).job)
    [row] = OWN_DELIVERY.rows(connection, {"wanted_id": delivery_id})
    state = from_row(row)
    if not isinstance(state, Alarm):
        return state
    queued = state.retried(now)
    outbox_rows.replace(connection, [queued])
    fact_log.append(connection, [of_retry(subject, state.job, now) for subject in about], locked=True)
    return queued


def sent_since(connection: Connection, business_id: str, channel: str, since: datetime) -> int:
    own = (deliveries.c.business_id == business_id, deliveries.c.channel == channel)
    # Without segments it is a call, or from before they were counted.
    paid_for = func.coalesce(func.sum(func.coalesce(deliveries.c.segments, 1)), 0)
    return int(connection.execute(select(paid_for).where(*own, deliveries.c.sent_at >= since)).scalar_one())


def counts(connection: Connection) -> dict[str, int]:
    by_state = select(deliveries.c.state, func.count().label("deliveries")).group_by(deliveries.c.state)
    return {row.state: row.deliveries for row in connection.execute(by_state)}


def _went_on(connection: Connection, state: Delivery) -> None:
    if ended_at := changes.ended_at(state):
        outbox_rows.look(connection, outbox_rows.message_ids(state.job), ended_at)


@cache
def _due(*busy: str) -> Prepared:
    """Deliveries to be taken `now`, at most so many; none by channels that are busy."""
    waiting = or_(deliveries.c.state == QUEUED, deliveries.c.state == LEASED)
    due = select(deliveries).where(waiting, deliveries.c.due_at <= bindparam("now"))
    free = due.where(*(deliveries.c.channel != name for name in busy))
    in_order = free.order_by(deliveries.c.due_at, deliveries.c.seq).limit(bindparam("most"))
    return Prepared(in_order.with_for_update(skip_locked=True))
