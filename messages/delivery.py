"""A delivery: one text to one contact by one channel, sent once, as a type per state.

Each transition is a method that returns the next state, so that a state without the method cannot make the move.
A delivery ends in exactly one visible state: Delivered, Acknowledged or Alarm. Who is asked next, and when, is not its
business but that of the escalation it belongs to (`messages.escalation`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

RETRY_DELAYS = (5, 15, 60, 300, 900, 1800, 3600, 3600, 7200, 14400, 14400, 28800)
"""Seconds before each further attempt after a temporary failure, where a channel has no ladder of its own."""

RECEIPT_SECONDS = 600
"""How long a provider may take to say what became of a text before it is asked."""


class Purpose(StrEnum):
    """What the text is for."""

    MESSAGE = "message"  # the message itself
    SUMMARY = "summary"  # several held messages in one text
    TAKEN = "taken"  # to those who were told: somebody has it now
    NOTE = "note"  # the service's own words (an answer to a command, a code): `Job.body`


@dataclass(frozen=True)
class Target:
    """Whom a delivery goes to: a contact of the business, by one channel, at one address."""

    contact: str
    contact_name: str
    channel: str
    address: str


@dataclass(frozen=True)
class Job:
    """What stays the same through all states of a delivery.

    `token` (256 random bits) opens its secure page; `escalation_id` is None for what no rule has sent. With `asks` the
    text says how to acknowledge; `reminder` is how many times this contact was told before (by this channel).
    `include` lists what of the message may be told (see `messages.policy`), None means all of it; with `link_only` the
    details are behind the secure page alone. `body` is the ready text of a note or, for `taken`, who has it.
    `language` (BCP 47) is that of a note's text; "" is English, which they are all in but what is said in calls.
    `message_id` is None for a note that is about no message, and for a summary (see `summary_of`). `business_id` is ""
    for a note to a stranger.
    """

    id: str
    message_id: str | None
    business_id: str
    target: Target
    created_at: datetime
    token: str
    purpose: Purpose = Purpose.MESSAGE
    escalation_id: str | None = None
    asks: bool = False
    reminder: int = 0
    include: tuple[str, ...] | None = None
    link_only: bool = False
    body: str = ""
    summary_of: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True)
class Queued:
    """Waits for its (next) attempt at `due`; `failures` in a row so far.

    With `unsure` an attempt may have gone out without our knowing: the channel looks before it sends again.
    """

    job: Job
    due: datetime
    failures: int = 0
    last_error: str = ""
    unsure: bool = False

    def leased(self, now: datetime, seconds: float, lease: str) -> "Leased":
        return Leased(self.job, now + timedelta(seconds=seconds), lease, self.failures, self.unsure)

    def acknowledged(self, now: datetime, by: str) -> "Acknowledged":
        return Acknowledged(self.job, now, by)


@dataclass(frozen=True)
class Leased:
    """One relay worker has it until `until`; after that another may take it (at least once, never lost)."""

    job: Job
    until: datetime
    lease: str
    failures: int
    unsure: bool = False

    def accepted(self, now: datetime, reference: str) -> "Accepted":
        """The provider has it and will say what became of it."""
        return Accepted(self.job, now, now + timedelta(seconds=RECEIPT_SECONDS), reference)

    def delivered(self, now: datetime, reference: str) -> "Delivered":
        return Delivered(self.job, now, reference)

    def failed_for_now(
        self, now: datetime, why: str, *, unsure: bool = False, ladder: Sequence[float] = RETRY_DELAYS
    ) -> "Queued | Alarm":
        if self.failures >= len(ladder):
            return Alarm(self.job, now, f"gave up after {self.failures + 1} attempts: {why}")
        due = now + timedelta(seconds=ladder[self.failures])
        return Queued(self.job, due, self.failures + 1, why, self.unsure or unsure)

    def put_off(self, due: datetime, why: str) -> Queued:
        """It was not tried."""
        return Queued(self.job, due, self.failures, why, self.unsure)

    def failed_for_good(self, now: datetime, why: str) -> "Alarm":
        return Alarm(self.job, now, why)

    def acknowledged(self, now: datetime, by: str) -> "Acknowledged":
        """Somebody has it from elsewhere; the worker finds its lease gone when it settles."""
        return Acknowledged(self.job, now, by)


@dataclass(frozen=True)
class Accepted:
    """The provider took it; at `due` it is asked what became of it, if it has not said so by then."""

    job: Job
    at: datetime
    due: datetime
    reference: str

    def delivered(self, now: datetime) -> "Delivered":
        return Delivered(self.job, now, self.reference)

    def undelivered(self, now: datetime, why: str) -> "Alarm":
        return Alarm(self.job, now, why)

    def asked_later(self, due: datetime) -> "Accepted":
        """Nothing is known yet; ask again at `due`."""
        return Accepted(self.job, self.at, due, self.reference)

    def acknowledged(self, now: datetime, by: str) -> "Acknowledged":
        return Acknowledged(self.job, now, by)


@dataclass(frozen=True)
class Delivered:
    """Final: it arrived, as far as the channel can tell. `passed_on`: the person reached said to ask somebody else."""

    job: Job
    at: datetime
    reference: str
    passed_on: bool = False

    def acknowledged(self, now: datetime, by: str) -> "Acknowledged":
        return Acknowledged(self.job, now, by)


@dataclass(frozen=True)
class Acknowledged:
    """Final: a person said they have it (or somebody else did before this went out)."""

    job: Job
    at: datetime
    by: str


@dataclass(frozen=True)
class Alarm:
    """Final: it did not arrive; a person has to look."""

    job: Job
    at: datetime
    why: str

    def retried(self, now: datetime) -> Queued:
        """A person asked for another go."""
        return Queued(self.job, now)

    def delivered(self, now: datetime, reference: str) -> Delivered:
        """The provider says after all that it arrived."""
        return Delivered(self.job, now, reference)

    def acknowledged(self, now: datetime, by: str) -> Acknowledged:
        return Acknowledged(self.job, now, by)


Delivery = Queued | Leased | Accepted | Delivered | Acknowledged | Alarm
