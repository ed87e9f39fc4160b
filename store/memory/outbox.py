"""Deliveries and escalations in memory: the Outbox port."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from accounts.directory import NotFound
from calls.delivery_facts import (
    Subject,
    of_attempt,
    of_lost_lease,
    of_move,
    of_opening,
    of_receipt,
    of_retry,
    of_task,
)
from messages.channels.channel import Receipt
from messages.delivery import Accepted, Alarm, Delivered, Delivery, Job, Leased, Queued
from messages.escalation import Asking, Escalation, Held, Move, Told
from messages.news import AT_ONCE, News
from messages.outbox import Acknowledgement
from reports.facts import Kind
from store import changes
from store.memory.inbox import MemoryInbox
from store.sending import OPENED_AGAIN
from store.taking import Said, take

D = TypeVar("D", bound=Delivery)


def _due(state: Queued | Leased | Accepted) -> datetime:
    return state.until if isinstance(state, Leased) else state.due


class MemoryOutbox:
    def __init__(self, inbox: MemoryInbox) -> None:
        self._inbox = inbox
        self._deliveries = inbox.deliveries
        self._escalations = inbox.escalations
        self._looks: dict[str, datetime] = {}  # of escalations that are to be looked at before they are due
        self._sent_at: dict[str, datetime] = {}
        self._segments: dict[str, int] = {}
        self._references: dict[str, str] = {}
        self._opened_at: dict[str, datetime] = {}

    async def claim(
        self, now: datetime, *, lease_seconds: float, limit: int, busy: Collection[str] = ()
    ) -> Sequence[Leased]:
        due: list[Queued | Leased] = [
            state
            for state in self._deliveries.values()
            if isinstance(state, Queued | Leased) and state.job.target.channel not in busy and _due(state) <= now
        ]
        due.sort(key=_due)
        token = uuid4().hex
        for lost in due[:limit]:
            if isinstance(lost, Leased):
                self._inbox.journal.append(of_lost_lease(about, lost, now) for about in self._about(lost.job))
        return self._put([changes.lease(state, now, lease_seconds, token) for state in due[:limit]])

    async def end_leases(self, now: datetime) -> int:
        held = [each for each in self._deliveries.values() if isinstance(each, Leased) and each.until > now]
        return len(self._put([replace(each, until=now) for each in held]))

    async def settle(self, held: Leased, state: Delivery, segments: int = 0) -> bool:
        stored = self._deliveries.get(held.job.id)
        if not isinstance(stored, Leased) or stored.lease != held.lease:
            return False
        if segments:
            self._segments[held.job.id] = segments
        self._put([state])
        self._look_after(state)
        self._inbox.journal.append(fact for about in self._about(held.job) for fact in of_attempt(about, held, state))
        return True

    async def receipt(self, delivery_id: str, receipt: Receipt, now: datetime, reference: str = "") -> Delivery | None:
        before = await self.delivery(delivery_id)
        state = changes.with_receipt(before, self._references.get(delivery_id), receipt, now, reference)
        if state is None:
            return None
        if reference:
            self._references[delivery_id] = reference
        self._put([state])
        self._look_after(state)
        told = [fact for about in self._about(state.job) for fact in of_receipt(about, before, state)]
        self._inbox.journal.append(told)
        return state

    async def by_reference(self, reference: str) -> Delivery | None:
        ids = [delivery_id for delivery_id, known in self._references.items() if known == reference]
        return next((state for state in reversed(self._deliveries.values()) if state.job.id in ids), None)

    async def awaiting_receipt(self, now: datetime, limit: int) -> Sequence[Accepted]:
        due = [state for state in self._deliveries.values() if isinstance(state, Accepted) and state.due <= now]
        return sorted(due, key=_due)[:limit]

    async def ask_later(self, delivery: Accepted, due: datetime) -> None:
        stored = self._deliveries.get(delivery.job.id)
        if isinstance(stored, Accepted):
            self._put([stored.asked_later(due)])

    async def due_escalations(self, now: datetime, limit: int) -> Sequence[Held | Asking]:
        due = [state for state in await self.open_escalations() if self._look_at(state) <= now]
        return sorted(due, key=self._look_at)[:limit]

    async def move(self, before: Held | Asking, move: Move) -> bool:
        if not self._is(before):
            return False
        subject = self._inbox.subject(before.path.message_id)
        self._put_escalation(before, move.state)
        self._put(move.deliveries)
        self._inbox.tasks.update({task.id: task for task in move.tasks})
        self._inbox.journal.append(of_move(subject, before, move))
        return True

    async def summarise(self, held: Sequence[Held], summary: Sequence[Queued], now: datetime) -> bool:
        if not all(self._is(each) for each in held):
            return False
        for each in held:
            self._put_escalation(each, Told(each.path, now))
        self._put(summary)
        return True

    async def check_in(self, business_id: str, now: datetime) -> int:
        waiting = [
            state
            for state in await self.open_escalations(business_id)
            if isinstance(state, Held)
            and state.due > now
            and state.path.rule.hold
            and state.path.rule.hold.until_check_in
        ]
        for state in waiting:
            self._put_escalation(state, replace(state, due=now))
        return len(waiting)

    async def clock_stepped(self, seconds: float) -> None:
        step = timedelta(seconds=seconds)
        for delivery in self._deliveries.values():
            if isinstance(delivery, Leased):
                self._put([replace(delivery, until=delivery.until + step)])
            elif isinstance(delivery, Queued | Accepted):
                self._put([replace(delivery, due=delivery.due + step)])
        for state in await self.open_escalations():
            if isinstance(state, Asking):
                look_at = self._look_at(state) + step
                self._put_escalation(state, replace(state, due=state.due + step))
                self._looks[state.path.id] = look_at

    async def next_due(self) -> datetime | None:
        waiting = (Queued, Leased, Accepted)
        moments = [_due(state) for state in self._deliveries.values() if isinstance(state, waiting)]
        moments += [self._look_at(state) for state in await self.open_escalations()]
        return min(moments, default=None)

    async def add(self, notes: Sequence[Queued]) -> None:
        for note in notes:
            self._deliveries.setdefault(note.job.id, note)

    async def of_message(self, message_id: str) -> Sequence[Delivery]:
        return [
            state
            for state in self._deliveries.values()
            if state.job.message_id == message_id or message_id in state.job.summary_of
        ]

    async def escalations(self, message_id: str) -> Sequence[Escalation]:
        of_it = [state for state in self._escalations.values() if state.path.message_id == message_id]
        return sorted(of_it, key=lambda state: state.path.place)

    async def open_escalations(self, business_id: str | None = None) -> Sequence[Held | Asking]:
        still = [state for state in self._escalations.values() if isinstance(state, Held | Asking)]
        chosen = [state for state in still if business_id in (None, state.path.business_id)]
        return sorted(chosen, key=lambda state: state.path.created_at)

    async def of_escalation(self, escalation_id: str) -> Sequence[Delivery]:
        return [state for state in self._deliveries.values() if state.job.escalation_id == escalation_id]

    async def delivery(self, delivery_id: str) -> Delivery:
        if delivery_id not in self._deliveries:
            raise NotFound(f"no delivery {delivery_id}")
        return self._deliveries[delivery_id]

    async def by_token(self, token: str) -> Delivery | None:
        return next((state for state in self._deliveries.values() if state.job.token == token), None)

    async def opened(self, delivery_id: str, now: datetime) -> None:
        job = (await self.delivery(delivery_id)).job
        before = self._opened_at.get(delivery_id)
        if before is None or before <= now - OPENED_AGAIN:
            self._opened_at[delivery_id] = now
            self._inbox.journal.append(of_opening(about, job, now) for about in self._about(job))

    async def acknowledge(
        self,
        message_id: str,
        now: datetime,
        *,
        by: str,
        how: str,
        delivery_id: str | None = None,
        contact: str = "",
        person_id: str | None = None,
        news: News = AT_ONCE,
    ) -> Acknowledgement:
        subject = self._inbox.subject(message_id)
        said = Said(message_id, now, by, how, delivery_id, contact, person_id, news)
        taking = take(said, await self.escalations(message_id), await self.of_message(message_id))
        self._escalations.update({taken.path.id: taken for taken in taking.taken})
        self._put(taking.acknowledged)
        self._put(taking.told)
        if taking.acknowledged:
            self._look(message_id, now)
        journal, tasks = self._inbox.journal, self._inbox.tasks
        journal.append(taking.facts(subject, said))
        for taken in taking.taken:
            for task in [task for task in tasks.values() if task.escalation_id == taken.path.id and not task.done_at]:
                tasks[task.id] = replace(task, done_at=now)
                journal.append([of_task(subject, Kind.TASK_WITHDRAWN, task, now)])
        return taking.acknowledgement

    async def retry(self, delivery_id: str, now: datetime) -> Delivery:
        state = await self.delivery(delivery_id)
        if isinstance(state, Alarm):
            state = state.retried(now)
            self._put([state])
            self._inbox.journal.append(of_retry(about, state.job, now) for about in self._about(state.job))
        return state

    async def alarms(self, business_id: str | None = None, *, limit: int = 100) -> Sequence[Delivery]:
        alarms = [state for state in self._deliveries.values() if isinstance(state, Alarm)]
        chosen = [state for state in alarms if business_id in (None, state.job.business_id)]
        chosen.reverse()
        return sorted(chosen, key=lambda state: state.at, reverse=True)[:limit]

    async def sent_since(self, business_id: str, channel: str, since: datetime) -> int:
        jobs = [self._deliveries[delivery_id].job for delivery_id, at in self._sent_at.items() if at >= since]
        own = [job for job in jobs if (job.business_id, job.target.channel) == (business_id, channel)]
        return sum(self._segments.get(job.id, 1) for job in own)

    async def went_to(self, business_id: str, contact: str, since: datetime, *, limit: int = 100) -> Sequence[Delivery]:
        sent = [(at, self._deliveries[delivery_id]) for delivery_id, at in self._sent_at.items() if at >= since]
        theirs = [
            (at, state)
            for at, state in reversed(sent)
            if (state.job.business_id, state.job.target.contact) == (business_id, contact)
        ]
        return [state for _, state in sorted(theirs, key=lambda each: each[0], reverse=True)][:limit]

    async def counts(self) -> Mapping[str, int]:
        return Counter(type(state).__name__.lower() for state in self._deliveries.values())

    def _put(self, states: Sequence[D]) -> Sequence[D]:
        for state in states:
            self._deliveries[state.job.id] = state
            if isinstance(state, Accepted | Delivered):
                self._references[state.job.id] = state.reference
                self._sent_at.setdefault(state.job.id, state.at)
        return states

    def _put_escalation(self, before: Held | Asking, state: Escalation) -> None:
        if isinstance(state, Asking):
            state = replace(state, revision=(before.revision if isinstance(before, Asking) else 0) + 1)
        self._escalations[state.path.id] = state
        self._looks.pop(state.path.id, None)

    def _is(self, before: Held | Asking) -> bool:
        """Is this still how it stands?"""
        stored = self._escalations.get(before.path.id)
        if isinstance(stored, Asking) and isinstance(before, Asking) and stored.revision != before.revision:
            return False
        return stored == before

    def _look_at(self, state: Held | Asking) -> datetime:
        return self._looks.get(state.path.id, state.due)

    def _look_after(self, state: Delivery) -> None:
        if ended_at := changes.ended_at(state):
            for about in self._about(state.job):
                self._look(about.message_id, ended_at)

    def _look(self, message_id: str, now: datetime) -> None:
        for state in list(self._escalations.values()):
            if isinstance(state, Asking) and state.path.message_id == message_id:
                self._put_escalation(state, state)
                self._looks[state.path.id] = now

    def _about(self, job: Job) -> Iterable[Subject]:
        ids = (job.message_id,) if job.message_id else job.summary_of
        return [self._inbox.subject(message_id) for message_id in ids]
