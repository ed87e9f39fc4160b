"""Whom one round of an escalation tells, and by which ways: the deliveries it makes, and those it finds made. Pure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from accounts.contacts import ChannelName
from messages.delivery import Accepted, Acknowledged, Alarm, Delivered, Delivery, Job, Leased, Purpose, Queued, Target
from messages.escalation import Mint, Path
from messages.policy import Step
from messages.reach import Reach, Reached

SAME_MOMENT = timedelta(minutes=1)
"""What went to an address less than this ago is not sent there again: the shortest wait of a step."""


@dataclass
class Round:
    """What one round does: `made` are its new deliveries, `sent` the ids of all that serve it, `told` whom by key,
    `skipped` whom it passed over and why. `again` are the deliveries that it repeats."""

    again: Collection[str] = ()
    made: list[Queued] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Teller:
    """Tells people of one message for one escalation at one moment.

    `deliveries` are those of the message so far. One that is on its way to the same address, or was sent this moment,
    is not doubled if it `serves`.
    """

    path: Path
    now: datetime
    reach: Reach
    deliveries: Sequence[Delivery]
    mint: Mint
    serves: Callable[[Job, Job], bool]

    def round(self, step: Step, again: Collection[str] = ()) -> Round:
        """Everybody the step means now, by every usable channel in `by`, or else the first in `else_by`.

        `again` are the ids of the last round's deliveries, when this is a repeat.
        """
        doing = Round(again=again)
        for name in step.contacts:
            people = self.reach.people(name, self.now)
            if not people:
                doing.skipped.append(f"{name}: nobody is on call or known by this name")
            for person in people:
                if person.key not in doing.told:
                    self._tell(person, step, doing)
        return doing

    def otherwise(self, step: Step, key: str, tried: Sequence[Delivery], doing: Round) -> None:
        """Tell this contact by the next of `else_by` that was not `tried`; whom nothing is left for is not told."""
        contact = self.reach.contacts.get(key)
        if contact is None:
            return
        channels = {delivery.job.target.channel for delivery in tried}
        left = [channel for channel in step.else_by if channel not in channels]
        self._first_of(left, Reached(key, contact), doing)

    def _tell(self, person: Reached, step: Step, doing: Round) -> None:
        if any(
            isinstance(d, Delivered) and d.passed_on and d.job.target.contact == person.key for d in self.deliveries
        ):
            doing.skipped.append(f"{person.key}: asked for somebody else")
            return
        going = [self._by(channel, person, doing) for channel in step.by]
        # One that is still being tried after a failure may come late: it does not keep the others from being tried.
        if not any(job_id and not self._fails(job_id) for job_id in going):
            self._first_of(step.else_by, person, doing)

    def _first_of(self, channels: Sequence[ChannelName], person: Reached, doing: Round) -> None:
        for channel in channels:
            job_id = self._by(channel, person, doing)
            if job_id and not self._fails(job_id):
                return

    def _by(self, channel: ChannelName, person: Reached, doing: Round) -> str | None:
        """Tell them this way; the id of the delivery, or None when this way cannot be used."""
        address = person.contact.address(channel)
        trouble = self.reach.trouble(channel, address) if address else "they have no such address"
        if address is None or trouble:
            doing.skipped.append(f"{person.key} by {channel}: {trouble}")
            return None
        rule = self.path.rule
        job = Job(
            id="",
            message_id=self.path.message_id,
            business_id=self.path.business_id,
            target=Target(person.key, person.contact.name, channel, address),
            created_at=self.now,
            token="",
            purpose=Purpose.MESSAGE,
            escalation_id=self.path.id,
            asks=rule.asks,
            reminder=self._times_told(channel, address),
            include=rule.told,
            link_only=rule.details == "link",
        )
        job_id = self._under_way(job, doing)
        if job_id is None:
            job_id = self.mint.new_id()
            doing.made.append(Queued(replace(job, id=job_id, token=self.mint.new_token()), self.now))
        if job_id not in doing.sent:
            doing.sent.append(job_id)
        if person.key not in doing.told:
            doing.told.append(person.key)
        return job_id

    def _under_way(self, job: Job, doing: Round) -> str | None:
        for delivery in (*doing.made, *self.deliveries):
            if _same_way(delivery.job, job) and self._fresh(delivery, doing) and self.serves(delivery.job, job):
                return delivery.job.id
        return None

    def _fresh(self, delivery: Delivery, doing: Round) -> bool:
        match delivery:
            case Queued() | Leased():
                return True
            case Accepted() | Delivered() | Acknowledged():
                # The clock may have been set: what is repeated is repeated, and nothing was sent in the future.
                age = self.now - delivery.job.created_at
                return delivery.job.id not in doing.again and timedelta(0) <= age < SAME_MOMENT
            case Alarm():
                return False

    def _fails(self, job_id: str) -> bool:
        return any(delivery.job.id == job_id and is_failing(delivery) for delivery in self.deliveries)

    def _times_told(self, channel: str, address: str) -> int:
        return sum(
            isinstance(delivery, Leased | Accepted | Delivered | Acknowledged)
            and delivery.job.target.channel == channel
            and delivery.job.target.address.casefold() == address.casefold()
            and delivery.job.purpose is Purpose.MESSAGE
            for delivery in self.deliveries
        )


def is_failing(delivery: Delivery) -> bool:
    """It failed for good, or at least so far."""
    return isinstance(delivery, Alarm) or (isinstance(delivery, Queued | Leased) and delivery.failures > 0)


def tells_enough(there: Job, wanted: Job) -> bool:
    """Whether a delivery does for another rule too: as insistent as that wants it, and as telling."""
    if wanted.asks and not there.asks:
        return False
    if there.link_only and not wanted.link_only:
        return False
    return there.include is None or (wanted.include is not None and set(wanted.include) <= set(there.include))


def _same_way(one: Job, other: Job) -> bool:
    there, here = one.target, other.target
    return (
        one.purpose is other.purpose
        and there.channel == here.channel
        and there.address.casefold() == here.address.casefold()
    )
