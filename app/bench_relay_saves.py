"""Durable saves through the Inbox, and the bare database's own commits of the same rows, each for a while."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import asyncpg  # type: ignore[import-untyped]

from accounts.contacts import Contact, Way
from accounts.hours import Hours
from calls.intake import MINT
from messages.message import Message, MessageStatus, Source
from messages.moves import Beginning, begin
from messages.policy import DeliveryRule
from messages.reach import Reach
from store.database import Database
from store.inbox import SqlInbox

RULE = DeliveryRule.model_validate({"to": "office", "by": ["email", "sms"], "until_acknowledged": True})
OFFICE = Contact(name="Office", email="office@harbor.test", sms="+12025550191")
A_DAY = datetime(2026, 3, 2, tzinfo=UTC)
WAYS = (
    Way("harbor", "email", "office@harbor.test", A_DAY, "the bench"),
    Way("harbor", "sms", "+12025550191", A_DAY, "the bench"),
)
REACH = Reach("UTC", {"office": OFFICE}, ways=WAYS)
READY_PER_SECOND, AT_ONCE = 600, 64
"""Drafts that are opened before a round, and how many of them at once. A round ends when they are used up."""
TABLES = ("messages", "escalations", "deliveries", "facts")
COPIED = ("id", "message_id", "token", "uid", "chain", "escalation_id")
"""What is different in each copy of a row."""


def new_message() -> tuple[Message, Beginning]:
    """A message that was just taken, and how it sets out: one escalation, two deliveries."""
    now = datetime.now(UTC)
    answers = {"name": "Rosa Diaz", "phone": "+12025550147", "reason": "The boiler is cold since this morning."}
    message = Message(
        id=MINT.new_id(),
        business_id="harbor",
        form="standard",
        source=Source.AGENT,
        created_at=now,
        status=MessageStatus.SAVED,
        saved_at=now,
        caller="+12025550147",
        answers=answers,
        taken_by="ben",
    )
    return message, begin(message, [RULE], Hours(time_zone="UTC"), REACH, now, MINT)


async def saves_per_second(database: Database, writers: int, seconds: float) -> float:
    """So many writers finish one draft after the other, as agents and voicemail do: the drafts are there already."""
    inbox = SqlInbox(database)
    ready = [new_message() for _ in range(int(READY_PER_SECOND * seconds))]
    drafts = {message.id: message for message, _ in ready}
    for start in range(0, len(ready), AT_ONCE):
        batch = [replace(message, status=MessageStatus.DRAFT, saved_at=None) for message, _ in ready[start:][:AT_ONCE]]
        opened = await asyncio.gather(*(inbox.open_draft(draft) for draft in batch))
        drafts |= {each.id: replace(each, status=MessageStatus.SAVED, saved_at=each.created_at) for each in opened}
    begin_, until = time.monotonic(), time.monotonic() + seconds
    saved = 0

    async def write() -> None:
        nonlocal saved
        while ready and time.monotonic() < until:
            message, begun = ready.pop()
            await inbox.save(drafts[message.id], begun.escalations, begun.deliveries)
            saved += 1

    await asyncio.gather(*(write() for _ in range(writers)))
    return saved / (time.monotonic() - begin_)


@dataclass(frozen=True)
class Row:
    """A row as it is stored: its table, and its columns by name."""

    table: str
    columns: dict[str, Any]

    def insert(self, mark: Callable[[int], str]) -> str:
        names = ", ".join(f'"{name}"' for name in self.columns)
        marks = ", ".join(mark(place) for place in range(1, len(self.columns) + 1))
        return f'INSERT INTO "{self.table}" ({names}) VALUES ({marks})'  # noqa: S608

    def copy(self, serial: int) -> list[Any]:
        """The same under other ids, each beginning with its place in the order, as those of saves do."""
        other = f"{serial:08x}"
        return [
            other + value[len(other) :]
            if name in COPIED and value
            else -serial
            if (name, self.table) == ("number", "messages")
            else value
            for name, value in self.columns.items()
        ]


class Bare(Protocol):
    """The database by its own driver, without us."""

    async def commits_per_second(self, seconds: float) -> float:
        """A transaction with the rows of one save, again and again by one connection."""


class BareSqlite:
    def __init__(self, path: Path) -> None:
        self._path = path

    async def commits_per_second(self, seconds: float) -> float:
        return await asyncio.to_thread(self._commits_per_second, seconds)

    def _commits_per_second(self, seconds: float) -> float:
        connection = sqlite3.connect(self._path, isolation_level=None)
        try:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")
            rows = self._rows(connection)
            ready = [(row, row.insert(lambda place: "?")) for row in rows]
            begin_ = time.monotonic()
            commits = 0
            while time.monotonic() < begin_ + seconds:
                serial = next(_serial)
                connection.execute("BEGIN IMMEDIATE")
                for row, insert in ready:
                    connection.execute(insert, row.copy(serial))
                connection.execute("COMMIT")
                commits += 1
            return commits / (time.monotonic() - begin_)
        finally:
            connection.close()

    @staticmethod
    def _rows(connection: sqlite3.Connection) -> list[Row]:
        found = []
        for table in TABLES:
            answer = connection.execute(_FIRST[table])
            names = [column[0] for column in answer.description]
            found += [_row(table, dict(zip(names, each, strict=True))) for each in answer]
        return found


class BarePostgres:
    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+asyncpg", "postgresql")

    async def commits_per_second(self, seconds: float) -> float:
        connection = await asyncpg.connect(self._url)
        try:
            rows = [_row(table, dict(each)) for table in TABLES for each in await connection.fetch(_FIRST[table])]
            ready = [(row, await connection.prepare(row.insert("${}".format))) for row in rows]
            begin_ = time.monotonic()
            commits = 0
            while time.monotonic() < begin_ + seconds:
                serial = next(_serial)
                async with connection.transaction():
                    for row, insert in ready:
                        await insert.fetch(*row.copy(serial))
                commits += 1
            return commits / (time.monotonic() - begin_)
        finally:
            await connection.close()


_LATEST = "SELECT id FROM messages WHERE status = 'saved' ORDER BY number DESC LIMIT 1"
# The rows that the latest save has left.
_FIRST = {
    table: f"SELECT * FROM {table} WHERE {'id' if table == 'messages' else 'message_id'} = ({_LATEST})"  # noqa: S608
    for table in TABLES
}
_serial = count(1)


def _row(table: str, columns: dict[str, Any]) -> Row:
    return Row(table, {name: value for name, value in columns.items() if name != "seq"})
