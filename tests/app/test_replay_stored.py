"""`./answerline replay` from facts, plans and agents in a database."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.business import Business
from accounts.people import Person, Role
from app import cli, replay
from app.settings import read_settings
from reports.facts import Fact
from store.database import Database
from store.directory import SqlDirectory
from store.journal import SqlJournal
from tests.app.test_replay import NINE, PLAN, answered, fact, in_order


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Ana answered two calls in turn on 2 March; the plan of that time promised 20 seconds, today's promises 200."""
    facts = [
        fact(-3600, "agent.signed_in", "", "ana", device="phone", **{"for": "all"}),
        *answered("a", 0, 0, 2, 100),
        *answered("b", 10, 112, 114, 50),
        fact(900, "agent.signed_out", "", "ana"),
    ]
    asyncio.run(_store(tmp_path, in_order(facts)))
    return tmp_path


async def _store(home: Path, facts: Sequence[Fact]) -> None:
    database = Database(f"sqlite:///{home / 'answerline.db'}")
    await database.open()
    try:
        directory, journal = SqlDirectory(database), SqlJournal(database)
        await directory.put_business(Business("harbor", "Harbor Plumbing", PLAN.replace("TARGET", "20")))
        await directory.put_business(Business("harbor", "Harbor Plumbing", PLAN.replace("TARGET", "200"), 2))
        ana = Person("ana", "ana@answerline.test", "Ana", Role.AGENT, "", sip_username="ana", pools={"shared": 0})
        await directory.put_person(ana)
        await journal.start()
        for one in facts:
            journal.note(one)
        await journal.close()
    finally:
        await database.close()


def run(home: Path, *words: str) -> int:
    options = cli.parser().parse_args(["replay", *words])
    return replay.run(read_settings({"ANSWERLINE_HOME": str(home)}), options)


def test_a_day_is_replayed_under_the_plan_of_that_time(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "--from", "2026-03-02", "--to", "2026-03-02", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["all"]["happened"] == result["all"]["replayed"]
    assert result["all"]["replayed"]["answered_in_target"] == 0.5
    assert result["assumed"]["plans"] == 0
    assert result["assumed"]["profiles"] == 0


def test_another_agent_changes_the_day(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "--from", "2026-03-02T09:00", "--to", "2026-03-02T10:00", "--more-agents", "1") == 0
    out = capsys.readouterr().out
    assert "replayed with the change" in out
    (harbor,) = [line for line in out.splitlines() if line.startswith("Harbor Plumbing")]
    assert "+50.0" in harbor


def test_a_range_without_calls_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    after = NINE + timedelta(days=2)
    assert run(home, "--from", f"{after:%Y-%m-%d}", "--to", f"{after:%Y-%m-%d}") == 2
    assert "no call was queued from 2026-03-04 00:00 until 2026-03-05 00:00 UTC" in capsys.readouterr().err
