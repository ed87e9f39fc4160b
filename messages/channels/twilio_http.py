"""The Twilio library's way out, by one aiohttp session."""

import logging
from urllib.parse import urlsplit

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response


class TwilioHttp(AsyncHttpClient):  # type: ignore[misc]  # the library has no types
    """Requests to the same paths below a base URL of ours.

    Not the library's own AsyncTwilioHttpClient: that has no deadline for resource calls, logs request headers, and
    passes aiohttp arguments that are deprecated. Never retries: creating a message is not idempotent.
    """

    def __init__(self, base: str, timeout: float) -> None:
        """`timeout` in seconds for a whole request."""
        super().__init__(logging.getLogger(__name__), True, timeout)
        self._base = base.rstrip("/")
        self._deadline = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request; its errors are aiohttp's."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        sent = dict(headers or {})
        if auth:
            sent["Authorization"] = aiohttp.encode_basic_auth(*auth)
        parts = urlsplit(uri)
        async with self._session.request(
            method,
            self._base + parts.path + (f"?{parts.query}" if parts.query else ""),
            params={key: str(value) for key, value in params.items()} if params else None,
            data=data,
            headers=sent,
            timeout=self._deadline,
            allow_redirects=allow_redirects,
        ) as answer:
            return Response(answer.status, await answer.text(), answer.headers)

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()
