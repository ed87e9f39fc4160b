"""Callbacks while the store is away: nothing is promised that is not kept, and nobody is lost."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from calls.outbound import WhyNot
from messages.message import MessageStatus
from reports.facts import Kind
from tests.calls.house import CALLER, NORTHWIND, Answering
from tests.calls.kept_places import ben_takes_it, called_and_talked, kept_place, ringing_out
from tests.calls.ways import caller_in_queue, offers_callbacks, says_the_name


class Away:
    """A store that is away for some of what is asked of it."""

    def __init__(self, house: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_away = False
        for store, methods in (
            (house.callback_store, ("put", "delete")),
            (house.inbox, ("save", "assign_draft", "discard_draft", "message", "of_caller")),
            (house.directory, ("business", "trunks")),
        ):
            for method in methods:
                monkeypatch.setattr(store, method, self._sometimes(getattr(store, method)))

    def _sometimes(self, method: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def answer(*args: object, **named: object) -> object:
            if self.is_away:
                raise ConnectionError("away")
            return await method(*args, **named)

        return answer


async def test_with_the_store_away_nothing_is_promised_and_the_caller_keeps_waiting(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Away(house, monkeypatch)
    await offers_callbacks(house)
    await house.agents.pause("ben", "lunch")
    line = await caller_in_queue(house, NORTHWIND)
    await line.hears("To be called back")
    store.is_away = True
    line.presses("1")
    await line.hears("The number I have for you")
    line.presses("1")
    await line.hears("we can't call you back")
    store.is_away = False
    await ben_takes_it(house)
    await line.talks()
    line.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_with_the_store_away_no_callback_is_offered_and_the_caller_keeps_waiting(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Away(house, monkeypatch)
    await offers_callbacks(house)
    await house.agents.pause("ben", "lunch")
    line = await caller_in_queue(house, NORTHWIND)
    store.is_away = True
    await asyncio.sleep(40)
    store.is_away = False
    assert not any("called back" in words for words in line.heard)
    await ben_takes_it(house)
    await line.talks()
    line.hangs_up()
    await house.outcome(line)
    assert await house.left_over() == []


async def test_with_the_store_away_two_who_are_there_talk_all_the_same(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Away(house, monkeypatch)
    line = await ringing_out(house)
    store.is_away = True
    await called_and_talked(house, line)
    await asyncio.sleep(60)
    store.is_away = False
    await asyncio.sleep(10)
    assert await house.callback_store.all() == []


async def test_with_the_store_away_who_is_given_up_becomes_a_message_when_it_is_back(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Away(house, monkeypatch)
    house.outside.refusals[CALLER] = WhyNot.NO_ANSWER
    line = await kept_place(house)
    house.phone("ben").habit.answers_after = 1.0
    store.is_away = True
    await house.agents.resume("ben")
    await house.until(lambda: len(house.facts(line, Kind.CALLBACK_UNANSWERED)) == 3)
    await asyncio.sleep(60)
    assert not house.facts(line, Kind.CALLBACK_FAILED)
    store.is_away = False
    await asyncio.sleep(10)
    assert (await house.message()).status is MessageStatus.PARTIAL
    assert len(house.facts(line, Kind.CALLBACK_FAILED)) == 1
    assert await house.left_over() == []


async def test_with_the_store_away_who_calls_again_has_the_place_and_is_not_called(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Away(house, monkeypatch)
    await kept_place(house)
    again = house.call(NORTHWIND)
    await says_the_name(again)
    delete = house.callback_store.delete
    tries = 0

    async def away_at_first(call_id: str) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ConnectionError
        await delete(call_id)

    monkeypatch.setattr(house.callback_store, "delete", away_at_first)
    await again.hears("We kept your place")
    await ben_takes_it(house)
    await again.talks()
    assert not store.is_away and house.outside.dialled == []
    again.hangs_up()
    await house.outcome(again)
    await asyncio.sleep(20)
    assert await house.left_over() == []
