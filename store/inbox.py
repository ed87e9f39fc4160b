"""Messages in the database, from the first draft on; saving one stores its deliveries in the same transaction."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Update, bindparam, delete, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from accounts.directory import NotFound
from calls.delivery_facts import Subject, of_done, of_saving
from messages.delivery import Queued
from messages.escalation import Asking, Escalation, Unanswered
from messages.message import Message, MessageStatus, Source
from messages.outbox import AlreadySaved, MessageState, Page
from messages.task import Task
from store import changes, cursor, escalation_rows, fact_log, message_search, outbox_rows
from store.database import Database
from store.prepared import Prepared
from store.tables import counters, escalations, messages

DRAFT = messages.c.status == MessageStatus.DRAFT.value
# Two comparisons rather than "not a draft", so that an index can answer
FINISHED = messages.c.status.in_((MessageStatus.SAVED.value, MessageStatus.PARTIAL.value))
# Statements of the saving path, made once: making one costs as much as running it
BY_ID = Prepared(select(messages).where(messages.c.id == bindparam("wanted_id")))
LOCKED = Prepared(select(messages).where(messages.c.id == bindparam("wanted_id")).with_for_update())
# What stays is not set again: each index that holds it would be written again too
STAYS = ("id", "number", "created_at")
CHANGED: dict[str, Any] = {column.name: bindparam(column.name) for column in messages.c if column.name not in STAYS}
REPLACE = Prepared(update(messages).where(messages.c.id == bindparam("wanted_id")).values(CHANGED))
FINISH = Prepared(
    update(messages)
    .where(messages.c.id == bindparam("wanted_id"), DRAFT)
    .values(CHANGED | {"revision": messages.c.revision + 1})
    .returning(messages.c.number, messages.c.created_at, messages.c.revision)
)
NEXT_NUMBER = Prepared(
    update(counters).where(counters.c.name == "message").values(value=counters.c.value + 1).returning(counters.c.value)
)
ADD = {
    "sqlite": Prepared(sqlite.insert(messages).on_conflict_do_nothing()),
    "postgresql": Prepared(postgresql.insert(messages).on_conflict_do_nothing()),
}

UNHEARD = escalations.c.state.in_([escalation_rows.name_of(state) for state in (Asking, Unanswered)])
PAGE = 500  # messages read at a time

OLDEST_FIRST = (messages.c.number,)
NEWEST_FIRST = (messages.c.saved_at.desc(), messages.c.number.desc())


class SqlInbox:
    """The Inbox port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def open_draft(self, message: Message) -> Message:
        return await self._db.write(_open_draft, message)

    async def keep_draft(self, message: Message) -> Message:
        return await self._db.write(_keep_draft, message)

    async def save(
        self,
        message: Message,
        escalations: Sequence[Escalation],
        deliveries: Sequence[Queued],
        tasks: Sequence[Task] = (),
    ) -> Message:
        changes.check_savable(message, escalations, deliveries, tasks)
        return await self._db.write(_save, message, escalations, deliveries, tasks)

    async def assign_draft(self, message_id: str, person_id: str) -> None:
        draft = update(messages).where(messages.c.id == message_id, DRAFT)
        await self._db.write(_execute, draft.values(taken_by=person_id))

    async def discard_draft(self, message_id: str) -> None:
        await self._db.write(_discard_draft, message_id)

    async def message(self, message_id: str) -> Message:
        return await self._db.read(_stored, message_id)

    async def by_number(self, number: int) -> Message | None:
        found = await self._db.read(_select, select(messages).where(messages.c.number == number))
        return found[0] if found else None

    async def messages(
        self,
        business_id: str | None = None,
        *,
        state: MessageState | None = None,
        search: str = "",
        cursor: str = "",
        limit: int = 50,
    ) -> Page[Message]:
        return await self._db.read(_page, business_id, state, search, cursor, limit)

    async def saved_between(self, business_id: str | None, start: datetime, end: datetime) -> AsyncIterator[Message]:
        place = (start, -1)
        while found := await self._db.read(_next_saved, business_id, place, end):
            for message in found:
                yield message
            place = (found[-1].saved_at or found[-1].created_at, found[-1].number)

    async def of_caller(self, business_id: str, caller: str, limit: int = 10) -> Sequence[Message]:
        theirs = (messages.c.business_id == business_id, messages.c.caller == caller)
        return await self._db.read(
            _select, select(messages).where(*theirs, FINISHED).order_by(*NEWEST_FIRST).limit(limit)
        )

    async def with_clip(self, clip_id: str) -> Message | None:
        has_clip = or_(messages.c.name_clip == clip_id, messages.c.voice_clip == clip_id)
        found = await self._db.read(_select, select(messages).where(has_clip).order_by(messages.c.number))
        return found[0] if found else None

    async def drafts(self, person_id: str) -> Sequence[Message]:
        newest_first = (messages.c.created_at.desc(), messages.c.number.desc())
        return await self._drafts(messages.c.taken_by == person_id, order=newest_first)

    async def open_drafts(self) -> Sequence[Message]:
        return await self._drafts()

    async def mark_done(self, message_id: str, now: datetime, *, done: bool = True, by: str | None = None) -> Message:
        return await self._db.write(_mark_done, message_id, now, done, by)

    async def _drafts(
        self, *which: ColumnElement[bool], order: Sequence[ColumnElement[Any]] = OLDEST_FIRST
    ) -> Sequence[Message]:
        return await self._db.read(_select, select(messages).where(DRAFT, *which).order_by(*order))


