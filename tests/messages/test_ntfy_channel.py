"""Notifications by ntfy: what is posted, and what its server's answers mean."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from messages.channels.channel import Channel, ChannelError
from messages.channels.ntfy import MESSAGE_BYTES, Ntfy
from messages.channels.web_post import WebPost
from messages.delivery import Job, Leased, Queued, Target
from messages.text import Rendered
from tests.doubles.web_receiver import Say, WebReceiver
from tests.messages.cast import NOW

PAGE = "https://answers.test/m/token-d1"
TEXT = Rendered(
    "Name: Zoë\nReason: The boiler leaks.",
    subject="[#1042] Harbor Plumbing: EMERGENCY Message from Zoë",
    data={"number": 1042, "urgency": "emergency", "links": {"page": PAGE, "acknowledge": PAGE}},
)


@pytest.fixture
async def server() -> AsyncIterator[WebReceiver]:
    async with WebReceiver() as server:
        yield server


@pytest.fixture
async def ntfy() -> AsyncIterator[Channel]:
    channel: Channel = Ntfy(WebPost(allow_private=True))
    yield channel
    await channel.close()


def leased(address: str) -> Leased:
    job = Job("d1", "m1", "harbor", Target("pat", "Pat", "ntfy", address), NOW, "token-d1")
    return Queued(job, NOW).leased(NOW, 60, "lease")


def posted(server: WebReceiver) -> dict[str, Any]:
    [post] = server.posts
    read: dict[str, Any] = json.loads(post.body)
    return read


async def failure(ntfy: Channel, address: str) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await ntfy.send(leased(address), TEXT)
    return caught.value


async def test_the_notification_says_it_all_and_has_a_button(ntfy: Channel, server: WebReceiver) -> None:
    await ntfy.send(leased(f"{server.url}/harbor-x7"), TEXT)
    assert server.posts[0].path == "/"
    assert posted(server) == {
        "topic": "harbor-x7",
        "title": "[#1042] Harbor Plumbing: EMERGENCY Message from Zoë",
        "message": "Name: Zoë\nReason: The boiler leaks.",
        "priority": 5,
        "click": PAGE,
        "actions": [
            {"action": "http", "label": "I have this", "url": PAGE, "method": "POST", "clear": True},
            {"action": "view", "label": "Open", "url": PAGE},
        ],
    }


async def test_where_nobody_is_asked_there_is_no_button(ntfy: Channel, server: WebReceiver) -> None:
    text = Rendered("Wants a quote.", subject="#1", data={"urgency": "normal", "links": {"page": PAGE}})
    await ntfy.send(leased(f"{server.url}/harbor/"), text)
    said = posted(server)
    assert (said["priority"], said["click"]) == (3, PAGE)
    assert "actions" not in said


async def test_a_note_needs_no_page(ntfy: Channel, server: WebReceiver) -> None:
    await ntfy.send(leased(f"{server.url}/harbor"), Rendered("Your code is 123456.", data={"purpose": "note"}))
    said = posted(server)
    assert said["message"] == "Your code is 123456."
    assert "click" not in said


@pytest.mark.parametrize("sign", ["é", '"', "\n", "\U0001f525", "x"])
async def test_a_long_text_stays_a_notification(ntfy: Channel, server: WebReceiver, sign: str) -> None:
    page = f"https://a-very-long-name-of-a-service.example/m/{'t' * 64}"
    data = {"links": {"page": page, "acknowledge": page}}
    await ntfy.send(leased(f"{server.url}/{'h' * 64}"), Rendered(sign * 9000, subject=sign * 400, data=data))
    said = posted(server)
    assert MESSAGE_BYTES - 4 <= len(said["message"].encode()) <= MESSAGE_BYTES
    assert said["message"].endswith("...")
    assert len(server.posts[0].body) < 8192


@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        (400, True),
        (401, True),
        (403, True),
        (404, True),
        (413, True),
        (301, True),
        (429, False),
        (500, False),
        (502, False),
        (507, False),
    ],
)
async def test_refusals_are_told_apart_and_asked_once(
    ntfy: Channel, server: WebReceiver, status: int, permanent: bool
) -> None:
    server.answers.append(Say(status, '{"code":1,"error":"because"}', {"Retry-After": "60"}))
    error = await failure(ntfy, f"{server.url}/harbor")
    assert (error.permanent, error.retry_after) == (permanent, 60)
    assert "because" in error.why
    assert len(server.posts) == 1


@pytest.mark.parametrize("path", ["", "/", "/two/parts", "/with?query", "/dot.dot", "/" + "a" * 65, "/a%2fb"])
async def test_an_address_that_is_no_topic_is_refused(ntfy: Channel, server: WebReceiver, path: str) -> None:
    assert (await failure(ntfy, f"{server.url}{path}")).permanent
    assert server.posts == []


async def test_it_goes_by_the_guarded_way_only(server: WebReceiver) -> None:
    ntfy = Ntfy(WebPost())
    assert (await failure(ntfy, f"{server.url}/harbor")).permanent
    await ntfy.close()
    assert server.posts == []


async def test_neither_topic_nor_words_are_logged(
    ntfy: Channel, server: WebReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers.append(Say(500))
    await failure(ntfy, f"{server.url}/harbor-x7")
    await ntfy.send(leased(f"{server.url}/harbor-x7"), TEXT)
    own = [record.getMessage() for record in caplog.records if not record.name.startswith("aiohttp.access")]
    assert not [line for line in own for word in ("Zo", "boiler", "harbor-x7", "token") if word in line]
