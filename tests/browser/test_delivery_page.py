"""A business decides who gets its messages: rules in words, who would be reached, contacts and their codes."""

import asyncio
import re

import pytest
from playwright.async_api import Dialog, Locator, Page, expect

from tests.browser.conftest import House, OpenTab
from tests.browser.summit import fits_a_telephone, new_business, open_page, page_of
from tests.browser.test_office_pages import OWNER, SUPERVISOR, signed_in
from tests.patience import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TITLE = "Who gets your messages"
LEE = "+12025550149"


def rule(page: Page, title: str) -> Locator:
    return page.get_by_role("article", name=title, exact=True)


def saved(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text="It holds from the next message on.")


async def test_a_business_changes_how_emergencies_reach_it_and_sees_who_would_be_reached(
    house: House, open_tab: OpenTab
) -> None:
    business = await new_business(house)
    page = await page_of(house, open_tab, business)
    await open_page(page, "Delivery", TITLE)
    await expect(rule(page, "Emergencies")).to_contain_text("text whoever is on call (Nights)")
    await page.get_by_role("button", name="Change: Emergencies").click()
    reached = page.get_by_role("list", name="Who would be reached")
    await expect(reached).to_contain_text("Text Pat")
    await expect(reached).not_to_contain_text("Kim")

    await page.get_by_role("button", name="Add a step").press("Enter")
    await expect(page.get_by_text("Choose who is told.")).to_be_visible()
    second = page.get_by_role("list", name="Steps").get_by_role("listitem").nth(1)
    await expect(second.get_by_role("checkbox", name="Who is on call: Nights")).to_be_focused()
    await second.get_by_role("checkbox", name="Kim").check()
    await second.get_by_role("checkbox", name="Phone call").check()
    await second.get_by_role("checkbox", name="Text").uncheck()
    await second.get_by_label("Minutes to wait for an answer").fill("7")
    await expect(reached).to_contain_text("Call Kim")
    await expect(page.get_by_text("With your changes, which are not saved yet:")).to_be_visible()
    await expect(reached).to_contain_text("Our supervisor is alarmed.")
    await page.get_by_label("coming in at").fill("2027-07-04T02:30")
    await expect(page.get_by_text(re.compile("4 July 2027, 02:30"))).to_be_visible()
    await fits_a_telephone(page)

    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", stay)
    await page.get_by_role("link", name="Messages", exact=True).click()
    await expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    assert asked == ["Your changes are not saved yet. Leave this page and lose them?"]

    await page.keyboard.press("Control+s")
    await expect(saved(page)).to_be_visible()
    await page.reload()
    await expect(rule(page, "Emergencies")).to_contain_text("call Kim")
    async with house.person(OWNER) as owner:
        policy = await owner.get(f"/api/businesses/{business}/delivery")
    first, last = policy["deliver"][1]["escalate"]
    assert (first["to"], first["by"], first["times"]) == (["nights"], ["sms"], 2)
    assert (last["to"], last["by"], last["wait_minutes"]) == (["kim"], ["voice"], 7)


