"""An escalation's typestate as a row and back: the state's name says which columns mean something."""

from typing import Any, assert_never

from sqlalchemy import Row

from messages.escalation import Asking, Escalation, Held, Path, Taken, Told, Unanswered
from messages.policy import DeliveryRule
from store.tables import escalations

EMPTY = {column.name: None for column in escalations.c if column.nullable}


def name_of(state: type[Escalation]) -> str:
    """What a state is called in the database."""
    return state.__name__.lower()


def to_row(escalation: Escalation) -> dict[str, Any]:
    """All columns but `seq`."""
    path = escalation.path
    constant = {
        "id": path.id,
        "message_id": path.message_id,
        "business_id": path.business_id,
        "place": path.place,
        "rule": path.rule,
        "created_at": path.created_at,
    }
    return {**EMPTY, **constant, **to_state(escalation)}


def to_state(escalation: Escalation) -> dict[str, Any]:
    """The columns that change, but for those that this state leaves NULL."""
    return {"state": name_of(type(escalation)), "revision": 0, **_state_columns(escalation)}


def from_row(row: Row[Any]) -> Escalation:
    """The state that `to_row` was given."""
    rule = DeliveryRule.model_validate(row.rule)
    path = Path(row.id, row.message_id, row.business_id, rule, row.place, row.created_at)
    match row.state:
        case "held":
            return Held(path, row.due_at)
        case "asking":
            return Asking(path, row.due_at, row.step, row.round, tuple(row.told), tuple(row.sent), row.revision)
        case "taken":
            return Taken(path, row.ended_at, row.taken_by, row.how, row.late)
        case "told":
            return Told(path, row.ended_at)
        case "unanswered":
            return Unanswered(path, row.ended_at, row.why)
        case other:
            raise ValueError(f"escalation {row.id} is in a state this version does not know: {other}")


def _state_columns(escalation: Escalation) -> dict[str, Any]:
    match escalation:
        case Held(_, due):
            return {"look_at": due, "due_at": due}
        case Asking(_, due, step, round_, told, sent, revision):
            place = {"step": step, "round": round_, "told": list(told), "sent": list(sent)}
            return {"look_at": due, "due_at": due, "revision": revision, **place}
        case Taken(_, at, by, how, late):
            return {"ended_at": at, "taken_by": by, "how": how, "late": late}
        case Told(_, at):
            return {"ended_at": at}
        case Unanswered(_, at, why):
            return {"ended_at": at, "why": why}
        case _:
            assert_never(escalation)
