"""A delivery's typestate as a row and back: the state's name says which columns mean something."""

from typing import Any, assert_never

from sqlalchemy import Row

from messages.delivery import (
    Accepted,
    Acknowledged,
    Alarm,
    Delivered,
    Delivery,
    Job,
    Leased,
    Purpose,
    Queued,
    Target,
)
from store.tables import deliveries

JOB_COLUMNS = frozenset({"message_id", "escalation_id", "include", "language"})
EMPTY_STATE = {column.name: None for column in deliveries.c if column.nullable and column.name not in JOB_COLUMNS}


def name_of(state: type[Delivery]) -> str:
    """What a state is called in the database and in counts."""
    return state.__name__.lower()


def to_row(delivery: Queued) -> dict[str, Any]:
    """All columns of a new delivery but `seq`."""
    return {**_job_columns(delivery.job), **to_state(delivery)}


def to_state(delivery: Delivery) -> dict[str, Any]:
    """The columns that go with the state, all of them: what it does not have is None."""
    return {**EMPTY_STATE, "state": name_of(type(delivery)), **_state_columns(delivery)}


def from_row(row: Row[Any]) -> Delivery:
    """The state that `to_row` was given."""
    job = _job(row)
    match row.state:
        case "queued":
            return Queued(job, row.due_at, row.failures, row.last_error, row.unsure)
        case "leased":
            return Leased(job, row.due_at, row.lease, row.failures, row.unsure)
        case "accepted":
            return Accepted(job, row.sent_at, row.due_at, row.reference)
        case "delivered":
            return Delivered(job, row.ended_at, row.reference, row.passed_on)
        case "acknowledged":
            return Acknowledged(job, row.ended_at, row.acknowledged_by)
        case "alarm":
            return Alarm(job, row.ended_at, row.why)
        case other:
            raise ValueError(f"delivery {row.id} is in a state this version does not know: {other}")


def _state_columns(delivery: Delivery) -> dict[str, Any]:
    match delivery:
        case Queued(_, due, failures, last_error, unsure):
            return {"due_at": due, "failures": failures, "last_error": last_error, "unsure": unsure}
        case Leased(_, until, lease, failures, unsure):
            return {"due_at": until, "lease": lease, "failures": failures, "unsure": unsure}
        case Accepted(_, at, due, reference):
            return {"sent_at": at, "due_at": due, "reference": reference}
        case Delivered(_, at, reference, passed_on):
            return {"ended_at": at, "reference": reference, "passed_on": passed_on}
        case Acknowledged(_, at, by):
            return {"ended_at": at, "acknowledged_by": by}
        case Alarm(_, at, why):
            return {"ended_at": at, "why": why}
        case _:
            assert_never(delivery)


def _job_columns(job: Job) -> dict[str, Any]:
    own = {name: value for name, value in vars(job).items() if name != "target"}
    encoded = {"purpose": job.purpose.value, "summary_of": list(job.summary_of), "language": job.language or None}
    return {**own, **vars(job.target), **encoded}


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        message_id=row.message_id,
        business_id=row.business_id,
        target=Target(row.contact, row.contact_name, row.channel, row.address),
        created_at=row.created_at,
        token=row.token,
        purpose=Purpose(row.purpose),
        escalation_id=row.escalation_id,
        asks=row.asks,
        reminder=row.reminder,
        include=None if row.include is None else tuple(row.include),
        link_only=row.link_only,
        body=row.body,
        summary_of=tuple(row.summary_of),
        language=row.language or "",
    )
