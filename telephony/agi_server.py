"""The FastAGI server: one coroutine per call, started only when Asterisk has said who is calling.

A connection that never ends its environment is one small object and no task; a single shared sweep
looks after every deadline, so a waiting call costs no timer of its own.
"""

import asyncio
import logging
import socket
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, assert_never, cast

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
        "_gone",
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
        self._gone: asyncio.Future[None] | None = None

    @property
    def hung_up(self) -> bool:
        """Whether the caller has hung up or the link is lost."""
        return self._hung_up

    async def until_hung_up(self) -> None:
        """Return when the caller has hung up or the link is lost."""
        if self._hung_up:
            return
        if self._gone is None:
            self._gone = self._loop.create_future()
        await asyncio.shield(self._gone)

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
            self._say_gone()

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
        self._say_gone()

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
        self._say_gone()

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

    def _say_gone(self) -> None:
        self._hung_up = True
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)


Handler = Callable[[AgiSession], Awaitable[None]]


class AgiServer:
    """Serves FastAGI: `await start()`, then one `handler(session)` task per call, then `await close()`.

    All times are in seconds. `header_seconds` bounds the environment, `idle_seconds` how long a handler
    may go without a command, `cleanup_seconds` how long it may go on after its caller is gone. They are
    looked at every `sweep_seconds`.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        header_seconds: float = 5.0,
        idle_seconds: float = 4 * 3600.0,
        cleanup_seconds: float = 60.0,
        sweep_seconds: float = 1.0,
    ) -> None:
        self._handler = handler
        self._header_seconds = header_seconds
        self._idle_seconds = idle_seconds
        self._cleanup_seconds = cleanup_seconds
        self._sweep_seconds = sweep_seconds
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._half_open: dict[_Connection, float] = {}
        self._calls: dict[AgiSession, asyncio.Task[None]] = {}
        self._ending: dict[AgiSession, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False

    @property
    def port(self) -> int:
        """The port listened on; of use when 0 was asked for."""
        if self._server is None:
            raise RuntimeError("the server isn't started")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def listening(self) -> bool:
        """Whether calls can come in."""
        return self._server is not None and self._server.is_serving() and not self._closing

    @property
    def call_count(self) -> int:
        """How many calls are being handled."""
        return len(self._calls)

    @property
    def half_open_count(self) -> int:
        """How many connections have not ended their environment."""
        return len(self._half_open)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen. Raises OSError when the address can't be had."""
        self._loop = loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self, loop), host, port, backlog=1024)

    async def close(self, grace: float = 5.0) -> None:
        """Stop listening, give calls under way `grace` seconds to end by themselves, then cancel them."""
        self._closing = True
        if self._server is not None:
            self._server.close()
        for connection in list(self._half_open):
            connection.drop()
        tasks = set(self._calls.values())
        if tasks:
            await asyncio.wait(tasks, timeout=grace)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # What follows is called by the connections only.

    def on_opened(self, connection: "_Connection", now: float) -> bool:
        """Take note of a new connection; False when it isn't wanted."""
        if self._closing:
            return False
        self._half_open[connection] = now + self._header_seconds
        self._keep_sweeping()
        return True

    def on_closed(self, connection: "_Connection") -> None:
        self._half_open.pop(connection, None)

    def on_environment(
        self, connection: "_Connection", transport: asyncio.Transport, env: Mapping[str, str]
    ) -> AgiSession:
        """The connection is a call: start its task."""
        assert self._loop is not None
        del self._half_open[connection]
        session = AgiSession(env, transport, self._loop, self._idle_seconds)
        self._calls[session] = self._loop.create_task(self._serve(session, transport), name="call")
        return session

    async def _serve(self, session: AgiSession, transport: asyncio.Transport) -> None:
        try:
            await self._handler(session)
        except Hangup:
            pass
        except Exception as error:
            # The text of an error may quote a caller's words; where it happened never does.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("a call's handler failed with %s at\n%s", type(error).__name__, where)
        finally:
            del self._calls[session]
            self._ending.pop(session, None)
            transport.close()

    def _keep_sweeping(self) -> None:
        if self._timer is None:
            assert self._loop is not None
            self._timer = self._loop.call_later(self._sweep_seconds, self._sweep)

    def _sweep(self) -> None:
        assert self._loop is not None
        self._timer = None
        now = self._loop.time()
        overdue = []
        for connection, deadline in self._half_open.items():
            if deadline > now:
                break  # in order of arrival, all with the same patience
            overdue.append(connection)
        for connection in overdue:
            connection.drop()
        for session, task in list(self._calls.items()):
            if session.is_overdue(now):
                log.error("an AGI command or an idle call is overdue: link closed")
                session.break_off()
            if session.hung_up and now >= self._ending.setdefault(session, now + self._cleanup_seconds):
                log.error("a call's handler went on too long after the hang-up: cancelled")
                self._ending[session] = now + self._cleanup_seconds
                task.cancel()
        if self._half_open or self._calls:
            self._keep_sweeping()


class _Connection(asyncio.Protocol):
    """What asyncio calls: bytes into the parser, events to the call."""

    __slots__ = ("_loop", "_server", "_session", "_transport", "_wire")

    def __init__(self, server: AgiServer, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        self._wire = agi_wire.AgiConnection()
        self._session: AgiSession | None = None
        self._transport: asyncio.Transport | None = None

    def drop(self) -> None:
        """Close without a word and without waiting for anything."""
        self._server.on_closed(self)
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not an isinstance: uvloop's transports are asyncio.Transport in everything but ancestry.
        self._transport = cast(asyncio.Transport, transport)
        if not self._server.on_opened(self, self._loop.time()):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        for event in self._wire.receive_data(data):
            if self._session is not None:
                self._session.on_event(event)
            elif isinstance(event, agi_wire.EnvironmentComplete):
                self._begin(event.env)
            else:
                log.warning("a connection to the AGI port that doesn't speak AGI: dropped")
                self.drop()

    def eof_received(self) -> None:
        if self._session is not None:
            self._session.break_off()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.on_closed(self)
        if self._session is not None:
            self._session.break_off()

    def pause_writing(self) -> None:
        if self._session is not None:
            self._session.pause()

    def resume_writing(self) -> None:
        if self._session is not None:
            self._session.resume()

    def _begin(self, env: Mapping[str, str]) -> None:
        assert self._transport is not None
        if self._transport.is_closing():
            return
        connection = self._transport.get_extra_info("socket")
        if connection is not None:
            # A machine that vanishes sends no FIN; an agent's talk may otherwise be awaited for hours.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._session = self._server.on_environment(self, self._transport, env)
