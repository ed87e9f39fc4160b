"""Messages, deliveries and facts of the demo cast, for the suites here and in tests/store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from messages.delivery import Job, Queued, Target
from messages.escalation import Asking, Held, Path
from messages.message import Message, MessageStatus, Source
from messages.policy import DeliveryRule
from messages.task import Task, TaskKind
from reports.facts import Fact, Kind

NOON = datetime(2026, 3, 2, 17, 0, 0, 250_000, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

_serial = count(1)


def draft(**changes: Any) -> Message:
    """A draft as the desk opens it, with an id of its own."""
    message = Message(
        id=f"message-{next(_serial)}",
        business_id="harbor",
        form="standard",
        source=Source.AGENT,
        created_at=NOON,
        call_id="call-1",
        caller="+12025550110",
        answers={"name": "Siobhán O'Neil", "reason": 'leak; "urgent" \\ 水'},
        name_said_as="shi-VAWN",
        name_clip="clip-name",
        taken_by="ana",
    )
    return replace(message, **changes)


def finished(status: MessageStatus = MessageStatus.SAVED, **changes: Any) -> Message:
    """A message ready to be saved."""
    return draft(**{"status": status, "saved_at": NOON + MINUTE, **changes})


def queued(message: Message, *, due: datetime = NOON, channel: str = "sms", **job: Any) -> Queued:
    """A delivery of the message, due."""
    serial = next(_serial)
    target = Target("office", "Office", channel, "+12025550191")
    values = {"created_at": NOON, "token": f"token-{serial}", **job}
    return Queued(Job(f"delivery-{serial}", message.id, message.business_id, target, **values), due)


RULE = DeliveryRule(to=("office",), by=("sms",), until_acknowledged=True, repeat_minutes=5, include=("name",))
PLAIN = DeliveryRule(to=("office",), by=("email",))
HELD = DeliveryRule.model_validate({"to": "office", "by": "email", "hold": {"at": ["08:00"], "until_check_in": True}})


def asking(message: Message, rule: DeliveryRule = RULE, *, due: datetime = NOON + 5 * MINUTE, **state: Any) -> Asking:
    """An escalation of the message that asks, with an id of its own."""
    return Asking(_path(message, rule), due, **state)


def held(message: Message, *, due: datetime = NOON + 60 * MINUTE) -> Held:
    """An escalation of the message that is kept for a summary."""
    return Held(_path(message, HELD), due)


def _path(message: Message, rule: DeliveryRule) -> Path:
    serial = next(_serial)
    return Path(f"escalation-{serial}", message.id, message.business_id, rule, serial, NOON)


def task(message: Message | None = None, **changes: Any) -> Task:
    """A task for the agents."""
    values = {
        "id": f"task-{next(_serial)}",
        "business_id": "harbor",
        "message_id": message.id if message else None,
        "kind": TaskKind.ESCALATION,
        "words": "Reach the office by hand.",
        "created_at": NOON,
        "due_at": NOON + MINUTE,
    }
    return Task(**{**values, **changes})


def fact(kind: Kind, call_id: str = "call-1", **changes: Any) -> Fact:
    """A fact of Harbor's."""
    return Fact(**{"call_id": call_id, "at": NOON, "kind": kind, "business_id": "harbor", **changes})