async def test_mistakes_stand_at_their_place_and_changes_can_be_undone(house: House, open_tab: OpenTab) -> None:
    business = await new_business(house)
    page = await page_of(house, open_tab, business)
    await open_page(page, "Delivery", TITLE)
    await page.get_by_role("button", name="Remove Kim").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Kim is named in the rota “Turns”.")
    await dialog.get_by_role("button", name="Remove Kim").click()
    await expect(page.get_by_role("article", name="Kim")).to_have_count(0)
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Not saved")
    await expect(page.get_by_role("article", name="Rota Turns")).to_contain_text('There is no contact "kim".')
    await page.get_by_role("button", name="Undo my changes").click()
    await page.get_by_role("dialog").get_by_role("button", name="Undo my changes").click()
    await expect(page.get_by_role("article", name="Kim")).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_count(0)

    await page.get_by_role("button", name="Move down: All messages").press("Enter")
    await expect(page.get_by_role("heading", name="All messages")).to_be_focused()
    await page.get_by_role("button", name="Change: All messages").click()
    await page.get_by_label("Keep them for a summary").check()
    await expect(page.get_by_text("Choose when the summary goes out.")).to_be_visible()
    await page.get_by_role("button", name="Add a time").click()
    await page.get_by_label("Tell us of calls that ended before anybody answered").check()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(saved(page)).to_be_visible()
    await expect(rule(page, "All messages")).to_contain_text("one summary at 08:00")
    async with house.person(OWNER) as owner:
        policy = await owner.get(f"/api/businesses/{business}/delivery")
    assert [each["urgency"] for each in policy["deliver"]] == [["emergency"], []]
    assert policy["deliver"][1]["hold"]["at"] == ["08:00"]
    assert policy["abandoned_calls"]["by"] == ["email"]


async def test_a_new_number_is_used_once_its_code_was_entered(house: House, open_tab: OpenTab) -> None:
    page = await page_of(house, open_tab, await new_business(house))
    await open_page(page, "Delivery", TITLE)
    await page.get_by_role("button", name="Add a contact").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("Lee")
    await dialog.get_by_label("Number for texts").fill("+1 (202) 555-0149")
    await dialog.get_by_role("button", name="Done").click()
    lee = page.get_by_role("article", name="Lee")
    await expect(lee.get_by_text("Not saved yet")).to_be_visible()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(saved(page)).to_be_visible()
    await expect(lee.get_by_text("Not verified")).to_be_visible()
    await lee.get_by_role("button", name="Send a code").click()
    await expect(lee.get_by_label("Code")).to_be_focused()
    code = await _code_to(house, LEE)
    await lee.get_by_label("Code").fill("000000" if code != "000000" else "000001")
    await lee.get_by_role("button", name="Verify").click()
    await expect(lee.get_by_role("alert")).to_be_visible()
    await lee.get_by_label("Code").fill(code)
    await lee.get_by_role("button", name="Verify").click()
    await expect(lee.get_by_text("Verified", exact=True)).to_be_visible()


async def test_a_supervisor_chooses_the_business_and_vouches_for_a_number(house: House, open_tab: OpenTab) -> None:
    business = await new_business(house)
    async with house.person(OWNER) as owner:
        policy = await owner.get(f"/api/businesses/{business}/delivery")
        contacts = {each["key"]: {"name": each["name"]} | _addresses(each["ways"]) for each in policy["contacts"]}
        draft = {key: policy[key] for key in ("plan_version", "rotas", "deliver", "abandoned_calls")}
        contacts["lee"] = {"name": "Lee", "sms": LEE}
        await owner.put(f"/api/businesses/{business}/delivery", draft | {"contacts": contacts})
    page = await signed_in(await open_tab(), SUPERVISOR)
    await open_page(page, "Delivery", TITLE)
    await expect(page.get_by_text("Choose a business first.")).to_be_visible()
    await page.get_by_label("Business").select_option(business)
    lee = page.get_by_role("article", name="Lee")
    await lee.get_by_role("button", name="I know it is theirs").click()
    await expect(lee.get_by_text("Verified", exact=True)).to_be_visible()
    await expect(lee).to_contain_text("By Sue")


def _addresses(ways: list[dict[str, str]]) -> dict[str, str]:
    return {way["channel"]: way["address"] for way in ways}


async def _code_to(house: House, number: str) -> str:
    """The code in the text that went to this number."""
    twilio = house.twilio
    async with asyncio.timeout(PATIENCE), twilio.arrived:
        await twilio.arrived.wait_for(lambda: any(sms.to == number for sms in twilio.messages))
    body = next(sms.body for sms in reversed(twilio.messages) if sms.to == number)
    found = re.search(r"\b\d{6}\b", body)
    assert found is not None, body
    return found[0]
