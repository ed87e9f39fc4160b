"""Durable saves per second against bare sqlite3 on the same disk: `python -m tests.store.measure_saves [folder]`.

A save is a message with its escalation, two deliveries and their facts. Bare sqlite3 does one small insert and a
commit, with the same settings.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from store.database import Database
from store.inbox import SqlInbox
from tests.contract.samples import asking, finished, queued

SECONDS = 3.0


async def saves_per_second(path: Path, writers: int) -> float:
    db = Database(str(path))
    await db.open()
    inbox = SqlInbox(db)
    until = time.monotonic() + SECONDS

    async def write() -> int:
        saved = 0
        while time.monotonic() < until:
            message = finished()
            await inbox.save(message, [asking(message)], [queued(message), queued(message, channel="email")])
            saved += 1
        return saved

    total = sum(await asyncio.gather(*(write() for _ in range(writers))))
    await db.close()
    return total / SECONDS


def bare_commits_per_second(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE message (id TEXT PRIMARY KEY, words TEXT)")
    until = time.monotonic() + SECONDS
    commits = 0
    while time.monotonic() < until:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO message VALUES (?, ?)", (str(commits), "x" * 200))
        connection.execute("COMMIT")
        commits += 1
    connection.close()
    return commits / SECONDS


def main(folder: Path | None) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as home:
        print(f"bare sqlite3:  {bare_commits_per_second(Path(home) / 'bare.db'):8.0f} commits/s")
        for writers in (1, 16, 64):
            rate = asyncio.run(saves_per_second(Path(home) / f"{writers}.db", writers))
            print(f"{writers:3} writers:   {rate:8.0f} saves/s")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
