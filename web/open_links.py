"""The WebSockets that are open, by session: signing out and stopping close them."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import WSCloseCode, web


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

    async def close(self, token_hash: str) -> None:
        """Close the links of one session."""
        for link in tuple(self._by_session.get(token_hash, ())):
            await link.close(code=WSCloseCode.POLICY_VIOLATION, message=b"signed out")

    async def close_all(self, _app: web.Application) -> None:
        """Close every link; the service stops."""
        for links in tuple(self._by_session.values()):
            for link in tuple(links):
                await link.close(code=WSCloseCode.GOING_AWAY, message=b"the service stops")


OPEN_LINKS = web.AppKey("open_links", OpenLinks)
