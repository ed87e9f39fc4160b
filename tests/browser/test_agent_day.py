"""People as the owner sets them up, and agents as a supervisor directs them from the floor."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import AgentAt, OpenTab
from tests.browser.test_office_pages import OWNER, SUPERVISOR, signed_in
from tests.service_process import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_an_owner_adds_an_agent_with_levels_and_ranks_and_disables_them(open_tab: OpenTab) -> None:
    page = await signed_in(await open_tab(), OWNER)
    await page.goto("/setup/people")
    await page.get_by_role("button", name="Add somebody").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Dora")
    await dialog.get_by_label("E-mail").fill("dora@answerline.test")
    await dialog.get_by_label("Password").fill(PASSWORD)
    await dialog.get_by_label("Telephone's user name").fill("dora")
    await dialog.get_by_label("Rank").select_option("asked second")
    await dialog.get_by_role("button", name="Add a skill").click()
    await dialog.get_by_label("Skill", exact=True).fill("es")
    await dialog.get_by_label("Level").select_option("4: very good")
    await dialog.get_by_label("Rings for (seconds)").fill("3")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_be_visible()  # the browser itself says what a ring time may be
    await dialog.get_by_label("Rings for (seconds)").fill("15")
    await dialog.get_by_role("button", name="Save").click()
    dora = page.get_by_role("row").filter(has_text="dora@answerline.test")
    await expect(dora).to_contain_text("pool shared 1 · skills es 4 · rings 15 s")

    await page.get_by_role("button", name="Change Dora").click()
    await dialog.get_by_role("button", name="Remove skill es").click()
    await dialog.get_by_label("Rings for (seconds)").fill("")
    await dialog.get_by_label("picks up by itself").check()
    await dialog.get_by_role("button", name="Save").click()
    await expect(dora).to_contain_text("pool shared 1 · picks up by itself")
    await expect(dora).not_to_contain_text("skills")

    await page.get_by_role("button", name="Disable Dora").click()
    await dialog.get_by_role("button", name="Disable").click()
    await expect(dora).to_contain_text("Disabled")
    await page.get_by_role("button", name="Enable Dora").click()
    await dialog.get_by_role("button", name="Enable").click()
    await expect(dora).not_to_contain_text("Disabled")
    await expect(page.get_by_role("button", name="Disable Owner")).to_have_count(0)


async def orders(page: Page, agent: str, order: str, deed: str, reason: str = "") -> None:
    await page.get_by_role("button", name=f"Direct {agent}").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label(order).check()
    if reason:
        await dialog.get_by_label("Reason").select_option(reason)
    await dialog.get_by_role("button", name=deed, exact=True).click()
    await expect(dialog).to_have_count(0)


async def test_a_supervisor_directs_an_agent_whose_page_says_who_it_was(agent_at: AgentAt, open_tab: OpenTab) -> None:
    ben = await agent_at("ben@answerline.test")
    page = await signed_in(await open_tab(), SUPERVISOR)
    await page.goto("/floor")
    await orders(page, "Ben", "Pause", "Pause", "Training")
    await ben.is_in("Paused")
    said = ben.page.get_by_text("Sue paused you: Training.")
    await expect(said).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text="Ben")).to_contain_text("Training")
    await ben.page.get_by_role("button", name="Got it").click()
    await expect(said).to_have_count(0)
    await orders(page, "Ben", "Make available", "Make available")
    await ben.is_in("Available")
    await expect(ben.page.get_by_text("Sue made you available.")).to_be_visible()
    await orders(page, "Ben", "Stop work", "Stop work")
    await ben.is_in("Not working")
    await expect(page.get_by_text(re.compile("^Not working: .*Ben"))).to_be_visible()


async def test_the_house_keeps_its_own_reasons_to_pause(agent_at: AgentAt, open_tab: OpenTab) -> None:
    page = await signed_in(await open_tab(), SUPERVISOR)
    await page.goto("/floor")
    await page.get_by_role("button", name="Reasons to pause").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Add a reason").click()
    added = dialog.get_by_role("group", name="New reason")
    await added.get_by_label("asks what for").check()
    await added.get_by_label("Name").fill("Errand")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    ben = await agent_at("ben@answerline.test")
    await ben.page.get_by_label("Pause").select_option("Errand")
    asked = ben.page.get_by_role("dialog")
    await asked.get_by_label("What for?").fill("The post office")
    await asked.get_by_role("button", name="Save").click()
    await ben.is_in("Paused")
    await expect(ben.page.get_by_text("· Errand: The post office")).to_be_visible()
    await page.get_by_role("button", name="Reasons to pause").click()
    await dialog.get_by_role("button", name="Remove Errand").click()
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
