"""A provider of texts on loopback that takes everything and notes when: the other end of what is measured."""

import asyncio
import time
from types import TracebackType
from typing import Self

from aiohttp import web


class Provider:
    """Speaks as much of Twilio's API as sending needs. `taken` has when each text came (by `time.perf_counter`), by
    the number that it begins with."""

    def __init__(self) -> None:
        self.taken: dict[int, float] = {}
        self.url = ""
        self._came = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def has_taken(self, texts: int, within: float) -> None:
        """Returns once so many have come. Raises TimeoutError after so many seconds."""
        async with asyncio.timeout(within), self._came:
            await self._came.wait_for(lambda: len(self.taken) >= texts)

    async def _take(self, request: web.Request) -> web.Response:
        came = time.perf_counter()
        body = str((await request.post())["Body"])
        number = int(body.removeprefix("#").split()[0])
        async with self._came:
            self.taken.setdefault(number, came)
            self._came.notify_all()
        return web.json_response({"sid": f"SM{number:032x}", "status": "queued"}, status=201)
