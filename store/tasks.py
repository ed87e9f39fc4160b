"""Agents' tasks in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, update

from accounts.directory import Conflict, NotFound
from calls.delivery_facts import of_task
from messages.task import Task
from reports.facts import Kind
from store import fact_log, outbox_rows
from store.database import Database
from store.tables import tasks
from store.task_rows import from_row, to_row
from store.upsert import insert_missing

LONGEST_DUE = (tasks.c.due_at, tasks.c.seq)


class SqlTasks:
    """The Tasks port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, task: Task) -> Task:
        return await self._db.write(_add, task)

    async def task(self, task_id: str) -> Task:
        return await self._db.read(_task, task_id)

    async def open(self, business_id: str | None = None) -> Sequence[Task]:
        wanted = select(tasks).where(tasks.c.done_at.is_(None)).order_by(*LONGEST_DUE)
        if business_id is not None:
            wanted = wanted.where(tasks.c.business_id == business_id)
        return await self._db.read(_select, wanted)

    async def of_message(self, message_id: str) -> Sequence[Task]:
        return await self._db.read(_select, select(tasks).where(tasks.c.message_id == message_id).order_by(tasks.c.seq))

    async def take(self, task_id: str, person_id: str, at: datetime) -> Task:
        return await self._db.write(_take, task_id, person_id, at)

    async def give_back(self, task_id: str) -> Task:
        return await self._db.write(_give_back, task_id)

    async def done(self, task_id: str, person_id: str, at: datetime, outcome: str) -> Task:
        return await self._db.write(_done, task_id, person_id, at, outcome)

    async def withdraw(self, task_id: str, at: datetime) -> None:
        await self._db.write(_withdraw, task_id, at)


def _add(connection: Connection, task: Task) -> Task:
    if insert_missing(connection, tasks, to_row(task)):
        _note(connection, Kind.TASK_ASKED, task, task.created_at)
    return _task(connection, task.id)


def _task(connection: Connection, task_id: str, *, locked: bool = False) -> Task:
    wanted = select(tasks).where(tasks.c.id == task_id)
    found = _select(connection, wanted.with_for_update() if locked else wanted)
    if not found:
        raise NotFound(f"no task {task_id}")
    return found[0]


def _take(connection: Connection, task_id: str, person_id: str, at: datetime) -> Task:
    task = _task(connection, task_id, locked=True)
    if task.done_at is not None:
        raise Conflict("the task is done or not wanted any more")
    if task.taken_by not in (None, person_id):
        raise Conflict("somebody else has taken the task")
    return task if task.taken_by else _change(connection, task_id, taken_by=person_id, taken_at=at)


def _give_back(connection: Connection, task_id: str) -> Task:
    task = _task(connection, task_id, locked=True)
    return task if task.done_at else _change(connection, task_id, taken_by=None, taken_at=None)


def _done(connection: Connection, task_id: str, person_id: str, at: datetime, outcome: str) -> Task:
    task = _task(connection, task_id, locked=True)
    if task.done_at is not None:
        return task
    done = _change(connection, task_id, done_by=person_id, done_at=at, outcome=outcome)
    _note(connection, Kind.TASK_DONE, done, at, person_id)
    return done


def _withdraw(connection: Connection, task_id: str, at: datetime) -> None:
    open_ones = select(tasks).where(tasks.c.id == task_id, tasks.c.done_at.is_(None)).with_for_update()
    for task in _select(connection, open_ones):
        _note(connection, Kind.TASK_WITHDRAWN, _change(connection, task.id, done_at=at), at)


def _change(connection: Connection, task_id: str, **values: Any) -> Task:
    changed = update(tasks).where(tasks.c.id == task_id).values(**values).returning(tasks)
    return from_row(connection.execute(changed).one())


def _note(connection: Connection, kind: Kind, task: Task, at: datetime, person_id: str | None = None) -> None:
    subject = outbox_rows.subject(connection, task.message_id) if task.message_id else None
    fact_log.append(connection, [of_task(subject, kind, task, at, person_id)])


def _select(connection: Connection, wanted: Select[Any]) -> list[Task]:
    return [from_row(row) for row in connection.execute(wanted)]
