"""A task: something for an agent to do for a business, outside of any call."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TaskKind(StrEnum):
    ESCALATION = "escalation"  # nobody has acknowledged: reach somebody by hand
    REPLY = "reply"  # call the caller back with the business's words


@dataclass(frozen=True)
class Task:
    """`words` is what the business wants said (reply) or what to do; `taken_by` and `done_by` are person ids.

    `due_at` is when it should be begun. `outcome` is what the agent wrote when it was done.
    """

    id: str
    business_id: str
    message_id: str | None
    kind: TaskKind
    words: str
    created_at: datetime
    due_at: datetime
    asked_by: str = ""  # a name; "" when the service itself asks
    escalation_id: str | None = None
    taken_by: str | None = None
    taken_at: datetime | None = None
    done_by: str | None = None
    done_at: datetime | None = None
    outcome: str = ""
