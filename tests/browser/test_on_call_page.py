"""Who is on call: now and in the next month, away, standing in, swapping, and calendars both ways."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import House, OpenTab
from tests.browser.summit import fits_a_telephone, new_business, open_page, page_of

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DENVER = ZoneInfo("America/Denver")


def now(page: Page, rota: str) -> Locator:
    return page.get_by_role("article", name=f"On call now: {rota}")


def changes(page: Page) -> Locator:
    return page.get_by_role("region", name="Changes").get_by_role("listitem")


def wall(hours: int) -> str:
    """The clock on the business's wall, so many hours from now, as a field for a time takes it."""
    return f"{datetime.now(DENVER) + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


async def end(page: Page) -> None:
    """End the change that is first in the list."""
    await changes(page).get_by_role("button", name=re.compile("^End")).first.click()
    await page.get_by_role("dialog").get_by_role("button", name="End it").click()


async def test_who_is_away_leaves_a_hole_that_is_shown_until_they_are_back(house: House, open_tab: OpenTab) -> None:
    page = await page_of(house, open_tab, await new_business(house))
    await open_page(page, "On call", "On call")
    await expect(now(page, "Nights")).to_contain_text("Pat")
    await expect(page.get_by_role("heading", name="Nobody is on call")).to_have_count(0)
    await page.get_by_role("button", name="I’m away").press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("combobox", name="Who", exact=True)).to_have_value("pat")
    await dialog.get_by_role("button", name="Save").press("Enter")
    await expect(now(page, "Nights")).to_contain_text("Nobody is on call now")
    holes = page.get_by_role("region", name="Nobody is on call")
    await expect(holes.get_by_role("listitem")).to_contain_text("Nights")
    await expect(changes(page)).to_contain_text("Pat is away")
    await fits_a_telephone(page)
    await end(page)
    await expect(now(page, "Nights")).to_contain_text("Pat")
    await expect(page.get_by_text("Nobody is away, and nobody stands in for another.")).to_be_visible()


async def test_somebody_stands_in_and_two_swap_their_turns(house: House, open_tab: OpenTab) -> None:
    page = await page_of(house, open_tab, await new_business(house))
    await open_page(page, "On call", "On call")
    await page.get_by_role("button", name="Stand in").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("On the rota").select_option("nights")
    await dialog.get_by_role("combobox", name="Who", exact=True).select_option("kim")
    await dialog.get_by_label("From").fill(wall(-2))
    await dialog.get_by_label("Until").fill(wall(-1))
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("This is past.")
    await dialog.get_by_label("Until").fill(wall(20))
    await dialog.get_by_role("button", name="Save").click()
    await expect(now(page, "Nights")).to_contain_text("Kim")
    await expect(changes(page)).to_contain_text("Kim stands in on Nights")
    await expect(changes(page)).to_contain_text(re.compile(r"\(Pat\b"))
    await end(page)
    await expect(now(page, "Nights")).to_contain_text("Pat")

    await page.get_by_role("button", name="Swap turns").click()
    await dialog.get_by_label("On the rota").select_option("turns")
    turns = dialog.get_by_label("This turn").get_by_role("option")
    first = await turns.filter(has_text="Pat,").last.get_attribute("value")
    await dialog.get_by_label("This turn").select_option(first)
    await dialog.get_by_label("against this one").select_option(index=1)
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Pat and Kim have swapped.")).to_be_visible()
    await expect(changes(page)).to_have_count(2)
    await expect(changes(page).filter(has_text="Kim stands in for Pat on Turns")).to_be_visible()
    await page.get_by_role("combobox", name="Rota").select_option("turns")
    await expect(page.get_by_role("list", name="Turns, day by day")).to_contain_text("covers for Pat")


