"""The page behind the link in a text: opening it changes nothing, its button acknowledges."""

from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from messages.delivery import Acknowledged, AwaitingAcknowledgement
from tests.web.api import Api
from tests.web.world import HARBOR, World

PAGE = "/ack/harbor-sms-token"


async def test_opening_shows_business_and_number_and_acknowledges_nothing(world: World, api: Api) -> None:
    page = await api("GET", PAGE, None)
    number = (await world.inbox.message("harbor-saved")).number
    text = BeautifulSoup(page.body, "html.parser").get_text()
    assert "Harbor Plumbing" in text
    assert f"#{number}" in text
    assert "Ann Lee" not in text, "the link may be forwarded: what the caller said is not on it"
    await api("GET", PAGE, None)
    assert isinstance(await world.outbox.delivery("harbor-sms"), AwaitingAcknowledgement)


async def test_the_button_acknowledges_for_the_contact(world: World, api: Api) -> None:
    page = BeautifulSoup((await api("GET", PAGE, None)).body, "html.parser")
    form = page.find("form")
    assert form is not None
    assert (form["method"], form.get("action")) == ("post", None)
    done = await api("POST", PAGE, None, headers={"Origin": "https://answers.test"})
    assert b"acknowledged" in done.body
    delivery = await world.outbox.delivery("harbor-sms")
    assert isinstance(delivery, Acknowledged)
    assert delivery.by == "Office"
    again = await api("GET", PAGE, None)
    assert b"already" in again.body
    assert b"<form" not in again.body


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_or_old_link_says_so_plainly(world: World, api: Api, method: str) -> None:
    unknown = await api(method, "/ack/unknown", None)
    assert unknown.status == 404
    assert b"not valid" in unknown.body
    world.clock.forward(timedelta(days=31))
    assert (await api(method, PAGE, None)).body == unknown.body
    assert isinstance(await world.outbox.delivery("harbor-sms"), AwaitingAcknowledgement)


async def test_a_businesss_name_is_text_not_markup(world: World, api: Api) -> None:
    business = await world.directory.business(HARBOR)
    await world.directory.put_business(replace(business, name="<script>x</script> & Sons"))
    page = await api("GET", PAGE, None)
    assert b"<script>" not in page.body
    assert "& Sons" in BeautifulSoup(page.body, "html.parser").get_text()
