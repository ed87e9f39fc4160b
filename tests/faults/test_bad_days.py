"""Kill, cut, refuse, fill up: nothing that was promised is lost, and everything comes to an end that people see.

In the manner of Jepsen: what was promised is written down as it is promised, held against what the providers have.
FAULT_SEED and FAULT_ROUNDS make other days, and more of them.
"""

import os
from pathlib import Path

import pytest

from store.database import Database
from telephony.pbx_fetch import AsteriskBinary
from tests.faults.bad_days import bad_days
from tests.faults.ledger import files_of, read
from tests.stories.sound import Voice

SEED = int(os.environ.get("FAULT_SEED", "4"))
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "2"))
MESSAGES, CALLERS = 100, 2

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180 + 90 * ROUNDS)]


async def test_nothing_is_lost_on_bad_days(
    tmp_path: Path, asterisk_binary: AsteriskBinary, spoken: Path, voice: Voice
) -> None:
    print(f"seed {SEED}, {ROUNDS} rounds")
    home = tmp_path / "home"
    async with bad_days(home, spoken, SEED) as days:
        for _ in range(ROUNDS):
            await days.round(MESSAGES, CALLERS, voice)
        await days.settle()
        database = Database(files_of(home))
        await database.open()
        try:
            ledger = await read(database, days.arrived())
        finally:
            await database.close()
        print(days.report(ledger))
        assert len(ledger.messages) >= ROUNDS * (MESSAGES + CALLERS)
        assert ledger.lost(days.promises) == []
        assert ledger.unnumbered() == []
        assert ledger.unfinished() == []
        assert ledger.strangers() == []
        assert ledger.broken_chains == []
        assert ledger.needlessly_twice(days.kills) == []
