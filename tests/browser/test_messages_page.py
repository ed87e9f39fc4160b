"""A business's own pages: its messages, who has them, what became of them, and its people."""

import csv
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from telephony.speech import Speech
from tests.browser.agent_tab import AgentTab
from tests.browser.conftest import House, OpenTab, Rivet, take_message
from tests.browser.test_office_pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE = (360, 740)


async def test_an_emergency_is_seen_taken_and_marked_done_on_a_telephone(
    house: House, open_tab: OpenTab, rivet: Rivet, speech: Speech, tmp_path: Path
) -> None:
    page = await signed_in(await open_tab(*PHONE), rivet.manager)
    await expect(page.get_by_role("heading", name="Messages")).to_be_visible()
    answers = {"name": "Dana Reed", "trouble": "Water comes through the ceiling."}
    await take_message(house, speech, rivet.number, "+12025550181", answers, "emergency")

    row = page.get_by_role("list", name="Messages").get_by_role("link", name="Dana Reed")
    await expect(row).to_contain_text("Nobody has it yet")  # the list refreshes itself
    await expect(row).to_contain_text("Emergency")
    await AgentTab(page).fits()
    await row.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("for Rivet Plumbing")
    state, going = page.get_by_role("region", name="State"), page.get_by_role("region", name="Where it is going")
    await expect(state).to_contain_text("Waiting for somebody to say that they have it")
    await expect(going).to_contain_text("Asking Pat by SMS.")
    await expect(going).to_contain_text("Once more: Pat by SMS")
    await expect(going.get_by_role("listitem").filter(has_text="(202) 555-0171")).to_be_visible()
    assert await page.get_by_role("link", name="Call (202) 555-0181").get_attribute("href") == "tel:+12025550181"
    await AgentTab(page).fits()

    await AgentTab(page).tab_to(page.get_by_role("button", name="I have this"))
    await page.keyboard.press("Enter")
    await expect(state).to_contain_text("You have it. Nobody else is asked any more.")
    await expect(state).to_contain_text("Pat has it")
    await expect(going).to_contain_text("Pat has it: said so on these pages")
    await expect(page.get_by_role("button", name="I have this")).to_have_count(0)
    await expect(page.get_by_role("list", name="What happened")).to_contain_text("Pat has message")

    await page.get_by_role("button", name="Mark as done").click()
    await page.get_by_role("button", name="Undo").click()
    await expect(state).to_contain_text("Not done yet.")
    await page.get_by_role("button", name="Mark as done").click()
    await expect(state).to_contain_text("Marked as done.")

    await page.get_by_role("link", name="All messages").click()
    await page.get_by_role("link", name="Done", exact=True).click()
    await expect(row).to_contain_text("Pat has it")
    await page.get_by_role("link", name="Nobody has it", exact=True).click()
    await expect(page.get_by_text("Somebody has every message.")).to_be_visible()
    await page.get_by_role("link", name="All", exact=True).click()
    await page.get_by_label("Find messages").fill("no such words")
    await expect(page.get_by_text("No message fits.")).to_be_visible()
    await page.get_by_label("Find messages").fill("ceiling")
    await expect(row).to_be_visible()
    assert (await _exported(page, tmp_path))[-1]["Trouble"] == answers["trouble"]


async def _exported(page: Page, folder: Path) -> list[dict[str, str]]:
    """The rows of the file that the page gives."""
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download").click()
    await (await download.value).save_as(folder / "messages.csv")
    with (folder / "messages.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


async def test_a_timeline_can_be_printed_and_kept(
    house: House, open_tab: OpenTab, rivet: Rivet, speech: Speech, tmp_path: Path
) -> None:
    answers = {"name": "Lou Park", "trouble": "A tap drips."}
    message_id, _ = await take_message(house, speech, rivet.number, "+12025550182", answers)
    page = await signed_in(await open_tab(*PHONE), rivet.manager)
    await page.goto(f"/messages/{message_id}")
    await expect(page.get_by_role("list", name="What happened")).to_contain_text("was taken by Cara")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="PDF").click()
    await (await download.value).save_as(tmp_path / "timeline.pdf")
    assert (tmp_path / "timeline.pdf").read_bytes().startswith(b"%PDF")
    async with page.context.expect_page() as printable:
        await page.get_by_role("link", name="To print").click()
    sheet = await printable.value
    await expect(sheet.get_by_role("heading", level=1)).to_contain_text("for Rivet Plumbing")


async def test_a_manager_lets_somebody_in_and_out_again(open_tab: OpenTab, rivet: Rivet) -> None:
    page = await signed_in(await open_tab(*PHONE), rivet.manager)
    await page.get_by_role("link", name="People").click()
    await expect(page.get_by_role("listitem").filter(has_text=rivet.manager)).to_contain_text("Manager")
    await AgentTab(page).fits()
    await page.get_by_role("button", name="Add somebody").click()
    await page.get_by_label("Name").fill("Kim")
    await page.get_by_label("E-mail").fill("kim@rivet.test")
    await page.get_by_role("button", name="Add", exact=True).click()
    password = await page.get_by_test_id("password").inner_text()
    await page.get_by_role("button", name="I have noted it").click()
    await expect(page.get_by_test_id("password")).to_have_count(0)
    await expect(page.get_by_role("listitem").filter(has_text="kim@rivet.test")).to_contain_text("Staff")

    theirs = await open_tab(*PHONE)
    await theirs.goto("/")
    await theirs.get_by_label("E-mail").fill("kim@rivet.test")
    await theirs.get_by_label("Password").fill(password)
    await theirs.keyboard.press("Enter")
    await expect(theirs.get_by_role("heading", name="Messages")).to_be_visible()
    await expect(theirs.get_by_role("link", name="People")).to_have_count(0)

    await page.get_by_role("button", name="Disable Kim").click()
    await page.get_by_role("button", name="Disable", exact=True).click()
    await expect(page.get_by_role("listitem").filter(has_text="kim@rivet.test")).to_contain_text("Disabled")
    await theirs.goto("/messages")
    await expect(theirs.get_by_label("E-mail")).to_be_visible()
