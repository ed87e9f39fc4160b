"""Who is let in, at which hour, and what happens when something behind the door is broken."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from ivr.line import ForwardEnd
from messages.message import Message
from reports.facts import Kind
from tests.calls.house import CALLER, HARBOR, NORTHWIND, Answering
from tests.calls.ways import caller_in_queue, caller_in_talk, says_the_name

FORWARDING = ("1: {say: To speak with someone, queue: office}", '1: {say: To speak, forward: "+12025550188"}')
AT_NIGHT = datetime(2026, 11, 17, 4, 0, tzinfo=UTC)
ON_THANKSGIVING = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)


async def test_an_unknown_number_is_refused_politely(house: Answering) -> None:
    line = house.call("+12025550199")
    await line.hears("not in service")
    assert await house.outcome(line) == "refused"
    assert line.done_by_service
    started = house.facts(line, Kind.CALL_STARTED)[0]
    assert (started.business_id, started.data) == (None, {"dialled": "+12025550199", "caller": CALLER})
    assert await house.left_over() == []


@pytest.mark.parametrize("dialled", ["", "s", "anonymous", "911", "0" * 40])
async def test_what_is_no_number_at_all_is_refused_too(house: Answering, dialled: str) -> None:
    line = house.call(dialled)
    await line.hears("not in service")
    assert await house.outcome(line) == "refused"


@pytest.mark.parametrize("dialled", ["+12025550101", "12025550101", "2025550101"])
async def test_a_number_is_known_however_the_trunk_writes_it(house: Answering, dialled: str) -> None:
    line = house.call(dialled)
    await line.hears("Harbor Plumbing")
    line.hangs_up()
    assert await house.outcome(line) == "abandoned"


async def test_a_withheld_number_is_welcome_and_no_fact_invents_one(house: Answering) -> None:
    line = house.call(caller=None)
    await line.hears("Harbor Plumbing")
    line.hangs_up()
    await house.outcome(line)
    assert "caller" not in house.facts(line, Kind.CALL_STARTED)[0].data


@pytest.mark.parametrize("start", [AT_NIGHT, ON_THANKSGIVING])
async def test_closed_hours_and_holidays_have_their_own_menu(house: Answering, start: datetime) -> None:
    line = house.call(HARBOR)
    await line.hears("Our office is closed right now")
    await says_the_name(line)  # who presses nothing leaves a message there
    line.hangs_up()
    await house.outcome(line)
    greeted = house.facts(line, Kind.CALL_GREETED)[0].data
    assert (greeted["menu"], greeted["open"]) == ("night", False)


@pytest.mark.parametrize("end", [ForwardEnd.BUSY, ForwardEnd.NO_ANSWER, ForwardEnd.FAILED, None])
async def test_a_forward_that_comes_to_nothing_becomes_a_message(house: Answering, end: ForwardEnd | None) -> None:
    await house.change_plan("harbor", *FORWARDING)
    line = house.call(HARBOR)
    line.forward_faults = end is None
    line.forward_ends = end or ForwardEnd.FAILED
    await line.hears("To speak, press one")
    line.presses("1")
    await line.hears("putting you through")
    await line.hears("there was no answer")
    await says_the_name(line)
    await line.hears("The number I have for you")
    line.hangs_up()
    assert await house.outcome(line) == "message"
    assert await house.left_over() == []


@pytest.mark.parametrize("caller_first", [True, False])
async def test_a_forward_that_is_answered(house: Answering, caller_first: bool) -> None:
    await house.change_plan("harbor", *FORWARDING)
    line = house.call(HARBOR)
    await line.hears("To speak, press one")
    line.presses("1")
    await line.hears("putting you through")
    if caller_first:
        while "forward" not in line.operations:
            await line.is_silent_after(1)
        line.hangs_up()
    assert await house.outcome(line) == "forwarded"
    assert await house.left_over() == []


async def test_a_plan_that_says_goodbye_says_it_and_ends(house: Answering) -> None:
    old, _ = FORWARDING
    await house.change_plan("harbor", old, "1: {say: To hear more, hang_up: We moved to Elm Street.}")
    line = house.call(HARBOR)
    await line.hears("To hear more, press one")
    line.presses("1")
    await line.hears("We moved to Elm Street.")
    assert await house.outcome(line) == "goodbye"


class StoreIsAway(ConnectionError):
    pass


async def away(*_: object, **__: object) -> Message:
    raise StoreIsAway


@pytest.mark.parametrize("key", ["1", "2"])
async def test_a_store_that_is_away_leaves_the_caller_to_the_exchanges_fallback(
    house: Answering, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setattr(house.inbox, "open_draft", away)
    line = house.call(HARBOR)
    await line.hears("press two")
    line.presses(key)
    if key == "1":
        await says_the_name(line)
    with pytest.raises(StoreIsAway):
        await house.outcome(line)
    assert not line.done_by_service
    assert house.facts(line, Kind.CALL_ENDED)[0].data["how"] == "failed"
    assert await house.left_over() == []


async def test_a_directory_that_is_away_does_too(house: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.directory, "business_by_number", away)
    line = house.call(HARBOR)
    with pytest.raises(StoreIsAway):
        await house.outcome(line)
    assert not line.done_by_service
    assert await house.left_over() == []


async def test_a_store_that_goes_away_keeps_nobody_from_talking(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await house.agent("ben")
    monkeypatch.setattr(house.inbox, "assign_draft", away)
    line = await caller_in_talk(house, ben, NORTHWIND)
    ben.hangs_up()
    assert await house.outcome(line) == "answered"


async def test_a_store_that_hangs_neither_keeps_them_apart_nor_makes_dead_air(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(*_: object) -> None:
        await asyncio.sleep(20)

    of_caller = house.inbox.of_caller

    async def slow_past(business_id: str, caller: str, limit: int = 10) -> Sequence[Message]:
        await asyncio.sleep(20)
        return await of_caller(business_id, caller, limit)

    ben = await house.agent("ben")
    monkeypatch.setattr(house.inbox, "assign_draft", slow)
    monkeypatch.setattr(house.inbox, "of_caller", slow_past)
    line = house.call(NORTHWIND)
    await says_the_name(line)
    await line.on_hold()
    assert not house.facts(line, Kind.CALL_QUEUED)
    await ben.rings()
    answered = asyncio.get_running_loop().time()
    ben.answers()
    await line.talks()
    assert asyncio.get_running_loop().time() - answered < 1.5
    ben.hangs_up()
    assert await house.outcome(line) == "answered"


async def test_a_store_that_is_away_when_the_caller_leaves_does_not_make_that_a_fault(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.agent("ben")
    line = await caller_in_queue(house, NORTHWIND)
    monkeypatch.setattr(house.inbox, "discard_draft", away)
    line.hangs_up()
    assert await house.outcome(line) == "abandoned"


async def test_a_plan_that_can_no_longer_be_read_leaves_the_caller_to_the_exchange(house: Answering) -> None:
    await house.change_plan("harbor", "open: {menu: main}", "open: {menu: gone}")
    line = house.call(HARBOR)
    with pytest.raises(ValueError, match="gone"):
        await house.outcome(line)
    assert not line.done_by_service
    assert await house.left_over() == []
