"""Takes the picture of README.md: `python -m pytest tests/browser/pictures.py` writes docs/console.png.

It is no test (its name keeps it out of the suite), but uses what the tests use: what is shown is a real call.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.caller import AGENT_HERTZ
from tests.browser.conftest import AgentAt, Dial, OpenTab, Taken
from tests.browser.test_office_pages import OWNER, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DOCS = Path(__file__).resolve().parents[2] / "docs"


async def test_the_console_in_a_call(agent_at: AgentAt, dial: Dial) -> None:
    ben = await agent_at("ben@answerline.test")
    caller = await dial("+12025550101", "+12025550147")
    await caller.call.press("1")
    await caller.says_name("Demo caller.")
    await ben.offered("Harbor Plumbing")
    if folder := os.environ.get("PICTURES"):
        await ben.page.screenshot(path=Path(folder) / "offer.png", animations="disabled")
    await ben.answer()
    await caller.hears_tone(AGENT_HERTZ)
    for text in ("Demo Caller", "DEM-oh KAW-ler"):
        await ben.type(text)
        await ben.press("Tab")
    await ben.page.get_by_role("button", name=re.compile("^Use ")).click()
    await ben.page.get_by_label("Address").fill("12 Canal Street")
    await ben.page.get_by_label("Reason for calling").focus()
    await ben.type("The water heater in the basement is leaking. She has shut off the")
    await expect(ben.page.get_by_test_id("draft-state")).to_have_text(re.compile("Draft saved"))
    await ben.page.screenshot(path=DOCS / "console.png", animations="disabled")
    if folder := os.environ.get("PICTURES"):
        await ben.page.set_viewport_size({"width": 390, "height": 844})
        await ben.fits()
        await ben.page.screenshot(path=Path(folder) / "call-narrow.png", full_page=True)
        await ben.page.set_viewport_size({"width": 1280, "height": 800})
    await ben.press("F9")
    await ben.is_in("Wrap-up")
    await ben.press("Control+Enter")
    await expect(ben.page.get_by_test_id("saved")).to_be_visible()


@pytest.mark.skipif("PICTURES" not in os.environ, reason="PICTURES names a folder for pictures of all pages")
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
async def test_all_pages(open_tab: OpenTab, taken: Taken, width: int, height: int) -> None:
    folder = Path(os.environ["PICTURES"])
    page = await open_tab(width, height)
    await page.goto("/")
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await page.screenshot(path=folder / f"{width}-sign-in.png")
    await signed_in(page, OWNER)
    pages = {
        "floor": "/floor",
        "messages": "/messages",
        "message": f"/messages/{taken.message_id}",
        "calls": "/calls",
        "call": f"/calls/{taken.call_id}",
        "outbox": "/outbox",
        "businesses": "/setup/businesses",
        "plan": "/setup/businesses/harbor",
        "numbers": "/setup/numbers",
        "trunks": "/setup/trunks",
        "people": "/setup/people",
        "callers": "/callers",
        "account": "/account",
    }
    for name, path in pages.items():
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1).first).to_be_visible()
        await expect(page.get_by_text("Loading…")).to_have_count(0)
        await page.screenshot(path=folder / f"{width}-{name}.png")
