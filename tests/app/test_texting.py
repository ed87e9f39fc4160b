"""Texts and mails to us, from the wire to the answer: the parts as the service puts them together."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from accounts.contacts import Flag
from app.relaying import Describing, limits_of, make_channels, make_guard, make_relay
from app.settings import Settings
from app.texting import make_control, start_mail_in
from calls.clips import Clips
from calls.notices import Notices
from messages.channels.mail_in import MailIn
from messages.channels.web_post import WebPost
from messages.channels.webhook import Webhook
from messages.delivery import Accepted, Acknowledged, Alarm, Purpose
from messages.escalation import Taken
from messages.inbound import InboundText
from messages.relay import Relay
from store.memory import MemorySentTexts
from tests.calls.texting import STRANGER, Texting
from tests.doubles.smtp import SmtpDouble
from tests.ports import free_port

DOMAIN = "in.answers.test"


class Service:
    """The relay and the control of a service on stores in memory."""

    def __init__(self, settings: Settings, home: Path) -> None:
        self.settings = settings
        self.desk = Texting()
        self.texts = MemorySentTexts()
        self.notices = Notices(self.clock)
        desk, clips = self.desk, Clips(home)

        self._began = time.monotonic()

        async def no_secrets(business_id: str, url: str) -> list[str]:
            return []

        webhook = Webhook(WebPost(), no_secrets, clock=self.clock)
        self.channels = make_channels(settings, self.texts, clips.path, webhook, clock=self.clock)
        self.relay: Relay = make_relay(
            desk.inbox,
            desk.outbox,
            desk.ways,
            desk.reaching,
            Describing(desk.directory, desk.plans, clips, desk.inbox.journal),
            self.channels,
            public_url="https://answers.test",
            clock=self.clock,
            tell=lambda state: None,
            guard=make_guard(
                limits_of(settings),
                desk.inbox,
                desk.outbox,
                desk.directory,
                desk.plans,
                warn=self.notices.put,
                clock=self.clock,
            ).why_not,
        )
        desk.control = make_control(
            desk.inbox,
            desk.outbox,
            desk.tasks,
            desk.texted,
            desk.ways,
            desk.rotas,
            desk.plans,
            desk.reaching,
            self.notices,
            nudge=self.relay.nudge,
        )

    def clock(self) -> datetime:
        return self.desk.now + timedelta(seconds=time.monotonic() - self._began)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[MailIn | None]:
        await self.desk.open()
        mail_in = await start_mail_in(
            self.settings,
            self.desk.outbox,
            self.desk.ways,
            self.desk.control,
            nudge=self.relay.nudge,
            clock=self.clock,
        )
        running = asyncio.create_task(self.relay.run())
        try:
            yield mail_in
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            if mail_in is not None:
                await mail_in.close()
            for channel in self.channels.values():
                await channel.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():
            await asyncio.sleep(0.01)


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpDouble]:
    async with SmtpDouble() as double:
        yield double


async def test_a_stranger_s_text_is_answered_by_the_service_itself(tmp_path: Path) -> None:
    service = Service(Settings(), tmp_path)
    async with service.running():
        await service.desk.control.on_text(InboundText("SM1", STRANGER, "+12025550100", "hello", service.desk.now))

        async def sent() -> bool:
            return len(await service.texts.latest()) == 1

        await until(sent)
    [text] = await service.texts.latest()
    assert (text.address, text.business_id) == (STRANGER, "")
    assert "you are not known here" in text.text


async def test_a_mail_goes_out_is_answered_and_comes_back(tmp_path: Path, smtp: SmtpDouble) -> None:
    settings = Settings.model_validate(
        {
            "smtp_url": smtp.url,
            "mail_from": "Answerline <relay@answers.test>",
            "mail_in_port": free_port(),
            "mail_in_domain": DOMAIN,
        }
    )
    service = Service(settings, tmp_path)
    desk = service.desk
    async with service.running() as mail_in:
        assert mail_in is not None
        message = await desk.message(sent=False)
        service.relay.nudge()
        [seen] = await smtp.received(1, within=30)
        reply = EmailMessage()
        reply["From"], reply["To"], reply["Message-ID"] = "pat@harbor.test", seen.mail["Reply-To"], "<1@harbor.test>"
        reply.set_content("ok\n\n> Reply 1001ok\n")
        for _ in range(2):  # the other server did not hear that we have it
            await aiosmtplib.send(reply, hostname="127.0.0.1", port=mail_in.port, local_hostname="test")
        [state] = await desk.outbox.escalations(message.id)
        assert isinstance(state, Taken)
        assert (state.by, state.how) == ("Pat Cole", "email")
        [mail] = [
            each
            for each in await desk.outbox.of_message(message.id)
            if each.job.target.channel == "email" and each.job.purpose is Purpose.MESSAGE
        ]
        assert isinstance(mail, Acknowledged)
        _, answer = await smtp.received(2, within=30)
        body = answer.mail.get_body(("plain",))
        assert body
        assert "#1001 is yours, Pat Cole." in body.get_content()

        await desk.message(sent=False)
        service.relay.nudge()
        *_, third = await smtp.received(3, within=30)

        async def gone() -> bool:
            return any(isinstance(each, Accepted) and each.job.asks for each in desk.inbox.deliveries.values())

        await until(gone)
        bounce = (
            f"From: mailer@harbor.test\nTo: {third.sender}\nMIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
            "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
            "Final-Recipient: rfc822; pat@harbor.test\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
        )
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=mail_in.port, local_hostname="test") as line:
            await line.sendmail("", [third.sender], bounce.replace("\n", "\r\n"))
        assert [way.flag for way in await desk.ways.by_address("email", "pat@harbor.test")] == [Flag.DEAD]
        lost = [each for each in desk.inbox.deliveries.values() if isinstance(each, Alarm)]
        assert [each.job.target.address for each in lost] == ["pat@harbor.test"]
    assert len(smtp.mails) == 3


async def test_without_a_port_no_mail_comes_in(tmp_path: Path) -> None:
    async with Service(Settings(), tmp_path).running() as mail_in:
        assert mail_in is None
