"""How the journal writes: in groups, again when the database was away, and not without bound."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from reports.facts import Fact, Kind
from reports.proof import verify
from store import journal as journal_module
from store.database import Database, DatabaseDown
from store.journal import SqlJournal
from tests.contract.samples import fact
from tests.patience import PATIENCE


class Unreliable(Database):
    """A real database that says it is down before or after doing what it was asked to."""

    fails_before = False
    fails_after = False
    writes = 0

    async def write(self, unit: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        self.writes += 1
        if self.fails_before:
            raise DatabaseDown("away")
        result = await super().write(unit, *args, **kwargs)
        if self.fails_after:
            raise DatabaseDown("lost on the way back")
        return result


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "RETRY_SECONDS", (0.01,))


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Unreliable]:
    database = Unreliable(str(tmp_path / "answerline.db"))
    await database.open()
    yield database
    await database.close()


def pressed(number: int) -> Fact:
    return fact(Kind.CALL_PRESSED, data={"digits": str(number)})


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)


async def test_facts_are_written_without_being_asked_to_and_in_one_go(db: Unreliable) -> None:
    journal = SqlJournal(db)
    await journal.start()
    for n in range(50):
        journal.note(pressed(n))
    async with asyncio.timeout(PATIENCE):
        while not await journal.of_call("call-1"):
            await asyncio.sleep(0.005)
    assert len(await journal.of_call("call-1")) == 50
    assert db.writes == 1
    await journal.close()


@pytest.mark.parametrize("when", ["fails_before", "fails_after"])
async def test_what_the_database_did_not_confirm_is_written_again_and_is_there_once(db: Unreliable, when: str) -> None:
    journal = SqlJournal(db)
    await journal.start()
    setattr(db, when, True)
    noted = [pressed(n) for n in range(3)]
    for one in noted:
        journal.note(one)
    flushing = asyncio.create_task(journal.flush())
    await until(lambda: db.writes >= 3)
    assert not flushing.done()
    setattr(db, when, False)
    await flushing
    assert await journal.of_call("call-1") == noted
    assert verify(await journal.chain("call-1")).holds
    await journal.close()


async def test_what_was_noted_before_the_start_is_written_at_the_end(db: Unreliable) -> None:
    journal = SqlJournal(db)
    journal.note(pressed(1))
    await journal.start()
    journal.note(pressed(2))
    await journal.close()
    assert await journal.of_call("call-1") == [pressed(1), pressed(2)]


async def test_the_oldest_go_when_too_many_wait_and_it_is_said(
    db: Unreliable, caplog: pytest.LogCaptureFixture
) -> None:
    journal = SqlJournal(db, room=10)
    db.fails_before = True
    await journal.start()
    for n in range(25):
        journal.note(pressed(n))
    assert journal.dropped == 15
    db.fails_before = False
    await journal.flush()
    assert await journal.of_call("call-1") == [pressed(n) for n in range(15, 25)]
    assert "10 facts are lost so far" in caplog.text
    await journal.close()


async def test_a_fact_the_database_refuses_does_not_stop_the_others(
    db: Unreliable, caplog: pytest.LogCaptureFixture
) -> None:
    journal = SqlJournal(db)
    await journal.start()
    for one in (pressed(1), fact(Kind.CALL_PRESSED, data={"digits": object()}), pressed(3)):
        journal.note(one)
    await journal.flush()
    assert await journal.of_call("call-1") == [pressed(1), pressed(3)]
    assert journal.dropped == 1
    await journal.close()


async def test_closing_does_not_wait_for_ever(
    db: Unreliable, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(journal_module, "CLOSE_SECONDS", 0.05)
    caplog.set_level(logging.CRITICAL)
    journal = SqlJournal(db)
    db.fails_before = True
    await journal.start()
    journal.note(pressed(1))
    async with asyncio.timeout(PATIENCE):
        await journal.close()
    assert await journal.of_call("call-1") == []
