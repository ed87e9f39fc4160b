"""Mail to us, by SMTP (RFC 5321): bounces of what we sent, and people's answers to it. Nobody else's is taken."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from accounts.directory import NotFound
from messages.channels.channel import Receipt
from messages.channels.mail_reading import Read, read
from messages.channels.mail_reference import Reference, read_address
from messages.delivery import Delivery, Leased
from messages.inbound import InboundMail

log = logging.getLogger(__name__)

LARGEST = 1_000_000
"""Bytes of a mail."""
MOST_TALKS = 20
"""Connections at once."""
MOST_RECIPIENTS = 3
IDLE_SECONDS = 60.0
TALK_SECONDS = 300.0
DEAL_SECONDS = 30.0
"""What may be spent on one mail once it is here; the other side tries again if it is not enough."""

OnBounce = Callable[[str, Receipt], Awaitable[object]]
OnReply = Callable[[InboundMail], Awaitable[object]]

NOBODY = "550 5.1.1 No such mailbox"
LATER = "451 4.3.0 Try again later"
KEPT = "250 2.0.0 OK"


class MailIn:
    """Takes mail for `bounce+…@domain` and `reply+…@domain` (see `mail_reference`) and nothing else.

    `delivery` finds one by its id and raises NotFound. `on_bounce` hears which delivery did not arrive, `on_reply` what
    a person answered: only when they have returned does the other side hear that we have the mail. Both may hear the
    same twice.
    """

    def __init__(
        self,
        domain: str,
        delivery: Callable[[str], Awaitable[Delivery]],
        on_bounce: OnBounce,
        on_reply: OnReply,
        *,
        clock: Callable[[], datetime],
        most_talks: int = MOST_TALKS,
    ) -> None:
        self._domain = domain
        self._delivery = delivery
        self._on_bounce = on_bounce
        self._on_reply = on_reply
        self._clock = clock
        self._most_talks = most_talks
        self._server: asyncio.Server | None = None
        self._talks: set[_Talk] = set()

    async def start(self, host: str, port: int) -> None:
        """Raises OSError when the port cannot be had."""
        # The library's own log holds addresses and lines of mail.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Talk(self, self._domain, loop), host, port)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Break off what is going on; the other side tries again."""
        if self._server is not None:
            self._server.close()
        running = [talk.cut() for talk in self._talks]
        await asyncio.gather(*(task for task in running if task), return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    def begins(self, talk: "_Talk") -> bool:
        """A connection; False when there are too many."""
        if len(self._talks) >= self._most_talks:
            return False
        self._talks.add(talk)
        return True

    def ended(self, talk: "_Talk") -> None:
        self._talks.discard(talk)

    # The names of the following are aiosmtpd's.

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            async with asyncio.timeout(DEAL_SECONDS):
                if await self._meant(address) is None:
                    return NOBODY
        except Exception as trouble:
            log.error("mail to us could not be looked up (%s)", type(trouble).__name__)
            return LATER
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        try:
            async with asyncio.timeout(DEAL_SECONDS):
                try:
                    mail = await asyncio.to_thread(read, content)
                except Exception as trouble:  # it will be no better the next time
                    log.warning("a mail to us could not be read (%s)", type(trouble).__name__)
                    return KEPT
                for address in envelope.rcpt_tos:
                    if reference := await self._meant(address):
                        # An empty return path is "<>" here.
                        return_path = (envelope.mail_from or "").strip("<>")
                        await self._deal_with(mail, reference, return_path, content)
        except Exception as trouble:
            log.error("a mail to us was not dealt with (%s)", type(trouble).__name__)
            return LATER
        return KEPT

    async def handle_exception(self, error: Exception) -> str:
        log.error("a talk with a mail server broke down (%s)", type(error).__name__)
        return LATER

    async def _meant(self, address: str) -> Reference | None:
        """The reference in an address, if it is one that we have given."""
        reference = read_address(address, self._domain)
        if reference is None:
            return None
        try:
            job = (await self._delivery(reference.delivery_id)).job
        except NotFound:
            return None
        return reference if job.target.channel == "email" and reference.is_of(job) else None

    async def _deal_with(self, mail: Read, reference: Reference, return_path: str, content: bytes) -> None:
        if mail.bounce is not None:
            if isinstance(await self._delivery(reference.delivery_id), Leased):
                raise _TooSoon
            await self._on_bounce(reference.delivery_id, mail.bounce)
            log.info("a mail of ours came back: delivery %s", reference.delivery_id)
            return
        ours = mail.sender.casefold().endswith("@" + self._domain.casefold())
        if reference.use == "bounce" or mail.automatic or not return_path or ours or not (mail.sender and mail.words):
            return
        # Whoever sends it again after a broken connection gives it the same Message-ID.
        name = mail.message_id.encode() or content
        mail_id = hashlib.sha256(reference.delivery_id.encode() + b"\n" + name).hexdigest()[:32]
        await self._on_reply(InboundMail(mail_id, mail.sender, mail.words, self._clock(), reference.delivery_id))


class _TooSoon(Exception):
    """It comes back before it is noted that it has gone out."""


class _Talk(SMTP):
    """One connection, bounded in time, and refused when there are too many."""

    def __init__(self, owner: MailIn, domain: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            owner, data_size_limit=LARGEST, hostname=domain, ident="ESMTP", timeout=IDLE_SECONDS, loop=loop
        )
        self._owner = owner
        self._refused = False
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        if not self._owner.begins(self):
            self._refused = True
            transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
            transport.close()
            return
        self._end = self.loop.call_later(TALK_SECONDS, transport.abort)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if not self._refused:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        return None if self._refused else super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        if self._refused:
            return
        if self._end is not None:
            self._end.cancel()
        self._owner.ended(self)
        super().connection_lost(error)

    def cut(self) -> "asyncio.Task[Any] | None":
        """End it now; the task that may still be at work."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
        task = self._handler_coroutine
        if task is not None:
            task.cancel()
        return task
