"""Rows of deliveries and escalations, and the statements that change them.

The statements are made once: making one costs as much as running it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Integer, Select, Text, bindparam, func, insert, or_, select, update

from accounts.directory import NotFound
from calls.delivery_facts import Subject
from messages.delivery import Delivered, Delivery, Job, Leased, Queued
from messages.escalation import Asking, Escalation
from messages.task import Task
from store import delivery_rows, escalation_rows, fact_log, task_rows
from store.prepared import Prepared
from store.tables import Moment, deliveries, escalations, messages, summarised, tasks

D = TypeVar("D", bound=Delivery)

ASKING = escalation_rows.name_of(Asking)
LEASED = delivery_rows.name_of(Leased)

INSERT_DELIVERY = Prepared(insert(deliveries))
INSERT_ESCALATION = Prepared(insert(escalations))
INSERT_TASK = Prepared(insert(tasks))
INSERT_SUMMARISED = Prepared(insert(summarised))
DELIVERY = Prepared(select(deliveries).where(deliveries.c.id == bindparam("wanted_id")))
OWN_DELIVERY = Prepared(select(deliveries).where(deliveries.c.id == bindparam("wanted_id")).with_for_update())
SUBJECT = Prepared(
    select(messages.c.number, messages.c.business_id, messages.c.call_id).where(messages.c.id == bindparam("wanted_id"))
)

# When it first went out stays, and what the provider calls it and its segments unless they are new.
CHANGED: dict[str, Any] = {
    name: bindparam(name) for name in (*delivery_rows.EMPTY_STATE, "state") if name != "opened_at"
} | {
    "sent_at": func.coalesce(
        bindparam("sent_at", type_=Moment), deliveries.c.sent_at, bindparam("first_sent_at", type_=Moment)
    ),
    "reference": func.coalesce(bindparam("reference", type_=Text), deliveries.c.reference),
    "segments": func.coalesce(bindparam("segments", type_=Integer), deliveries.c.segments),
}
CHANGE = update(deliveries).where(deliveries.c.id == bindparam("wanted_id")).values(CHANGED)
REPLACE = Prepared(CHANGE)
SETTLE = Prepared(CHANGE.where(deliveries.c.state == LEASED, deliveries.c.lease == bindparam("wanted_lease")))
REPLACE_ESCALATION = Prepared(
    update(escalations)
    .where(escalations.c.id == bindparam("wanted_id"))
    .values({name: bindparam(name) for name in (*escalation_rows.EMPTY, "state", "revision")})
)
LOOK = Prepared(
    update(escalations)
    .where(escalations.c.message_id == bindparam("of_message"), escalations.c.state == ASKING)
    .values(look_at=bindparam("now"), revision=escalations.c.revision + 1)
)


def insert_new(
    connection: Connection,
    begun: Sequence[Escalation],
    queued: Sequence[Queued],
    asked: Sequence[Task],
) -> None:
    """Add new ones, in the transaction of what brings them."""
    INSERT_ESCALATION.run_many(connection, [escalation_rows.to_row(state) for state in begun])
    INSERT_DELIVERY.run_many(connection, [delivery_rows.to_row(delivery) for delivery in queued])
    links = [
        {"message_id": message_id, "delivery_id": delivery.job.id}
        for delivery in queued
        for message_id in delivery.job.summary_of
    ]
    INSERT_SUMMARISED.run_many(connection, links)
    INSERT_TASK.run_many(connection, [task_rows.to_row(task) for task in asked])


def subject(connection: Connection, message_id: str) -> Subject:
    """The message that facts are about. Raises NotFound."""
    found = SUBJECT.rows(connection, {"wanted_id": message_id})
    if not found:
        raise NotFound(f"no message {message_id}")
    return Subject(message_id, **found[0]._asdict())


def subjects(connection: Connection, job: Job) -> list[Subject]:
    """The messages that a delivery is about, their chains of facts locked: several for a summary, none for a note."""
    about = [subject(connection, message_id) for message_id in message_ids(job)]
    fact_log.lock(connection, [each.chain for each in about])
    return about


def subjects_at_hand(connection: Connection, job: Job) -> list[Subject] | None:
    """The same for whoever has the delivery locked already, and so must not wait for a chain; None when somebody else
    has one of them."""
    about = [subject(connection, message_id) for message_id in message_ids(job)]
    return about if fact_log.lock_at_once(connection, [each.chain for each in about]) else None


def message_ids(job: Job) -> tuple[str, ...]:
    """The messages that a delivery is about."""
    return (job.message_id,) if job.message_id else job.summary_of


def of_message(message_id: str) -> Select[Any]:
    """A message's deliveries in the order they were made."""
    in_summaries = select(summarised.c.delivery_id).where(summarised.c.message_id == message_id)
    of_it = or_(deliveries.c.message_id == message_id, deliveries.c.id.in_(in_summaries))
    return select(deliveries).where(of_it).order_by(deliveries.c.seq)


def delivery(connection: Connection, delivery_id: str) -> Delivery:
    """Raises NotFound."""
    rows = DELIVERY.rows(connection, {"wanted_id": delivery_id})
    if not rows:
        raise NotFound(f"no delivery {delivery_id}")
    return delivery_rows.from_row(rows[0])


def select_deliveries(connection: Connection, wanted: Select[Any]) -> list[Delivery]:
    return [delivery_rows.from_row(row) for row in connection.execute(wanted)]


def select_escalations(connection: Connection, wanted: Select[Any]) -> list[Escalation]:
    return [escalation_rows.from_row(row) for row in connection.execute(wanted)]


def replacing(state: Delivery) -> dict[str, Any]:
    """What REPLACE and SETTLE need for this next state."""
    first_sent_at = state.at if isinstance(state, Delivered) else None
    return {**delivery_rows.to_state(state), "first_sent_at": first_sent_at, "wanted_id": state.job.id}


def replace(connection: Connection, states: Sequence[Delivery]) -> None:
    """Store the next state of each."""
    REPLACE.run_many(connection, [replacing(state) for state in states])


def replace_escalation(connection: Connection, state: Escalation, revision: int) -> None:
    """Store the next state of an escalation, as this revision of it."""
    values = {**escalation_rows.EMPTY, **escalation_rows.to_state(state)}
    REPLACE_ESCALATION.run(connection, {**values, "revision": revision, "wanted_id": state.path.id})


def look(connection: Connection, about: Collection[str], now: datetime) -> None:
    """Deliveries of these messages have ended: have their asking escalations looked at."""
    for message_id in about:
        LOOK.run(connection, {"of_message": message_id, "now": now})
