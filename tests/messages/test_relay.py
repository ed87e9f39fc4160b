"""The relay's stories: what happens to a delivery when things go well, badly, or not at all."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.headerregistry import Address
from pathlib import Path

import pytest

from messages import relay as relay_module
from messages.channels.channel import ChannelError
from messages.channels.email import EmailChannel, smtp_server
from messages.channels.outbox import OutboxChannel
from messages.channels.sms import TwilioSms
from messages.context import MessageContext
from messages.delivery import (
    RETRY_DELAYS,
    Accepted,
    Acknowledged,
    Alarm,
    Delivered,
    Delivery,
    Leased,
    Queued,
)
from messages.escalation import Escalation
from messages.message import Message
from reports.facts import Kind
from reports.proof import place_of
from store.memory import MemoryOutbox, MemorySentTexts
from tests.doubles.smtp import Say, SmtpDouble
from tests.doubles.twilio import FailAfterAccept, Refuse, TwilioDouble
from tests.messages.cast import MESSAGE, NOW, PLUMBER, a_job
from tests.messages.relay_world import Post, World

LONGEST_LEASE = timedelta(minutes=10)


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
        [mailed] = await world.until(Delivered)
        [texted] = await world.until(Accepted)
    [text], [letter] = twilio.messages, smtp.mails
    number = f"#{(await world.inbox.message('m1')).number}"
    assert text.body.startswith(f"{number} Harbor Plumbing\n")
    assert f"[{number}]" in letter.mail["Subject"]
    assert (mailed.job.id, mailed.reference) == ("d1", letter.mail["Message-ID"])
    assert (texted.job.id, texted.reference) == ("d2", text.sid)
    words = letter.mail.get_body(("plain",)).get_content()
    head = words.split()[-1]
    assert place_of(head, await world.inbox.journal.chain("message:m1")), "the mail keeps what was written so far"


@pytest.mark.parametrize("trouble", [Refuse(429, 20429), Refuse(503, 20503)])
async def test_a_temporary_failure_is_tried_again_later(
    world: World, sms: TwilioSms, twilio: TwilioDouble, trouble: Refuse
) -> None:
    twilio.answers.append(trouble)
    await world.save(a_job(PLUMBER))
    async with world.relaying({"sms": sms}) as relay:
        [queued] = await world.until(Queued)
        assert queued.failures == 1
        assert queued.due == NOW + timedelta(seconds=sms.ladder[0])
        assert "Twilio" in queued.last_error
        world.later(relay, sms.ladder[0])
        await world.until(Accepted)
    assert len(twilio.messages) == 1


async def test_it_looks_again_by_itself_when_a_retry_falls_due(world: World) -> None:
    def time_flies(state: Delivery | Escalation) -> None:
        world.hear(state)
        world.now += timedelta(seconds=RETRY_DELAYS[0])

    await world.save(a_job())
    async with world.relaying({"email": Post(ChannelError("busy", permanent=False))}, tell=time_flies):
        await world.until(Delivered)


async def test_an_error_after_acceptance_is_found_out_and_not_sent_again(
    world: World, sms: TwilioSms, twilio: TwilioDouble
) -> None:
    twilio.answers.append(FailAfterAccept())
    await world.save(a_job(PLUMBER))
    async with world.relaying({"sms": sms}) as relay:
        [queued] = await world.until(Queued)
        assert queued.unsure
        world.later(relay, sms.ladder[0])
        [accepted] = await world.until(Accepted)
    [only] = twilio.messages
    assert accepted.reference == only.sid


async def test_the_other_sides_wish_to_be_left_alone_is_heard(world: World) -> None:
    post = Post(
        ChannelError("busy", permanent=False, retry_after=120), ChannelError("busy", permanent=False, retry_after=1e9)
    )
    await world.save(a_job())
    async with world.relaying({"email": post}) as relay:
        [first] = await world.until(Queued)
        assert first.due == NOW + timedelta(seconds=120)
        world.later(relay, 120)
        [_, second] = await world.until(Queued, 2)
        assert second.due == world.now + timedelta(hours=1)


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
        async def settle(self, held: Leased, state: Delivery, segments: int = 0) -> bool:
            await asyncio.Event().wait()
            return True

    await world.save(a_job())
    async with world.relaying({"email": mail}, outbox=NeverSettles(world.inbox)):
        await smtp.received(1)
    assert world.heard == []
    assert await world.outbox.claim(world.now, lease_seconds=1, limit=9) == []
    async with world.relaying({"email": mail}) as relay:
        world.later(relay, LONGEST_LEASE.total_seconds())
        await world.until(Delivered)
    first, second = smtp.mails
    assert first.mail["Message-ID"] == second.mail["Message-ID"]
    assert first.mail["Subject"] == second.mail["Subject"]
    [reason] = [fact for fact in world.inbox.journal.facts if fact.kind is Kind.DELIVERY_UNSETTLED]
    assert (reason.at, reason.data["delivery"], reason.data["attempt"]) == (world.now, "d1", 1)


async def test_a_channel_that_hangs_holds_up_no_other_and_fails_for_now(world: World) -> None:
    hanging, post = Post(), Post()
    hanging.open.clear()
    jobs = [a_job(job_id=f"e{i}") for i in range(20)] + [a_job(PLUMBER, job_id="urgent")]
    await world.save(*jobs)
    hanging.send_seconds = 0.3
    async with world.relaying({"email": hanging, "sms": post}, workers=2):
        [first] = await world.until(Delivered)
        assert first.job.id == "urgent"
        queued = await world.until(Queued)
    assert queued[0].last_error == "It did not go out within 0.3 seconds."
    assert queued[0].unsure
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

    async def settle(self, held: Leased, state: Delivery, segments: int = 0) -> bool:
        if self.settles_lost:
            self.settles_lost -= 1
            raise ConnectionError("database away")
        return await super().settle(held, state, segments)


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
        await world.outbox.acknowledge("m1", world.now, by="Harbor office", how="portal", delivery_id="d1")
        await world.save(a_job(job_id="d9", message_id="m9"), message=replace(MESSAGE, id="m9"))
        post.open.set()
        relay.nudge()
        await world.until(Delivered)
    assert [state.job.id for state in world.heard if isinstance(state, Delivered)] == ["d9"]
    assert not any(isinstance(state, Acknowledged) for state in world.heard)


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
    def hear_and_fail(state: Delivery | Escalation) -> None:
        world.hear(state)
        raise RuntimeError("listener")

    await world.save(a_job(), a_job(job_id="d2"))
    async with world.relaying({"email": Post()}, tell=hear_and_fail, workers=1):
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
    await world.save(a_job(PLUMBER), a_job(replace(PLUMBER, address="+12025550191"), job_id="d2"))
    async with world.relaying({"sms": sms}, workers=1):
        await world.until(Alarm)
        await world.until(Accepted)
    assert "delivery d1 by sms" in caplog.text
    for secret in ("5550192", "5550142", "Ann", "boiler", "Harbor", "token-d"):
        assert secret not in caplog.text
