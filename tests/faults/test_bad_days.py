"""Kill, cut, refuse, fill up: nothing that was promised is lost, and everything comes to an end that people see.

In the manner of Jepsen: what was promised is written down as it is promised, held against what the providers have.
FAULT_SEED and FAULT_ROUNDS make other days, and more of them.
"""

import os
from pathlib import Path

import pytest

from telephony.pbx_fetch import AsteriskBinary
from tests.faults.bad_days import bad_days
from tests.stories.sound import Voice

SEED = int(os.environ.get("FAULT_SEED", "4"))
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
MESSAGES = {"SQLite": 100, "PostgreSQL": 60}
CALLERS = 2

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(480 + 120 * ROUNDS)]


@pytest.mark.parametrize("kept_by", MESSAGES)
async def test_nothing_is_lost_on_bad_days(
    kept_by: str,
    tmp_path: Path,
    asterisk_binary: AsteriskBinary,
    spoken: Path,
    voice: Voice,
    request: pytest.FixtureRequest,
) -> None:
    print(f"seed {SEED}, {ROUNDS} rounds on {kept_by}")
    server = request.getfixturevalue("postgres_url") if kept_by == "PostgreSQL" else ""
    async with bad_days(tmp_path / "home", spoken, SEED, server) as days:
        for _ in range(ROUNDS):
            await days.round(MESSAGES[kept_by], CALLERS, voice)
        await days.settle()
        ledger = await days.ledger()
        print(days.report(ledger))
        assert len(ledger.messages) >= ROUNDS * (MESSAGES[kept_by] + CALLERS)
        assert ledger.lost(days.promises) == []
        assert ledger.unnumbered() == []
        assert ledger.unfinished() == []
        assert ledger.strangers() == []
        assert ledger.broken_chains == []
        assert ledger.needlessly_twice() == []
        assert ledger.needlessly_cut_off(days.toll.cut_off) == []
