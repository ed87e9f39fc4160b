"""Texts to the service: each is dealt with once, whichever way it comes and however often, and none is lost."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.contacts import ChannelName, Flag, Way
from calls.incoming_texts import SWEPT_BACK, IncomingTexts
from calls.texted import Did, Texted
from messages.inbound import InboundText, NoAnswer, OptWord
from store.memory.inbound_texts import MemoryInboundTexts
from store.memory.texted import MemoryTextedLog

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
PLUMBER, OURS = "+12025550192", "+15005550006"
OK = InboundText("SM1", PLUMBER, OURS, "1ok", NOW)


class WaysNoted:
    """What is said of one way, which is at two businesses; everything else of the port is not used here."""

    def __init__(self) -> None:
        self.flagged: dict[tuple[str, str], Flag] = {}

    async def flag(self, channel: ChannelName, address: str, flag: Flag, at: datetime, why: str) -> Sequence[Way]:
        self.flagged[channel, address] = flag
        return [Way("harbor", channel, address, flag=flag)]

    async def unflag(self, channel: ChannelName, address: str) -> Sequence[Way]:
        was = self.flagged.pop((channel, address), None)
        return [Way("harbor", channel, address)] if was else []


class Provider:
    """What the provider has got for us."""

    def __init__(self) -> None:
        self.texts: list[InboundText] = []
        self.down = False

    async def texts_since(self, since: datetime) -> Sequence[InboundText]:
        if self.down:
            raise NoAnswer
        return [text for text in self.texts if text.at >= since]


class House:
    def __init__(self) -> None:
        self.store = MemoryInboundTexts()
        self.ways = WaysNoted()
        self.provider = Provider()
        self.texted = MemoryTextedLog()
        self.now = NOW
        self.done: list[str] = []
        self.broken = False
        self.hold = asyncio.Event()
        self.hold.set()
        self.texts = self.started()

    def started(self) -> IncomingTexts:
        """The service after a (re)start: what is stored stays."""
        return IncomingTexts(
            self.store,
            self.ways,  # type: ignore[arg-type]
            self.texted,
            self.on_text,
            own_numbers=self.own_numbers,
            clock=lambda: self.now,
            source=self.provider,
        )

    async def own_numbers(self) -> Collection[str]:
        return {OURS, "+12025550101"}

    async def on_text(self, text: InboundText) -> None:
        await self.hold.wait()
        if self.broken:
            raise RuntimeError("1ok")
        self.done.append(text.body)


@pytest.fixture
def house() -> House:
    return House()


async def test_a_text_is_dealt_with_once_however_often_it_comes(house: House) -> None:
    assert await house.texts.receive(OK)
    assert not await house.texts.receive(OK)
    house.provider.texts.append(OK)
    await house.texts.sweep()
    await house.started().sweep()
    assert house.done == ["1ok"]
    assert await house.store.waiting() == []


async def test_the_same_words_again_are_another_text(house: House) -> None:
    for key in ("SM1", "SM2"):
        await house.texts.receive(replace(OK, id=key))
    assert house.done == ["1ok", "1ok"]


async def test_two_posts_of_one_text_at_once_and_a_sweep_between(house: House) -> None:
    house.hold.clear()
    house.provider.texts.append(OK)
    first = asyncio.create_task(house.texts.receive(OK))
    await asyncio.sleep(0)
    assert not await house.texts.receive(OK)
    await house.texts.sweep()
    house.hold.set()
    assert await first
    assert house.done == ["1ok"]


async def test_a_text_whose_post_was_lost_is_swept_up(house: House) -> None:
    house.provider.texts += [OK, replace(OK, id="SM2", body="OUT", at=NOW - SWEPT_BACK + timedelta(minutes=1))]
    house.provider.texts.append(replace(OK, id="SM3", body="too old", at=NOW - SWEPT_BACK - timedelta(minutes=1)))
    await house.texts.sweep()
    assert house.done == ["1ok", "OUT"]


async def test_a_crash_in_the_middle_loses_nothing(house: House) -> None:
    house.hold.clear()
    under_way = asyncio.create_task(house.texts.receive(OK))
    while not await house.store.waiting():
        await asyncio.sleep(0)
    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way
    house.hold.set()
    await house.started().sweep()
    assert house.done == ["1ok"]


async def test_what_could_not_be_dealt_with_is_tried_again_and_its_words_not_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.broken = True
    assert await house.texts.receive(OK)
    assert "RuntimeError" in caplog.text
    assert "1ok" not in caplog.text
    house.broken = False
    await house.texts.sweep()
    assert house.done == ["1ok"]


async def test_when_the_provider_is_down_what_waits_is_dealt_with_all_the_same(house: House) -> None:
    house.provider.down = True
    await house.store.add(OK)
    await house.texts.sweep()
    assert house.done == ["1ok"]


async def test_our_own_texts_come_back_are_dropped(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for sender in (OURS, "+12025550101"):
        assert not await house.texts.receive(replace(OK, id=sender, sender=sender))
    assert house.done == []
    assert await house.store.waiting() == []
    assert OURS not in caplog.text


@pytest.mark.parametrize("stop", [replace(OK, body="Stop"), replace(OK, body="ARRET", opt=OptWord.STOP)])
async def test_stop_is_noted_and_start_ends_it(house: House, stop: InboundText) -> None:
    await house.texts.receive(stop)
    assert house.ways.flagged == {("sms", PLUMBER): Flag.OPTED_OUT}
    await house.texts.receive(replace(OK, id="SM2", body="START"))
    assert house.ways.flagged == {}
    assert house.done == []


async def test_yes_is_start_only_to_who_had_said_stop(house: House) -> None:
    await house.texts.receive(replace(OK, body="yes"))
    assert house.done == ["yes"]
    await house.texts.receive(replace(OK, id="SM2", body="STOP"))
    await house.texts.receive(replace(OK, id="SM3", body="YES"))
    assert house.ways.flagged == {}
    assert house.done == ["yes"]


async def test_what_the_provider_has_answered_is_not_answered_again(house: House) -> None:
    await house.texts.receive(replace(OK, body="help", opt=OptWord.HELP))
    assert house.done == []
    await house.texts.receive(replace(OK, id="SM2", body="help"))
    assert house.done == ["help"]


async def test_what_was_made_of_a_text_is_forgotten_after_two_weeks(house: House) -> None:
    for days in (0, 1, 2):
        await house.texted.add(Texted(f"SM{days}", "sms:+1", NOW + timedelta(days=days), Did.HELPED, True))

    async def kept() -> list[str]:
        return [each for each in ("SM0", "SM1", "SM2") if await house.texted.by_id(each)]

    house.now = NOW + timedelta(days=14)
    await house.texts.sweep()
    assert await kept() == ["SM0", "SM1", "SM2"]
    house.now += timedelta(days=1, hours=1)
    house.provider.down = True
    await house.texts.sweep()
    assert await kept() == ["SM2"]
