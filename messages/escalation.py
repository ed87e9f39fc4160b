"""An escalation: one message on its way by one delivery rule, as a type per state. Pure.

It says who is told now, who next, and when. `messages.moves` takes it one move further; the store makes the move
together with the deliveries and tasks that it brings. It never ends silently: Taken (a person acknowledged), Told
(nothing had to be acknowledged and it arrived) or Unanswered (an alarm for the supervisor).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from messages.delivery import Queued
from messages.policy import DeliveryRule
from messages.task import Task


@dataclass(frozen=True)
class Path:
    """What stays the same: the rule as it was when the message was saved, so that what was promised is what happens.

    `place` is the rule's place in the plan's `deliver` at that time.
    """

    id: str
    message_id: str
    business_id: str
    rule: DeliveryRule
    place: int
    created_at: datetime


@dataclass(frozen=True)
class Held:
    """Kept for a summary at `due`, or until the business checks in but no later than `due`."""

    path: Path
    due: datetime


@dataclass(frozen=True)
class Asking:
    """`step` (from 0) of the rule is being tried for the `round`th time (from 0); at `due` the wait of this round is
    over. It is looked at then, and earlier when a delivery of its message came to an end.

    `sent` are the ids of the deliveries of this round. One may belong to another escalation of the same message: where
    two rules meet at one address, one delivery serves both. `told` are the keys of contacts told so far, in order.
    `revision` is the store's: it goes up with every change and with every delivery of the message that ends, so that a
    move made in ignorance of it does not count.
    """

    path: Path
    due: datetime
    step: int = 0
    round: int = 0
    told: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()
    revision: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Taken:
    """Final: `by` (a name) has it, said by `how`: "sms", "email", "voice", "page", "portal", "agent".

    `late` when it came after the alarm.
    """

    path: Path
    at: datetime
    by: str
    how: str
    late: bool = False


@dataclass(frozen=True)
class Told:
    """Final: it arrived where it should, or went into a summary; nobody was to acknowledge."""

    path: Path
    at: datetime


@dataclass(frozen=True)
class Unanswered:
    """Final but for a late acknowledgement: nobody could be told, or nobody acknowledged. The supervisor's alarm."""

    path: Path
    at: datetime
    why: str


Escalation = Held | Asking | Taken | Told | Unanswered


@dataclass(frozen=True)
class Move:
    """What comes of one look at an escalation: its next state, and the deliveries and tasks that begin with it.

    `skipped` says in sentences whom it passed over and why (for the timeline).
    """

    state: Escalation
    deliveries: tuple[Queued, ...] = ()
    tasks: tuple[Task, ...] = ()
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mint:
    """Where fresh ids and secrets (the tokens of secure pages, 256 random bits) come from."""

    new_id: Callable[[], str]
    new_token: Callable[[], str]
