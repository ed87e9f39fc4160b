"""The watchdog ends a service that hangs, and no other."""

import subprocess
import sys

import pytest

from app.settings import PROJECT
from app.watchdog import EXIT_CODE
from tests.patience import PATIENCE

SERVICE = """
import asyncio, time
from app import watchdog
watchdog.BEAT_SECONDS = 0.02

async def main():
    with watchdog.Watchdog():
        await asyncio.sleep(0.02 * 2 * watchdog.HANGING_BEATS)
        {then}

asyncio.run(main())
print("came to its end")
"""


@pytest.mark.parametrize(("then", "code"), [("pass", 0), ("time.sleep(20)", EXIT_CODE)], ids=["well", "hanging"])
def test_only_a_loop_that_hangs_is_ended(then: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SERVICE.format(then=then)], cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == code, done.stderr
    assert ("came to its end" in done.stdout) is (code == 0)
    assert ("Current thread" in done.stderr or "Thread" in done.stderr) is (code != 0)