async def test_on_a_holiday_somebody_else_is_on_call(house: House, open_tab: OpenTab) -> None:
    page = await page_of(house, open_tab, await new_business(house))
    await open_page(page, "On call", "On call")
    today = f"{datetime.now(DENVER):%Y-%m-%d}"
    await page.get_by_role("button", name="Add a holiday").press("Enter")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("On the rota").select_option("nights")
    await dialog.get_by_label("Name").fill("Founders' Day")
    await dialog.get_by_label("Day", exact=True).fill(today)
    await dialog.get_by_label("Last day").fill(f"{datetime.now(DENVER) + timedelta(days=40):%Y-%m-%d}")
    add = dialog.get_by_role("button", name="Add")
    await expect(add).to_be_disabled()  # nobody is chosen
    await dialog.get_by_role("checkbox", name="Kim").check()
    await add.click()
    await expect(now(page, "Nights")).to_contain_text("Kim")
    await expect(now(page, "Nights")).to_contain_text("holiday (Founders' Day)")
    listed = page.get_by_role("region", name="Holidays").get_by_role("listitem")
    await expect(listed).to_contain_text("Founders' Day")
    days = page.get_by_role("list", name="Nights, day by day").get_by_role("listitem")
    await expect(days.filter(has_text="(today)")).to_contain_text("Kim")
    await page.get_by_role("button", name="Later").click()
    await expect(days.filter(has_text="(today)")).to_have_count(0)
    await expect(days.first).to_contain_text("Kim")
    await expect(days.last).to_contain_text("Pat")
    await page.get_by_role("button", name="Earlier").click()
    await expect(days.filter(has_text="(today)")).to_contain_text("Kim")
    await fits_a_telephone(page)

    await page.get_by_role("button", name="Add a holiday").click()
    await dialog.get_by_label("Name").fill("Again")
    await dialog.get_by_label("Day", exact=True).fill(today)
    await dialog.get_by_role("checkbox", name="Pat").check()
    await add.click()
    await expect(dialog.get_by_role("alert")).to_contain_text(re.compile("Founders' Day is on .* already."))
    await dialog.get_by_role("button", name="Cancel").click()

    await page.get_by_role("button", name="Remove Founders' Day").click()
    await dialog.get_by_role("button", name="Remove it").click()
    await expect(now(page, "Nights")).to_contain_text("Pat")
    await expect(page.get_by_text("None: the ordinary week holds on every day.")).to_be_visible()


async def test_turns_go_into_ones_own_calendar_until_there_is_a_new_link(house: House, open_tab: OpenTab) -> None:
    page = await page_of(house, open_tab, await new_business(house))
    await open_page(page, "On call", "On call")
    links = []
    for _ in range(2):
        await page.get_by_role("combobox", name="For", exact=True).select_option("pat")
        await page.get_by_role("button", name="Make a new link").click()
        await page.get_by_role("dialog").get_by_role("button", name="Make a new link").click()
        shown = page.get_by_test_id("calendar-link")
        await expect(shown).to_be_visible()
        links.append(urlsplit(await shown.inner_text()).path)
        await page.get_by_role("dialog").get_by_role("button", name="Close").click()
    old, new = [await page.request.get(path) for path in links]
    assert (old.status, new.status) == (404, 200)
    assert "BEGIN:VEVENT" in await new.text()


async def test_shifts_come_in_from_a_calendar_file(house: House, open_tab: OpenTab, tmp_path: Path) -> None:
    page = await page_of(house, open_tab, await new_business(house))
    await open_page(page, "On call", "On call")
    await expect(now(page, "Yard")).to_contain_text("Summit office")
    await page.get_by_role("combobox", name="Rota").select_option("yard")
    file = tmp_path / "yard.ics"
    file.write_text("not a calendar")
    bring = page.get_by_label("Bring in a calendar file (.ics)")
    await bring.set_input_files(file)
    await expect(page.get_by_role("alert")).to_contain_text("This file is no calendar")
    file.write_text(_calendar())
    await bring.set_input_files(file)
    await expect(page.get_by_text("1 shift is brought in.")).to_be_visible()
    await expect(now(page, "Yard")).to_contain_text("Kim")


async def test_staff_see_who_is_on_call_and_change_nothing(house: House, open_tab: OpenTab) -> None:
    page = await page_of(house, open_tab, await new_business(house), role="staff")
    await open_page(page, "On call", "On call")
    await expect(now(page, "Nights")).to_contain_text("Pat")
    await expect(page.get_by_role("list", name="Nights, day by day").get_by_role("listitem")).to_have_count(31)
    await expect(page.get_by_role("button", name="Stand in")).to_have_count(0)
    await expect(page.get_by_role("link", name="Delivery", exact=True)).to_have_count(0)


def _calendar() -> str:
    """Kim, from an hour ago until tomorrow."""
    at = datetime.now(UTC)
    starts, ends = (f"{at + timedelta(hours=hours):%Y%m%dT%H%M%SZ}" for hours in (-1, 24))
    event = ("UID:1@summit.test", f"DTSTAMP:{starts}", f"DTSTART:{starts}", f"DTEND:{ends}", "SUMMARY:Kim")
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", *event)
    return "\r\n".join((*lines, "END:VEVENT", "END:VCALENDAR", ""))
