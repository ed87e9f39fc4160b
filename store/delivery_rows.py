"""A delivery's typestate as a row and back: the state's name says which columns mean something."""

from typing import Any, assert_never

from sqlalchemy import Row

from messages.delivery import (
    Acknowledged,
    Alarm,
    AwaitingAcknowledgement,
    Delivered,
    Delivery,
    Job,
    Leased,
    Queued,
    Target,
)
from store.tables import deliveries

EMPTY = {column.name: None for column in deliveries.c if column.nullable}


def name_of(state: type[Delivery]) -> str:
    """What a state is called in the database and in counts."""
    return state.__name__.lower()


def to_row(delivery: Delivery) -> dict[str, Any]:
    """All columns but `seq`."""
    return {**EMPTY, **_job_columns(delivery.job), "state": name_of(type(delivery)), **_state_columns(delivery)}


def from_row(row: Row[Any]) -> Delivery:
    """The state that `to_row` was given."""
    job = _job(row)
    match row.state:
        case "queued":
            return Queued(job, row.due_at, row.failures, row.sends, row.last_error)
        case "leased":
            return Leased(job, row.due_at, row.lease, row.failures, row.sends)
        case "awaitingacknowledgement":
            return AwaitingAcknowledgement(job, row.sent_at, row.due_at, row.sends, row.reference)
        case "delivered":
            return Delivered(job, row.ended_at, row.reference)
        case "acknowledged":
            return Acknowledged(job, row.ended_at, row.acknowledged_by)
        case "alarm":
            return Alarm(job, row.ended_at, row.why)
        case other:
            raise ValueError(f"delivery {row.id} is in a state this version does not know: {other}")


def _state_columns(delivery: Delivery) -> dict[str, Any]:
    match delivery:
        case Queued(_, due, failures, sends, last_error):
            return {"due_at": due, "failures": failures, "sends": sends, "last_error": last_error}
        case Leased(_, until, lease, failures, sends):
            return {"due_at": until, "lease": lease, "failures": failures, "sends": sends}
        case AwaitingAcknowledgement(_, sent_at, due, sends, reference):
            return {"sent_at": sent_at, "due_at": due, "sends": sends, "reference": reference}
        case Delivered(_, at, reference):
            return {"ended_at": at, "reference": reference}
        case Acknowledged(_, at, by):
            return {"ended_at": at, "acknowledged_by": by}
        case Alarm(_, at, why):
            return {"ended_at": at, "why": why}
        case _:
            assert_never(delivery)


def _job_columns(job: Job) -> dict[str, Any]:
    own = {name: value for name, value in vars(job).items() if name != "target"}
    return {**own, **vars(job.target)}


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        message_id=row.message_id,
        business_id=row.business_id,
        target=Target(row.contact, row.contact_name, row.channel, row.address),
        created_at=row.created_at,
        token=row.token,
        until_acknowledged=row.until_acknowledged,
        repeat_seconds=row.repeat_seconds,
        max_sends=row.max_sends,
        include=None if row.include is None else tuple(row.include),
    )
