"""The only way to a server that may be cut: while shut, nobody gets in and every connection through it is broken."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
CHUNK = 65536


class Gate:
    """Use as an async context manager; `port` (free, and the same for ever) leads to the server's own.

    `broken` counts the connections that were cut while in use: of each, an answer may have been lost.
    """

    def __init__(self, to: int) -> None:
        self.port = 0
        self.broken = 0
        self._to = to
        self._server: asyncio.Server | None = None
        self._talks: dict[asyncio.Task[None], tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = {}

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.shut()

    @property
    def is_open(self) -> bool:
        return self._server is not None

    async def open(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._pass, HOST, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """As if the server had been killed."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        self.broken += len(self._talks)
        talks = list(self._talks)
        for inside, outside in self._talks.values():
            inside.transport.abort()
            outside.transport.abort()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_connection(HOST, self._to)
        except OSError:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._talks[task] = (writer, to_server)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, to_server))
                both.create_task(_pump(from_server, writer))
        finally:
            del self._talks[task]
            writer.transport.abort()
            to_server.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    if not writer.is_closing():
        with contextlib.suppress(OSError):
            writer.write_eof()
