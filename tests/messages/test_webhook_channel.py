"""Webhooks, read by the library that https://www.standardwebhooks.com gives to those who receive them."""

import json
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
import standardwebhooks

from messages.channels.channel import ChannelError
from messages.channels.web_post import WebPost
from messages.channels.webhook import Webhook, new_secret, signature
from messages.delivery import Job, Leased, Purpose, Queued, Target
from messages.render import About, render
from messages.text import Rendered
from tests.doubles.web_receiver import Post, Say, WebReceiver
from tests.messages.cast import CONTEXT, MESSAGE, NOW, PUBLIC_URL

SECRET = new_secret()
TEXT = Rendered("#1042 Harbor Plumbing", data={"number": 1042, "answers": {"name": "Zoë"}})


class Kept:
    """The secrets of each business's addresses."""

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], list[str]] = {}

    async def __call__(self, business_id: str, url: str) -> Sequence[str]:
        return self.secrets.get((business_id, url), [])


@pytest.fixture
async def receiver() -> AsyncIterator[WebReceiver]:
    async with WebReceiver() as receiver:
        yield receiver


@pytest.fixture
def kept(receiver: WebReceiver) -> Kept:
    kept = Kept()
    kept.secrets["harbor", f"{receiver.url}/hook"] = [SECRET]
    return kept


@pytest.fixture
async def webhook(kept: Kept) -> AsyncIterator[Webhook]:
    channel = Webhook(WebPost(allow_private=True), kept, clock=lambda: datetime.now(UTC))
    yield channel
    await channel.close()


def leased(receiver: WebReceiver, purpose: Purpose = Purpose.MESSAGE, job_id: str = "d1") -> Leased:
    target = Target("office", "Harbor office", "webhook", f"{receiver.url}/hook")
    job = Job(job_id, "m1", "harbor", target, NOW, "token-d1", purpose)
    return Queued(job, NOW).leased(NOW, 60, "lease")


def read(post: Post, secret: str = SECRET) -> dict[str, object]:
    read: dict[str, object] = standardwebhooks.Webhook(secret).verify(post.body, dict(post.headers))
    return read


async def failure(webhook: Webhook, receiver: WebReceiver) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await webhook.send(leased(receiver), TEXT)
    return caught.value


async def test_the_receiver_verifies_it_and_reads_the_message(webhook: Webhook, receiver: WebReceiver) -> None:
    sent = await webhook.send(leased(receiver), TEXT)
    [post] = receiver.posts
    assert read(post) == {
        "type": "message.saved",
        "timestamp": "2026-11-22T14:06:30Z",
        "data": {"number": 1042, "answers": {"name": "Zoë"}},
    }
    assert post.path == "/hook"
    assert post.headers["content-type"] == "application/json"
    assert (sent.reference, sent.receipt) == (post.headers["webhook-id"], False)


async def test_a_repeat_has_the_same_id_and_another_delivery_another(webhook: Webhook, receiver: WebReceiver) -> None:
    receiver.answers.append(Say(500))
    await failure(webhook, receiver)
    await webhook.send(leased(receiver), TEXT)
    await webhook.send(leased(receiver, job_id="d2"), TEXT)
    first, again, other = [post.headers["webhook-id"] for post in receiver.posts]
    assert first == again != other


async def test_while_a_secret_is_replaced_both_will_do(webhook: Webhook, kept: Kept, receiver: WebReceiver) -> None:
    new = new_secret()
    kept.secrets["harbor", f"{receiver.url}/hook"] = [new, SECRET]
    await webhook.send(leased(receiver), TEXT)
    [post] = receiver.posts
    assert read(post, new) == read(post, SECRET)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        read(post, new_secret())


async def test_one_business_never_signs_with_anothers_secret(
    webhook: Webhook, kept: Kept, receiver: WebReceiver
) -> None:
    kept.secrets = {("lakeside", f"{receiver.url}/hook"): [SECRET]}
    error = await failure(webhook, receiver)
    assert error.permanent
    assert "secret" in error.why
    assert receiver.posts == []


