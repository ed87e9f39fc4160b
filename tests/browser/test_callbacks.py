"""Callers who hung up and kept their place, as agent and supervisor see them; the calls out are real."""

import pytest
from playwright.async_api import expect

from ivr.ask import say_number_back
from ivr.phrases import Phrase
from telephony.speech import Speech
from tests.browser.agent_tab import AgentTab
from tests.browser.caller import AGENT_HERTZ, Caller
from tests.browser.conftest import CALLED_BACK, Dial, House, OpenTab
from tests.browser.test_office_pages import SUPERVISOR, signed_in
from tests.patience import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BUSINESS = "Patient Couriers"


async def asks_to_be_called_back(dial: Dial, number: str) -> None:
    caller = await dial(CALLED_BACK, number)
    await caller.hears(Phrase.PRESS_1_FOR_CALLBACK)
    await caller.call.press("1")
    await caller.hears(say_number_back(number, "en-US").text)
    await caller.call.press("1")
    await caller.hears(Phrase.WILL_CALL_BACK)
    await caller.call.ended(PATIENCE)


async def test_an_agent_has_people_called_back_and_talks_to_who_answers(
    house: House, open_tab: OpenTab, dial: Dial, speech: Speech
) -> None:
    await asks_to_be_called_back(dial, "+12025550181")
    await asks_to_be_called_back(dial, "+12025550182")
    floor = await signed_in(await open_tab(), SUPERVISOR)
    await floor.goto("/floor")
    kept = floor.get_by_role("region", name="Calls now").get_by_role("row").filter(has_text=BUSINESS)
    await expect(kept.filter(has_text="To be called back")).to_have_count(2)

    ben = AgentTab(await open_tab())
    await ben.sign_in("ben@answerline.test")
    await ben.start_work(and_is="Call for you")
    await expect(ben.page.get_by_text("Callback to (202) 555-0181: answer to have them called.")).to_be_visible()
    await ben.press("F2")
    busy = await house.world.incoming(PATIENCE)
    assert busy.from_number == CALLED_BACK
    await expect(ben.page.get_by_text("Calling (202) 555-0181 – wait until they answer")).to_be_visible()
    await ben.fits()
    await busy.reject()

    await ben.offered(BUSINESS)
    await expect(ben.page.get_by_text("Callback to (202) 555-0182: answer to have them called.")).to_be_visible()
    await expect(ben.page.get_by_text("(202) 555-0181 did not answer. They will be tried again.")).to_be_visible()
    await ben.press("F2")
    called = Caller(await house.world.incoming(PATIENCE), speech)
    await expect(kept.filter(has_text="Being called back")).to_have_count(1)
    await called.call.accept()
    await called.hears(Phrase.PRESS_1_TO_TALK)
    await called.call.press("1")
    await expect(ben.page.locator('[data-field="name"]')).to_be_focused()
    await called.hears_tone(AGENT_HERTZ)
    await expect(kept.filter(has_text="Talking")).to_have_count(1)
    await ben.press("F9")
    await called.hears(Phrase.GOODBYE)
    await called.call.ended(PATIENCE)
    await ben.is_in("Wrap-up")

    again = await dial(CALLED_BACK, "+12025550181")
    await expect(kept.filter(has_text="Waiting")).to_have_count(1)
    await expect(kept.filter(has_text="To be called back")).to_have_count(0)
    await again.call.hang_up()
