"""What becomes of escalations: the units of work behind `SqlOutbox`, each a transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from calls.delivery_facts import Subject, of_move, of_task
from messages.delivery import Accepted, Leased, Queued
from messages.escalation import Asking, Escalation, Held, Move, Taken, Told
from messages.outbox import Acknowledgement
from reports.facts import Fact, Kind
from store import delivery_rows, escalation_rows, fact_log, outbox_rows, task_rows
from store.prepared import Prepared
from store.tables import deliveries, escalations, tasks
from store.taking import Said, take

HELD, ASKING = map(escalation_rows.name_of, (Held, Asking))
WAITING = tuple(map(delivery_rows.name_of, (Queued, Leased, Accepted)))
LOCKED = Prepared(select(escalations).where(escalations.c.id == bindparam("wanted_id")).with_for_update())


DUE = Prepared(
    select(escalations)
    .where(escalations.c.look_at.is_not(None), escalations.c.look_at <= bindparam("now"))
    .order_by(escalations.c.look_at, escalations.c.seq)
    .limit(bindparam("most"))
)


class HeldNoMore(Exception):
    """Somebody else has moved one of them; the whole transaction is undone."""


def due(connection: Connection, now: datetime, limit: int) -> list[Escalation]:
    return [escalation_rows.from_row(row) for row in DUE.rows(connection, {"now": now, "most": limit})]


def move(connection: Connection, before: Held | Asking, move: Move) -> bool:
    subject = outbox_rows.subject(connection, before.path.message_id)
    fact_log.lock(connection, [subject.chain])
    stored = _locked(connection, before)
    if stored is None:
        return False
    outbox_rows.replace_escalation(connection, move.state, _revision(stored) + 1)
    outbox_rows.insert_new(connection, (), move.deliveries, move.tasks)
    fact_log.append(connection, of_move(subject, before, move), locked=True)
    return True


def summarise(connection: Connection, held: Sequence[Held], summary: Sequence[Queued], now: datetime) -> None:
    """Raises HeldNoMore."""
    for each in sorted(held, key=lambda held: held.path.id):  # in one order: two at once must not wait for each other
        if _locked(connection, each) is None:
            raise HeldNoMore
        outbox_rows.replace_escalation(connection, Told(each.path, now), 0)
    outbox_rows.insert_new(connection, (), summary, ())


def check_in(connection: Connection, business_id: str, now: datetime) -> int:
    wanted = select(escalations).where(escalations.c.state == HELD, escalations.c.business_id == business_id)
    waiting = [
        state.path.id
        for state in outbox_rows.select_escalations(connection, wanted.with_for_update())
        if isinstance(state, Held) and state.due > now and state.path.rule.hold and state.path.rule.hold.until_check_in
    ]
    if waiting:
        due = update(escalations).where(escalations.c.id.in_(waiting)).values(due_at=now, look_at=now)
        connection.execute(due)
    return len(waiting)


def clock_stepped(connection: Connection, seconds: float) -> None:
    step = timedelta(seconds=seconds)
    waiting = select(deliveries.c.id, deliveries.c.due_at).where(deliveries.c.state.in_(WAITING))
    if rows := connection.execute(waiting.order_by(deliveries.c.seq).with_for_update()).all():
        moved = update(deliveries).where(deliveries.c.id == bindparam("wanted_id")).values(due_at=bindparam("due"))
        connection.execute(moved, [{"wanted_id": row.id, "due": row.due_at + step} for row in rows])
    asking = select(escalations).where(escalations.c.state == ASKING).order_by(escalations.c.seq).with_for_update()
    if rows := connection.execute(asking).all():
        later = update(escalations).where(escalations.c.id == bindparam("wanted_id"))
        times = {"due_at": bindparam("due"), "look_at": bindparam("look"), "revision": escalations.c.revision + 1}
        values = [{"wanted_id": row.id, "due": row.due_at + step, "look": row.look_at + step} for row in rows]
        connection.execute(later.values(times), values)


def acknowledge(connection: Connection, said: Said) -> Acknowledgement:
    subject = outbox_rows.subject(connection, said.message_id)
    fact_log.lock(connection, [subject.chain])
    of_it = select(escalations).where(escalations.c.message_id == said.message_id)
    stored = outbox_rows.select_escalations(connection, of_it.order_by(escalations.c.seq).with_for_update())
    sent = outbox_rows.select_deliveries(connection, outbox_rows.of_message(said.message_id).with_for_update())
    taking = take(said, stored, sent)
    for taken in taking.taken:
        outbox_rows.replace_escalation(connection, taken, 0)
    outbox_rows.replace(connection, taking.acknowledged)
    outbox_rows.insert_new(connection, (), taking.told, ())
    if taking.acknowledged:
        outbox_rows.look(connection, [said.message_id], said.at)
    facts = taking.facts(subject, said)
    facts += _withdraw_tasks(connection, subject, taking.taken, said.at)
    fact_log.append(connection, facts, locked=True)
    return taking.acknowledgement


def _withdraw_tasks(connection: Connection, subject: Subject, taken: Sequence[Taken], now: datetime) -> list[Fact]:
    """Nobody has to be reached by hand any more."""
    ended = [state.path.id for state in taken]
    unwanted = update(tasks).where(tasks.c.escalation_id.in_(ended), tasks.c.done_at.is_(None)).values(done_at=now)
    rows = connection.execute(unwanted.returning(tasks)).all() if ended else []
    return [of_task(subject, Kind.TASK_WITHDRAWN, task_rows.from_row(row), now) for row in rows]


def _locked(connection: Connection, before: Held | Asking) -> Escalation | None:
    """The stored escalation, locked, if it is as given; None if it has moved."""
    rows = LOCKED.rows(connection, {"wanted_id": before.path.id})
    if not rows:
        return None
    stored = escalation_rows.from_row(rows[0])
    return stored if stored == before and _revision(stored) == _revision(before) else None


def _revision(state: Escalation) -> int:
    return state.revision if isinstance(state, Asking) else 0
