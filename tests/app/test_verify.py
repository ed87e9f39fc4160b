"""`./answerline verify`: what was changed in the database is found, and said."""

import asyncio
import json
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.cli import main
from messages.message import Message
from reports.facts import Kind
from store.database import Database
from store.inbox import SqlInbox
from store.journal import SqlJournal
from store.outbox import SqlOutbox
from store.tasks import SqlTasks
from tests.contract.samples import NOON, asking, fact, finished, queued, task


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with two messages, the first of a call, and some facts of agents."""
    path = tmp_path / "answerline.db"
    monkeypatch.setenv("ANSWERLINE_HOME", str(tmp_path))
    monkeypatch.setenv("ANSWERLINE_DATABASE_URL", f"sqlite:///{path}")
    asyncio.run(_fill(path))
    return path


async def _fill(path: Path) -> None:
    db = Database(str(path))
    await db.open()
    journal = SqlJournal(db)
    await journal.start()
    try:
        journal.note(fact(Kind.CALL_STARTED, data={"dialled": "+12025550101", "caller": "+12025550110"}))
        journal.note(fact(Kind.CALL_QUEUED, data={"queue": "main"}))
        await journal.flush()
        await _save(db, finished(id="m1"))
        await _save(db, finished(id="m2", call_id=None))
        journal.note(replace(fact(Kind.AGENT_SIGNED_IN, ""), agent_id="ana"))
        await journal.flush()
    finally:
        await journal.close()
        await db.close()


async def _save(db: Database, message: Message) -> None:
    await SqlInbox(db).save(message, [asking(message)], [queued(message)])
    outbox = SqlOutbox(db)
    await outbox.acknowledge(message.id, NOON + timedelta(minutes=3), by="Pat", how="sms", contact="office")
    await SqlInbox(db).mark_done(message.id, NOON + timedelta(hours=1), by="office")


def changed(database: Path, statement: str) -> None:
    connection = sqlite3.connect(database)
    try:
        assert connection.execute(statement).rowcount == 1
        connection.commit()
    finally:
        connection.close()


def test_what_is_as_it_was_written_is_said_to_be(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify"]) == 0
    assert "facts in 3 chains: all as they were written." in capsys.readouterr().out
    assert main(["verify", "1001"]) == 0
    told = capsys.readouterr().out
    assert "Office has message 1001 (by SMS)." in told
    assert told.endswith("facts: as they were written.\n")
    assert main(["verify", "--all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["intact"] is True


BROKEN: list[tuple[str, str]] = [
    ("UPDATE facts SET data = json_set(data, '$.number', 7) WHERE kind = 'message.done' AND chain LIKE 'm%'", "7"),
    ("UPDATE facts SET at = datetime(at, '-1 day') WHERE kind = 'message.done' AND chain = 'call-1'", "1001"),
    ("DELETE FROM facts WHERE kind = 'escalation.taken' AND chain = 'call-1'", "1001"),
    (
        "INSERT INTO facts (uid, call_id, message_id, at, kind, data, chain, hash) "
        "SELECT 'x', call_id, message_id, at, kind, data, chain, hash FROM facts "
        "WHERE kind = 'message.done' AND chain = 'call-1'",
        "1001",
    ),
]


@pytest.mark.parametrize(("statement", "number"), BROKEN, ids=["changed", "redated", "dropped", "put in"])
def test_what_was_changed_is_named(
    database: Path, capsys: pytest.CaptureFixture[str], statement: str, number: str
) -> None:
    changed(database, statement)
    assert main(["verify"]) == 1
    told = capsys.readouterr().out
    assert f"Message {number}: " in told
    assert "not as they were written" in told
    assert main(["verify", "--json"]) == 1
    [broken] = json.loads(capsys.readouterr().out)["broken"]
    assert (str(broken["number"]), broken["kind"]) == (number, "message.done")
    other = "1002" if number == "1001" else "1001"
    assert main(["verify", other]) == 0, "only the chain it is in is broken"


def test_a_single_message_tells_where_it_was_changed(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(database, "UPDATE facts SET agent_id = 'ben' WHERE kind = 'message.saved' AND chain = 'call-1'")
    assert main(["verify", "1001"]) == 1
    told = capsys.readouterr().out
    assert "Message 1001 was taken by ben." in told.splitlines()[-1]


def test_a_hash_that_was_mailed_shows_whether_the_end_was_cut_off(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "1001", "--json"]) == 0
    mailed = json.loads(capsys.readouterr().out)["entries"][-1]
    assert main(["verify", "1001", "--head", mailed["hash"].upper()]) == 0
    assert f"fact {mailed['place']} of {mailed['place']}: all up to there is in it" in capsys.readouterr().out
    assert main(["verify", "1002", "--head", mailed["hash"]]) == 1, "it is of another message"
    changed(database, f"DELETE FROM facts WHERE hash = '{mailed['hash']}'")
    capsys.readouterr()
    assert main(["verify", "1001"]) == 0, "the chain alone does not show it"
    assert main(["verify", "1001", "--head", mailed["hash"]]) == 1
    assert "That hash is not in it" in capsys.readouterr().out
    assert main(["verify", "1001", "--head", mailed["hash"], "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["head_place"] is None
    assert main(["verify", "--head", mailed["hash"]]) == 2


def test_what_an_agent_noted_cannot_be_changed_unseen(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(_note_outcomes(database))
    assert main(["verify"]) == 0
    changed(database, "UPDATE tasks SET outcome = 'She will not pay.' WHERE id = 'of-message'")
    capsys.readouterr()
    assert main(["verify", "1001"]) == 1
    assert "What the agent noted about the task of fact" in capsys.readouterr().out
    changed(database, "DELETE FROM tasks WHERE id = 'of-house'")
    assert main(["verify", "--json"]) == 1
    assert [each["kind"] for each in json.loads(capsys.readouterr().out)["broken"]] == ["task.done", "task.done"]


async def _note_outcomes(path: Path) -> None:
    db = Database(str(path))
    await db.open()
    try:
        tasks, message = SqlTasks(db), await SqlInbox(db).message("m1")
        for each in (task(message, id="of-message"), task(id="of-house")):
            await tasks.add(each)
            await tasks.done(each.id, "ana", NOON, "She knows.")
    finally:
        await db.close()


@pytest.mark.parametrize(
    ("arguments", "code"), [(["verify", "7"], 2), (["verify", "1002"], 1)], ids=["unknown", "taken out whole"]
)
def test_what_is_not_there_is_said_not_to_be(
    database: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    connection = sqlite3.connect(database)
    connection.execute("DELETE FROM facts WHERE chain = 'message:m2'")
    connection.commit()
    connection.close()
    assert main(arguments) == code
    assert "answerline: there is no message 7." in (told := capsys.readouterr().err) or "taken out" in told
