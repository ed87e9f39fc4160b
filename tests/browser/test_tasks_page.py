"""A business has its caller called back by an agent: asked for on a telephone, done in the console, told to both."""

import pytest
from playwright.async_api import expect

from telephony.speech import Speech
from tests.browser.agent_tab import AgentTab
from tests.browser.conftest import Dial, House, OpenTab, Rivet, take_message
from tests.browser.test_office_pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ANSWER = "We come at five. Please turn the water off."
OUTCOME = "Told him; he will be at home."


async def test_an_agent_calls_back_with_the_answer_and_a_call_in_between_loses_nothing(
    house: House, open_tab: OpenTab, rivet: Rivet, speech: Speech, dial: Dial
) -> None:
    answers = {"name": "Sid Moss", "trouble": "The boiler is cold."}
    message_id, _ = await take_message(house, speech, rivet.number, "+12025550184", answers)
    office = await signed_in(await open_tab(360, 740), rivet.manager)
    await office.goto(f"/messages/{message_id}")
    await office.get_by_role("button", name="Have an agent call back").click()
    await office.get_by_label("What is the caller to hear?").fill(ANSWER)
    await office.get_by_role("button", name="Have them called").click()
    asked = office.get_by_role("region", name="Through an agent")
    await expect(asked).to_contain_text("Waiting for an agent")
    await AgentTab(office).fits()

    ben = AgentTab(await open_tab())
    await ben.sign_in("ben@answerline.test")
    await ben.start_work()
    await expect(ben.page.get_by_test_id("tasks")).to_have_text("1 task")
    task = ben.page.get_by_role("list", name="Tasks", exact=True).get_by_role("listitem").first
    await task.get_by_role("button", name="Take: Call (202) 555-0184 back").click()
    await expect(task.get_by_label("What to say")).to_contain_text(ANSWER)
    await expect(task.get_by_label("The message")).to_contain_text("The boiler is cold.")
    await expect(asked).to_contain_text("Ben is on it")
    await task.get_by_label("What came of it?").fill(OUTCOME)

    caller = await dial(rivet.number, "+12025550185")
    await ben.offered("Rivet Plumbing")
    await expect(ben.page.get_by_role("list", name="Tasks", exact=True)).to_have_count(0)
    await caller.call.hang_up()
    await ben.is_in("Available")
    await expect(task.get_by_label("What came of it?")).to_have_value(OUTCOME)
    await task.get_by_role("button", name="Done").click()
    await expect(ben.page.get_by_test_id("tasks")).to_have_text("No tasks")
    await expect(asked).to_contain_text("Done by Ben")
    await expect(asked).to_contain_text(OUTCOME)
    await expect(office.get_by_role("list", name="What happened")).to_contain_text(OUTCOME)


async def test_an_agent_who_is_to_reach_somebody_sees_whom_and_may_give_it_back(
    house: House, open_tab: OpenTab, rivet: Rivet, speech: Speech
) -> None:
    answers = {"name": "Ida Voss", "trouble": "The drain smells."}
    message_id, _ = await take_message(house, speech, rivet.number, "+12025550186", answers, "urgent")
    ben = AgentTab(await open_tab(360, 740))
    await ben.sign_in("ben@answerline.test")
    task = ben.page.get_by_role("list", name="Tasks", exact=True).get_by_role("listitem").first
    await task.get_by_role("button", name="Take: Reach somebody at the business").click()
    await expect(task.get_by_role("list", name="Whom to reach")).to_contain_text("Pat")
    await expect(task.get_by_role("link", name="(202) 555-0171")).to_be_visible()
    await ben.fits()
    await task.get_by_role("button", name="Give back").click()
    await expect(task.get_by_role("button", name="Take: Reach somebody at the business")).to_be_visible()
    async with house.person(rivet.manager) as pat:
        await pat.post(f"/api/messages/{message_id}/acknowledge")
    await expect(ben.page.get_by_role("button", name="Take: Reach somebody")).to_have_count(0)
