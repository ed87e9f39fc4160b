"""Mail comes back to us: bounces, answers of machines, answers of people; through real servers, there and back."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from accounts.directory import NotFound
from messages.channels.channel import Receipt
from messages.channels.email import EmailChannel, smtp_server
from messages.channels.mail_in import LARGEST, MailIn
from messages.channels.mail_reading import read
from messages.channels.mail_reference import address, read_address
from messages.delivery import Delivery, Job, Leased, Queued
from messages.inbound import InboundMail
from messages.text import Rendered
from tests.doubles.smtp import SmtpDouble
from tests.messages.cast import PLUMBER, a_job, held

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
DOMAIN = "in.answers.test"
JOB = a_job(job_id="0123456789abcdef")
SENDER = Address("Answerline", "relay", "answers.test")

BOUNCE = """\
From: Mail Delivery Subsystem <mailer-daemon@harbor.test>
To: {to}
Subject: Undelivered mail
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to inform you that 1ok.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.harbor.test

Final-Recipient: rfc822; office@harbor.test
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b
Content-Type: message/rfc822

Subject: ours

words
--b--
"""


class Post:
    """The receiver on a free port, what it heard, and a way to write to it."""

    def __init__(self, jobs: Mapping[str, Job], most_talks: int = 20) -> None:
        self.jobs = jobs
        self.bounces: list[tuple[str, Receipt]] = []
        self.replies: list[InboundMail] = []
        self.broken = False
        self.being_sent: Leased | None = None
        self.mail_in = MailIn(
            DOMAIN, self._delivery, self._bounced, self._replied, clock=lambda: NOW, most_talks=most_talks
        )

    async def _delivery(self, delivery_id: str) -> Delivery:
        if self.broken:
            raise RuntimeError("1ok")
        if delivery_id not in self.jobs:
            raise NotFound(delivery_id)
        return self.being_sent or Queued(self.jobs[delivery_id], NOW)

    async def _bounced(self, delivery_id: str, receipt: Receipt) -> None:
        self.bounces.append((delivery_id, receipt))

    async def _replied(self, mail: InboundMail) -> None:
        self.replies.append(mail)

    async def write(self, to: str, mail: str | bytes, sender: str = "pat@harbor.test") -> None:
        content = mail if isinstance(mail, bytes) else mail.replace("\n", "\r\n").encode()
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.mail_in.port, local_hostname="test") as smtp:
            await smtp.sendmail(sender, [to], content)


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    post = Post({JOB.id: JOB, "voice": a_job(replace(PLUMBER, channel="voice"), job_id="voice")})
    await post.mail_in.start("127.0.0.1", 0)
    yield post
    await post.mail_in.close()


def to_us(use: str, job: Job = JOB) -> str:
    there = address("reply" if use == "reply" else "bounce", job, DOMAIN)
    assert there
    return there


def written(words: str, headers: str = "", message_id: str = "<1@harbor.test>") -> str:
    return (
        f"From: Pat Cole <pat@harbor.test>\nTo: us\nSubject: Re: message\nMessage-ID: {message_id}\n{headers}"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{words}\n"
    )


async def test_a_mail_of_ours_is_answered_and_its_answer_comes_to_us(post: Post, smtp: SmtpDouble) -> None:
    channel = EmailChannel(smtp_server(smtp.url), SENDER, clip_path=Path, mail_domain=DOMAIN)
    sent = await channel.send(held(JOB), Rendered("Reply 1042ok", "Subject"))
    assert sent.receipt
    assert await channel.ask(sent.reference) == Receipt(arrived=True)
    [seen] = smtp.mails
    assert seen.sender == to_us("bounce")
    assert seen.mail["From"] == "Answerline <relay@answers.test>"
    assert JOB.token not in str(seen.mail["Reply-To"])
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Message-ID"] = "pat@harbor.test", seen.mail["Reply-To"], "<2@harbor.test>"
    answer.set_content("1ok\n\nOn Sun, 22 Nov 2026 at 15:00, Answerline <relay@answers.test> wrote:\n> Reply 1042ok\n")
    await aiosmtplib.send(answer, hostname="127.0.0.1", port=post.mail_in.port, local_hostname="test")
    [reply] = post.replies
    assert (reply.sender, reply.words, reply.delivery_id, reply.at) == ("pat@harbor.test", "1ok", JOB.id, NOW)
    await post.write(seen.sender, BOUNCE.format(to=seen.sender, action="failed", status="5.1.1", said="550 no"), "")
    assert [delivery_id for delivery_id, _ in post.bounces] == [JOB.id]


async def test_without_a_domain_a_mail_is_as_it_was(smtp: SmtpDouble) -> None:
    channel = EmailChannel(smtp_server(smtp.url), SENDER, clip_path=Path)
    sent = await channel.send(held(JOB), Rendered("words", "Subject"))
    assert not sent.receipt
    assert (smtp.mails[0].sender, smtp.mails[0].mail["Reply-To"]) == ("relay@answers.test", None)


@pytest.mark.parametrize(
    ("action", "status", "said", "dead"),
    [
        ("failed", "5.1.1", "550 user unknown", "dead"),
        ("failed", "5.0.0", "550 5.1.1 user unknown", "dead"),
        ("failed", "5.7.1", "550 looks like spam", ""),
        ("failed", "5.2.2", "552 mailbox full", ""),
        ("failed", "4.4.7", "too long in the queue", None),
        ("delayed", "4.2.0", "later", None),
        ("delivered", "2.0.0", "ok", None),
    ],
)
async def test_a_bounce(post: Post, action: str, status: str, said: str, dead: str | None) -> None:
    for use in ("bounce", "reply"):
        mail = BOUNCE.format(to=to_us(use), action=action, status=status, said=said)
        await post.write(to_us(use), mail, sender="")
    expected = Receipt(False, f"The mail came back ({status}): smtp; {said}", dead or "")
    assert post.bounces == ([] if dead is None else [(JOB.id, expected)] * 2)
    assert post.replies == []


async def test_what_comes_back_while_it_is_being_sent_is_to_come_again(post: Post) -> None:
    mail = BOUNCE.format(to=to_us("bounce"), action="failed", status="5.1.1", said="550 no")
    post.being_sent = held(JOB)
    with pytest.raises(aiosmtplib.SMTPDataError, match="again later"):
        await post.write(to_us("bounce"), mail, sender="")
    assert post.bounces == []
    post.being_sent = None
    await post.write(to_us("bounce"), mail, sender="")
    assert len(post.bounces) == 1


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied\n",
        "Auto-Submitted: auto-generated; x=y\n",
        "Precedence: bulk\n",
        "List-Id: <us.harbor.test>\n",
        "X-Autoreply: yes\n",
    ],
)
async def test_machines_are_not_listened_to(post: Post, headers: str) -> None:
    await post.write(to_us("reply"), written("1ok", headers))
    assert post.replies == []


async def test_who_has_no_return_path_or_is_ourselves_or_writes_to_the_bounces_is_not_listened_to(post: Post) -> None:
    await post.write(to_us("reply"), written("1ok"), sender="")
    await post.write(to_us("bounce"), written("1ok"))
    await post.write(to_us("reply"), written("1ok").replace("pat@harbor.test", to_us("reply")))
    await post.write(to_us("reply"), written("1ok").replace("From: Pat", "From: x@y.test, Pat"))
    await post.write(to_us("reply"), written("> 1ok"))
    assert post.replies == []
    await post.write(to_us("reply"), written("1ok", "Auto-Submitted: no\n"))
    assert len(post.replies) == 1


async def test_only_addresses_that_we_gave_are_taken(post: Post) -> None:
    right = to_us("reply")
    wrong = [
        right.replace(DOMAIN, "answers.test"),
        f"{right[: -len(DOMAIN) - 2]}{'a' if right[-len(DOMAIN) - 2] != 'a' else 'b'}@{DOMAIN}",
        to_us("reply", replace(JOB, token="another")),
        to_us("reply", replace(JOB, id="unknown")),
        to_us("reply", post.jobs["voice"]),
        f"reply@{DOMAIN}",
        f"postmaster@{DOMAIN}",
        "office@harbor.test",
    ]
    for there in wrong:
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await post.write(there, written("1ok"))
        assert refused.value.recipients[0].code == 550
    await post.write(right.upper().replace("REPLY", "Reply"), written("1ok"))
    assert len(post.replies) == 1


async def test_the_same_mail_again_has_the_same_id(post: Post) -> None:
    for message_id in ("<1@harbor.test>", "<1@harbor.test>", "<2@harbor.test>"):
        await post.write(to_us("reply"), written("1ok", message_id=message_id))
    first, again, other = (reply.id for reply in post.replies)
    assert first == again != other


async def test_what_cannot_be_dealt_with_now_is_to_come_again_and_nothing_is_logged(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    post.broken = True
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await post.write(to_us("reply"), written("1ok"))
    assert refused.value.recipients[0].code == 451
    post.broken = False
    await post.write(to_us("reply"), written("1ok secret words"))
    await post.write(to_us("reply"), b"\xff\xfe no mail at all")
    assert len(post.replies) == 1
    ours = [record for record in caplog.records if record.name != "asyncio"]
    for word in ("1ok", "secret", "pat@harbor.test", "reply+", "no mail"):
        assert word not in "\n".join(record.getMessage() for record in ours)


async def test_a_mail_too_large_is_refused(post: Post) -> None:
    with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
        await post.write(to_us("reply"), written("x" * 900 + "\n") + ("y" * 900 + "\n") * (LARGEST // 900))
    assert refused.value.code == 552
    assert post.replies == []


async def test_too_many_connections_are_sent_away_and_room_is_made_again() -> None:
    post = Post({JOB.id: JOB}, most_talks=2)
    await post.mail_in.start("127.0.0.1", 0)
    first, second = [aiosmtplib.SMTP(hostname="127.0.0.1", port=post.mail_in.port, local_hostname="t") for _ in "ab"]
    await first.connect()
    await second.connect()
    with pytest.raises(aiosmtplib.SMTPConnectError, match="Too many"):
        await post.write(to_us("reply"), written("1ok"))
    await first.quit()
    async with asyncio.timeout(30):
        while True:
            try:
                await post.write(to_us("reply"), written("1ok"))
                break
            except aiosmtplib.SMTPConnectError:
                await asyncio.sleep(0.01)
    assert len(post.replies) == 1
    await post.mail_in.close()  # with a connection open
    second.close()


def test_an_address_is_read_back() -> None:
    there = to_us("bounce")
    assert len(there.partition("@")[0]) <= 64
    reference = read_address(there, DOMAIN.upper())
    assert reference
    assert (reference.use, reference.delivery_id) == ("bounce", JOB.id)
    assert reference.is_of(JOB)
    assert not reference.is_of(replace(JOB, token="another"))
    assert len(to_us("bounce", replace(JOB, id="f" * 32)).partition("@")[0]) <= 64
    assert address("reply", replace(JOB, id="has blanks"), DOMAIN) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("OK 1\n\n-- \nPat\nHarbor", "OK 1"),
        ("> quoted\n\n1ok", "1ok"),
        ("On Sun, 22 Nov 2026 at 15:00, Answerline\n<relay@answers.test> wrote:\n\n> quoted\n\n1ok\n", "1ok"),
        ("OUT until 3pm\n\n-----Original Message-----\nFrom: us\n1ok", "OUT until 3pm"),
        ("STATUS\n________________________________\nFrom: Answerline <relay@answers.test>\nReply 1ok", "STATUS"),
        ("CALL HER say I come\nFrom: Answerline <relay@answers.test>\nSent: today", "CALL HER say I come"),
        ("In\n\nAm 22.11.2026 um 15:00 schrieb Answerline:\n> x", "In"),
        ("On my way", "On my way"),
        ("", ""),
    ],
)
def test_their_own_words(text: str, words: str) -> None:
    assert read(written(text).encode()).words == words


def test_words_of_a_mail_that_is_html_alone() -> None:
    html = (
        "<html><head><title>no</title><style>p {}</style></head><body><div>1ok<br></div>"
        "<blockquote>Reply 2ok</blockquote></body></html>"
    )
    mail = written(html).replace("text/plain", "text/html")
    assert read(mail.encode()).words == "1ok"


def test_words_in_an_unknown_character_set() -> None:
    assert read(written("1ok").replace("utf-8", "klingon").encode()).words == "1ok"
