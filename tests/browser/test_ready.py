"""The page is asked before a call rings in it: frozen, without a microphone; and one that picks up by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect

from app.demo import Person
from tests.browser.caller import AGENT_HERTZ
from tests.browser.conftest import QUICK, AgentAt, Dial, OpenTab
from tests.browser.test_office_pages import SUPERVISOR, signed_in
from tests.patience import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@asynccontextmanager
async def frozen(page: Page) -> AsyncIterator[None]:
    """Nothing runs in the page while this lasts."""
    debugger = await page.context.new_cdp_session(page)
    stopped = asyncio.Event()
    debugger.on("Debugger.paused", lambda _: stopped.set())
    await debugger.send("Debugger.enable")
    await debugger.send("Debugger.pause")  # at the next line that runs; the clock on the page is due twice a second
    async with asyncio.timeout(PATIENCE):
        await stopped.wait()
    try:
        yield
    finally:
        await debugger.send("Debugger.resume")
        await debugger.detach()


async def test_a_call_passes_over_a_frozen_page(agent_at: AgentAt, open_tab: OpenTab, dial: Dial) -> None:
    ben = await agent_at("ben@answerline.test")
    cara = await agent_at("cara@answerline.test")
    floor = await signed_in(await open_tab(), SUPERVISOR)
    await floor.goto("/floor")
    async with frozen(ben.page):  # idle longest, so the call is for Ben
        caller = await dial(QUICK, "+12025550156")
        await cara.offered("Quick Couriers")
        notice = floor.get_by_role("list", name="Notices")
        await expect(notice).to_contain_text("Ben cannot be reached: the page could take no call.")
    await cara.answer()
    await ben.is_in("Unreachable")
    await expect(ben.page.get_by_text("A call was meant for you, but your page did not answer").last).to_be_visible()
    await ben.press("F2")
    await ben.is_in("Available")
    await expect(notice).to_contain_text("over now")
    await notice.get_by_role("button", name="Put away").click()
    await caller.hears_tone(AGENT_HERTZ)
    await caller.call.hang_up()
    await cara.is_in("Wrap-up")


async def test_no_call_rings_where_the_microphone_is_gone_until_it_is_back(agent_at: AgentAt, dial: Dial) -> None:
    ben = await agent_at("ben@answerline.test")
    missing = ben.page.get_by_text("No microphone found. Plug in a headset")
    await ben.page.evaluate("unplugMicrophone()")
    await expect(missing).to_be_visible()
    caller = await dial(QUICK, "+12025550157")
    await ben.is_in("Unreachable")
    await expect(ben.page.get_by_text("your page was not ready (no microphone)").last).to_be_visible()
    await caller.call.hang_up()
    await ben.press("F2")
    await expect(ben.page.get_by_text("You are not available yet: first this page needs a microphone.")).to_be_visible()

    await ben.page.evaluate("plugInMicrophone()")
    await expect(missing).to_have_count(0)
    await ben.press("F2")
    await ben.is_in("Available")
    caller = await dial(QUICK, "+12025550158")
    await ben.offered("Quick Couriers")
    await ben.answer()
    await caller.hears_tone(AGENT_HERTZ)
    await caller.call.hang_up()
    await ben.is_in("Wrap-up")


async def test_a_telephone_that_picks_up_by_itself_needs_no_hand(
    agent_at: AgentAt, dial: Dial, staff: dict[str, Person]
) -> None:
    ben = await agent_at("ben@answerline.test")
    try:
        await ben.page.get_by_role("button", name="Telephone").click()
        by_itself = ben.page.get_by_label("picks up by itself")
        await by_itself.click()
        await expect(by_itself).to_be_checked()
        await ben.press("Escape")
        caller = await dial(QUICK, "+12025550159")
        await ben.is_in("Talking")
        await caller.hears_tone(AGENT_HERTZ)
        await caller.call.hang_up()
        await ben.is_in("Wrap-up")
    finally:
        await staff["ben"].put("/api/agent/auto-answer", {"on": False})
