"""Nobody lost: a caller who gave up waiting comes before a supervisor, who takes, gives back and closes it."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.agent_tab import AgentTab
from tests.browser.conftest import Dial, OpenTab, Rivet
from tests.browser.test_office_pages import SUPERVISOR, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CALLER, SHOWN = "+12025550183", "(202) 555-0183"


async def test_who_gave_up_waiting_is_taken_given_back_and_closed(open_tab: OpenTab, rivet: Rivet, dial: Dial) -> None:
    page = await signed_in(await open_tab(360, 740), SUPERVISOR)
    await page.goto("/attention?business=rivet")
    await expect(page.get_by_text("Loading…")).to_have_count(0)
    caller = await dial(rivet.number, CALLER)
    await page.get_by_role("link", name="Floor").click()
    waiting = page.get_by_role("row").filter(has_text="Rivet Plumbing")
    await expect(waiting).to_contain_text("Waiting")
    await page.goto("/attention?business=rivet")
    await caller.call.listen(2)  # the plan counts those who waited a second
    await caller.call.hang_up()

    concern = page.get_by_role("list", name="What needs attention").get_by_role("listitem").filter(has_text=SHOWN)
    await expect(concern).to_contain_text("Caller hung up waiting")
    await expect(concern.get_by_role("link", name=SHOWN)).to_be_visible()
    await expect(page.get_by_role("link", name="Attention")).to_contain_text(re.compile(r"\d"))
    await AgentTab(page).fits()
    await concern.get_by_role("button", name="Take: ").click()
    await expect(concern).to_contain_text("You see to this")
    await concern.get_by_role("button", name="Give back: ").click()
    await expect(concern.get_by_role("button", name="Take: ")).to_be_visible()
    await concern.get_by_role("link", name="The call").click()
    await expect(page.get_by_role("list", name="Story")).to_contain_text("hung up")
    await page.go_back()
    await concern.get_by_role("button", name="Close: ").click()
    await page.get_by_label("What was done about it?").fill("Called back; it was the wrong number.")
    await page.get_by_role("button", name="Close it").click()
    await expect(concern).to_have_count(0)
