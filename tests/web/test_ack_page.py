"""The page behind the link in a text: a cover first, a button that shows the message, a button that acknowledges."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup

from messages.delivery import Acknowledged, Delivered, Purpose, Queued
from reports.facts import Kind
from tests.web.api import Api
from tests.web.world import CALLER, HARBOR, NOW, World, job

PAGE = "/m/harbor-sms-token"
SHOWN = f"{PAGE}/message"
FROM_THE_PAGE = {"Origin": "https://answers.test"}


async def test_following_the_link_shows_nothing_of_the_message_and_is_no_opening(world: World, api: Api) -> None:
    """Programs that look into mails and texts follow links; only people press buttons."""
    cover = await api("GET", PAGE, None)
    page = BeautifulSoup(cover.body, "html.parser")
    text = page.get_text()
    assert "Harbor Plumbing" in text
    assert not [word for word in ("#", "1001", "Ann Lee", CALLER) if word in text]
    [form] = page.find_all("form")
    assert (form["method"], form["action"], form.get_text()) == ("post", SHOWN, "Show the message")
    assert page.find_all(["audio", "script", "a"]) == []
    assert cover.headers["Cache-Control"] == "no-store"
    assert "noindex" in cover.headers["X-Robots-Tag"]
    assert (await api("GET", "/ack/harbor-sms-token", None)).body == cover.body, "links in older texts go on working"
    assert [fact for fact in world.journal.facts if fact.kind is Kind.DELIVERY_OPENED] == []
    assert isinstance(await world.outbox.delivery("harbor-sms"), Delivered)


async def test_the_cover_speaks_the_businesss_language(world: World, api: Api) -> None:
    business = await world.directory.business(HARBOR)
    spanish = f"language: es-US\n{business.plan}"
    await world.directory.put_business(replace(business, plan=spanish, plan_version=business.plan_version + 1))
    page = BeautifulSoup((await api("GET", PAGE, None)).body, "html.parser")
    assert page.find("html", lang="es") is not None
    assert [button.get_text() for button in page.find_all("button")] == ["Mostrar el mensaje"]


async def test_opening_shows_business_and_number_and_acknowledges_nothing(world: World, api: Api) -> None:
    page = await api("POST", SHOWN, None, headers=FROM_THE_PAGE)
    number = (await world.inbox.message("harbor-saved")).number
    text = BeautifulSoup(page.body, "html.parser").get_text()
    assert "Harbor Plumbing" in text
    assert f"#{number}" in text
    assert page.headers["Cache-Control"] == "no-store"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert b"<script" not in page.body, "it works without scripts"
    assert "22 December 2026" in text, "until when the link works"
    assert isinstance(await world.outbox.delivery("harbor-sms"), Delivered)


async def test_it_shows_what_the_text_was_allowed_to_tell_and_nothing_else(world: World, api: Api) -> None:
    everything = BeautifulSoup((await api("POST", SHOWN, None)).body, "html.parser")
    assert "Ann Lee" in everything.get_text()
    assert everything.find("a", href="tel:+12025550142") is not None
    assert everything.find("audio", src=f"{PAGE}/clips/name") is not None

    async def shown(**changes: Any) -> BeautifulSoup:
        there = await world.outbox.delivery("harbor-sms")
        world.inbox.deliveries["harbor-sms"] = replace(there, job=replace(job(HARBOR, "sms"), **changes))
        return BeautifulSoup((await api("POST", SHOWN, None)).body, "html.parser")

    assert "Ann Lee" in (await shown(link_only=True)).get_text(), "what a text keeps back is here"
    named = await shown(include=("name",))
    assert "Ann Lee" in named.get_text()
    assert CALLER not in named.get_text()
    assert named.find("audio") is None
    assert (await api("GET", f"{PAGE}/clips/name", None)).status == 404
    assert "Ann Lee" not in (await shown(include=("caller_number",))).get_text()


async def test_recordings_are_heard_by_whoever_has_the_link(world: World, api: Api) -> None:
    heard = await api("GET", f"{PAGE}/clips/name", None)
    assert heard.body == world.clips.path("harbor-clip").read_bytes()
    assert heard.headers["Cache-Control"] == "no-store"
    assert (await api("GET", f"{PAGE}/clips/name", None, headers={"Range": "bytes=0-3"})).body == b"RIFF"
    assert (await api("GET", f"{PAGE}/clips/voice", None)).status == 404
    assert (await api("GET", f"{PAGE}/clips/harbor-clip", None)).status == 404
    assert (await api("GET", "/m/unknown/clips/name", None)).status == 404
    world.clock.forward(timedelta(days=31))
    assert (await api("GET", f"{PAGE}/clips/name", None)).status == 404


async def test_that_it_was_opened_is_a_fact(world: World, api: Api) -> None:
    await api("POST", SHOWN, None)
    [fact] = [fact for fact in world.journal.facts if fact.kind is Kind.DELIVERY_OPENED]
    assert (fact.message_id, fact.data["delivery"]) == ("harbor-saved", "harbor-sms")


async def test_who_comes_second_hears_who_has_it(world: World, api: Api) -> None:
    await world.outbox.acknowledge("harbor-saved", world.clock(), by="Pat", how="agent")
    done = await api("POST", PAGE, None, headers=FROM_THE_PAGE)
    assert b"Pat has message #" in done.body
    later = await api("POST", SHOWN, None)
    assert b"Pat has it already" in later.body
    assert b"<form" not in later.body


async def test_a_program_without_a_browser_acknowledges_by_an_empty_post(world: World, api: Api) -> None:
    assert (await api("POST", PAGE, None)).status == 200
    assert isinstance(await world.outbox.delivery("harbor-sms"), Acknowledged)


async def test_the_page_of_a_summary_names_its_messages_and_has_no_button(world: World, api: Api) -> None:
    summary = replace(
        job(HARBOR, "email"), id="sum", token="sum-token", message_id=None, purpose=Purpose.SUMMARY,
        escalation_id=None, summary_of=("harbor-saved",),
    )  # fmt: skip
    await world.outbox.add([Queued(summary, NOW)])
    page = await api("POST", "/m/sum-token/message", None)
    number = (await world.inbox.message("harbor-saved")).number
    text = page.body.decode()
    assert f"#{number}" in text
    assert "Ann Lee" in text
    assert b"<form" not in page.body
    heard = await api("GET", f"/m/sum-token/clips/{number}-name", None)
    assert heard.body == world.clips.path("harbor-clip").read_bytes()
    assert (await api("GET", "/m/sum-token/clips/name", None)).status == 404


async def test_the_button_acknowledges_for_the_contact(world: World, api: Api) -> None:
    page = BeautifulSoup((await api("POST", SHOWN, None)).body, "html.parser")
    form = page.find("form")
    assert form is not None
    assert (form["method"], form["action"]) == ("post", PAGE)
    done = await api("POST", PAGE, None, headers=FROM_THE_PAGE)
    assert b"acknowledged" in done.body
    delivery = await world.outbox.delivery("harbor-sms")
    assert isinstance(delivery, Acknowledged)
    assert delivery.by == "Office"
    again = await api("POST", SHOWN, None)
    assert b"already" in again.body
    assert b"<form" not in again.body


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_or_old_link_says_so_plainly(world: World, api: Api, method: str) -> None:
    unknown = await api(method, "/ack/unknown", None)
    assert unknown.status == 404
    assert b"not valid" in unknown.body
    world.clock.forward(timedelta(days=31))
    assert (await api(method, PAGE, None)).body == unknown.body
    assert (await api("POST", SHOWN, None)).body == unknown.body
    assert isinstance(await world.outbox.delivery("harbor-sms"), Delivered)


async def test_a_businesss_name_is_text_not_markup(world: World, api: Api) -> None:
    business = await world.directory.business(HARBOR)
    await world.directory.put_business(replace(business, name="<script>x</script> & Sons"))
    for page in (await api("GET", PAGE, None), await api("POST", SHOWN, None)):
        assert b"<script>" not in page.body
        assert "& Sons" in BeautifulSoup(page.body, "html.parser").get_text()
