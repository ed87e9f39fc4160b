"""`./answerline trace`: read from the database beside a service that has it open."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from accounts.business import Business
from accounts.people import Person, Role
from app.settings import PROJECT
from reports.facts import JSON, Fact, Kind
from store.database import Database
from store.directory import SqlDirectory
from store.journal import SqlJournal

BEGAN = datetime(2026, 11, 23, 19, 3, tzinfo=UTC)
CALL, OTHER, LIVE = "3f9a21c4d5e6", "3f0b77aa0000", "77777777aaaa"


def fact(call_id: str, after: float, kind: Kind, **data: JSON) -> Fact:
    return Fact(call_id, BEGAN + timedelta(seconds=after), kind, "harbor", None, data)


FACTS = [
    fact(CALL, 0, Kind.CALL_STARTED, dialled="+12025550101", caller="+12025550123"),
    fact(CALL, 1, Kind.CALL_DECIDED, rung=0, deadline=20, chosen="ben", skipped={"talking": ["ana"]}),
    fact(CALL, 9, Kind.CALL_ENDED, how="answered"),
    fact(OTHER, 60, Kind.CALL_STARTED, dialled="+12025550101"),
    fact(OTHER, 61, Kind.CALL_ENDED, how="abandoned"),
    fact(LIVE, 120, Kind.CALL_STARTED, dialled="+12025550101", caller="+12025550124"),
]


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Path]:
    """A home whose database somebody else has open."""
    database = Database(f"sqlite:///{tmp_path / 'answerline.db'}")
    await database.open()
    try:
        directory, journal = SqlDirectory(database), SqlJournal(database)
        await directory.put_business(Business("harbor", "Harbor Plumbing", ""))
        for name in ("Ana", "Ben"):
            await directory.put_person(Person(name.lower(), f"{name}@answerline.test", name, Role.AGENT, ""))
        await journal.start()
        for one in FACTS:
            journal.note(one)
        await journal.close()
        yield tmp_path
    finally:
        await database.close()


async def trace(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSWERLINE_")}
    environment |= {"PYTHONPATH": str(PROJECT), "ANSWERLINE_HOME": str(home), "TZ": "EST5"}
    command = [sys.executable, "-m", "app.cli", "trace", *words]
    return await asyncio.to_thread(
        subprocess.run, command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60
    )


async def test_a_call_by_the_beginning_of_its_id(home: Path) -> None:
    done = await trace(home, "3f9")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"Call {CALL}, 23 November 2026, times in EST",
        "14:03:00   0:00.0  +12025550123 called +12025550101 (Harbor Plumbing).",
        "14:03:01   0:01.0  Chose Ben.",
        "                     Due by 14:03:21, 20 s left.",
        "                     Talking: Ana.",
        "14:03:09   0:09.0  The call ended after the talk.",
    ]


async def test_as_json(home: Path) -> None:
    told = json.loads((await trace(home, CALL, "--json")).stdout)
    assert told["call_id"] == CALL
    assert told["entries"][1] == {
        "at": "2026-11-23T19:03:01+00:00",
        "seconds": 1.0,
        "text": "Chose Ben.",
        "details": ["Due by 14:03:21, 20 s left.", "Talking: Ana."],
    }


async def test_the_latest_calls(home: Path) -> None:
    done = await trace(home)
    assert done.stdout.splitlines() == [
        f"{LIVE}  2026-11-23 14:05:00  +12025550124      going on    Harbor Plumbing",
        f"{OTHER}  2026-11-23 14:04:00  withheld          abandoned   Harbor Plumbing",
        f"{CALL}  2026-11-23 14:03:00  +12025550123      answered    Harbor Plumbing",
    ]
    listed = json.loads((await trace(home, "--json")).stdout)
    assert [call["call_id"] for call in listed["calls"]] == [LIVE, OTHER, CALL]


@pytest.mark.parametrize(
    ("call", "said"), [("3f", "more than one call begins with 3f"), ("nothing", "there is no call nothing")]
)
async def test_no_such_call_is_said_in_a_sentence(home: Path, call: str, said: str) -> None:
    done = await trace(home, call)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"answerline: {said}")


async def test_before_the_first_call(tmp_path: Path) -> None:
    done = await trace(tmp_path)
    assert (done.returncode, done.stdout) == (0, "No call has come yet.\n")
