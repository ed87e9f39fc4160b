"""What calls may rely on when they call somebody, on scripted telephones and on a trunk of a real Asterisk."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from calls.clips import Clips
from calls.outbound import NotReached, WhyNot
from ivr.line import Hangup, Line
from telephony.pbx import PrivateAsterisk
from tests.asterisk.running_pbx import asterisk_binary, pbx
from tests.contract.outsiders import BUSINESS, PERSON, Outsider, ScriptedOutsider, sip_outsider
from tests.patience import PATIENCE

__all__ = ["asterisk_binary", "pbx"]

Talk = Callable[[Line], Awaitable[object]]


@pytest.fixture
async def outsider(exchange: PrivateAsterisk | None, tmp_path: Path) -> AsyncIterator[Outsider]:
    if exchange is None:
        yield ScriptedOutsider(Clips(tmp_path / "clips"))
    else:
        async with sip_outsider(exchange, tmp_path) as somebody:
            yield somebody


class Calling:
    """A call of the service's under way, while the person does something."""

    def __init__(self, outsider: Outsider, talk: Talk, ring_seconds: float = PATIENCE) -> None:
        self.answered = asyncio.Event()
        self._task = asyncio.create_task(self._run(outsider, talk, ring_seconds))

    @property
    def is_over(self) -> bool:
        return self._task.done()

    async def result(self) -> object:
        async with asyncio.timeout(PATIENCE):
            return await self._task

    async def cancelled(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self, outsider: Outsider, talk: Talk, ring_seconds: float) -> object:
        async with outsider.calls.dial(PERSON, caller_id=BUSINESS, ring_seconds=ring_seconds) as line:
            if isinstance(line, NotReached):
                return line
            self.answered.set()
            return await talk(line)


async def names(line: Line) -> tuple[str, str | None]:
    return line.dialled, line.caller


async def a_digit(line: Line) -> str:
    await line.answer()
    return await line.digit(PATIENCE)


async def test_who_answers_is_on_an_ordinary_line_until_the_block_is_left(outsider: Outsider) -> None:
    calling = Calling(outsider, a_digit)
    assert await outsider.rings() == BUSINESS
    assert not calling.answered.is_set()
    await outsider.answers()
    async with asyncio.timeout(PATIENCE):
        await calling.answered.wait()
    async with asyncio.timeout(PATIENCE):
        while not calling.is_over:  # a key that came before the service listened is lost
            await outsider.presses("1")
    assert await calling.result() == "1"
    await outsider.is_left()


async def test_the_line_knows_the_person_as_the_caller_and_the_business_as_dialled(outsider: Outsider) -> None:
    calling = Calling(outsider, names)
    await outsider.rings()
    await outsider.answers()
    assert await calling.result() == (BUSINESS, PERSON)


async def test_a_hang_up_comes_out_of_the_wait(outsider: Outsider) -> None:
    calling = Calling(outsider, a_digit)
    await outsider.rings()
    await outsider.answers()
    async with asyncio.timeout(PATIENCE):
        await calling.answered.wait()
    await outsider.hangs_up()
    with pytest.raises(Hangup):
        await calling.result()


@pytest.mark.parametrize("why", [WhyNot.BUSY, WhyNot.REJECTED, WhyNot.FAILED])
async def test_who_is_not_to_be_had_is_told_apart(outsider: Outsider, why: WhyNot) -> None:
    calling = Calling(outsider, names)
    await outsider.rings()
    await outsider.refuses(why)
    assert await calling.result() == NotReached(why)


async def test_a_phone_that_nobody_picks_up_stops_ringing(outsider: Outsider) -> None:
    calling = Calling(outsider, names, ring_seconds=1.0)
    await outsider.rings()
    assert await calling.result() == NotReached(WhyNot.NO_ANSWER)
    await outsider.is_left()


async def test_a_call_given_up_stops_ringing(outsider: Outsider) -> None:
    calling = Calling(outsider, names)
    await outsider.rings()
    await calling.cancelled()
    await outsider.is_left()


@pytest.mark.parametrize(("number", "caller_id"), [("2025550155", BUSINESS), (PERSON, ""), ("", BUSINESS)])
async def test_only_numbers_in_full_are_dialled(outsider: Outsider, number: str, caller_id: str) -> None:
    with pytest.raises(ValueError):
        async with outsider.calls.dial(number, caller_id=caller_id, ring_seconds=1.0):
            pass
