"""A mail server (aiosmtpd) on a free loopback port that keeps what it accepts and refuses what it is told to."""

import asyncio
import email
import email.policy
import ssl
import warnings
from collections import deque
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.patience import PATIENCE


@dataclass(frozen=True)
class MailSeen:
    """A mail the server accepted: the envelope, and what was in it."""

    sender: str
    recipients: tuple[str, ...]
    mail: EmailMessage
    tls: bool
    signed_in: bool


@dataclass(frozen=True)
class Say:
    """The answer to the next command of this kind ("mail", "rcpt" or "data"), instead of accepting."""

    to: str
    answer: str


@dataclass(frozen=True)
class VanishAfterAccept:
    """The next mail is kept, but the connection breaks before the sender hears so."""


@dataclass(frozen=True)
class Hang:
    """The next mail's DATA is never answered, nor kept."""


Trouble = Say | VanishAfterAccept | Hang


class SmtpDouble:
    """Use as an async context manager; `url` is for ANSWERLINE_SMTP_URL.

    `mails` are those accepted, in order. `troubles` is what the next mails meet, one each.
    """

    def __init__(self, *, login: tuple[str, str] | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.mails: list[MailSeen] = []
        self.troubles: deque[Trouble] = deque()
        self.url = ""
        self.port = 0
        self.arrived = asyncio.Condition()
        self._login = login
        self._tls = tls
        self._let_go = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._talks: set[SMTP] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        who = "{}:{}@".format(*self._login) if self._login else ""
        self.url = f"smtp://{who}127.0.0.1:{self.port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._let_go.set()
        assert self._server
        self._server.close()
        for talk in self._talks:
            _cut(talk)
        running = [task for talk in self._talks if (task := cast("Any", talk)._handler_coroutine)]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._server.wait_closed()

    async def received(self, how_many: int, within: float = PATIENCE) -> list[MailSeen]:
        """Wait until so many mails were accepted."""
        async with asyncio.timeout(within), self.arrived:
            await self.arrived.wait_for(lambda: len(self.mails) >= how_many)
        return self.mails

    def _talk(self) -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it dislikes sign-in without TLS, which is what loopback tests want
            talk = SMTP(
                self,
                hostname="mail.test",
                tls_context=self._tls,
                require_starttls=False,
                auth_require_tls=False,
                auth_required=self._login is not None,
                authenticator=self._authenticate if self._login else None,
                enable_SMTPUTF8=True,
                loop=asyncio.get_running_loop(),
            )
        self._talks.add(talk)
        return talk

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=(data.login.decode(), data.password.decode()) == self._login, handled=False)

    def _refusal(self, command: str) -> str | None:
        match self.troubles[0] if self.troubles else None:
            case Say(to, answer) if to == command:
                self.troubles.popleft()
                return answer
        return None

    # The names of the following are aiosmtpd's.

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self._refusal("mail"):
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if refusal := self._refusal("rcpt"):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if refusal := self._refusal("data"):
            return refusal
        trouble = self.troubles.popleft() if self.troubles else None
        if isinstance(trouble, Hang):
            await self._let_go.wait()
            return "421 closing"
        assert envelope.mail_from and isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        seen = MailSeen(
            envelope.mail_from,
            tuple(envelope.rcpt_tos),
            mail,
            session.ssl is not None,
            bool(session.authenticated),
        )
        async with self.arrived:
            self.mails.append(seen)
            self.arrived.notify_all()
        if isinstance(trouble, VanishAfterAccept):
            _cut(server)
        return "250 kept"


def _cut(talk: SMTP) -> None:
    if isinstance(talk.transport, asyncio.WriteTransport):
        talk.transport.abort()
