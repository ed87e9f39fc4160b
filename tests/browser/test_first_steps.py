"""From an empty service to its first call, by the pages alone and without a restart."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from app.frontend import ensure_built
from app.settings import read_settings
from calls.clips import Clips
from ivr.prompts import Say
from telephony.sip_call import CallFailed
from telephony.speech import Speech
from tests.browser.agent_tab import AgentTab
from tests.browser.conftest import Dial, OpenTab, Running
from tests.patience import START_SECONDS
from tests.service_process import PASSWORD, ServiceProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NUMBER, CALLER = "+12025550109", "+12025550163"
NAME = 'Bäckerei "Korn" & Söhne'
FORBIDDEN = (401, 403)
NOTHING_YET = {
    "/floor": ("No calls at the moment.", "Nobody is at work. Callers are offered to leave a message."),
    "/messages": ("No messages yet.",),
    "/calls": ("No call has ended yet.",),
    "/outbox": ("Nothing is kept here.",),
    "/setup": ("Before the first call",),
    "/setup/numbers": ("No numbers yet: callers hear that the number is not in use.", "add one first"),
    "/setup/trunks": ("No trunks yet: no call can come in from outside.",),
    "/callers": ("Nobody is on a list: every call is answered alike.",),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """In place of the demo world: a service that knows nobody but its owner."""
    home = tmp_path_factory.mktemp("first-steps") / "home"
    home.mkdir()
    await asyncio.to_thread(ensure_built, print)
    async with ServiceProcess(home, "up") as service:
        await service.printed("ready: ", START_SECONDS)
        yield Running(service, read_settings(service.environment))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def speech(house: Running) -> AsyncIterator[Speech]:
    """The sentences as this service has them."""
    home = house.settings.home
    speech = Speech(home / "speech", Clips(home / "clips").path)
    yield speech
    await speech.close()


@pytest.fixture(autouse=True)
def nobody_at_work_afterwards() -> None:
    """In place of clearing the demo world's floor."""


async def test_an_owner_sets_up_an_empty_service_and_the_first_caller_is_greeted(
    open_tab: OpenTab, dial: Dial, speech: Speech
) -> None:
    page = await open_tab()
    await AgentTab(page).sign_in("owner@answerline.test")
    await expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    await every_page_says_that_it_is_empty(page)
    with pytest.raises(CallFailed) as refused:
        await dial(NUMBER, CALLER)
    assert refused.value.status in FORBIDDEN

    await page.goto("/setup")
    await adds_the_first_business(page)
    await adds_a_number(page)
    await adds_a_trunk(page)
    await adds_an_agent(page)
    await page.get_by_role("link", name="Businesses", exact=True).click()
    await expect(page.get_by_role("link", name=NAME)).to_be_visible()
    await expect(page.get_by_text("Before the first call")).to_have_count(0)

    await page.get_by_role("link", name=NAME).click()
    await changes_the_plan_in_spite_of_a_warning(page)
    await renames_it(page, "Korn")

    greeting = f"Thank you for calling {NAME}."
    await speech.file_for(Say(greeting))  # before the service makes another recording of it
    caller = await dial(NUMBER, CALLER)
    await caller.hears(greeting)
    await page.get_by_role("link", name="Floor").click()
    await expect(page.get_by_role("cell", name="Korn", exact=True)).to_be_visible()
    await caller.call.hang_up()
    await expect(page.get_by_text("No calls at the moment.")).to_be_visible()


async def every_page_says_that_it_is_empty(page: Page) -> None:
    for path, sentences in NOTHING_YET.items():
        await page.goto(path)
        for sentence in sentences:
            await expect(page.get_by_text(sentence)).to_be_visible()
        await expect(page.get_by_role("alert")).to_have_count(0)
        await AgentTab(page).fits()


