"""Calls that ring and are not taken: declined, missed, given up; and an agent whose telephone is gone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from telephony.sip_caller import SipCaller
from tests.browser.agent_tab import AgentTab
from tests.browser.conftest import QUICK, AgentAt, Dial, House, OpenTab
from tests.browser.test_office_pages import OWNER, SUPERVISOR, signed_in
from tests.service_process import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_declined_call_goes_to_another_agent(agent_at: AgentAt, open_tab: OpenTab, dial: Dial) -> None:
    ben = await agent_at("ben@answerline.test")
    caller = await dial(QUICK, "+12025550151")
    await ben.offered("Quick Couriers")
    await ben.press("F4")
    await ben.is_in("Available")
    cara = AgentTab(await open_tab())
    await cara.sign_in("cara@answerline.test")
    await cara.start_work(and_is="Call for you")
    await ben.is_in("Available")
    await caller.call.hang_up()
    await cara.is_in("Available")
    await expect(cara.page.get_by_text("The caller hung up before you answered.", exact=True)).to_be_visible()


async def test_two_missed_calls_take_an_agent_out_until_they_say_so(
    house: House, agent_at: AgentAt, open_tab: OpenTab, dial: Dial
) -> None:
    async with ben_rings_for(house, 5):
        ben = await agent_at("ben@answerline.test")
        floor = await signed_in(await open_tab(), SUPERVISOR)
        await floor.goto("/floor")
        caller = await dial(QUICK, "+12025550152")
        await ben.offered("Quick Couriers")
        await ben.is_in("Unreachable")
        await expect(
            ben.page.get_by_text("You missed several calls in a row, so no more are offered to you.", exact=True)
        ).to_be_visible()
        notice = floor.get_by_role("list", name="Notices")
        await expect(notice).to_contain_text("Ben cannot be reached: several calls in a row were missed.")
        await caller.call.hang_up()  # nobody is there, so they are on their way to leave a message
        await ben.press("F2")
        await ben.is_in("Available")
        caller = await dial(QUICK, "+12025550153")
        await ben.offered("Quick Couriers")
        await expect(notice).to_contain_text("over now")
        await notice.get_by_role("button", name="Put away").click()
        await expect(notice).to_have_count(0)
        await caller.call.hang_up()
        await ben.is_in("Available")


@asynccontextmanager
async def ben_rings_for(house: House, seconds: int) -> AsyncIterator[None]:
    """Ben has a ring time of his own, shorter than the queue's: it takes less time to miss a call."""
    async with house.person(OWNER) as owner:
        person = await owner.get("/api/people/ben")
        as_given = {key: person[key] for key in person if key != "id"}
        await owner.put("/api/people/ben", as_given | {"ring_seconds": seconds})
        try:
            yield
        finally:
            await owner.put("/api/people/ben", as_given)


async def test_an_agent_whose_sip_phone_is_off_is_told_so_until_it_is_on(house: House, open_tab: OpenTab) -> None:
    ben = AgentTab(await open_tab())
    await ben.sign_in("ben@answerline.test")
    await ben.page.get_by_label("my SIP phone").check()
    await ben.start_work(and_is="Unreachable")
    await expect(ben.page.get_by_text("Your SIP phone is not registered.")).to_be_visible()
    async with SipCaller() as phone:
        await phone.register("127.0.0.1", house.settings.sip_port, "ben", PASSWORD)
        await ben.is_in("Available")
        await expect(ben.page.get_by_text("Your SIP phone is not registered.")).to_have_count(0)
    await ben.is_in("Unreachable")
