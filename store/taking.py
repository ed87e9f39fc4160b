"""What it means that a person has a message: which escalations end, what stops, who hears of it. Pure.

The SQL store and its in-memory twin share this decision.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import assert_never

from accounts.directory import NotFound
from calls.delivery_facts import Subject, of_taking
from calls.fresh_ids import fresh_id
from messages.delivery import Accepted, Acknowledged, Alarm, Delivered, Delivery, Job, Leased, Purpose, Queued, Target
from messages.escalation import Asking, Escalation, Held, Taken, Told, Unanswered
from messages.news import AT_ONCE, News
from messages.outbox import Acknowledgement
from messages.who_has import who_has
from reports.facts import Fact


@dataclass(frozen=True)
class Taking:
    """The changes: escalations `taken`, the delivery that was `answered`, those `stopped`, new ones that tell others.

    `by` is who has the message; `also` when that is somebody else than who says so now.
    """

    by: str
    also: bool = False
    taken: Sequence[Taken] = ()
    answered: Acknowledged | None = None
    stopped: Sequence[Acknowledged] = ()
    told: Sequence[Queued] = ()

    @property
    def acknowledged(self) -> list[Acknowledged]:
        """All deliveries that change."""
        return [*([self.answered] if self.answered else []), *self.stopped]

    def facts(self, subject: Subject, said: "Said") -> list[Fact]:
        return of_taking(
            subject,
            self.taken,
            self.answered,
            self.stopped,
            contact=said.contact or (self.answered.job.target.contact if self.answered and not said.person_id else ""),
            person_id=said.person_id,
            how=said.how,
            also=self.also,
        )

    @property
    def acknowledgement(self) -> Acknowledgement:
        return Acknowledgement(self.by, tuple(self.taken), tuple(self.acknowledged), tuple(self.told))


@dataclass(frozen=True)
class Said:
    """A person's word that they have the message (see `messages.outbox.Outbox.acknowledge`)."""

    message_id: str
    at: datetime
    by: str
    how: str
    delivery_id: str | None = None
    contact: str = ""
    person_id: str | None = None
    news: News = AT_ONCE


def take(
    said: Said,
    escalations: Sequence[Escalation],
    deliveries: Sequence[Delivery],
    *,
    new_id: Callable[[], str] = fresh_id,
    new_token: Callable[[], str] = lambda: token_urlsafe(32),
) -> Taking:
    """`escalations` and `deliveries` are all of the message. Raises NotFound when the delivery is none of them."""
    ending = [state for state in escalations if _waits_for_somebody(state)]
    answered = _answered(said, deliveries, anything=not ending)
    first = who_has(escalations, deliveries)
    if first:
        return Taking(first, also=first != said.by, answered=_acknowledged(answered, said))
    taken = [Taken(state.path, said.at, said.by, said.how, isinstance(state, Unanswered)) for state in ending]
    theirs = [delivery for delivery in deliveries if _serves(delivery.job, ending)]
    stopped = [
        delivery.acknowledged(said.at, said.by)
        for delivery in theirs
        if isinstance(delivery, Queued | Leased) and delivery is not answered
    ]
    contact = said.contact or (answered.job.target.contact if answered and not said.person_id else "")
    told = [_note(job, *way, said, new_id(), new_token()) for job, way in _ways(theirs, contact, said)]
    return Taking(said.by, False, taken, _acknowledged(answered, said), stopped, told)


def _waits_for_somebody(state: Escalation) -> bool:
    match state:
        case Asking():
            return state.path.rule.asks
        case Unanswered():
            return True
        case Held() | Taken() | Told():
            return False
        case _:
            assert_never(state)


def _answered(said: Said, deliveries: Sequence[Delivery], *, anything: bool) -> Delivery | None:
    """The delivery that they answer: the one they name, else the latest to them, by the same channel if there is one.

    Where no escalation can keep who has it (`anything`) and they were sent nothing, the latest one keeps it.
    """
    if said.delivery_id is not None:
        for delivery in deliveries:
            if delivery.job.id == said.delivery_id:
                return delivery
        raise NotFound(f"no delivery {said.delivery_id} of message {said.message_id}")
    own = [each for each in deliveries if each.job.message_id == said.message_id and _tells(each)]
    to_them = [each for each in own if said.contact and each.job.target.contact == said.contact]
    by_the_same = [each for each in to_them if each.job.target.channel == said.how]
    candidates = by_the_same or to_them or (own if anything else [])
    return candidates[-1] if candidates else None


def _tells(delivery: Delivery) -> bool:
    """It tells the message, and may have reached somebody."""
    return delivery.job.purpose is Purpose.MESSAGE and not isinstance(delivery, Queued | Alarm)


def _acknowledged(delivery: Delivery | None, said: Said) -> Acknowledged | None:
    if delivery is None or isinstance(delivery, Acknowledged):
        return None
    return delivery.acknowledged(said.at, said.by)


def _serves(job: Job, escalations: Sequence[Escalation]) -> bool:
    if job.purpose is not Purpose.MESSAGE:
        return False
    return any(
        job.escalation_id == state.path.id or (isinstance(state, Asking) and job.id in state.sent)
        for state in escalations
    )


def _others(theirs: Sequence[Delivery], contact: str) -> Iterator[Job]:
    """A delivery to each other person who was or may have been told; nobody is called where a text tells them."""
    reached: dict[tuple[str, str], Job] = {}
    for delivery in theirs:
        maybe = isinstance(delivery, Accepted | Delivered | Leased) or getattr(delivery, "unsure", False)
        if maybe and delivery.job.target.contact != contact:
            reached[delivery.job.target.channel, delivery.job.target.address.casefold()] = delivery.job
    by_text = {job.target.contact for (channel, _), job in reached.items() if channel != "voice"}
    for (channel, _), job in reached.items():
        if channel != "voice" or job.target.contact not in by_text:
            yield job


def _ways(theirs: Sequence[Delivery], contact: str, said: Said) -> Iterator[tuple[Job, tuple[Target, datetime]]]:
    """What each other person was told, and how and when they hear who has it: once at each address."""
    reached = set()
    for job in _others(theirs, contact):
        target, due = _way(job.target, said)
        if (address := (target.channel, target.address.casefold())) not in reached:
            reached.add(address)
            yield job, (target, due)


def _way(told_by: Target, said: Said) -> tuple[Target, datetime]:
    """How and when somebody hears who has it: as they were told, but for telephones at night."""
    rings_at = said.news.rings_at if told_by.channel == "voice" else None
    if rings_at is None:
        return told_by, said.at
    quietly = said.news.quietly.get(told_by.contact)
    return (quietly, said.at) if quietly else (told_by, rings_at)


def _note(job: Job, target: Target, due: datetime, said: Said, new_id: str, token: str) -> Queued:
    note = Job(
        id=new_id,
        message_id=said.message_id,
        business_id=job.business_id,
        target=target,
        created_at=said.at,
        token=token,
        purpose=Purpose.TAKEN,
        include=(),
        body=said.by,
    )
    return Queued(note, due)
