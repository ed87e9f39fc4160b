"""The disks of the bad days are really full, and then are not."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.disk import Disk, LimitedFiles, disk_for

WRITER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode=WAL")
database.execute("CREATE TABLE kept (words TEXT)")
for _ in sys.stdin:
    try:
        database.execute("INSERT INTO kept VALUES (?)", ("x" * 20000,))
        print("written", flush=True)
    except sqlite3.OperationalError as error:
        print("not written", flush=True)
"""


@pytest.fixture(params=["the one there is", "limited files"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    with disk_for(tmp_path / "disk" / "kept.db") as found:
        yield LimitedFiles() if request.param == "limited files" else found


@pytest.fixture
def write(tmp_path: Path) -> Iterator[tuple[int, Callable[[], str]]]:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "disk" / "kept.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        to, answers = process.stdin, process.stdout

        def write() -> str:
            to.write("\n")
            to.flush()
            return answers.readline().strip()

        yield process.pid, write
        to.close()


def test_nothing_is_written_while_it_is_full(disk: Disk, write: tuple[int, Callable[[], str]], tmp_path: Path) -> None:
    pid, line = write
    assert line() == "written"
    disk.fill(pid)
    assert [line() for _ in range(3)] == ["not written"] * 3
    disk.empty(pid)
    assert line() == "written"
    with sqlite3.connect(tmp_path / "disk" / "kept.db") as database:
        assert database.execute("SELECT count(*) FROM kept").fetchone() == (2,)
    database.close()
