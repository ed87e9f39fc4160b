"""The WebSockets that are open, by session: signing out and stopping close them."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from aiohttp import WSCloseCode, web

HEARTBEAT_SECONDS = 15.0
CLOSE_SECONDS = 3.0
"""How long a link waits for the browser's own goodbye."""


class OpenLinks:
    def __init__(self) -> None:
        self._by_session: dict[str, set[web.WebSocketResponse]] = {}

    @contextmanager
    def holding(self, token_hash: str, link: web.WebSocketResponse) -> Iterator[None]:
        """Know the link as long as this lasts."""
        links = self._by_session.setdefault(token_hash, set())
        links.add(link)
        try:
            yield
        finally:
            links.discard(link)
            if not links:
                self._by_session.pop(token_hash, None)

    def count(self, token_hash: str) -> int:
        """How many links this session has open."""
        return len(self._by_session.get(token_hash, ()))

    async def close(self, token_hash: str) -> None:
        """Close the links of one session."""
        await _close(self._by_session.get(token_hash, ()), WSCloseCode.POLICY_VIOLATION, b"signed out")

    async def close_all(self, _app: web.Application) -> None:
        """Close every link; the service stops."""
        links = [link for links in self._by_session.values() for link in links]
        await _close(links, WSCloseCode.GOING_AWAY, b"the service stops")


async def _close(links: Iterable[web.WebSocketResponse], code: WSCloseCode, why: bytes) -> None:
    """All at once: a browser that is gone keeps only itself waiting, and not longer than its link's own time-out."""
    await asyncio.gather(*(link.close(code=code, message=why) for link in tuple(links)), return_exceptions=True)


OPEN_LINKS = web.AppKey("open_links", OpenLinks)