def _open_draft(connection: Connection, message: Message) -> Message:
    if stored := _locked(connection, message.id):
        return stored
    draft = changes.as_draft(message, _next_number(connection))
    if _add(connection, draft):
        return draft
    # Another connection stored the same id a moment ago: that is the one, and a number is lost.
    return _open_draft(connection, message)


def _keep_draft(connection: Connection, message: Message) -> Message:
    stored = _locked(connection, message.id)
    if stored is None:
        raise NotFound(f"no message {message.id}")
    return _replace(connection, changes.as_kept(stored, message))


def _save(
    connection: Connection,
    message: Message,
    escalations: Sequence[Escalation],
    deliveries: Sequence[Queued],
    tasks: Sequence[Task],
) -> Message:
    saved = _finish(connection, message)
    if saved is None:
        if stored := _locked(connection, message.id):
            return stored
        saved = changes.as_saved(changes.as_draft(message, _next_number(connection)), message)
        if not _add(connection, saved):
            return _save(connection, message, escalations, deliveries, tasks)  # as in _open_draft
    outbox_rows.insert_new(connection, escalations, deliveries, tasks)
    at = saved.saved_at or saved.created_at
    fact_log.append(connection, of_saving(saved, escalations, deliveries, tasks, at))
    return saved


def _discard_draft(connection: Connection, message_id: str) -> None:
    stored = _locked(connection, message_id)
    if stored and stored.status != MessageStatus.DRAFT:
        raise AlreadySaved(f"message {stored.number} is saved already")
    connection.execute(delete(messages).where(messages.c.id == message_id))


def _mark_done(connection: Connection, message_id: str, now: datetime, done: bool, by: str | None) -> Message:
    finished = update(messages).where(messages.c.id == message_id, FINISHED)
    marked = {"done_at": now if done else None, "revision": messages.c.revision + 1}
    row = connection.execute(finished.values(marked).returning(messages)).one_or_none()
    if row is None:
        raise NotFound(f"no saved message {message_id}")
    message = _message(row)
    fact_log.append(connection, [of_done(Subject.of(message), now, done, by)])
    return message


def _page(
    connection: Connection, business_id: str | None, state: MessageState | None, search: str, after: str, limit: int
) -> Page[Message]:
    wanted = select(messages).where(FINISHED).order_by(*NEWEST_FIRST).limit(limit + 1)
    if business_id is not None:
        wanted = wanted.where(messages.c.business_id == business_id)
    if state is not None:
        wanted = wanted.where(messages.c.done_at.is_not(None) if state == "done" else messages.c.done_at.is_(None))
    if state == "waiting":
        unheard = select(escalations.c.id).where(escalations.c.message_id == messages.c.id, UNHEARD)
        wanted = wanted.where(unheard.exists())
    if search:
        wanted = wanted.where(message_search.found(connection.dialect.name, search))
    if after:
        wanted = wanted.where(tuple_(messages.c.saved_at, messages.c.number) < cursor.to_time(after))
    rows = connection.execute(wanted).all()
    items = rows[:limit]
    more = len(rows) > limit
    next_cursor = cursor.of_time(items[-1].saved_at, items[-1].number) if more else ""
    return Page([_message(row) for row in items], next_cursor)


def _next_saved(
    connection: Connection, business_id: str | None, after: tuple[datetime, int], end: datetime
) -> list[Message]:
    in_time = (tuple_(messages.c.saved_at, messages.c.number) > after, messages.c.saved_at < end)
    wanted = select(messages).where(FINISHED, *in_time).order_by(messages.c.saved_at, messages.c.number).limit(PAGE)
    return _select(connection, wanted if business_id is None else wanted.where(messages.c.business_id == business_id))


def _select(connection: Connection, wanted: Select[Any]) -> list[Message]:
    return [_message(row) for row in connection.execute(wanted)]


def _execute(connection: Connection, change: Update) -> None:
    connection.execute(change)


def _add(connection: Connection, message: Message) -> bool:
    """Store a new one; False when another connection has stored the same id meanwhile."""
    return ADD[connection.dialect.name].run(connection, _values(message)) == 1


def _stored(connection: Connection, message_id: str) -> Message:
    found = BY_ID.rows(connection, {"wanted_id": message_id})
    if not found:
        raise NotFound(f"no message {message_id}")
    return _message(found[0])


def _locked(connection: Connection, message_id: str) -> Message | None:
    found = LOCKED.rows(connection, {"wanted_id": message_id})
    return _message(found[0]) if found else None


def _next_number(connection: Connection) -> int:
    number: int = NEXT_NUMBER.rows(connection, {})[0].value
    return number


def _finish(connection: Connection, message: Message) -> Message | None:
    """Turn its draft into the saved message; None when there is no draft of it."""
    storable = changes.storable(message)
    found = FINISH.rows(connection, {**_values(storable), "wanted_id": message.id})
    return replace(storable, **found[0]._asdict()) if found else None


def _replace(connection: Connection, message: Message) -> Message:
    REPLACE.run(connection, {**_values(message), "wanted_id": message.id})
    return message


def _values(message: Message) -> dict[str, Any]:
    own = {"source": message.source.value, "status": message.status.value, "answers": dict(message.answers)}
    return {**vars(message), **own}


def _message(row: Row[Any]) -> Message:
    return Message(**{**row._asdict(), "source": Source(row.source), "status": MessageStatus(row.status)})
