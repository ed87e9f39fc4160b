"""The service and Twilio: what is sent comes to its end by callback or by asking, whatever gets lost on the way."""

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from accounts.business import Business, Number
from accounts.contacts import Flag
from app.settings import Settings, read_settings
from app.twilio import incoming_texts, twilio_posts, twilio_sms
from calls.incoming_texts import IncomingTexts
from messages.channels.channel import ChannelError
from messages.channels.sms import TwilioSms
from messages.delivery import Alarm, Delivered, Delivery, Job, Leased, Purpose, Queued
from messages.inbound import InboundText
from messages.receipts import take_receipt
from messages.text import Rendered
from store.memory import MemoryDirectory, MemoryInboundTexts, MemoryTextedLog, MemoryWays
from tests.doubles.twilio import (
    SENDER,
    SETTINGS,
    BreakAfterAccept,
    FailAfterAccept,
    Fate,
    TwilioDouble,
)
from tests.messages.cast import PLUMBER
from tests.web.world import World
from web.services import SERVICES

HARBOR_LINE = "+12025550101"
TEXT = Rendered("#1042 Harbor Plumbing")


@dataclass
class House:
    """The parts of a service that Twilio meets, served at an address that Twilio's double reaches."""

    world: World
    twilio: TwilioDouble
    sms: TwilioSms
    ways: MemoryWays
    texts: IncomingTexts
    heard: list[str]

    async def queued(self) -> Leased:
        """A text to the plumber, in a worker's hands."""
        job = Job("d1", None, "harbor", PLUMBER, self.world.clock(), "token", Purpose.NOTE, body=TEXT.text)
        await self.world.outbox.add([Queued(job, self.world.clock())])
        [held] = await self.world.outbox.claim(self.world.clock(), lease_seconds=60, limit=1)
        return held

    async def attempt(self, held: Leased) -> None:
        """What the relay does with it, once."""
        now = self.world.clock()
        try:
            sent = await self.sms.send(held, TEXT)
        except ChannelError as error:
            await self.world.outbox.settle(held, held.failed_for_now(now, error.why, unsure=error.unsure))
        else:
            await self.world.outbox.settle(held, held.accepted(now, sent.reference))

    async def state(self) -> Delivery:
        return await self.world.outbox.delivery("d1")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    listening = socket.create_server(("127.0.0.1", 0))
    async with TwilioDouble() as twilio:
        world = World(tmp_path, public_url=f"http://127.0.0.1:{listening.getsockname()[1]}")
        world.clock.now = twilio.clock()
        settings = read_settings(
            SETTINGS | {"ANSWERLINE_TWILIO_URL": twilio.url, "ANSWERLINE_PUBLIC_URL": world.public_url}
        )
        sms, ways, heard = twilio_sms(settings), MemoryWays(), list[str]()
        directory = MemoryDirectory(world.clock)
        await directory.put_business(Business("harbor", "Harbor Plumbing", ""))
        await directory.put_number(Number(HARBOR_LINE, "harbor"))
        await ways.verify("harbor", "sms", PLUMBER.address, world.clock(), "code")

        async def on_text(text: InboundText) -> None:
            heard.append(text.body)

        texts = incoming_texts(
            settings, MemoryInboundTexts(), ways, MemoryTextedLog(), directory, on_text, sms, clock=world.clock
        )
        app = world.app()
        posts = twilio_posts(settings, world.outbox, ways, texts.receive, nudge_relay=world.nudge, clock=world.clock)
        app[SERVICES] = replace(app[SERVICES], twilio=posts)
        async with TestServer(app, socket_factory=lambda *_: listening):
            yield House(world, twilio, sms, ways, texts, heard)
        await sms.close()


@pytest.mark.parametrize(
    "calls_back",
    [("sent", "delivered"), ("delivered", "sent"), ("delivered",) * 3, ("queued", "delivered", "sent", "delivered")],
)
async def test_callbacks_in_any_order_and_number_end_in_one_delivery(house: House, calls_back: tuple[str, ...]) -> None:
    house.twilio.fates.append(Fate("delivered", calls_back=calls_back))
    await house.attempt(await house.queued())
    await house.twilio.settled()
    assert isinstance(await house.state(), Delivered)
    assert house.twilio.posted == [204] * len(calls_back)
    assert house.world.nudges == 1


@pytest.mark.parametrize("answer", [FailAfterAccept(), BreakAfterAccept()])
async def test_a_callback_settles_an_attempt_whose_answer_was_lost(
    house: House, answer: FailAfterAccept | BreakAfterAccept
) -> None:
    house.twilio.answers.append(answer)
    await house.attempt(await house.queued())
    await house.twilio.settled()
    assert isinstance(await house.state(), Delivered)
    later = house.world.clock() + timedelta(hours=1)
    assert await house.world.outbox.claim(later, lease_seconds=60, limit=9) == []


