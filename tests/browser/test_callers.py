"""The page of listed callers: by a business for itself and by staff for the house; a VIP's call on the agent's page."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.agent_tab import AgentTab
from tests.browser.conftest import AgentAt, Dial, House, OpenTab
from tests.browser.test_office_pages import OWNER, SUPERVISOR, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PARTNER = "partner@northwind.test"
FILE = "number,kind,note,until\n(202) 555-0171,vip,Judge Kim,2027-12-31\n202,vip,,\n(202) 555-0172,friend,,\n"


def row(page: Page, number: str) -> Locator:
    return page.get_by_role("row").filter(has_text=number)


async def open_callers(page: Page) -> None:
    await page.get_by_role("link", name="Callers").click()
    await expect(page.get_by_role("heading", name="Callers", level=1)).to_be_visible()


async def test_a_business_adds_changes_finds_and_deletes_a_caller_by_the_keyboard(open_tab: OpenTab) -> None:
    page = await signed_in(await open_tab(), PARTNER)
    tab = AgentTab(page)
    await open_callers(page)
    await expect(page.get_by_text("Nobody is on a list")).to_be_visible()
    await expect(page.get_by_label("List")).to_have_count(0)
    await page.get_by_role("button", name="Add a caller").focus()
    await tab.press("Enter")
    await expect(page.get_by_label("Number", exact=True)).to_be_focused()
    await tab.type("555")
    await tab.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("too short")
    await page.get_by_label("Number", exact=True).fill("202 555 0170")
    await page.get_by_label("Note").fill("Judge Kim's clerk")
    await tab.press("Enter")
    await expect(page.get_by_text("(202) 555-0170 is a VIP.")).to_be_visible()
    await expect(row(page, "(202) 555-0170")).to_contain_text("Judge Kim's clerk")

    await page.get_by_role("button", name="Edit (202) 555-0170").click()
    await expect(page.get_by_label("Note")).to_have_value("Judge Kim's clerk")
    await page.get_by_label("Blocked: politely ended").check()
    await page.get_by_label("Until the end of").fill("2031-03-04")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(row(page, "(202) 555-0170").get_by_text("Blocked", exact=True)).to_be_visible()
    await expect(row(page, "(202) 555-0170")).to_contain_text("2031")

    await page.get_by_label("Find").fill("nobody like this")
    await expect(page.get_by_text("Nobody here fits.")).to_be_visible()
    await page.get_by_label("Find").fill("555-0170")
    await page.get_by_role("button", name="Delete (202) 555-0170").click()
    await page.get_by_role("button", name="Take off the list").click()
    await expect(page.get_by_text("(202) 555-0170 is off the list.")).to_be_visible()
    await expect(row(page, "(202) 555-0170")).to_have_count(0)


async def test_a_file_is_looked_through_before_it_comes_in_and_goes_out_again(
    open_tab: OpenTab, tmp_path: Path
) -> None:
    page = await signed_in(await open_tab(), SUPERVISOR)
    await open_callers(page)
    await page.get_by_label("List").select_option(label="Northwind Legal")
    await page.get_by_role("button", name="Import").click()
    file = tmp_path / "callers.csv"
    file.write_text(FILE, encoding="utf-8-sig")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("combobox")).to_have_value("northwind")
    await dialog.get_by_label("File (CSV)").set_input_files(file)
    await expect(dialog.get_by_text("1 line right, 2 lines wrong.")).to_be_visible()
    await expect(dialog.get_by_role("listitem").filter(has_text="Line 3, number")).to_be_visible()
    await expect(dialog.get_by_role("listitem").filter(has_text="Line 4, kind")).to_contain_text("vip or blocked")
    await pictures(page, "import")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Mend the wrong lines")
    await dialog.get_by_label("Leave the wrong lines out").check()
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("1 caller is put on the list.")).to_be_visible()
    await expect(row(page, "(202) 555-0171")).to_contain_text("Judge Kim")
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Export").click()
    download = await coming.value
    assert download.suggested_filename == "callers-northwind.csv"
    assert "+12025550171,vip,Judge Kim,2028-01-01T07:59:59Z" in (await download.path()).read_text()


async def test_staff_see_whose_list_an_entry_is_on(house: House, open_tab: OpenTab) -> None:
    async with house.person(OWNER) as owner:
        await owner.put("/api/callers/+12025550173", {"kind": "blocked", "note": "Robot that sells solar roofs"})
        await owner.put("/api/callers/+12025550173?business=harbor", {"kind": "vip"})
    page = await signed_in(await open_tab(), SUPERVISOR)
    await open_callers(page)
    await expect(row(page, "(202) 555-0173")).to_have_count(2)
    await pictures(page, "list")
    await page.get_by_label("List").select_option(label="House list (all businesses)")
    await expect(row(page, "(202) 555-0173")).to_have_count(1)
    await expect(row(page, "(202) 555-0173")).to_contain_text("Robot that sells solar roofs")
    await page.get_by_label("Show").select_option(label="VIPs")
    await expect(page.get_by_text("Nobody here fits.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("List")).to_have_value("house:")
    await page.get_by_role("button", name="Add a caller").click()
    await expect(page.get_by_role("dialog").get_by_role("combobox")).to_have_value("house:")
    await page.set_viewport_size({"width": 390, "height": 844})
    await AgentTab(page).fits()


async def test_an_agent_sees_that_the_caller_is_a_vip_and_why(house: House, agent_at: AgentAt, dial: Dial) -> None:
    caller = "+12025550174"
    async with house.person(OWNER) as owner:
        await owner.put(f"/api/callers/{caller}?business=quick", {"kind": "vip", "note": "Signs for the hospital"})
    cara = await agent_at("cara@answerline.test")
    called = await dial("+12025550104", caller)
    await cara.offered("Quick Couriers")
    offer = cara.page.get_by_role("region", name="A call for you")
    await expect(offer.get_by_text("VIP", exact=True)).to_be_visible()
    await expect(offer.get_by_text("Signs for the hospital")).to_be_visible()
    await cara.answer()
    about = cara.page.get_by_role("region", name="The caller")
    await expect(about.get_by_text("VIP", exact=True)).to_be_visible()
    await expect(about.get_by_text("Signs for the hospital")).to_be_visible()
    await called.call.hang_up()


async def pictures(page: Page, name: str) -> None:
    """To look at, when PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        for width, height in ((1280, 800), (390, 844)):
            await page.set_viewport_size({"width": width, "height": height})
            await page.screenshot(path=Path(folder) / f"{width}-callers-{name}.png", full_page=True)
        await page.set_viewport_size({"width": 1280, "height": 800})
