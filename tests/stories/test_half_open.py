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
MOST, SOME = 900, 100
"""So many are open to begin with, and so many at any moment: the service cuts off each after a while."""
CALLS = 20
UNNOTICED_SECONDS = 0.05
"""Set-up times below this are the machine's noise."""
ROUNDS = 4
"""The machine may get other work between two measures; what the connections cost shows in every round."""


@contextlib.asynccontextmanager
async def half_open(port: int) -> AsyncIterator[set[int]]:
    """Every second one has sent half a header; one that is cut off is opened again. Yields those that are open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 3 * CONNECTIONS)), hard))
    up: set[int] = set()

    async def keep(number: int) -> None:
        while True:
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                if number % 2:
                    writer.write(b"agi_network: yes\nagi_chan")
                up.add(number)
                await reader.read()
            finally:
                up.discard(number)
                writer.close()

    async def all_up() -> bool:
        return len(up) >= MOST

    keepers = [asyncio.create_task(keep(number)) for number in range(CONNECTIONS)]
    try:
        await until(all_up, "the connections cannot be opened")
        yield up
    finally:
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
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
    rounds = []
    for number in range(ROUNDS):
        without = await calls(house, house.new_caller(), tmp_path / f"without-{number}")
        caller = house.new_caller()
        async with half_open(house.service.agi_port) as up:
            beside = await calls(house, caller, tmp_path / f"with-{number}")
            assert len(up) >= SOME, f"only {len(up)} were open"
            assert (await house.health())[0] == 200
            await house.silent()
        rounds.append((median(without.setups), median(beside.setups)))
        if rounds[-1][1] <= 2 * max(rounds[-1][0], UNNOTICED_SECONDS):
            break
    else:
        raise AssertionError(f"median set-up times without and with them: {rounds}")

    async def all_on_record() -> list[str] | None:
        ended = await house.call_ids(caller)  # the journal is written in groups, a moment after the call
        return ended if len(ended) >= CALLS else None

    ended = await house.until(all_on_record, "not every call is on record")
    assert len(ended) == CALLS
    assert {how(await house.facts(call_id)) for call_id in ended} == {"abandoned"}
