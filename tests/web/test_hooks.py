"""Twilio's posts: what is signed is taken in, everything else is refused, and nothing in them breaks anything."""

from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from aiohttp.test_utils import TestClient, TestServer

from messages.channels.channel import Receipt
from messages.channels.twilio_hooks import TwilioHooks
from messages.inbound import InboundText
from tests.doubles.twilio import AUTH_TOKEN, sign
from tests.web.api import Answer, Api
from tests.web.world import NOW, World
from web.services import SERVICES, TwilioPosts

SID = "SM" + "a" * 32
STATUS = "/hooks/twilio/status/harbor-sms"
INBOUND = "/hooks/twilio/inbound"
DELIVERED = {"MessageSid": SID, "MessageStatus": "delivered"}
TEXT = {"MessageSid": SID, "From": "+12025550192", "To": "+15005550006", "Body": "1ok"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class TakenIn:
    """What the posts came to."""

    def __init__(self) -> None:
        self.receipts: list[tuple[str, Receipt, str]] = []
        self.texts: list[InboundText] = []

    async def receipt(self, delivery_id: str, receipt: Receipt, sid: str) -> None:
        self.receipts.append((delivery_id, receipt, sid))

    async def text(self, text: InboundText) -> None:
        self.texts.append(text)


@pytest.fixture
def taken() -> TakenIn:
    return TakenIn()


@pytest.fixture
async def hooked(world: World, taken: TakenIn) -> AsyncIterator[Api]:
    """The service with Twilio's token set."""
    app = world.app()
    posts = TwilioPosts(TwilioHooks(AUTH_TOKEN, world.public_url), taken.receipt, taken.text)
    app[SERVICES] = replace(app[SERVICES], twilio=posts)
    async with TestClient(TestServer(app)) as client:
        yield Api(world, client)


async def post(api: Api, path: str, form: dict[str, str], signature: str | None = None, **headers: str) -> Answer:
    """As Twilio posts, through a proxy that calls us by another name than Twilio does."""
    signed = sign(api.world.public_url + path, form) if signature is None else signature
    sent = FORM | {"X-Twilio-Signature": signed, "Host": "inside:8080"} | headers
    return await api("POST", path, None, headers=sent, data=urlencode(form))


async def test_news_of_a_text_reaches_its_delivery(hooked: Api, taken: TakenIn) -> None:
    answer = await post(hooked, STATUS, DELIVERED)
    assert (answer.status, answer.body) == (204, b"")
    assert taken.receipts == [("harbor-sms", Receipt(True), SID)]


async def test_on_its_way_is_no_news(hooked: Api, taken: TakenIn) -> None:
    assert (await post(hooked, STATUS, DELIVERED | {"MessageStatus": "sent"})).status == 204
    assert taken.receipts == []


async def test_a_text_is_taken_in_and_not_answered_at_once(hooked: Api, taken: TakenIn) -> None:
    answer = await post(hooked, INBOUND, TEXT)
    assert answer.status == 200
    assert answer.body.endswith(b"<Response/>")
    assert taken.texts == [InboundText(SID, "+12025550192", "+15005550006", "1ok", NOW)]


@pytest.mark.parametrize("path", [STATUS, INBOUND])
@pytest.mark.parametrize("signature", ["", "AAAA", sign("https://answers.test/elsewhere", DELIVERED | TEXT)])
async def test_what_twilio_did_not_sign_is_refused(hooked: Api, taken: TakenIn, path: str, signature: str) -> None:
    answer = await post(hooked, path, DELIVERED | TEXT, signature)
    assert (answer.status, answer.problem) == (403, "wrong-signature")
    assert not taken.receipts
    assert not taken.texts


async def test_the_host_a_stranger_names_signs_nothing(hooked: Api, taken: TakenIn) -> None:
    signature = sign("https://evil.test" + INBOUND, TEXT)
    answer = await post(hooked, INBOUND, TEXT, signature, Host="evil.test")
    assert answer.status == 403


@pytest.mark.parametrize("path", [STATUS, INBOUND])
async def test_without_the_token_nothing_can_be_believed(api: Api, path: str) -> None:
    answer = await post(api, path, DELIVERED | TEXT)
    assert (answer.status, answer.problem) == (503, "not-set-up")
    assert "ANSWERLINE_TWILIO_AUTH_TOKEN" in answer.json["detail"]


@pytest.mark.parametrize("path", [STATUS, INBOUND])
@pytest.mark.parametrize(
    ("form", "status"),
    [({}, 400), ({"MessageSid": "SM1"}, 400), ({f"f{n}": "" for n in range(300)}, 400), ({"Body": "x" * 70_000}, 413)],
)
async def test_what_is_no_post_of_twilios_is_refused(
    hooked: Api, taken: TakenIn, path: str, form: dict[str, str], status: int
) -> None:
    assert (await post(hooked, path, form)).status == status
    assert not taken.texts


async def test_another_content_type_is_refused(hooked: Api) -> None:
    answer = await post(hooked, INBOUND, TEXT, **{"Content-Type": "application/json"})
    assert answer.status == 415


async def test_an_id_nobody_made_is_handed_on_and_harms_nothing(hooked: Api, taken: TakenIn) -> None:
    for key in ("nobody", "%22%20--", "x" * 500):
        assert (await post(hooked, f"/hooks/twilio/status/{key}", DELIVERED)).status == 204
    assert [delivery_id for delivery_id, _, _ in taken.receipts] == ["nobody", '" --', "x" * 500]


async def test_a_post_from_another_sites_page_is_refused(hooked: Api) -> None:
    answer = await post(hooked, INBOUND, TEXT, Origin="https://evil.test")
    assert (answer.status, answer.problem) == (403, "foreign-origin")
