"""In the middle of a call: hold and resume, the agent hanging up, and a tab that is closed."""

import pytest
from playwright.async_api import expect

from ivr.phrases import Phrase
from telephony.sip_caller import SipCaller
from telephony.speech import Speech
from tests.browser.agent_tab import AgentTab
from tests.browser.caller import AGENT_HERTZ, CALLER_HERTZ, Caller
from tests.browser.conftest import QUICK, AgentAt, Dial, House
from tests.patience import PATIENCE
from tests.service_process import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NAME = '[data-field="name"]'


async def test_on_hold_the_caller_hears_music_and_then_the_agent_again(agent_at: AgentAt, dial: Dial) -> None:
    ben = await agent_at("ben@answerline.test")
    await ben.page.set_viewport_size({"width": 390, "height": 844})
    caller = await dial(QUICK, "+12025550141")
    await ben.offered("Quick Couriers")
    await ben.fits()
    await ben.answer()
    await ben.fits()
    await caller.hears_tone(AGENT_HERTZ)

    await ben.press("F8")
    await expect(ben.page.get_by_text("On hold: the caller hears music")).to_be_visible()
    await caller.hears_music()
    await ben.press("F8")
    await expect(ben.page.get_by_text("On hold: the caller hears music")).to_have_count(0)
    await caller.hears_tone(AGENT_HERTZ)

    await ben.press("F7")
    await expect(ben.page.get_by_role("button", name="Unmute")).to_be_visible()
    await caller.hears_silence()
    await ben.press("F7")
    await caller.hears_tone(AGENT_HERTZ)

    await ben.press("F9")
    await caller.hears(Phrase.THANK_YOU)
    await caller.hears(Phrase.GOODBYE)
    await caller.call.ended(PATIENCE)
    await ben.is_in("Wrap-up")
    await expect(ben.page.get_by_text("The call is over", exact=True)).to_be_visible()


async def test_a_caller_who_hangs_up_ends_the_talk_but_not_the_message(agent_at: AgentAt, dial: Dial) -> None:
    ben = await agent_at("ben@answerline.test")
    caller = await dial(QUICK, "+12025550142")
    await ben.offered("Quick Couriers")
    await ben.answer()
    await ben.type("Short Caller")
    await caller.call.hang_up()
    await ben.is_in("Wrap-up")
    await expect(ben.page.locator(NAME)).to_have_value("Short Caller")
    await ben.press("F2")
    await ben.is_in("Available")
    await expect(ben.page.locator(NAME)).to_have_value("Short Caller")


async def test_a_second_tab_leaves_the_calls_to_the_first_one_until_it_takes_over(agent_at: AgentAt) -> None:
    first = await agent_at("ben@answerline.test")
    second = AgentTab(await first.page.context.new_page())
    await second.page.goto("/agent")
    await expect(second.page.get_by_role("heading", name="The console is open in another tab")).to_be_visible()
    await first.is_in("Available")
    await second.tab_to(second.page.get_by_role("button", name="Use it here"))
    await second.press("Enter")
    await second.is_in("Available")
    await expect(first.page.get_by_role("heading", name="The console is open in another tab")).to_be_visible()


async def test_a_tab_closed_in_mid_call_costs_the_caller_nothing_but_a_moment(
    house: House, agent_at: AgentAt, dial: Dial, speech: Speech
) -> None:
    ben = await agent_at("ben@answerline.test")
    caller = await dial(QUICK, "+12025550143")
    await ben.offered("Quick Couriers")
    await ben.answer()
    await caller.hears_tone(AGENT_HERTZ)
    async with SipCaller() as phone, house.person("cara@answerline.test") as cara:
        await phone.register("127.0.0.1", house.settings.sip_port, "cara", PASSWORD)
        await cara.post("/api/agent/sign-in", {"device": "phone"})

        await ben.page.close()
        await caller.hears(Phrase.BACK_IN_LINE)
        ringing = await phone.incoming(PATIENCE)
        await ringing.accept()
        async with caller.saying_tone():
            await Caller(ringing, speech).hears_tone(CALLER_HERTZ)
        assert (await cara.get("/api/agent"))["view"]["call"]["business"] == "Quick Couriers"
        await ringing.hang_up()
        await caller.hears(Phrase.GOODBYE)
        await caller.call.ended(PATIENCE)
