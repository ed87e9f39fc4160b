"""A business's own web server, as a webhook or a push service meets it: good, refusing, slow, broken."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web


@dataclass(frozen=True)
class Post:
    """One request that arrived whole; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Say:
    """An answer."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hang:
    """Never answers."""


@dataclass(frozen=True)
class Vanish:
    """Closes the connection instead of an answer."""


@dataclass(frozen=True)
class Begin:
    """Sends these bytes as the beginning of an answer, and then nothing more."""

    raw: bytes


@dataclass(frozen=True)
class Flood:
    """Answers with this status and a body that never ends."""

    status: int = 200


Meets = Say | Hang | Vanish | Begin | Flood


class WebReceiver:
    """An HTTP server on a free loopback port; use as an async context manager.

    `answers` is what the next requests meet, one each; after that all are answered 200.
    """

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.answers: deque[Meets] = deque()
        self.url = ""
        self._let_go = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._let_go.set()
        if self._runner:
            await self._runner.cleanup()

    def answer(self) -> Meets:
        """What the newest of `posts` meets."""
        return self.answers.popleft() if self.answers else Say()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.posts.append(Post(request.path_qs, headers, await request.read()))
        meets = self.answer()
        transport = request.transport
        assert transport is not None
        match meets:
            case Say():
                return web.Response(status=meets.status, text=meets.body, headers=meets.headers)
            case Vanish():
                transport.abort()
            case Begin():
                transport.write(meets.raw)
                await self._let_go.wait()
            case Hang():
                await self._let_go.wait()
            case Flood():
                return await self._flood(request, meets.status)
        return web.Response(status=503)

    async def _flood(self, request: web.Request, status: int) -> web.StreamResponse:
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        while not self._let_go.is_set():
            await response.write(b"x" * 65536)
        return response
