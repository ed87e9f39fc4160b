"""The FastAGI server: one coroutine per call, started only when Asterisk has said who is calling.

A connection that never ends its environment is one small object and no task; a single shared sweep
looks after every deadline, so a waiting call costs no timer of its own.
"""

import asyncio
import logging
import socket
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from ivr.line import Hangup
from telephony import agi_wire
from telephony.agi_session import AgiSession

log = logging.getLogger(__name__)

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
