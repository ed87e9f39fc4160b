"""The bench of saving and relaying at a small size: its figures' shape and what they are of, not how fast this is."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from app import bench_relay
from app.bench_relay import measure
from app.bench_relay_saves import BareSqlite, new_message
from store.database import Database
from store.inbox import SqlInbox

SECONDS, MESSAGES = 0.2, 10


async def test_the_figures_of_a_small_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_relay, "find_postgres", lambda: None)
    figures = await measure(tmp_path, rounds=1, seconds=SECONDS, messages=MESSAGES, calls=False)
    sqlite: Any = figures["sqlite"]
    assert all(sqlite[f"{name}_per_second"] > 0 for name in ("bare", "one_writer", "sixteen_writers"))
    assert sqlite["ratio_one_writer"] > 0 and sqlite["messages"] == MESSAGES
    for of in ("saved_milliseconds", "handed_over_milliseconds"):
        assert 0 <= sqlite[of]["median"] <= sqlite[of]["p99"]
    assert "no PostgreSQL" in str(figures["postgresql"]) and figures["sqlite_while_calls_run"] == "skipped"


async def test_the_bare_database_commits_as_many_rows_as_a_save_leaves(tmp_path: Path) -> None:
    path = tmp_path / "bench.db"
    database = Database(f"sqlite:///{path}")
    await database.open()
    try:
        message, begun = new_message()
        await SqlInbox(database).save(message, begun.escalations, begun.deliveries)
        tables = ("messages", "escalations", "deliveries", "facts")
        of_one_save = {table: rows(path, table) for table in tables}
        assert of_one_save == {"messages": 1, "escalations": 1, "deliveries": 2, "facts": 2}
        await BareSqlite(path).commits_per_second(SECONDS)
    finally:
        await database.close()
    commits = rows(path, "messages") - 1
    assert commits > 0
    assert {table: rows(path, table) for table in tables} == {
        table: count * (commits + 1) for table, count in of_one_save.items()
    }


def rows(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()