@pytest.mark.parametrize(
    "broken",
    ["", "whsec_", "whsec_c2hvcnQ=", "whsec_***", pytest.param(SECRET.removeprefix("whsec_"), id="no prefix")],
)
async def test_without_a_good_secret_nothing_goes_out(
    webhook: Webhook, kept: Kept, receiver: WebReceiver, broken: str
) -> None:
    kept.secrets["harbor", f"{receiver.url}/hook"] = [broken]
    error = await failure(webhook, receiver)
    assert error.permanent
    assert broken == "" or broken not in error.why
    assert receiver.posts == []


def test_a_changed_body_is_not_verified() -> None:
    now = int(datetime.now(UTC).timestamp())
    signed = signature(SECRET, "d1", now, b'{"number":1042}')
    headers = {"webhook-id": "d1", "webhook-timestamp": str(now), "webhook-signature": signed}
    assert standardwebhooks.Webhook(SECRET).verify(b'{"number":1042}', headers) == {"number": 1042}
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(b'{"number":1043}', headers)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_of_the_two_hundreds_is_delivered(webhook: Webhook, receiver: WebReceiver, status: int) -> None:
    receiver.answers.append(Say(status))
    await webhook.send(leased(receiver), TEXT)
    assert len(receiver.posts) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 403, 404, 405, 422, 429, 500, 502, 503, 504])
async def test_other_answers_are_asked_again_later(webhook: Webhook, receiver: WebReceiver, status: int) -> None:
    headers = {"Location": f"{receiver.url}/elsewhere"} if status < 400 else {}
    receiver.answers.append(Say(status, "because", headers))
    error = await failure(webhook, receiver)
    assert (error.permanent, error.dead_address) == (False, "")
    assert str(status) in error.why
    assert "because" in error.why
    assert len(receiver.posts) == 1


async def test_gone_is_the_end_of_that_address(webhook: Webhook, receiver: WebReceiver) -> None:
    receiver.answers.append(Say(410))
    error = await failure(webhook, receiver)
    assert (error.permanent, error.dead_address) == (True, "dead")


async def test_who_asks_for_time_gets_it(webhook: Webhook, receiver: WebReceiver) -> None:
    receiver.answers.append(Say(503, headers={"Retry-After": "900"}))
    error = await failure(webhook, receiver)
    assert error.retry_after == 900


def test_it_is_tried_for_three_days() -> None:
    assert sum(Webhook.ladder) == 75 * 3600 + 35 * 60 + 5
    assert len(Webhook.ladder) == 9


@pytest.mark.parametrize(
    ("purpose", "event"),
    [(Purpose.SUMMARY, "message.summary"), (Purpose.TAKEN, "message.taken"), (Purpose.NOTE, "note.sent")],
)
async def test_each_purpose_is_an_event_of_its_own(
    webhook: Webhook, receiver: WebReceiver, purpose: Purpose, event: str
) -> None:
    await webhook.send(leased(receiver, purpose), TEXT)
    assert json.loads(receiver.posts[0].body)["type"] == event


@pytest.mark.parametrize("purpose", list(Purpose))
async def test_whatever_the_relay_renders_arrives_as_it_is(
    webhook: Webhook, receiver: WebReceiver, purpose: Purpose
) -> None:
    delivery = leased(receiver, purpose)
    text = render(About("Harbor Plumbing", [(MESSAGE, CONTEXT)]), delivery.job, PUBLIC_URL)
    await webhook.send(delivery, text)
    assert read(receiver.posts[0])["data"] == text.data
    assert text.data["purpose"] == purpose.value


async def test_neither_secret_nor_words_are_logged(
    webhook: Webhook, receiver: WebReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.answers.append(Say(500, "Zoë again"))
    await failure(webhook, receiver)
    await webhook.send(leased(receiver), TEXT)
    own = [record.getMessage() for record in caplog.records if not record.name.startswith("aiohttp.access")]
    assert not [line for line in own for word in ("Zo", "1042", SECRET[6:20], "/hook") if word in line]


async def test_an_address_is_verified_by_a_signed_event(webhook: Webhook, receiver: WebReceiver) -> None:
    await webhook.verify("harbor", f"{receiver.url}/hook")
    (post,) = receiver.posts
    event = read(post)
    assert (event["type"], event["data"]) == ("webhook.verify", {})
    receiver.answers.append(Say(500))
    with pytest.raises(ChannelError, match="500"):
        await webhook.verify("harbor", f"{receiver.url}/hook")
    with pytest.raises(ChannelError, match="no signing secret"):
        await webhook.verify("lakeside", f"{receiver.url}/hook")
