"""A thousand connections to the AGI port that say nothing, or half of something, cost the callers nothing."""

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median

import pytest

from tests.asterisk.running_pbx import HOST
from tests.asterisk.sipp import HangUp, SippResult, Wait, run_caller
from tests.stories.house import HARBOR, House, how, until

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp, pytest.mark.asyncio(loop_scope="session")]

CONNECTIONS = 1000
CALLS = 20
UNNOTICED_SECONDS = 0.05
"""Set-up times below this are the machine's noise."""


@contextlib.asynccontextmanager
async def half_open(port: int) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Every second one has sent half a header."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * CONNECTIONS)), hard))
    readers, writers = [], []
    try:
        for number in range(CONNECTIONS):
            reader, writer = await asyncio.open_connection(HOST, port)
            readers.append(reader)
            writers.append(writer)
            if number % 2:
                writer.write(b"agi_network: yes\nagi_chan")
        yield readers
    finally:
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def calls(house: House, caller: str, folder: Path) -> SippResult:
    """Twenty calls, ten a second, each a second long."""
    result = await run_caller(
        house.sip_port, HARBOR, [Wait(1), HangUp()], folder, from_user=caller, calls=CALLS, per_second=10
    )
    assert result.exit_code == 0, result.errors
    assert len(result.setups) == CALLS
    return result


async def test_callers_do_not_notice_half_open_connections(house: House, tmp_path: Path) -> None:
    without = await calls(house, house.new_caller(), tmp_path / "without")
    caller = house.new_caller()
    async with half_open(house.service.agi_port) as readers:
        beside = await calls(house, caller, tmp_path / "with")
        assert not any(reader.at_eof() for reader in readers), "they were not open all the time"
        assert (await house.health())[0] == 200
        await house.silent()
    assert median(beside.setups) <= 2 * max(median(without.setups), UNNOTICED_SECONDS)

    async def all_on_record() -> list[str] | None:
        ended = await house.call_ids(caller)  # the journal is written in groups, a moment after the call
        return ended if len(ended) >= CALLS else None

    ended = await until(all_on_record, "not every call is on record")
    assert len(ended) == CALLS
    assert {how(await house.facts(call_id)) for call_id in ended} == {"abandoned"}
