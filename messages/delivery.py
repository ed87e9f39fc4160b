"""A delivery: one message to one contact by one channel, as a type per state.

Each transition is a method that returns the next state, so that a state without the method cannot make the move.
A delivery ends in exactly one visible state: Delivered, Acknowledged or Alarm.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

RETRY_DELAYS = (5, 15, 60, 300, 900, 1800, 3600, 3600, 7200, 14400, 14400, 28800)
"""Seconds before each further attempt after a temporary failure; after the last the delivery is an alarm."""


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

    `token` opens the acknowledgement page; `repeat_seconds` and `max_sends` apply when `until_acknowledged`.
    `include` lists what of the message may be told (see `messages.policy`), None means all of it.
    """

    id: str
    message_id: str
    business_id: str
    target: Target
    created_at: datetime
    token: str
    until_acknowledged: bool = False
    repeat_seconds: int = 300
    max_sends: int = 6
    include: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Queued:
    """Waits for its (next) attempt at `due`; `failures` in a row so far, `sends` that went out."""

    job: Job
    due: datetime
    failures: int = 0
    sends: int = 0
    last_error: str = ""

    def leased(self, now: datetime, seconds: float, lease: str) -> "Leased":
        return Leased(self.job, now + timedelta(seconds=seconds), lease, self.failures, self.sends)

    def acknowledged(self, now: datetime, by: str) -> "Acknowledged":
        return Acknowledged(self.job, now, by)


@dataclass(frozen=True)
class Leased:
    """One relay worker has it until `until`; after that another may take it (at least once, never lost)."""

    job: Job
    until: datetime
    lease: str
    failures: int
    sends: int

    def sent(self, now: datetime, reference: str) -> "Delivered | AwaitingAcknowledgement":
        if self.job.until_acknowledged:
            due = now + timedelta(seconds=self.job.repeat_seconds)
            return AwaitingAcknowledgement(self.job, now, due, self.sends + 1, reference)
        return Delivered(self.job, now, reference)

    def failed_for_now(self, now: datetime, why: str) -> "Queued | Alarm":
        if self.failures >= len(RETRY_DELAYS):
            return Alarm(self.job, now, f"gave up after {self.failures + 1} attempts: {why}")
        due = now + timedelta(seconds=RETRY_DELAYS[self.failures])
        return Queued(self.job, due, self.failures + 1, self.sends, why)

    def failed_for_good(self, now: datetime, why: str) -> "Alarm":
        return Alarm(self.job, now, why)

    def acknowledged(self, now: datetime, by: str) -> "Acknowledged":
        """Somebody has it from an earlier send; the worker finds its lease gone when it settles."""
        return Acknowledged(self.job, now, by)


@dataclass(frozen=True)
class AwaitingAcknowledgement:
    """Went out; somebody has to say they have it. At `due` it goes out again, or is an alarm after the last send."""

    job: Job
    sent_at: datetime
    due: datetime
    sends: int
    reference: str

    def again(self, now: datetime) -> "Queued | Alarm":
        if self.sends >= self.job.max_sends:
            return Alarm(self.job, now, f"nobody acknowledged after {self.sends} sends")
        return Queued(self.job, now, 0, self.sends)

    def acknowledged(self, now: datetime, by: str) -> "Acknowledged":
        return Acknowledged(self.job, now, by)


@dataclass(frozen=True)
class Delivered:
    """Final: the channel accepted it."""

    job: Job
    at: datetime
    reference: str

    def acknowledged(self, now: datetime, by: str) -> "Acknowledged":
        return Acknowledged(self.job, now, by)


@dataclass(frozen=True)
class Acknowledged:
    """Final: a person said they have it."""

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

    def acknowledged(self, now: datetime, by: str) -> Acknowledged:
        return Acknowledged(self.job, now, by)


Delivery = Queued | Leased | AwaitingAcknowledgement | Delivered | Acknowledged | Alarm
