"""`./answerline bench relay`: messages made durable, against the bare database's own commits of the same rows, and how
long a message takes from "save" to "saved" and on to the provider.

Rounds of the bare database and of ours alternate, so that a slow moment of the machine meets both. SQLite and
PostgreSQL keep their promises here: WAL with synchronous=FULL, fsync and synchronous_commit as they come.
"""

import asyncio
import json as json_text
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from app.bench_calls import OURS, answering, exchange, short_prompt, sipp_rate
from app.bench_relay_postgres import LOOPBACK, find_postgres, private_postgres
from app.bench_relay_saves import Bare, BarePostgres, BareSqlite, new_message, saves_per_second
from app.bench_relay_times import PER_SECOND, measure_times
from store.database import Database
from store.inbox import SqlInbox

ROUNDS, ROUND_SECONDS = 5, 2.0
FEW, MANY = 1, 16
MESSAGES = 300
CALLS_PER_SECOND = 20
AIMS = {"ratio_one_writer": 0.8, "ratio_sixteen_writers": 5.0, "saved_milliseconds_p99": 25.0}
Figures = dict[str, object]


def run(json: bool) -> int:
    """Measure, print, and return the exit code: 0 when everything that is there could be measured."""
    with tempfile.TemporaryDirectory(prefix="answerline-bench-") as folder:
        figures = uvloop.run(measure(Path(folder)))
    print(json_text.dumps(figures, indent=2) if json else _told(figures))
    return 0


async def measure(
    folder: Path, *, rounds: int = ROUNDS, seconds: float = ROUND_SECONDS, messages: int = MESSAGES, calls: bool = True
) -> Figures:
    """Everything, in a folder whose file system is the one that is measured."""
    figures: Figures = {"milliseconds_per_fsync": _fsync(folder), "aims": AIMS}
    saves, times = folder / "saves.db", folder / "times.db"
    figures["sqlite"] = await _saves(f"sqlite:///{saves}", BareSqlite(saves), rounds, seconds) | await _times(
        f"sqlite:///{times}", folder, messages
    )
    figures["sqlite_while_calls_run"] = await _while_calls_run(folder, messages) if calls else "skipped"
    binaries = find_postgres()
    if binaries is None:
        figures["postgresql"] = "skipped: there is no PostgreSQL on this machine (apt-get install postgresql)"
    else:
        async with private_postgres(binaries, _free_port(), ("saves", "times")) as (of_saves, of_times):
            figures["postgresql"] = await _saves(of_saves, BarePostgres(of_saves), rounds, seconds) | await _times(
                of_times, folder, messages
            )
    return figures


async def _saves(url: str, bare: Bare, rounds: int, seconds: float) -> Figures:
    database = Database(url)
    await database.open()
    try:
        message, begun = new_message()
        await SqlInbox(database).save(message, begun.escalations, begun.deliveries)
        found: dict[str, list[float]] = {"bare": [], "one_writer": [], "sixteen_writers": []}
        for _ in range(rounds):
            found["bare"].append(await bare.commits_per_second(seconds))
            found["one_writer"].append(await saves_per_second(database, FEW, seconds))
            found["sixteen_writers"].append(await saves_per_second(database, MANY, seconds))
    finally:
        await database.close()
    figures: Figures = {f"{name}_per_second": round(statistics.median(rates)) for name, rates in found.items()}
    for name in ("one_writer", "sixteen_writers"):
        ratios = [ours / own for ours, own in zip(found[name], found["bare"], strict=True)]
        figures[f"ratio_{name}"] = round(statistics.median(ratios), 3)
    return figures


async def _times(url: str, folder: Path, messages: int) -> Figures:
    database = Database(url)
    await database.open()
    try:
        return (await measure_times(database, folder, messages)).told()
    finally:
        await database.close()


async def _while_calls_run(folder: Path, messages: int) -> Figures | str:
    """The same times while a real Asterisk has calls answered by this process, one after the other, by SIPp."""
    if shutil.which("sipp") is None:
        return "skipped: SIPp is missing (apt-get install sip-tester)"
    home = folder / "exchange"
    async with exchange(home) as pbx, answering(pbx, short_prompt(home)):
        seconds = messages / PER_SECOND
        calling = asyncio.create_task(
            sipp_rate(
                pbx, OURS, calls=int(CALLS_PER_SECOND * seconds), per_second=CALLS_PER_SECOND, deadline=4 * seconds + 20
            )
        )
        times = await _times(f"sqlite:///{folder / 'calls.db'}", folder, messages)
        return times | {"calls_per_second": round(await calling, 1)}


def _fsync(folder: Path) -> float:
    """What the disk takes for one page made durable, in milliseconds."""
    took = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(100):
            file.write(b"x" * 4096)
            file.flush()
            begin = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - begin)
    return round(1000 * statistics.median(took), 3)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _told(figures: Figures) -> str:
    return "\n".join(f"{name}: {json_text.dumps(value)}" for name, value in figures.items())


if __name__ == "__main__":
    sys.exit(run(json=True))
