"""Agents' tasks in memory: the Tasks port."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from accounts.directory import Conflict, NotFound
from calls.delivery_facts import of_task
from messages.task import Task
from reports.facts import Kind
from store.memory.inbox import MemoryInbox


class MemoryTasks:
    def __init__(self, inbox: MemoryInbox) -> None:
        self._inbox = inbox
        self._tasks = inbox.tasks

    async def add(self, task: Task) -> Task:
        if task.id not in self._tasks:
            self._note(Kind.TASK_ASKED, self._put(task), task.created_at)
        return self._tasks[task.id]

    async def task(self, task_id: str) -> Task:
        if task_id not in self._tasks:
            raise NotFound(f"no task {task_id}")
        return self._tasks[task_id]

    async def open(self, business_id: str | None = None) -> Sequence[Task]:
        still = [task for task in self._tasks.values() if task.done_at is None]
        return sorted((task for task in still if business_id in (None, task.business_id)), key=lambda task: task.due_at)

    async def of_message(self, message_id: str) -> Sequence[Task]:
        return [task for task in self._tasks.values() if task.message_id == message_id]

    async def take(self, task_id: str, person_id: str, at: datetime) -> Task:
        task = await self.task(task_id)
        if task.done_at is not None:
            raise Conflict("the task is done or not wanted any more")
        if task.taken_by not in (None, person_id):
            raise Conflict("somebody else has taken the task")
        return task if task.taken_by else self._put(replace(task, taken_by=person_id, taken_at=at))

    async def give_back(self, task_id: str) -> Task:
        task = await self.task(task_id)
        return task if task.done_at else self._put(replace(task, taken_by=None, taken_at=None))

    async def done(self, task_id: str, person_id: str, at: datetime, outcome: str) -> Task:
        task = await self.task(task_id)
        if task.done_at is not None:
            return task
        done = self._put(replace(task, done_by=person_id, done_at=at, outcome=outcome))
        self._note(Kind.TASK_DONE, done, at, person_id)
        return done

    async def withdraw(self, task_id: str, at: datetime) -> None:
        task = self._tasks.get(task_id)
        if task is not None and task.done_at is None:
            self._note(Kind.TASK_WITHDRAWN, self._put(replace(task, done_at=at)), at)

    def _put(self, task: Task) -> Task:
        self._tasks[task.id] = task
        return task

    def _note(self, kind: Kind, task: Task, at: datetime, person_id: str | None = None) -> None:
        subject = self._inbox.subject(task.message_id) if task.message_id else None
        self._inbox.journal.append([of_task(subject, kind, task, at, person_id)])
