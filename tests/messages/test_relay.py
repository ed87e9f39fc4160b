"""The relay's stories: what happens to a delivery when things go well, badly, or not at all."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.headerregistry import Address
from pathlib import Path
from typing import TypeVar

import pytest

from messages import relay as relay_module
from messages.channels.channel import Channel, ChannelError
from messages.channels.email import EmailChannel, smtp_server
from messages.channels.outbox import OutboxChannel
from messages.channels.sms import TwilioSms
from messages.context import MessageContext
from messages.delivery import (
    RETRY_DELAYS,
    Acknowledged,
    Alarm,
    AwaitingAcknowledgement,
    Delivered,
    Delivery,
    Job,
    Leased,
    Queued,
)
from messages.message import Message, MessageStatus
from messages.relay import LEASE_SECONDS, Relay
from messages.text import Rendered
from store.memory import MemoryInbox, MemoryOutbox, MemorySentTexts
from tests.doubles.smtp import Say, SmtpDouble
from tests.doubles.twilio import FailAfterAccept, Hang, Refuse, TwilioDouble
from tests.messages.cast import CONTEXT, MESSAGE, NOW, PLUMBER, PUBLIC_URL, a_job

S = TypeVar("S", bound=Delivery)


class Post:
    """A scripted channel: keeps what is sent; each send first meets the next of `troubles`."""

    def __init__(self, *troubles: Exception) -> None:
        self.sent: list[tuple[Leased, Rendered]] = []
        self.troubles = list(troubles)
        self.at_once = 0
        self.most_at_once = 0
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, delivery: Leased, text: Rendered) -> str:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.open.wait()
            if self.troubles:
                raise self.troubles.pop(0)
            self.sent.append((delivery, text))
            return f"ref-{len(self.sent)}"
        finally:
            self.at_once -= 1

    async def close(self) -> None:
        pass


class World:
    """A store in memory, a clock that moves when told, and everything the relay said."""

    def __init__(self) -> None:
        self.now = NOW
        self.inbox = MemoryInbox()
        self.outbox = MemoryOutbox(self.inbox)
        self.heard: list[Delivery] = []
        self._news = asyncio.Event()

    def clock(self) -> datetime:
        return self.now

    def hear(self, state: Delivery) -> None:
        self.heard.append(state)
        self._news.set()

    async def save(self, *jobs: Job, message: Message = MESSAGE) -> None:
        draft = replace(message, status=MessageStatus.DRAFT, saved_at=None)
        number = (await self.inbox.open_draft(draft)).number
        await self.inbox.save(replace(message, number=number), [Queued(job, self.now) for job in jobs])

    async def describe(self, message: Message) -> MessageContext:
        return CONTEXT

    async def until(self, kind: type[S], how_many: int = 1) -> list[S]:
        """Wait until so many states of this kind were heard."""
        async with asyncio.timeout(10):
            while True:
                found: list[S] = [state for state in self.heard if isinstance(state, kind)]
                if len(found) >= how_many:
                    return found
                self._news.clear()
                await self._news.wait()

    @asynccontextmanager
    async def relaying(
        self,
        channels: Mapping[str, Channel],
        *,
        outbox: MemoryOutbox | None = None,
        on_change: Callable[[Delivery], None] | None = None,
        workers: int = 8,
        send_seconds: float = 5.0,
    ) -> AsyncIterator[Relay]:
        relay = Relay(
            outbox or self.outbox,
            self.inbox,
            channels,
            self.describe,
            public_url=PUBLIC_URL,
            clock=self.clock,
            on_change=on_change or self.hear,
            workers=workers,
            send_seconds=send_seconds,
        )
        task = asyncio.create_task(relay.run())
        try:
            yield relay
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    def later(self, relay: Relay, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        relay.nudge()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def mail(smtp: SmtpDouble) -> EmailChannel:
    sender = Address("Answerline", "relay", "answers.test")
    return EmailChannel(smtp_server(smtp.url), sender, clip_path=Path)


async def test_a_message_goes_out_once_by_each_channel_with_its_number(
    world: World, mail: EmailChannel, sms: TwilioSms, smtp: SmtpDouble, twilio: TwilioDouble
) -> None:
    async with world.relaying({"email": mail, "sms": sms}) as relay:
        await world.save(a_job(), a_job(PLUMBER, job_id="d2"))
        relay.nudge()
        states = await world.until(Delivered, 2)
    [text], [letter] = twilio.messages, smtp.mails
    number = f"#{(await world.inbox.message('m1')).number}"
    assert text.body.startswith(f"{number} Harbor Plumbing\n")
    assert f"[{number}]" in letter.mail["Subject"]
    assert {s.job.id: s.reference for s in states} == {"d1": letter.mail["Message-ID"], "d2": text.sid}


@pytest.mark.parametrize("trouble", [Refuse(429, 20429), Refuse(503, 20503), Hang()])
async def test_a_temporary_failure_is_tried_again_later(
    world: World, sms: TwilioSms, twilio: TwilioDouble, trouble: Refuse | Hang
) -> None:
    twilio.answers.append(trouble)
    await world.save(a_job(PLUMBER))
    async with world.relaying({"sms": sms}) as relay:
        [queued] = await world.until(Queued)
        assert (queued.failures, queued.sends) == (1, 0)
        assert queued.due == NOW + timedelta(seconds=RETRY_DELAYS[0])
        assert "Twilio" in queued.last_error
        world.later(relay, RETRY_DELAYS[0])
        await world.until(Delivered)
    assert len(twilio.messages) == 1


async def test_it_looks_again_by_itself_when_a_retry_falls_due(world: World) -> None:
    def time_flies(state: Delivery) -> None:
        world.hear(state)
        world.now += timedelta(seconds=RETRY_DELAYS[0])

    await world.save(a_job())
    async with world.relaying({"email": Post(ChannelError("busy", permanent=False))}, on_change=time_flies):
        await world.until(Delivered)


async def test_an_error_after_acceptance_sends_again_with_the_same_number(
    world: World, sms: TwilioSms, twilio: TwilioDouble
) -> None:
    twilio.answers.append(FailAfterAccept())
    await world.save(a_job(PLUMBER))
    async with world.relaying({"sms": sms}) as relay:
        await world.until(Queued)
        world.later(relay, RETRY_DELAYS[0])
        await world.until(Delivered)
    first, second = twilio.messages
    assert first.body == second.body
    assert first.body.startswith("#")


async def test_a_permanent_failure_is_an_alarm_at_once(
    world: World, mail: EmailChannel, sms: TwilioSms, smtp: SmtpDouble, twilio: TwilioDouble
) -> None:
    twilio.answers.append(Refuse(400, 21610))
    smtp.troubles.append(Say("rcpt", "550 5.1.1 no such user"))
    await world.save(a_job(), a_job(PLUMBER, job_id="d2"))
    async with world.relaying({"email": mail, "sms": sms}):
        alarms = await world.until(Alarm, 2)
    assert sorted(alarm.why[:11] for alarm in alarms) == ["The mail se", "Twilio said"]
    assert {d.job.id for d in await world.outbox.alarms("harbor")} == {"d1", "d2"}


async def test_after_the_last_retry_it_is_an_alarm(world: World) -> None:
    post = Post(*[ChannelError("busy", permanent=False)] * 50)
    await world.save(a_job())
    async with world.relaying({"email": post}) as relay:
        for attempt, delay in enumerate(RETRY_DELAYS, start=1):
            await world.until(Queued, attempt)
            world.later(relay, delay)
        [alarm] = await world.until(Alarm)
    assert "13 attempts: busy" in alarm.why
    assert len(post.troubles) == 37


async def test_a_crash_between_sending_and_settling_sends_again_with_the_same_ids(
    world: World, mail: EmailChannel, smtp: SmtpDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "PARTING_SECONDS", 0.01)

    class NeverSettles(MemoryOutbox):
        async def settle(self, held: Leased, state: Delivery) -> bool:
            await asyncio.Event().wait()
            return True

    await world.save(a_job())
    async with world.relaying({"email": mail}, outbox=NeverSettles(world.inbox)):
        await smtp.received(1)
    assert world.heard == []
    assert await world.outbox.claim(world.now, lease_seconds=1, limit=9) == []
    async with world.relaying({"email": mail}) as relay:
        world.later(relay, LEASE_SECONDS)
        await world.until(Delivered)
    first, second = smtp.mails
    assert first.mail["Message-ID"] == second.mail["Message-ID"]
    assert first.mail["Subject"] == second.mail["Subject"]


async def test_it_goes_out_again_until_the_last_send_and_is_then_an_alarm(world: World) -> None:
    post = Post()
    await world.save(a_job(PLUMBER, until_acknowledged=True, repeat_seconds=300, max_sends=3))
    async with world.relaying({"sms": post}) as relay:
        for sent in (1, 2, 3):
            [*_, waiting] = await world.until(AwaitingAcknowledgement, sent)
            assert waiting.due == world.now + timedelta(seconds=300)
            world.later(relay, 300)
        [alarm] = await world.until(Alarm)
    assert "nobody acknowledged after 3 sends" in alarm.why
    firsts = [text.text.splitlines()[0].partition("Plumbing")[2] for _, text in post.sent]
    assert firsts == ["", " (reminder 1)", " (reminder 2)"]
    assert all(text.text.endswith(f"{PUBLIC_URL}/ack/token-d1") for _, text in post.sent)


async def test_an_acknowledgement_stops_it(world: World) -> None:
    post = Post()
    await world.save(a_job(PLUMBER, until_acknowledged=True))
    async with world.relaying({"sms": post}) as relay:
        await world.until(AwaitingAcknowledgement)
        await world.outbox.acknowledge("d1", world.now, "plumber")
        await world.save(a_job(PLUMBER, job_id="d9", message_id="m9"), message=replace(MESSAGE, id="m9"))
        world.later(relay, 86_400)
        await world.until(Delivered)
    assert [held.job.id for held, _ in post.sent] == ["d1", "d9"]
    assert isinstance(await world.outbox.delivery("d1"), Acknowledged)


async def test_a_channel_that_hangs_holds_up_no_other_and_fails_for_now(world: World) -> None:
    hanging, post = Post(), Post()
    hanging.open.clear()
    jobs = [a_job(job_id=f"e{i}") for i in range(20)] + [a_job(PLUMBER, job_id="urgent")]
    await world.save(*jobs)
    async with world.relaying({"email": hanging, "sms": post}, workers=2, send_seconds=0.3):
        await world.until(Delivered)
        assert world.heard[0].job.id == "urgent"
        queued = await world.until(Queued)
    assert queued[0].last_error == "It did not go out within 0.3 seconds."
    assert hanging.most_at_once == 2


async def test_a_burst_is_worked_off_with_no_more_than_the_workers_at_once(world: World) -> None:
    post = Post()
    await world.save(*[a_job(job_id=f"d{i}") for i in range(100)])
    async with world.relaying({"email": post}, workers=4):
        await world.until(Delivered, 100)
    assert post.most_at_once <= 4
    assert len({held.job.id for held, _ in post.sent}) == len(post.sent) == 100


class Flaky(MemoryOutbox):
    """Its database is away for the next `claims_lost` claims and `settles_lost` settlements."""

    claims_lost = 0
    settles_lost = 0

    async def claim(
        self, now: datetime, *, lease_seconds: float, limit: int, busy: Collection[str] = ()
    ) -> Sequence[Leased]:
        if self.claims_lost:
            self.claims_lost -= 1
            raise ConnectionError("database away")
        return await super().claim(now, lease_seconds=lease_seconds, limit=limit, busy=busy)

    async def settle(self, held: Leased, state: Delivery) -> bool:
        if self.settles_lost:
            self.settles_lost -= 1
            raise ConnectionError("database away")
        return await super().settle(held, state)


async def test_it_survives_a_database_that_goes_away(world: World) -> None:
    outbox, post = Flaky(world.inbox), Post()
    outbox.claims_lost, outbox.settles_lost = 2, 2
    await world.save(a_job())
    async with world.relaying({"email": post}, outbox=outbox) as relay:
        await world.until(Delivered)
        assert relay.healthy
    assert len(post.sent) == 1


async def test_a_lost_lease_is_not_spoken_of(world: World) -> None:
    post = Post()
    post.open.clear()
    await world.save(a_job())
    async with world.relaying({"email": post}) as relay:
        while not post.at_once:
            await asyncio.sleep(0)
        await world.outbox.acknowledge("d1", world.now, "office")
        await world.save(a_job(job_id="d9", message_id="m9"), message=replace(MESSAGE, id="m9"))
        post.open.set()
        relay.nudge()
        await world.until(Delivered)
    assert [state.job.id for state in world.heard] == ["d9"]


async def test_a_channel_nobody_set_up_is_an_alarm(world: World) -> None:
    await world.save(a_job())
    async with world.relaying({"sms": Post()}):
        [alarm] = await world.until(Alarm)
    assert alarm.why == "No channel email is set up."


async def test_what_cannot_be_described_is_tried_again_and_stops_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_plan(message: Message) -> MessageContext:
        raise KeyError("plan")

    monkeypatch.setattr(world, "describe", no_plan)
    await world.save(a_job())
    async with world.relaying({"email": Post()}):
        [queued] = await world.until(Queued)
    assert queued.last_error == "It could not be tried (KeyError)."


async def test_a_listener_that_fails_stops_nothing(world: World) -> None:
    def hear_and_fail(state: Delivery) -> None:
        world.hear(state)
        raise RuntimeError("listener")

    await world.save(a_job(), a_job(job_id="d2"))
    async with world.relaying({"email": Post()}, on_change=hear_and_fail, workers=1):
        await world.until(Delivered, 2)


async def test_stopping_lets_a_send_in_flight_end_and_settle(world: World) -> None:
    post = Post()
    post.open.clear()
    await world.save(a_job())
    async with world.relaying({"email": post}):
        while not post.at_once:
            await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.05, post.open.set)
    assert isinstance(await world.outbox.delivery("d1"), Delivered)


async def test_the_built_in_outbox_keeps_what_would_have_gone_out(world: World) -> None:
    texts = MemorySentTexts()
    channel = OutboxChannel(texts, clock=world.clock)
    await world.save(a_job(), a_job(PLUMBER, job_id="d2"))
    async with world.relaying({"email": channel, "sms": channel}):
        await world.until(Delivered, 2)
    kept = {text.channel: text for text in await texts.latest("harbor")}
    assert kept["sms"].address == "+12025550192"
    assert kept["sms"].text.startswith("#")
    assert kept["email"].subject and kept["email"].html


async def test_the_log_names_no_person_number_or_word(
    world: World, sms: TwilioSms, twilio: TwilioDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    twilio.answers.append(Refuse(400, 21211, "The 'To' number +12025550192 is not valid"))
    await world.save(a_job(PLUMBER), a_job(PLUMBER, job_id="d2"))
    async with world.relaying({"sms": sms}):
        await world.until(Alarm)
        await world.until(Delivered)
    assert "delivery d1 by sms" in caplog.text
    for secret in ("5550192", "5550142", "Ann", "boiler", "Harbor", "token-d"):
        assert secret not in caplog.text
