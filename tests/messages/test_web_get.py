"""Reading an address that a business chose: whole, bounded, and only outside our network."""

from collections.abc import AsyncIterator

import pytest

from messages.channels.channel import ChannelError
from messages.channels.web_post import WebPost
from tests.doubles.web_receiver import Flood, Hang, Say, WebReceiver
from tests.messages.test_web_post import NEVER_SECONDS, Rebound


@pytest.fixture
async def receiver() -> AsyncIterator[WebReceiver]:
    async with WebReceiver() as receiver:
        yield receiver


@pytest.fixture
async def web() -> AsyncIterator[WebPost]:
    web = WebPost(allow_private=True, timeout=30.0)
    yield web
    await web.close()


async def test_the_whole_body_and_how_to_ask_again(receiver: WebReceiver, web: WebPost) -> None:
    receiver.answers.append(
        Say(body="x" * 5000, headers={"ETag": '"7"', "Last-Modified": "Sun, 22 Nov 2026 15:00:00 GMT"})
    )
    page = await web.get(f"{receiver.url}/a.ics", {"If-None-Match": '"6"'}, 5000)
    assert (page.status, page.body) == (200, b"x" * 5000)
    assert (page.etag, page.last_modified) == ('"7"', "Sun, 22 Nov 2026 15:00:00 GMT")
    (asked,) = receiver.posts
    assert asked.headers["if-none-match"] == '"6"'


async def test_more_than_allowed_is_refused(receiver: WebReceiver, web: WebPost) -> None:
    receiver.answers.append(Flood())
    with pytest.raises(ChannelError, match="too much"):
        await web.get(receiver.url, {}, 100_000)


async def test_redirects_are_followed_a_few_times(receiver: WebReceiver, web: WebPost) -> None:
    receiver.answers.extend([Say(302, headers={"Location": "/second"}), Say(body="here")])
    assert (await web.get(f"{receiver.url}/first", {}, 100)).body == b"here"
    assert [post.path for post in receiver.posts] == ["/first", "/second"]
    receiver.answers.extend([Say(302, headers={"Location": "/round"})] * 10)
    with pytest.raises(ChannelError, match="without an end"):
        await web.get(receiver.url, {}, 100)
    assert len(receiver.posts) < 8


async def test_a_redirect_into_our_network_is_not_followed(receiver: WebReceiver, web: WebPost) -> None:
    receiver.answers.append(Say(302, headers={"Location": "http://169.254.169.254/latest/meta-data"}))
    with pytest.raises(ChannelError, match="internal address"):
        await web.get(receiver.url, {}, 100)


async def test_a_name_that_leads_inside_by_now_is_not_read() -> None:
    web = WebPost(resolver=Rebound("127.0.0.1"))
    try:
        with pytest.raises(ChannelError, match="internal network"):
            await web.get("https://calendar.example.com/a.ics", {}, 100)
    finally:
        await web.close()


async def test_a_server_that_never_answers_is_given_up(receiver: WebReceiver) -> None:
    web = WebPost(allow_private=True, timeout=NEVER_SECONDS)
    receiver.answers.append(Hang())
    try:
        with pytest.raises(ChannelError, match="in time"):
            await web.get(receiver.url, {}, 100)
    finally:
        await web.close()
