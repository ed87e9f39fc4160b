"""The main job, as an agent, a caller and a business live it: nothing in between is played."""

import asyncio
import re
from email.message import EmailMessage

import pytest
from playwright.async_api import expect

from app.demo import Person
from ivr.phrases import Phrase
from tests.browser.caller import AGENT_HERTZ, CALLER_HERTZ
from tests.browser.conftest import AgentAt, Dial, House
from tests.patience import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LOOK_SECONDS = 0.1
NUMBER = "+12025550101"
CALLER = "+12025550147"
NAME = "Siobhán O'Malley"
SAID_AS = "shiv-AWN oh-MAL-ee"
CALL_BACK = "202 555 0148"
ADDRESS = "12 Canal Street, <2nd floor>"
TYPED = (f"Name: {NAME}", f"Sounds like: {SAID_AS}", "+12025550148", f"Address: {ADDRESS}", "Customer: existing")
REASON = 'The water heater is leaking & "steaming".\nPlease call back before six.'


async def test_what_the_agent_types_during_a_call_is_what_the_business_gets(
    house: House, agent_at: AgentAt, dial: Dial
) -> None:
    ben = await agent_at("ben@answerline.test")
    page = ben.page
    caller = await dial(NUMBER, CALLER)
    await caller.call.press("1")
    await caller.says_name(NAME)

    await ben.offered("Harbor Plumbing")
    await expect(page.get_by_text("Thank you for calling Harbor Plumbing. How can I help you?")).to_be_visible()
    await expect(page.get_by_text("(202) 555-0147", exact=True)).to_be_visible()
    hear = page.get_by_role("button", name="Hear the caller's name")
    await ben.tab_to(hear)
    await ben.press("Enter")
    await page.wait_for_function("() => document.querySelector('audio').ended")
    assert await page.evaluate("document.querySelector('audio').played.end(0)") > 0.8

    await ben.answer()
    await expect(page.get_by_test_id("answer-phrase")).to_contain_text("Thank you for calling Harbor Plumbing.")
    await caller.hears_tone(AGENT_HERTZ)
    async with caller.saying_tone():
        await ben.hears(CALLER_HERTZ)

    await ben.type(NAME)
    await ben.press("Tab")
    await ben.type(SAID_AS)
    await ben.press("Tab")
    async with page.expect_response("**/api/speech") as spoken:
        await ben.press("Enter")
    assert (await (await spoken.value).header_value("content-type")) == "audio/wav"
    await ben.tab_to(page.get_by_label("Phone number"))
    await ben.type(CALL_BACK)
    await ben.press("Tab")
    await ben.type(ADDRESS)
    await expect(page.get_by_test_id("draft-state")).to_have_text(re.compile("Draft saved"))

    await ben.press("F9")
    await caller.hears(Phrase.GOODBYE)
    await caller.call.ended(PATIENCE)
    await ben.is_in("Wrap-up")

    await page.reload()
    await ben.is_in("Wrap-up")
    await expect(page.get_by_label("Said as")).to_have_value(SAID_AS)
    await expect(page.get_by_label("Address")).to_have_value(ADDRESS)
    await ben.tab_to(page.get_by_label("Reason for calling"))
    first, second = REASON.split("\n")
    await ben.type(first)
    await ben.press("Enter")
    await ben.type(second)
    await ben.tab_to(page.get_by_label("new", exact=True))
    await ben.press("ArrowRight")
    await expect(page.get_by_label("existing", exact=True)).to_be_checked()
    before = len(house.smtp.mails), len(house.twilio.messages)

    await ben.press("Control+Enter")
    await expect(page.get_by_test_id("saved")).to_contain_text("for Harbor Plumbing is saved")
    await ben.press("F2")
    await ben.is_in("Available")

    mails = (await house.smtp.received(before[0] + 1))[before[0] :]
    texts = (await house.twilio.received(before[1] + 1))[before[1] :]
    assert [mail.recipients for mail in mails] == [("office@harbor.test",)]
    assert [text.to for text in texts] == ["+12025550191"]
    body = mails[0].mail.get_body(("plain",))
    assert body is not None
    letter = body.get_content().replace("\r\n", "\n")
    for wanted in (*TYPED, f"Reason for calling: {REASON}"):
        assert wanted in letter
    for wanted in (*TYPED, f"Reason for calling: {' '.join(REASON.split())}"):
        assert wanted in texts[0].body
    assert clips_of(mails[0].mail) == 1

    async with house.person("office@harbor.test") as office:
        message = (await office.get("/api/messages"))["items"][0]
        await both_are_delivered(office, message["id"])
    assert len(house.smtp.mails) == before[0] + 1 and len(house.twilio.messages) == before[1] + 1


async def both_are_delivered(office: Person, message_id: str) -> None:
    """The service learns of it a moment after mail and text are there."""
    states: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE):
            while states != ["delivered", "delivered"]:
                deliveries = await office.get(f"/api/messages/{message_id}/deliveries")
                states = [each["state"] for each in deliveries]
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise AssertionError(f"the deliveries are {states}") from None


def clips_of(mail: EmailMessage) -> int:
    """How many sound files of at least a second are attached."""
    sounds = [part for part in mail.iter_attachments() if part.get_content_maintype() == "audio"]
    return sum(len(sound.get_content()) > 16_000 for sound in sounds)
