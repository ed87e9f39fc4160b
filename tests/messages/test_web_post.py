"""The one way out to addresses that businesses chose."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from messages.channels import web_post
from messages.channels.channel import ChannelError
from messages.channels.web_post import ANSWER_BYTES, LONGEST_WAIT, WebPost, look_up
from tests.doubles.web_receiver import Begin, Flood, Hang, Meets, Say, Vanish, WebReceiver

NEVER_SECONDS = 2.0
"""How long these tests wait for a server that does not answer: long enough to connect on a busy machine."""


class Rebound(AbstractResolver):
    """A name that looked harmless when it was saved, and leads to these addresses now."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        pass


class Door:
    """A bare TCP server on loopback that counts who connects."""

    connected = 0
    port = 0

    async def __aenter__(self) -> "Door":
        self._server = await asyncio.start_server(self._came, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        writer.close()


async def failure(web: WebPost, url: str) -> ChannelError:
    try:
        with pytest.raises(ChannelError) as caught:
            await web.post(url, b"{}", {})
    finally:
        await web.close()
    return caught.value


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("127.0.0.1", "::1"), ("::ffff:127.0.0.1",), ("10.0.0.1", "192.168.0.1"), ("169.254.169.254",)],
)
async def test_a_name_that_leads_inside_by_now_is_not_connected_to(addresses: tuple[str, ...]) -> None:
    async with Door() as door:
        error = await failure(WebPost(resolver=Rebound(*addresses)), f"https://hooks.example.com:{door.port}/")
        assert error.permanent
        assert "internal network" in error.why
        assert not error.dead_address
        assert door.connected == 0


async def test_the_same_name_is_connected_to_where_a_house_allows_it() -> None:
    async with Door() as door:
        web = WebPost(resolver=Rebound("127.0.0.1"), allow_private=True)
        error = await failure(web, f"https://hooks.example.com:{door.port}/")
        assert not error.permanent
        assert door.connected == 1


async def test_nobody_gets_to_the_hosting_companys_own_addresses() -> None:
    web = WebPost(resolver=Rebound("169.254.169.254"), allow_private=True)
    assert "internal network" in (await failure(web, "http://hooks.example.com/")).why


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "https://127.0.0.1/", "https://[::1]/", "file:///etc"])
async def test_a_bad_url_is_refused_at_each_send_too(url: str) -> None:
    assert (await failure(WebPost(), url)).permanent


async def test_a_redirect_is_not_followed() -> None:
    async with WebReceiver() as receiver:
        receiver.answers.append(Say(307, headers={"Location": f"{receiver.url}/elsewhere"}))
        web = WebPost(allow_private=True)
        answer = await web.post(f"{receiver.url}/here", b"{}", {})
        await web.close()
        assert answer.status == 307
        assert [post.path for post in receiver.posts] == ["/here"]


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with WebReceiver() as receiver, Door() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        web = WebPost(allow_private=True)
        assert (await web.post(receiver.url, b"{}", {})).good
        await web.close()
        assert proxy.connected == 0


async def test_cookies_are_not_kept() -> None:
    async with WebReceiver() as receiver:
        receiver.answers.append(Say(headers={"Set-Cookie": "spy=1; Path=/"}))
        web = WebPost(allow_private=True)
        await web.post(receiver.url, b"{}", {})
        await web.post(receiver.url, b"{}", {})
        await web.close()
        assert ["cookie" in post.headers for post in receiver.posts] == [False, False]


@pytest.mark.parametrize("meets", [Hang(), Begin(b"HTTP/1.1 200 OK\r\nX-Slow: ")])
async def test_no_answer_in_time_is_temporary_and_says_that_it_may_have_arrived(meets: Meets) -> None:
    async with WebReceiver() as receiver:
        receiver.answers.append(meets)
        error = await failure(WebPost(allow_private=True, timeout=NEVER_SECONDS), receiver.url)
        assert (error.permanent, error.unsure) == (False, True)
        assert "in time" in error.why
        assert len(receiver.posts) == 1


@pytest.mark.parametrize(
    "meets",
    [
        Vanish(),
        Begin(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        Begin(b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"a" * 100_000),
    ],
)
async def test_an_answer_that_is_none_is_temporary_too(meets: Meets) -> None:
    async with WebReceiver() as receiver:
        receiver.answers.append(meets)
        error = await failure(WebPost(allow_private=True), receiver.url)
        assert (error.permanent, error.unsure) == (False, True)
        assert len(receiver.posts) == 1


async def test_nobody_there_is_temporary_and_nothing_went_out() -> None:
    async with Door() as door:
        url = f"http://127.0.0.1:{door.port}/"
    error = await failure(WebPost(allow_private=True), url)
    assert (error.permanent, error.unsure) == (False, False)
    error = await failure(WebPost(resolver=Unknown()), "https://hooks.example.com/")
    assert (error.permanent, error.unsure) == (False, False)
    assert "name" in error.why


class Unknown(Rebound):
    """A name nobody knows."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise OSError(None, "no such name")


async def test_a_server_without_https_is_told_in_words() -> None:
    async with WebReceiver() as receiver:
        error = await failure(WebPost(allow_private=True), receiver.url.replace("http:", "https:"))
        assert not error.permanent
        assert "https" in error.why


async def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    async with WebReceiver() as receiver:
        receiver.answers.append(Flood(200))
        web = WebPost(allow_private=True)
        answer = await web.post(receiver.url, b"{}", {})
        await web.close()
        assert answer.good
        assert len(answer.said) <= ANSWER_BYTES


async def test_an_answer_that_trickles_counts_by_its_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_post, "ANSWER_SECONDS", 0.3)
    async with WebReceiver() as receiver:
        receiver.answers.append(Begin(b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000\r\n\r\nso"))
        web = WebPost(allow_private=True)
        answer = await web.post(receiver.url, b"{}", {})
        await web.close()
        assert (answer.status, answer.said) == (202, "so")


async def test_what_it_says_fits_one_line() -> None:
    async with WebReceiver() as receiver:
        receiver.answers.append(Say(500, "no\r\n\x1b[31m database " + "é" * 900))
        web = WebPost(allow_private=True)
        answer = await web.post(receiver.url, b"{}", {})
        await web.close()
        assert answer.words.startswith("500: no [31m database é")
        assert len(answer.said) <= 200


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("", 0.0),
        ("120", 120.0),
        ("99999999999999999999", LONGEST_WAIT),
        ("-5", 0.0),
        ("soon", 0.0),
        ("١٢", 0.0),
        pytest.param(format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True), 0.0, id="yesterday"),
        pytest.param(format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True), LONGEST_WAIT, id="tomorrow"),
    ],
)
async def test_how_long_it_asks_to_be_left_alone(said: str, seconds: float) -> None:
    async with WebReceiver() as receiver:
        receiver.answers.append(Say(429, headers={"Retry-After": said}))
        web = WebPost(allow_private=True)
        answer = await web.post(receiver.url, b"{}", {})
        await web.close()
        assert answer.retry_after == seconds


async def test_looking_up_names() -> None:
    impossible = "a" * 70 + ".example"
    assert await look_up(["127.0.0.1", impossible]) == {"127.0.0.1": ("127.0.0.1",), impossible: ()}
    assert await look_up([]) == {}
