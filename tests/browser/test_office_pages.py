"""What supervisors and businesses see: messages, calls, the floor, plans; and every page in a narrow window."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.agent_tab import AgentTab
from tests.browser.conftest import QUICK_PLAN, Dial, House, OpenTab, Taken

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SUPERVISOR, OWNER, DESK = "sue@answerline.test", "owner@answerline.test", "desk@quick.test"


async def signed_in(page: Page, email: str) -> Page:
    await AgentTab(page).sign_in(email)
    await expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    return page


async def test_a_supervisor_finds_the_message_who_got_it_and_the_story_of_its_call(
    open_tab: OpenTab, taken: Taken
) -> None:
    page = await signed_in(await open_tab(), SUPERVISOR)
    await page.get_by_role("link", name="Messages").click()
    await page.get_by_role("link", name=taken.name).first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("for Quick Couriers")
    await expect(page.get_by_text(taken.parcel.strip())).to_be_visible()
    await expect(page.get_by_text("E-mail, desk@quick.test")).to_be_visible()
    await expect(page.get_by_text("Delivered", exact=True).first).to_be_visible()
    await page.get_by_role("link", name="The story of this call").click()
    story = page.get_by_role("list", name="Story")
    await expect(story).to_contain_text("Quick Couriers")
    await expect(story).to_contain_text("Cara")
    await expect(page.get_by_role("region", name="Why")).to_contain_text("Cara answered after")
    await page.get_by_role("link", name="Outbox").click()
    await expect(page.get_by_text("Nothing is kept here.")).to_be_visible()


async def test_the_floor_shows_a_waiting_call_while_it_waits(open_tab: OpenTab, dial: Dial) -> None:
    page = await signed_in(await open_tab(), SUPERVISOR)
    await page.get_by_role("link", name="Floor").click()
    await expect(page.get_by_text("No calls at the moment.")).to_be_visible()
    caller = await dial("+12025550101", "+12025550162")
    await expect(page.get_by_role("cell", name="Harbor Plumbing")).to_be_visible()
    await caller.call.hang_up()
    await expect(page.get_by_text("No calls at the moment.")).to_be_visible()


async def test_a_broken_plan_is_refused_with_line_and_reason_and_a_good_one_is_saved(
    house: House, open_tab: OpenTab
) -> None:
    page = await signed_in(await open_tab(), OWNER)
    await page.goto("/setup/businesses/quick")
    editor = page.get_by_label("Plan (YAML)")
    good = QUICK_PLAN.read_text()
    broken = good.replace("closed: {queue: desk}", "closed: {queue: nowhere}")
    line = 1 + broken.splitlines().index("closed: {queue: nowhere}")
    await editor.fill(broken)
    await page.keyboard.press("Control+s")
    refused = page.get_by_role("alert")
    await expect(refused).to_contain_text("Not saved.")
    await expect(refused).to_contain_text("nowhere")
    await refused.get_by_role("button", name=f"Line {line}").click()
    selected = "it => it.value.slice(it.selectionStart, it.selectionEnd)"
    assert await editor.evaluate(selected) == "closed: {queue: nowhere}"

    better = good.replace("what may we carry?", "what shall we carry?")
    await editor.fill(better)
    await page.get_by_role("button", name="Save the plan").click()
    await expect(page.get_by_text("It holds from the next call on.")).to_be_visible()
    async with house.person(OWNER) as owner:
        assert "shall" in (await owner.get("/api/businesses/quick/plan/versions"))[0]["plan"]


async def test_a_business_sees_its_own_messages_and_nobody_elses(open_tab: OpenTab, taken: Taken) -> None:
    mine = await signed_in(await open_tab(), DESK)
    await expect(mine.get_by_role("link", name=taken.name).first).to_be_visible()
    await mine.goto(f"/calls/{taken.call_id}")
    await expect(mine.get_by_role("list", name="Story")).to_contain_text("Cara answered after")
    await expect(mine.get_by_role("region", name="Why")).to_have_count(0)
    theirs = await signed_in(await open_tab(), "partner@northwind.test")
    await expect(theirs.get_by_role("heading", name="Messages")).to_be_visible()
    await expect(theirs.get_by_text("No messages yet.")).to_be_visible()
    await theirs.goto(f"/messages/{taken.message_id}")
    await expect(theirs.get_by_role("alert")).to_be_visible()
    await expect(theirs.get_by_text(taken.name)).to_have_count(0)


@pytest.mark.parametrize(
    ("email", "paths"),
    [
        (
            OWNER,
            "/floor /attention /tasks /people-here /messages /messages/{message} /calls /calls/{call} /outbox "
            "/setup/businesses /setup/businesses/harbor /setup/numbers /setup/trunks /setup/people /callers /account",
        ),
        (DESK, "/messages /messages/{message} /people-here /calls /callers /setup/businesses/quick /account"),
        ("ana@answerline.test", "/agent /messages /account"),
    ],
)
async def test_no_page_is_wider_than_a_telephone(open_tab: OpenTab, taken: Taken, email: str, paths: str) -> None:
    page = await signed_in(await open_tab(width=390, height=844), email)
    await AgentTab(page).fits()
    for path in paths.format(message=taken.message_id, call=taken.call_id).split():
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1).first).to_be_visible()
        await expect(page.get_by_text("Loading…")).to_have_count(0)
        await AgentTab(page).fits()
        await expect(page.get_by_role("alert")).to_have_count(0)
