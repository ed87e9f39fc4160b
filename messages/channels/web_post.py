"""One way out to web addresses that businesses chose: connects only to what is outside our network.

The address is checked where the socket is made, so a name that means something else by now does not help anybody.
Redirects of posts are not followed, proxies of the environment not used, cookies not kept, of answers only the
beginning is read.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver

from messages.channels.channel import ChannelError
from messages.outside import url_trouble, why_inside
from messages.text import one_line

POST_SECONDS = 20.0
"""For the whole exchange: 15 to 30 s is what https://www.standardwebhooks.com asks for."""
ANSWER_SECONDS = 2.0
ANSWER_BYTES = 1000
"""Of an answer's body no more is read than this, nor for longer: it is only shown to people."""
LOOK_UP_SECONDS = 5.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 4
LONGEST_WAIT = 3600.0
"""Seconds; who asks to be left alone for longer is asked again after this all the same."""


class InsideAddress(OSError):
    """The name leads into our own network."""

    def __init__(self) -> None:
        super().__init__("an address inside our network")


@dataclass(frozen=True)
class Answer:
    """The answer to a post: HTTP status, the first words of what it says, how many seconds to wait (0: not said)."""

    status: int
    said: str = ""
    retry_after: float = 0.0

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def words(self) -> str:
        """For the operator's screen."""
        return f"{self.status}: {self.said}" if self.said else str(self.status)


@dataclass(frozen=True)
class Page:
    """What an address holds: HTTP status, the whole body, and the headers by which to ask whether it has changed."""

    status: int
    body: bytes = b""
    etag: str = ""
    last_modified: str = ""


class WebPost:
    """Posts to addresses outside, and reads from them. `allow_private` for tests, and for a house that wants its own
    network reached."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        timeout: float = POST_SECONDS,
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """`timeout` in seconds for a whole exchange; `tls` for certificates that a private authority signed."""
        self._allow_private = allow_private
        self._timeout = timeout
        self._tls = tls
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post once. Raises ChannelError when there is no answer; whether an answer is a good one is the caller's."""
        with self._guarded(url):
            async with self._open().post(url, data=body, headers=headers, allow_redirects=False) as answer:
                return Answer(answer.status, await _beginning(answer), _retry_after(answer.headers))

    async def get(self, url: str, headers: Mapping[str, str], most_bytes: int) -> Page:
        """Read an address; a few redirects are followed, each to an address outside. Raises ChannelError."""
        for _ in range(MOST_REDIRECTS):
            with self._guarded(url):
                async with self._open().get(url, headers=headers, allow_redirects=False) as answer:
                    onward = answer.headers.get("Location", "") if answer.status in REDIRECTS else ""
                    if not onward:
                        return await _page(answer, most_bytes)
                    url = urljoin(url, onward)
        raise ChannelError("The address leads from one to another without an end.", permanent=False)

    @contextlib.contextmanager
    def _guarded(self, url: str) -> Iterator[None]:
        """Raises ChannelError for an address inside, and for whatever goes wrong on the way."""
        if trouble := url_trouble(url, allow_private=self._allow_private):
            raise ChannelError(trouble, permanent=True)
        try:
            yield
        except aiohttp.ClientConnectorError as failed:
            raise _not_connected(failed) from None
        except aiohttp.ConnectionTimeoutError:
            raise ChannelError("No connection to the server came about in time.", permanent=False) from None
        except TimeoutError:
            raise ChannelError("The server did not answer in time.", permanent=False, unsure=True) from None
        except aiohttp.InvalidURL:
            raise ChannelError("This is not a web address.", permanent=True) from None
        except (aiohttp.ClientError, OSError) as broke:
            raise ChannelError(
                f"The server gave no answer that makes sense ({type(broke).__name__}).", permanent=False, unsure=True
            ) from None

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=self._socket,
                    resolver=self._resolver,
                    use_dns_cache=False,
                    force_close=True,
                    ssl=self._tls or True,
                ),
                timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=self._timeout / 2),
                headers={"User-Agent": "Answerline", "Accept-Encoding": "identity"},
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    def _socket(self, where: aiohttp.AddrInfoType) -> socket.socket:
        """The one place every connection comes through, with the address it is for."""
        family, kind, protocol, _, address = where
        if why_inside(str(address[0]), allow_private=self._allow_private):
            raise InsideAddress
        return socket.socket(family, kind, protocol)


async def look_up(hosts: Collection[str]) -> Mapping[str, Sequence[str]]:
    """The IP addresses of names, for `messages.outside.check_outside`; none of what nobody knows in time."""
    return dict(zip(hosts, await asyncio.gather(*map(_addresses, hosts)), strict=True))


async def _addresses(host: str) -> Sequence[str]:
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        return ()
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


async def _page(answer: aiohttp.ClientResponse, most_bytes: int) -> Page:
    body = bytearray()
    while more := await answer.content.read(64 * 1024):
        body += more
        if len(body) > most_bytes:
            raise ChannelError(f"There is too much: {most_bytes // 1000} kB are the most.", permanent=True)
    tags = (answer.headers.get(name, "") for name in ("ETag", "Last-Modified"))
    return Page(answer.status, bytes(body), *tags)


async def _beginning(answer: aiohttp.ClientResponse) -> str:
    read = b""
    with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(ANSWER_SECONDS):
            while len(read) < ANSWER_BYTES and (more := await answer.content.read(ANSWER_BYTES - len(read))):
                read += more
    if "Content-Encoding" in answer.headers:
        return ""
    return one_line(read.decode("utf-8", "replace"))[:200]


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds, or 0: RFC 9110 allows a number or a date."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said[:9]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(said)
        wait = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(wait, 0.0), LONGEST_WAIT)


def _not_connected(failed: aiohttp.ClientConnectorError) -> ChannelError:
    if isinstance(failed.os_error, InsideAddress):
        return ChannelError("The address leads into an internal network: nothing is sent there.", permanent=True)
    if isinstance(failed, aiohttp.ClientConnectorDNSError):
        return ChannelError("Nobody knows where the server is: its name has no address.", permanent=False)
    if isinstance(failed, aiohttp.ClientSSLError):
        return ChannelError("The server's https did not work.", permanent=False)
    return ChannelError("No connection to the server.", permanent=False)
