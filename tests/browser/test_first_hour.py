"""A business's first hour, on a telephone: a message comes, is heard, taken, answered through an agent, done, kept."""

import csv
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from ivr.ask import say_number_back
from telephony.pbx_sounds import tone
from tests.browser.agent_tab import AgentTab
from tests.browser.caller import BEEP_HERTZ, CALLER_HERTZ, Caller
from tests.browser.conftest import Dial, House, OpenTab
from tests.browser.test_office_pages import OWNER, signed_in
from tests.service_process import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PLAN = Path(__file__).parent / "first_hour.yaml"
NUMBER, CALLER = "+12025550107", "+12025550187"
LOU = "lou@ridge.test"
ANSWER = "We are there at five."
OUTCOME = "She waits at the door."


async def test_the_first_message_of_a_business_from_its_beep_to_its_row_in_a_table(
    house: House, open_tab: OpenTab, dial: Dial, tmp_path: Path
) -> None:
    async with house.person(OWNER) as owner:
        await owner.post("/api/businesses", {"id": "ridge", "name": "Ridge Heating", "plan": PLAN.read_text()})
        await owner.put(f"/api/numbers/{NUMBER}", {"business_id": "ridge"})
        lou = {"email": LOU, "name": "Lou", "role": "business", "business_id": "ridge", "password": PASSWORD}
        await owner.post("/api/people", lou)
    page = await signed_in(await open_tab(390, 844), LOU)
    await expect(page.get_by_text("No messages yet")).to_be_visible()
    await AgentTab(page).fits()
    await AgentTab(page).tab_to(page.get_by_role("link", name="Skip to the content"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    await _leave(await dial(NUMBER, CALLER))

    row = page.get_by_role("list", name="Messages").get_by_role("link")
    await expect(row).to_contain_text("Nobody has it yet")  # the list refreshes itself
    await row.click()
    await _plays(page, "Voicemail")
    await page.get_by_role("button", name="I have this").click()
    state = page.get_by_role("region", name="State")
    await expect(state).to_contain_text("You have it. Nobody else is asked any more.")

    await page.get_by_role("button", name="Have an agent call back").click()
    await page.get_by_label("What is the caller to hear?").fill(ANSWER)
    await page.get_by_role("button", name="Have them called").click()
    await expect(page.get_by_role("region", name="Through an agent")).to_contain_text("Waiting for an agent")
    await _called_back(house)
    await expect(page.get_by_role("region", name="Through an agent")).to_contain_text(OUTCOME)
    await AgentTab(page).fits()

    await page.get_by_role("button", name="Mark as done").click()
    await expect(state).to_contain_text("Marked as done.")
    await page.get_by_role("link", name="All messages").click()
    await page.get_by_role("link", name="To do", exact=True).click()
    await expect(page.get_by_text("Nothing to do: every message is dealt with.")).to_be_visible()
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download").click()
    await (await download.value).save_as(tmp_path / "messages.csv")
    with (tmp_path / "messages.csv").open(encoding="utf-8-sig", newline="") as file:
        (kept,) = csv.DictReader(file)
    assert CALLER in kept.values()


async def _leave(caller: Caller) -> None:
    """Name, number, message: the tone stands for what is said."""
    await caller.says_name("Dana Reed")
    await caller.call.press("#")
    await caller.hears(say_number_back(CALLER, "en-US").text)
    await caller.call.press("1")
    await caller.hears_tone(BEEP_HERTZ)
    await caller.call.say(tone(CALLER_HERTZ, 1.5))
    await caller.call.hang_up()


async def _plays(page: Page, what: str) -> None:
    """The recording is there, and goes on by itself once it was begun."""
    sound = page.get_by_label(what, exact=True)
    await sound.evaluate("audio => audio.play()")
    await page.wait_for_function("audio => audio.currentTime > 0.2", arg=await sound.element_handle())


async def _called_back(house: House) -> None:
    async with house.person("ben@answerline.test") as ben:
        (task,) = [each for each in await ben.get("/api/tasks") if each["words"] == ANSWER]
        await ben.post(f"/api/tasks/{task['id']}/take")
        await ben.post(f"/api/tasks/{task['id']}/done", {"outcome": OUTCOME})
