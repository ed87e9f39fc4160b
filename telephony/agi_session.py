"""One call's link to Asterisk as its coroutine sees it: a command, and the reply or the hang-up."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, assert_never

from ivr.line import Hangup
from telephony import agi_wire

log = logging.getLogger(__name__)

COMMAND_SECONDS: Final = 15.0
SETTLE_SECONDS: Final = 60.0


class LinkLost(Hangup):
    """The connection to Asterisk is gone or no longer trusted; the caller may still be on the line.

    Asterisk then goes on in the dialplan, which takes the caller to the fallback.
    """


class CommandRefused(Exception):
    """Asterisk does not know the command or its arguments (510, 520): a mistake of ours, not the caller's."""


LateReply = Callable[[agi_wire.Reply], None]


class AgiSession:
    """One call's link to Asterisk. Belongs to one task; one command at a time."""

    __slots__ = (
        "_broken",
        "_deadline",
        "_hung_up",
        "_idle_seconds",
        "_loop",
        "_orphans",
        "_resumed",
        "_settled",
        "_transport",
        "_waiter",
        "_waiter_late",
        "_waiter_needs_live",
        "env",
    )

    def __init__(
        self,
        env: Mapping[str, str],
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        idle_seconds: float,
    ) -> None:
        self.env = env
        self._transport = transport
        self._loop = loop
        self._idle_seconds = idle_seconds
        self._deadline = loop.time() + idle_seconds
        self._waiter: asyncio.Future[agi_wire.Reply] | None = None
        self._waiter_needs_live = True
        self._waiter_late: LateReply | None = None
        self._orphans: deque[LateReply | None] | None = None
        self._resumed: asyncio.Future[None] | None = None
        self._settled: asyncio.Future[None] | None = None
        self._hung_up = False
        self._broken = False

    @property
    def hung_up(self) -> bool:
        """Whether the caller has hung up or the link is lost."""
        return self._hung_up

    async def command(
        self,
        verb: str,
        *args: str | int,
        timeout: float = COMMAND_SECONDS,
        needs_live: bool = True,
        late: LateReply | None = None,
    ) -> agi_wire.Reply:
        """Send one command and return its reply (code 200; what the result means is the caller's to judge).

        `timeout` is in seconds and is kept to about a second. With `needs_live` false the command is
        also sent, and its reply awaited, after the caller has hung up.

        When the awaiting task is cancelled the command runs on in Asterisk; its reply then goes to `late`,
        which must neither block nor raise. The next command is sent only after that reply: one that arrives
        while Asterisk plays or waits for a digit is lost there (seen on 22.10.1).

        Raises Hangup when the caller hangs up, LinkLost when the link is gone or the deadline passes
        (the link is then closed), CommandRefused on 510 and 520, ValueError for an argument that can't
        be sent.
        """
        line = agi_wire.command(verb, *args)
        self._check_usable(needs_live)
        if self._waiter is not None:
            raise RuntimeError("a command is already under way on this call")
        self._deadline = self._loop.time() + timeout
        await self.settled(needs_live=needs_live)
        waiter: asyncio.Future[agi_wire.Reply] = self._loop.create_future()
        self._waiter = waiter
        self._waiter_needs_live = needs_live
        self._waiter_late = late
        self._deadline = self._loop.time() + timeout
        self._transport.write(line)
        try:
            reply = await waiter
        except asyncio.CancelledError:
            if self._waiter is waiter:
                self._disown(late)
            raise
        finally:
            if self._waiter is waiter:
                self._waiter = None
            self._deadline = self._loop.time() + self._idle_seconds
        if reply.code == 200:
            return reply
        if reply.code == 511:
            raise Hangup
        raise CommandRefused(f"{verb}: {reply.code}")

    async def settled(self, *, needs_live: bool = True) -> None:
        """Return once every cancelled command has been answered and the connection takes bytes.

        Raises Hangup and LinkLost as `command` does.
        """
        if not self._orphans and self._resumed is None:
            return
        self._check_usable(needs_live)
        self._deadline = min(self._deadline, self._loop.time() + SETTLE_SECONDS)
        try:
            while self._orphans or self._resumed is not None:
                if self._orphans:
                    if self._settled is None:
                        self._settled = self._loop.create_future()
                    await asyncio.shield(self._settled)
                elif self._resumed is not None:
                    await asyncio.shield(self._resumed)
                self._check_usable(needs_live)
        finally:
            self._deadline = self._loop.time() + self._idle_seconds

    def _check_usable(self, needs_live: bool) -> None:
        if self._broken:
            raise LinkLost
        if self._hung_up and needs_live:
            raise Hangup

    def close(self) -> None:
        """Let the link go in good order: Asterisk goes on in its dialplan. No command can follow."""
        if not self._broken:
            self._broken = True
            self._transport.close()
            self.resume()
            self._settle()
            self._hung_up = True

    # What follows is called by the server only.

    def on_event(self, event: agi_wire.Event) -> None:
        match event:
            case agi_wire.Reply():
                self._on_reply(event)
            case agi_wire.HangupPushed():
                self._on_hangup()
            case agi_wire.UsageError():
                self._on_reply(agi_wire.Reply(520, ""))
            case agi_wire.ProtocolError():
                log.error("AGI protocol error: %s", event)
                self.break_off()
            case agi_wire.EnvironmentComplete():
                raise AssertionError("the environment comes once")
            case _:
                assert_never(event)

    def break_off(self) -> None:
        """Give up the connection at once; whoever awaits a command gets LinkLost."""
        if self._broken:
            return
        self._broken = True
        self._transport.abort()
        self._fail_waiter(LinkLost())
        self.resume()
        self._settle()
        self._hung_up = True

    def pause(self) -> None:
        if self._resumed is None:
            self._resumed = self._loop.create_future()

    def resume(self) -> None:
        resumed, self._resumed = self._resumed, None
        if resumed is not None and not resumed.done():
            resumed.set_result(None)

    def is_overdue(self, now: float) -> bool:
        """Whether a command's deadline, or the limit for a call that sends none, has passed."""
        return now >= self._deadline and not self._broken

    def _on_reply(self, reply: agi_wire.Reply) -> None:
        if self._orphans:
            late = self._orphans.popleft()
            if not self._orphans:
                self._settle()
            if late is not None:
                late(reply)
            return
        waiter, self._waiter = self._waiter, None
        if waiter is None:
            log.error("AGI protocol error: a reply to no command")
            self.break_off()
        elif not waiter.done():
            waiter.set_result(reply)

    def _on_hangup(self) -> None:
        if self._waiter is not None and self._waiter_needs_live:
            self._disown(self._waiter_late)
            self._fail_waiter(Hangup())
        self._settle()
        self._hung_up = True

    def _settle(self) -> None:
        settled, self._settled = self._settled, None
        if settled is not None and not settled.done():
            settled.set_result(None)

    def _disown(self, late: LateReply | None) -> None:
        """The command under way has nobody waiting for it any more; its reply is still to come."""
        if self._orphans is None:
            self._orphans = deque()
        self._orphans.append(late)

    def _fail_waiter(self, error: Hangup) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(error)
