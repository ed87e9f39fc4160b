"""A business has its messages sent to a system of its own and to the ntfy app: addresses, secret, test and code."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import standardwebhooks
from playwright.async_api import Page, expect

from tests.browser.conftest import House, OpenTab
from tests.browser.summit import new_business, open_page, page_of
from tests.doubles.web_receiver import Post, Say, WebReceiver

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TITLE = "Who gets your messages"
NAME = "Our dispatch"


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[WebReceiver]:
    async with WebReceiver() as receiver:
        yield receiver


async def test_a_system_of_their_own_and_the_ntfy_app_get_messages_once_they_have_answered(
    house: House, open_tab: OpenTab, receiver: WebReceiver
) -> None:
    page = await page_of(house, open_tab, await new_business(house))
    await open_page(page, "Delivery", TITLE)
    card = page.get_by_role("article", name=NAME)
    dialog = page.get_by_role("dialog")
    await page.get_by_role("button", name="Add a contact").click()
    await dialog.get_by_label("Name").fill(NAME)
    await dialog.get_by_role("button", name="Other ways: ntfy app, your own system").click()
    await dialog.get_by_label("Address of your own system").fill("https://169.254.169.254/messages")
    await dialog.get_by_role("button", name="Done").click()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Not saved")
    await expect(card).to_contain_text("169.254.169.254 is an internal address of the hosting company.")

    await page.get_by_role("button", name=f"Change {NAME}").click()
    await dialog.get_by_label("Address of your own system").fill(f"{receiver.url}/messages")
    await dialog.get_by_label("ntfy topic").fill(f"{receiver.url}/dispatch-topic")
    await dialog.get_by_role("button", name="Done").click()
    await _save(page)
    await expect(card.get_by_text("Not verified")).to_have_count(2)

    await card.get_by_role("button", name="Make a signing secret").click()
    secret = await page.get_by_test_id("secret").inner_text()
    await dialog.get_by_role("button", name="Close").click()
    await expect(page.get_by_test_id("secret")).to_be_hidden()
    await expect(card.get_by_role("button", name="New signing secret")).to_be_visible()
    receiver.answers.append(Say(500, "not yet"))
    await card.get_by_role("button", name="Send a test").click()
    await expect(card.get_by_role("alert")).to_contain_text("The server said 500: not yet")
    await card.get_by_role("button", name="Send a test").click()
    await expect(card.get_by_text("It has answered: verified.")).to_be_visible()
    test = receiver.posts[-1]
    assert test.path == "/messages"
    assert standardwebhooks.Webhook(secret).verify(test.body, dict(test.headers))["type"] == "webhook.verify"

    await card.get_by_role("button", name="Send a code").click()
    await expect(card.get_by_label("Code")).to_be_focused()
    note = json.loads((await _next(receiver, receiver.posts[: receiver.posts.index(test) + 1])).body)
    assert note["topic"] == "dispatch-topic"
    code = re.search(r"\b\d{6}\b", note["message"])
    assert code is not None, note
    await card.get_by_label("Code").fill(code[0])
    await card.get_by_role("button", name="Verify").click()
    await expect(card.get_by_text("Verified", exact=True)).to_have_count(2)

    await page.get_by_role("button", name="Change: All messages").click()
    rule = page.get_by_role("article", name="All messages")
    await rule.get_by_role("checkbox", name=NAME).check()
    await rule.get_by_role("checkbox", name="ntfy app").check()
    await rule.get_by_role("checkbox", name="Our own system (webhook)").check()
    reached = page.get_by_role("list", name="Who would be reached")
    await expect(reached).to_contain_text(f"Send to the system of {NAME}.")
    await expect(reached).to_contain_text(f"Notify {NAME}.")
    await _save(page)
    await page.reload()
    await expect(card).to_contain_text("Verified")
    await expect(page.get_by_text(secret)).to_have_count(0)


async def _save(page: Page) -> None:
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("status").filter(has_text="It holds from the next message on.")).to_be_visible()


async def _next(receiver: WebReceiver, before: list[Post]) -> Post:
    """What came after these."""
    async with asyncio.timeout(60):
        while len(receiver.posts) <= len(before):
            await asyncio.sleep(0.05)
    return receiver.posts[len(before)]
