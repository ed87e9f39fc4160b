"""`./answerline who`: read from the database beside a service that has it open."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from app.cli import main
from app.demo_world import seed
from store.database import Database
from store.directory import SqlDirectory
from store.ways import SqlWays


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Path]:
    """A home whose database somebody else has open, with the demo world in it."""
    database = Database(f"sqlite:///{tmp_path / 'answerline.db'}")
    await database.open()
    try:
        await seed(SqlDirectory(database), SqlWays(database), lambda password: "", "a password")
        yield tmp_path
    finally:
        await database.close()


async def who(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path, *words: str
) -> tuple[int, str, str]:
    """Exit code and what was printed on both streams. In a thread: the verb has an event loop of its own."""
    monkeypatch.setenv("ANSWERLINE_HOME", str(home))
    code = await asyncio.to_thread(main, ["who", *words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


Ask = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path) -> Ask:
    return partial(who, monkeypatch, capsys, home)


async def test_an_emergency_on_thanksgiving_night(ask: Ask) -> None:
    code, out, err = await ask("+12025550101", "--at", "2026-11-26T02:30", "--form", "emergency")
    assert code == 0, err
    first, second, *lines = out.splitlines()
    assert first == (
        "Harbor Plumbing, Thursday 26 November 2026, 02:30 EST (2026-11-26 07:30 UTC): holiday (Thanksgiving)"
    )
    assert second == "Message: Emergency (emergency), emergency"
    text = "\n".join(lines)
    assert "presses 9" in text
    assert "+12025550192" in text
    assert "Our supervisor is alarmed." in lines[-1]


async def test_as_json_by_the_businesss_id(ask: Ask) -> None:
    code, out, err = await ask("northwind", "--at", "2026-11-26T02:30-08:00", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["business"], told["at"]) == ("northwind", "2026-11-26T10:30:00+00:00")
    assert datetime.fromisoformat(told["steps"][0]["at"]) >= datetime(2026, 11, 26, 10, 30, tzinfo=UTC)
    assert {"kind", "text", "contact_name", "address", "because", "trouble"} <= set(told["steps"][0])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["+12025550199"], "+12025550199 leads to no business"),
        (["harbor", "--at", "noon"], "noon is not a time"),
        (["harbor", "--form", "fax"], 'There is no form "fax". The forms are standard, emergency.'),
    ],
)
async def test_a_question_that_makes_no_sense_is_said_to_be_one(ask: Ask, words: list[str], said: str) -> None:
    code, out, err = await ask(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"answerline: {said}")