async def adds_the_first_business(page: Page) -> None:
    """From the check list; a number that is none is refused in the dialog, and what was typed stays."""
    await page.get_by_role("button", name="Add your first business").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="Name").fill(NAME)
    await expect(dialog).to_contain_text(f"“Thank you for calling {NAME}.”")
    await dialog.get_by_label("Time zone").select_option("America/New_York")
    await dialog.get_by_label("Messages go to").fill("desk@korn.test")
    await dialog.get_by_label("and by SMS").fill("12345")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("sms")
    await dialog.get_by_label("and by SMS").fill("+12025550191")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("link", name=NAME)).to_be_visible()
    await are_done(page, 1)


async def adds_a_number(page: Page) -> None:
    await page.get_by_role("link", name="Give it a number").click()
    await page.get_by_role("button", name="Add a number").click()
    await page.get_by_role("dialog").get_by_label("Number").fill(NUMBER)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("cell", name="(202) 555-0109")).to_be_visible()
    await expect(page.get_by_role("cell", name=NAME)).to_be_visible()
    await are_done(page, 2)


async def adds_a_trunk(page: Page) -> None:
    """One whose carrier is on this machine."""
    await page.get_by_role("link", name="Connect a trunk").click()
    await page.get_by_role("button", name="Add a trunk").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("carrier")
    await dialog.get_by_label("Addresses that calls come from").fill("127.0.0.1")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("cell", name="Calls from 127.0.0.1")).to_be_visible()
    await expect(page.get_by_text("Not applied yet")).to_have_count(0)
    await are_done(page, 3)


async def adds_an_agent(page: Page) -> None:
    await page.get_by_role("link", name="Add an agent").click()
    await expect(page.get_by_role("row")).to_have_count(2)  # the heads and the owner
    await page.get_by_role("button", name="Add somebody").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Ana")
    await dialog.get_by_label("E-mail").fill("ana@answerline.test")
    await dialog.get_by_label("Password").fill(PASSWORD)
    await dialog.get_by_label("Telephone's user name").fill("ana")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("cell", name="Ana", exact=True)).to_be_visible()


async def are_done(page: Page, count: int) -> None:
    """So many steps of the check list are; ends on it."""
    await page.get_by_role("link", name="Businesses", exact=True).click()
    await expect(page.get_by_label("Before the first call").get_by_text("Done", exact=True)).to_have_count(count)


async def changes_the_plan_in_spite_of_a_warning(page: Page) -> None:
    """The starter's plan is right; open all week, with a queue that nobody comes to, it is right but asked about."""
    editor = page.get_by_label("Plan (YAML)")
    await page.get_by_role("button", name="Check").click()
    await expect(page.get_by_text("Checked: nothing is wrong.")).to_be_visible()
    starter = await editor.input_value()
    await editor.fill(starter.replace("then: {queue: main}", "then: {queue: mian}"))
    await page.get_by_role("button", name="Check").click()
    await expect(page.get_by_role("alert")).to_contain_text("It cannot be saved like this.")

    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    before, weekly, after = starter.partition("  weekly:\n")
    after = after[after.index("\n\n") :]
    open_all_week = before + weekly + "\n".join(f'    {day}: ["00:00-24:00"]' for day in days) + after
    await editor.fill(open_all_week.replace("forms:\n", "  nobody: {form: standard}\nforms:\n"))
    await page.get_by_role("button", name="Check").click()
    await expect(page.get_by_text("Checked: it can be saved.")).to_be_visible()
    warning = page.get_by_role("status").filter(has_text="Is this meant?")
    await expect(warning).to_contain_text('No call ever comes to the queue "nobody".')
    await page.get_by_role("button", name="Save the plan").click()
    await expect(page.get_by_text("It holds from the next call on.")).to_be_visible()
    await expect(warning).to_be_visible()
    await expect(page.get_by_text("plan version 2")).to_be_visible()


async def renames_it(page: Page, name: str) -> None:
    """What is being typed into the plan stays."""
    editor = page.get_by_label("Plan (YAML)")
    typed = await editor.input_value() + "# half a thought"
    await editor.fill(typed)
    await page.get_by_role("button", name="Rename").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill(name)
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    await expect(editor).to_have_value(typed)
    await page.get_by_role("button", name="Undo my changes").click()
    await expect(page.get_by_text("Not saved yet.")).to_have_count(0)
