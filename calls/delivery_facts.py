"""What a change of a message, its deliveries, escalations or tasks leaves in the log of facts. Pure.

The stores write these in the transaction of the change itself. They hold identifiers, figures and hashes only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from messages.delivery import Accepted, Acknowledged, Alarm, Delivered, Delivery, Job, Leased, Queued
from messages.escalation import Asking, Escalation, Held, Move, Path, Taken, Told, Unanswered
from messages.message import Message, MessageStatus
from messages.task import Task
from reports.facts import JSON, Fact, Kind, chain_of_message
from reports.proof import words_digest


@dataclass(frozen=True)
class Subject:
    """The message that facts are about: what they need of it."""

    message_id: str
    number: int
    business_id: str
    call_id: str | None

    @classmethod
    def of(cls, message: Message) -> "Subject":
        return cls(message.id, message.number, message.business_id, message.call_id)

    @property
    def chain(self) -> str:
        return chain_of_message(self.message_id, self.call_id)

    def fact(self, kind: Kind, at: datetime, data: dict[str, JSON], agent_id: str | None = None) -> Fact:
        about: dict[str, JSON] = {"number": self.number}
        return Fact(self.call_id or "", at, kind, self.business_id, agent_id, about | data, self.message_id)


def of_saving(
    message: Message,
    escalations: Iterable[Escalation],
    deliveries: Sequence[Queued],
    tasks: Sequence[Task],
    at: datetime,
) -> list[Fact]:
    """A message was saved, and this is how it sets out."""
    subject = Subject.of(message)
    kind = Kind.MESSAGE_PARTIAL if message.status is MessageStatus.PARTIAL else Kind.MESSAGE_SAVED
    saved: dict[str, JSON] = {"by": message.source.value, "urgent": message.urgency != "normal"}
    facts = [subject.fact(kind, at, saved, message.taken_by)]
    for state in escalations:
        facts += _of_state(subject, state, at, deliveries, tasks, skipped=0)
    return facts + [of_task(subject, Kind.TASK_ASKED, task, task.created_at) for task in tasks]


def of_move(subject: Subject, before: Held | Asking, move: Move) -> list[Fact]:
    """An escalation went on; nothing when it only waits on."""
    begun = [each.job.created_at for each in move.deliveries] + [task.created_at for task in move.tasks]
    if not begun and _place(move.state) == _place(before) is not None:
        return []
    # A round that tells nobody is looked at again at once: that is when it began.
    looked_at = move.state.due if isinstance(move.state, Asking) else before.due
    at = min(begun, default=looked_at)
    facts = _of_state(subject, move.state, at, move.deliveries, move.tasks, skipped=len(move.skipped))
    return facts + [of_task(subject, Kind.TASK_ASKED, task, task.created_at) for task in move.tasks]


def of_attempt(subject: Subject, held: Leased, state: Delivery) -> list[Fact]:
    """What became of one attempt to send."""
    attempt: dict[str, JSON] = {**_delivery(held.job), "attempt": held.failures + 1}
    match state:
        case Accepted(at=at):
            return [subject.fact(Kind.DELIVERY_SENT, at, attempt | {"receipt": True})]
        case Delivered(at=at):
            return [subject.fact(Kind.DELIVERY_SENT, at, attempt | {"receipt": False})]
        case Alarm(at=at):
            return [subject.fact(Kind.DELIVERY_FAILED, at, attempt | {"permanent": True})]
        case Queued(due=due, failures=failures):
            # It failed some time before it is due again; the state does not say when, the lease's end bounds it.
            failed = attempt | {"permanent": False}
            at = min(due, held.until)
            return [subject.fact(Kind.DELIVERY_FAILED, at, failed)] if failures > held.failures else []
        case Acknowledged(at=at):
            return [subject.fact(Kind.DELIVERY_ACKNOWLEDGED, at, _delivery(held.job))]
        case Leased():
            return []
        case _:
            assert_never(state)


def of_lost_lease(subject: Subject, lost: Leased, at: datetime) -> Fact:
    """Whoever sent it never said what came of that (a crash, a full disk), and another takes it over."""
    return subject.fact(Kind.DELIVERY_UNSETTLED, at, {**_delivery(lost.job), "attempt": lost.failures + 1})


def of_receipt(subject: Subject, before: Delivery, state: Delivered | Alarm) -> list[Fact]:
    """The provider said what became of it; that may overtake its own answer to the attempt under way."""
    facts = []
    if isinstance(before, Leased):
        attempt: dict[str, JSON] = {**_delivery(state.job), "attempt": before.failures + 1, "receipt": True}
        facts.append(subject.fact(Kind.DELIVERY_SENT, state.at, attempt))
    if isinstance(state, Delivered):
        return [*facts, subject.fact(Kind.DELIVERY_ARRIVED, state.at, _delivery(state.job))]
    return [*facts, subject.fact(Kind.DELIVERY_FAILED, state.at, {**_delivery(state.job), "permanent": True})]


def of_opening(subject: Subject, job: Job, at: datetime) -> Fact:
    """Its secure page was opened."""
    return subject.fact(Kind.DELIVERY_OPENED, at, _delivery(job))


def of_retry(subject: Subject, job: Job, at: datetime) -> Fact:
    """A person asked for another go."""
    return subject.fact(Kind.DELIVERY_QUEUED, at, _delivery(job))


def of_taking(
    subject: Subject,
    taken: Sequence[Taken],
    answered: Acknowledged | None,
    stopped: Sequence[Acknowledged],
    *,
    contact: str,
    person_id: str | None,
    how: str,
    also: bool,
) -> list[Fact]:
    """Somebody has the message; `also` when somebody had it before."""
    who: dict[str, JSON] = {"how": how}
    if contact:
        who["by"] = contact
    facts = []
    if answered:
        more: dict[str, JSON] = {"also": True} if also else {}
        data = _delivery(answered.job) | who | more
        facts.append(subject.fact(Kind.DELIVERY_ACKNOWLEDGED, answered.at, data, person_id))
    ids: list[JSON] = [each.job.id for each in stopped]
    for place, state in enumerate(taken):
        data = _escalation(state.path) | who | {"late": state.late} | ({"stopped": ids} if place == 0 else {})
        facts.append(subject.fact(Kind.ESCALATION_TAKEN, state.at, data, person_id))
    return facts


def of_done(subject: Subject, at: datetime, done: bool, person_id: str | None) -> Fact:
    """The business has dealt with it, or not after all."""
    return subject.fact(Kind.MESSAGE_DONE, at, {"done": done}, person_id)


def of_task(subject: Subject | None, kind: Kind, task: Task, at: datetime, person_id: str | None = None) -> Fact:
    """A task was asked for, done or withdrawn; `subject` is None when it is about no message."""
    data: dict[str, JSON] = {"task": task.id, "what": task.kind.value}
    if kind is Kind.TASK_ASKED:
        data["due"] = task.due_at.isoformat()
    if kind is Kind.TASK_DONE:
        data["noted"] = words_digest(task.id, task.outcome)
    if subject is None:
        return Fact("", at, kind, task.business_id, person_id, data)
    return subject.fact(kind, at, data, person_id)


def _of_state(
    subject: Subject, state: Escalation, at: datetime, deliveries: Sequence[Queued], tasks: Sequence[Task], skipped: int
) -> list[Fact]:
    """What an escalation begins with now; `deliveries` and `tasks` may be of others too."""
    data = _escalation(state.path)
    match state:
        case Held(due=due):
            return [subject.fact(Kind.ESCALATION_HELD, at, data | {"until": due.isoformat()})]
        case Asking(step=step, round=round_):
            served = [each.job for each in deliveries if _serves(each.job, state)]
            for_agents = [task.id for task in tasks if task.escalation_id == state.path.id]
            step_data: dict[str, JSON] = {
                "step": step,
                "round": round_,
                "to": list(dict.fromkeys(job.target.contact for job in served)),
                "by": list(dict.fromkeys(job.target.channel for job in served)),
                "deliveries": [job.id for job in served],
                "tasks": for_agents,
                "skipped": skipped,
            }
            return [subject.fact(Kind.ESCALATION_STEP, at, data | step_data)]
        case Unanswered(at=ended):
            return [subject.fact(Kind.ESCALATION_UNANSWERED, ended, data)]
        case Taken(at=taken, how=how, late=late):
            return [subject.fact(Kind.ESCALATION_TAKEN, taken, data | {"how": how, "late": late})]
        case Told():
            return []
        case _:
            assert_never(state)


def _place(state: Escalation) -> tuple[int, int] | None:
    return (state.step, state.round) if isinstance(state, Asking) else None


def _serves(job: Job, state: Asking) -> bool:
    return job.escalation_id == state.path.id or job.id in state.sent


def _escalation(path: Path) -> dict[str, JSON]:
    return {"escalation": path.id, "rule": path.place}


def _delivery(job: Job) -> dict[str, JSON]:
    return {
        "delivery": job.id,
        "channel": job.target.channel,
        "contact": job.target.contact,
        "purpose": job.purpose.value,
        "reminder": job.reminder,
    }