async def test_a_callback_that_overtakes_our_own_settling_is_not_undone_by_it(house: House) -> None:
    held = await house.queued()
    sent = await house.sms.send(held, TEXT)
    await house.twilio.settled()
    assert isinstance(await house.state(), Delivered)
    assert not await house.world.outbox.settle(held, held.accepted(house.world.clock(), sent.reference))
    assert isinstance(await house.state(), Delivered)


async def test_lost_callbacks_are_made_up_for_by_asking(house: House) -> None:
    house.twilio.fates.append(Fate("undelivered", 30003, calls_back=()))
    await house.attempt(await house.queued())
    await house.twilio.settled()
    later = house.world.clock() + timedelta(minutes=11)
    [overdue] = await house.world.outbox.awaiting_receipt(later, 10)
    receipt = await house.sms.ask(overdue.reference)
    assert receipt is not None
    await take_receipt(house.world.outbox, house.ways, overdue.job.id, receipt, later, overdue.reference)
    state = await house.state()
    assert isinstance(state, Alarm)
    assert "30003" in state.why


@pytest.mark.parametrize(("code", "flag"), [(30005, Flag.DEAD), (21610, Flag.OPTED_OUT), (30003, None)])
async def test_a_dead_number_is_flagged_on_the_contact(house: House, code: int, flag: Flag | None) -> None:
    house.twilio.fates.append(Fate("undelivered", code))
    await house.attempt(await house.queued())
    await house.twilio.settled()
    assert isinstance(await house.state(), Alarm)
    [way] = await house.ways.by_address("sms", PLUMBER.address)
    assert way.flag is flag


async def test_a_callback_about_nothing_we_know_is_harmless(house: House) -> None:
    await house.attempt(await house.queued())
    sid = house.twilio.messages[0].sid
    url = f"{house.world.public_url}/hooks/twilio/status/nobody"
    assert await house.twilio.call_back(sid, "delivered", url=url) == 204


async def test_a_text_is_heard_once_by_whichever_way_it_comes(house: House) -> None:
    url = f"{house.world.public_url}/hooks/twilio/inbound"
    sid = await house.twilio.text(url, PLUMBER.address, "1ok")
    await house.twilio.text(url, PLUMBER.address, "1ok", sid=sid)
    await house.twilio.text(url, PLUMBER.address, "STATUS", lost=True)
    for ours in (SENDER, HARBOR_LINE):
        await house.twilio.text(url, ours, "1ok")
    await house.texts.sweep()
    assert house.heard == ["1ok", "STATUS"]
    assert house.twilio.posted == [200] * 4


async def test_stop_flags_the_contact_and_start_ends_it(house: House) -> None:
    url = f"{house.world.public_url}/hooks/twilio/inbound"
    await house.twilio.text(url, PLUMBER.address, "STOP")
    assert [way.flag for way in await house.ways.by_address("sms", PLUMBER.address)] == [Flag.OPTED_OUT]
    await house.twilio.text(url, PLUMBER.address, "Start")
    assert [way.flag for way in await house.ways.by_address("sms", PLUMBER.address)] == [None]
    assert house.heard == []


def settings(**more: str) -> Settings:
    return read_settings(SETTINGS | {f"ANSWERLINE_{name}": value for name, value in more.items()})


@pytest.mark.parametrize(
    ("given", "calls_back"),
    [
        ({"PUBLIC_URL": "https://answers.example.com"}, True),
        ({"PUBLIC_URL": "http://127.0.0.1:8080", "TWILIO_URL": "http://127.0.0.1:9"}, True),
        ({"PUBLIC_URL": "https://answers.example.com", "TWILIO_AUTH_TOKEN": ""}, False),
        ({}, False),
        ({"PUBLIC_URL": "http://localhost:8080"}, False),
        ({"PUBLIC_URL": "http://192.168.1.4"}, False),
        ({"PUBLIC_URL": "https://box.local"}, False),
    ],
)
async def test_twilio_is_asked_to_call_back_only_where_it_can_and_is_believed(
    given: dict[str, str], calls_back: bool
) -> None:
    sms = twilio_sms(settings(**given))
    assert bool(sms._status_callback) is calls_back
    await sms.close()


async def test_without_the_token_posts_are_not_taken(house: House) -> None:
    world, without = house.world, settings(TWILIO_AUTH_TOKEN="")
    taken = twilio_posts(
        without, world.outbox, house.ways, house.texts.receive, nudge_relay=world.nudge, clock=world.clock
    )
    assert taken is None
