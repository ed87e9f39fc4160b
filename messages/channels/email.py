"""E-mail by SMTP (RFC 5321): one recipient per delivery, so that a refusal is always this recipient's."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

from messages.channels.channel import ChannelError, Receipt, Sent
from messages.channels.mail_reference import Use, address
from messages.delivery import RETRY_DELAYS, Job, Leased
from messages.text import Rendered, one_line

LARGEST_ATTACHMENT = 8_000_000
"""Bytes; a longer recording is left to the link in the text (many servers refuse mails over 10 to 25 MB)."""


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed in. `tls` from the first byte (smtps); otherwise STARTTLS whenever the server offers it."""

    host: str
    port: int
    tls: bool = False
    username: str = ""
    password: str = field(default="", repr=False)


def smtp_server(url: str) -> SmtpServer:
    """Read `smtp://user:pass@host:port` or `smtps://…`. Raises ValueError with a sentence that never holds the URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("The mail server's URL has a port that is no number.") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("The mail server's URL must look like smtp://user:pass@host:port or smtps://user:pass@host.")
    tls = parts.scheme == "smtps"
    return SmtpServer(
        host=parts.hostname,
        port=port or (465 if tls else 587 if parts.username else 25),
        tls=tls,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


class EmailChannel:
    """Sends through one SMTP server, a connection per mail. `clip_path` tells where a clip's file is."""

    send_seconds = 30.0
    ladder: Sequence[float] = RETRY_DELAYS

    def __init__(
        self,
        server: SmtpServer,
        sender: Address,
        *,
        clip_path: Callable[[str], Path],
        mail_domain: str = "",
        timeout: float = 20.0,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        """`mail_domain` is where bounces and answers come to us (`channels.mail_in`), "" when they do not. `timeout` in
        seconds for each step; `tls_context` for a certificate that a private authority signed.
        """
        self._server = server
        self._sender = sender
        self._clip_path = clip_path
        self._mail_domain = mail_domain
        self._timeout = timeout
        self._tls_context = tls_context

    async def send(self, delivery: Leased, text: Rendered) -> Sent:
        """Returns the Message-ID: the same when the same delivery is sent again after a crash.

        Where bounces come to us it is to be seen yet whether it arrives (`ask`).
        """
        mail = self._mail(delivery, text)
        for name, clip in text.attachments:
            wav = await asyncio.to_thread(_wav, self._clip_path(clip))
            if wav:
                mail.add_attachment(wav, maintype="audio", subtype="wav", filename=name)
        try:
            await self._hand_in(mail, delivery.job)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            answer = refused.recipients[0]
            raise _refusal(answer.code, answer.message, dead=no_such_mailbox(answer.code, answer.message)) from None
        except aiosmtplib.SMTPResponseException as answer:
            raise _refusal(answer.code, answer.message) from None
        except TimeoutError:
            raise ChannelError("The mail server did not answer in time.", permanent=False) from None
        except (aiosmtplib.SMTPException, OSError) as trouble:
            raise ChannelError(
                f"No connection to the mail server ({type(trouble).__name__}).", permanent=False
            ) from None
        except ValueError:
            raise ChannelError("The e-mail address cannot be written to.", permanent=True) from None
        return Sent(str(mail["Message-ID"]), receipt=self._address("bounce", delivery.job) is not None)

    async def ask(self, reference: str) -> Receipt:
        """A mail that has not come back by now has arrived, as far as e-mail can tell."""
        return Receipt(arrived=True)

    async def close(self) -> None:
        """Nothing to let go of: each mail has its own connection."""

    def _mail(self, delivery: Leased, text: Rendered) -> EmailMessage:
        job = delivery.job
        mail = EmailMessage(policy=SMTP_POLICY)
        try:
            to = Address(display_name=one_line(job.target.contact_name), addr_spec=job.target.address)
        except (ValueError, IndexError, MessageError):
            raise ChannelError("This is not an e-mail address.", permanent=True) from None
        mail["From"] = self._sender
        mail["To"] = to
        mail["Subject"] = one_line(text.subject)
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = self._message_id(job.id)
        if reply_to := self._address("reply", job):
            mail["Reply-To"] = reply_to
        if job.message_id:
            # One conversation for all mails about a message: reminders, and who has it.
            mail["References"] = self._message_id(f"message-{job.message_id}")
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
        mail.set_content(text.text)
        if text.html:
            mail.add_alternative(text.html, subtype="html")
        return mail

    def _message_id(self, name: str) -> str:
        return f"<{re.sub(r'[^A-Za-z0-9-]', '', name)}@{self._sender.domain}>"

    def _address(self, use: Use, job: Job) -> str | None:
        return address(use, job, self._mail_domain) if self._mail_domain else None

    async def _hand_in(self, mail: EmailMessage, job: Job) -> None:
        server = self._server
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            tls_context=self._tls_context,
            local_hostname=self._sender.domain,  # looking up our own name can take seconds
            timeout=self._timeout,
        )
        try:
            await smtp.connect()
            if server.username:
                encrypted = smtp.get_transport_info("sslcontext") is not None
                if not encrypted and not _on_this_machine(server.host):
                    raise ChannelError("The mail server offers no encryption to send the password by.", permanent=True)
                await smtp.login(server.username, server.password)
            sender = self._address("bounce", job) or self._sender.addr_spec
            await smtp.send_message(mail, sender=sender, recipients=[job.target.address])
            # It is accepted: a goodbye that goes wrong changes nothing.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await smtp.quit(timeout=2)
        finally:
            smtp.close()


def _refusal(code: int, answer: str, *, dead: bool = False) -> ChannelError:
    why = f"The mail server said {code}: {one_line(answer)[:300]}"
    return ChannelError(why, permanent=code >= 500, dead_address="dead" if dead else "")


def no_such_mailbox(code: int, answer: str) -> bool:
    """Whether the recipient was refused for not being there (RFC 3463: 5.1.1, 5.1.2, 5.1.3, 5.1.6, 5.1.10), rather than
    for what the mail or its sender looks like."""
    return code >= 500 and bool(re.search(r"\b5\.1\.(1|2|3|6|10)\b", answer))


def _wav(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.stat().st_size <= LARGEST_ATTACHMENT else None
    except OSError:
        return None


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
