import shutil
import ssl
import subprocess
import wave
from email.headerregistry import Address
from pathlib import Path

import pytest

from messages.channels.channel import ChannelError
from messages.channels.email import EmailChannel, SmtpServer, smtp_server
from messages.delivery import Target
from messages.render import About, render
from messages.text import Rendered
from tests.doubles.smtp import Hang, Say, SmtpDouble, VanishAfterAccept
from tests.messages.cast import CONTEXT, MESSAGE, PUBLIC_URL, a_job, held

SENDER = Address("Answerline", "relay", "answers.test")
TEXT = Rendered("plain words", "A subject", "<p>html words</p>")


def channel(smtp: SmtpDouble, clips: Path = Path("/nowhere"), timeout: float = 5.0) -> EmailChannel:
    return EmailChannel(smtp_server(smtp.url), SENDER, clip_path=lambda clip: clips / f"{clip}.wav", timeout=timeout)


async def failure(channel: EmailChannel, text: Rendered = TEXT, target: Target | None = None) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await channel.send(held(a_job(target) if target else a_job()), text)
    return caught.value


async def test_the_mail_arrives_with_both_texts_and_the_clip(smtp: SmtpDouble, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "clip-name.wav"), "wb") as clip:
        clip.setparams((1, 2, 8000, 0, "NONE", ""))
        clip.writeframes(b"\1\2" * 4000)
    text = render(About("Harbor Plumbing", [(MESSAGE, CONTEXT)]), a_job(), PUBLIC_URL)
    text = Rendered(text.text, text.subject, text.html, (("1042-name.wav", "clip-name"), ("gone.wav", "no-such")))
    sent = await channel(smtp, tmp_path).send(held(a_job()), text)
    [seen] = smtp.mails
    assert (seen.sender, seen.recipients) == ("relay@answers.test", ("office@harbor.test",))
    mail = seen.mail
    assert mail["Subject"] == "[#1042] Harbor Plumbing: Message from Ann Lee"
    assert mail["From"] == "Answerline <relay@answers.test>"
    assert mail["To"] == "Harbor office <office@harbor.test>"
    assert mail["Message-ID"] == sent.reference == "<d1@answers.test>"
    assert not sent.receipt
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain and "The boiler leaks." in plain.get_content()
    assert html and "The boiler leaks." in html.get_content()
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "1042-name.wav"
    assert attached.get_content() == (tmp_path / "clip-name.wav").read_bytes()


async def test_all_mails_about_a_message_are_one_conversation(smtp: SmtpDouble) -> None:
    for job in (a_job(), a_job(job_id="d2", asks=True, reminder=1), a_job(job_id="d3", message_id=None)):
        await channel(smtp).send(held(job), TEXT)
    first, reminder, note = (seen.mail for seen in smtp.mails)
    assert first["References"] == reminder["References"] == "<message-m1@answers.test>"
    assert len({first["Message-ID"], reminder["Message-ID"], note["Message-ID"]}) == 3
    assert note["References"] is None


@pytest.mark.parametrize(
    ("answer", "dead"),
    [("550 5.1.1 no such user", "dead"), ("550 5.7.1 looks like spam", ""), ("450 4.1.1 not now", ""), ("550 no", "")],
)
async def test_only_a_mailbox_that_is_not_there_is_dead(smtp: SmtpDouble, answer: str, dead: str) -> None:
    smtp.troubles.append(Say("rcpt", answer))
    assert (await failure(channel(smtp))).dead_address == dead


async def test_no_header_can_be_smuggled_in(smtp: SmtpDouble) -> None:
    evil = "x\r\nBcc: thief@evil.test"
    target = Target("office", evil, "email", "office@harbor.test")
    await channel(smtp).send(held(a_job(target)), Rendered("words", evil))
    [seen] = smtp.mails
    assert seen.mail["Bcc"] is None
    assert seen.recipients == ("office@harbor.test",)


@pytest.mark.parametrize("address", ["", "nobody", "a@b\r\nRCPT TO:<c@d>", "a@b, c@d", "<a@b>"])
async def test_an_address_that_is_none_is_a_permanent_failure(smtp: SmtpDouble, address: str) -> None:
    error = await failure(channel(smtp), target=Target("office", "Office", "email", address))
    assert error.permanent
    assert smtp.mails == []


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        (Say("rcpt", "550 5.1.1 no such user"), True),
        (Say("rcpt", "450 4.2.1 mailbox busy"), False),
        (Say("mail", "553 not from you"), True),
        (Say("mail", "452 later"), False),
        (Say("data", "552 too large"), True),
        (Say("data", "451 try again"), False),
    ],
)
async def test_refusals_are_told_apart(smtp: SmtpDouble, answer: Say, permanent: bool) -> None:
    smtp.troubles.append(answer)
    error = await failure(channel(smtp))
    assert error.permanent is permanent
    assert answer.answer[:3] in error.why


async def test_a_server_that_hangs_vanishes_or_is_not_there_is_temporary(smtp: SmtpDouble) -> None:
    smtp.troubles.extend([Hang(), VanishAfterAccept()])
    assert "in time" in (await failure(channel(smtp, timeout=0.3))).why
    vanished = await failure(channel(smtp))
    assert (vanished.permanent, len(smtp.mails)) == (False, 1)
    nobody = EmailChannel(SmtpServer("127.0.0.1", 1), SENDER, clip_path=Path)
    assert not (await failure(nobody)).permanent


async def test_signing_in() -> None:
    async with SmtpDouble(login=("relay", "p@ss:word")) as smtp:
        smtp.url = f"smtp://relay:p%40ss%3Aword@127.0.0.1:{smtp.port}"
        await channel(smtp).send(held(a_job()), TEXT)
        assert smtp.mails[0].signed_in
        smtp.url = f"smtp://relay:wrong@127.0.0.1:{smtp.port}"
        error = await failure(channel(smtp))
        assert error.permanent
        assert "535" in error.why


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl program: apt-get install openssl")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        (
            "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
            f"-addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {cert}"
        ).split(),
        check=True,
        capture_output=True,
        timeout=30,
    )
    return cert, key


async def test_starttls_is_used_when_offered_and_a_strange_certificate_is_refused(
    certificate: tuple[Path, Path],
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    async with SmtpDouble(tls=context) as smtp:
        trusting = EmailChannel(
            smtp_server(smtp.url),
            SENDER,
            clip_path=Path,
            tls_context=ssl.create_default_context(cafile=str(certificate[0])),
        )
        await trusting.send(held(a_job()), TEXT)
        assert smtp.mails[0].tls
        assert not (await failure(channel(smtp))).permanent
        assert len(smtp.mails) == 1


async def test_a_password_never_leaves_the_machine_unencrypted(
    smtp: SmtpDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messages.channels.email._on_this_machine", lambda host: False)
    smtp.url = f"smtp://relay:secret@127.0.0.1:{smtp.port}"
    error = await failure(channel(smtp))
    assert error.permanent
    assert "encryption" in error.why


def test_server_urls() -> None:
    assert smtp_server("smtps://u:p@mail.test") == SmtpServer("mail.test", 465, True, "u", "p")
    assert smtp_server("smtp://mail.test:2525") == SmtpServer("mail.test", 2525)
    assert smtp_server("smtp://u:p@mail.test").port == 587
    assert "hunter2" not in repr(smtp_server("smtp://u:hunter2@mail.test"))
    for url in ("http://mail.test", "mail.test", "smtp://", "smtp://u:hunter2@mail.test:port"):
        with pytest.raises(ValueError, match="mail server's URL") as caught:
            smtp_server(url)
        assert "hunter2" not in str(caught.value)
