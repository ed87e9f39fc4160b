"""An emergency's whole way: a business changes how it is reached, a caller leaves an emergency, the first contact stays
silent, the second has it by a text, and the timeline shows and proves it all. Nothing in between is played.
"""

import asyncio
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from ivr.ask import say_number_back
from ivr.phrases import Phrase
from ivr.prompts import Say
from messages.channels.twilio_hooks import INBOUND_PATH
from telephony.speech import Speech
from tests.browser.conftest import Dial, House, OpenTab
from tests.browser.test_office_pages import OWNER, signed_in
from tests.doubles.twilio import SmsSeen
from tests.patience import PATIENCE
from tests.service_process import PASSWORD, PROJECT

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(420)]

PLAN = Path(__file__).parent / "cedar.yaml"
MANAGER = "manager@cedar.test"
NUMBER, NUMBER_SHOWN = "+12025550125", "(202) 555-0125"
CALLER, CALLER_SHOWN = "+12025550128", "(202) 555-0128"
PAT, KIM = "+12025550126", "+12025550127"
GREETING = "Thank you for calling Cedar Heating."
PATS_MINUTE = 60.0


@dataclass(frozen=True)
class Sheet:
    """A message's page: how it stands, where it is going, what happened."""

    page: Page

    @property
    def state(self) -> Locator:
        return self.page.get_by_role("region", name="State")

    @property
    def going(self) -> Locator:
        return self.page.get_by_role("region", name="Where it is going")

    @property
    def happened(self) -> Locator:
        return self.page.get_by_role("list", name="What happened")


async def test_an_emergency_reaches_the_second_contact_after_the_first_stays_silent(
    house: House, open_tab: OpenTab, dial: Dial, speech: Speech
) -> None:
    await speech.file_for(Say(GREETING))  # before the service makes another recording of it
    await there_is_a_business(house)
    page = await signed_in(await open_tab(), MANAGER)
    await asks_pat_for_a_minute_and_then_kim(page)
    await leaves_an_emergency(dial)

    first = await text_to(house, PAT, "#")
    number = re.findall(r"#(\d+)", first.body)[0]
    assert "EMERGENCY" in first.body and f"Reply {number}ok or open {house.service.url}/m/" in first.body
    sheet = await opened(page, number)
    await expect(sheet.state).to_contain_text("Waiting for somebody to say that they have it")
    await expect(sheet.going).to_contain_text("Asking Pat by SMS.")
    await expect(sheet.going).to_contain_text("Next: Kim by SMS at")
    assert not [sms for sms in house.twilio.messages if sms.to == KIM]

    second = await text_to(house, KIM, f"#{number}", PATS_MINUTE + PATIENCE)
    assert (second.at - first.at).total_seconds() > PATS_MINUTE - 15, "Pat had no minute to answer"
    await expect(sheet.going).to_contain_text("Asking Kim by SMS.")
    await expect(sheet.happened).to_contain_text(f"Message {number} arrived at Kim by SMS.")

    await house.twilio.text(house.service.url + INBOUND_PATH, KIM, f"{number[-1]}ok")
    await text_to(house, KIM, f"#{number} is yours, Kim. The others are told.")
    await text_to(house, PAT, f"#{number} Cedar Heating is taken by Kim.")
    await expect(sheet.state).to_contain_text("Kim has it")
    await expect(sheet.going).to_contain_text("Kim has it: said so by text")
    told = f"Word of who has message {number} arrived at Pat by SMS."
    await expect(sheet.happened).to_contain_text(told)
    in_order(
        await sheet.happened.get_by_role("listitem").all_inner_texts(),
        f"{CALLER_SHOWN} called {NUMBER_SHOWN} (Cedar Heating).",
        f"Message {number} was left as voicemail, urgent.",
        f"Message {number} goes to Pat by SMS.",
        f"Message {number} was sent to Pat by SMS; the carrier has it.",
        f"Nobody has taken message {number} yet: it goes to Kim by SMS.",
        f"Message {number} was sent to Kim by SMS; the carrier has it.",
        f"Message {number} arrived at Kim by SMS.",
        f"Kim has message {number} (by SMS).",
        told,
    )
    await is_proved(house, page, number)


async def there_is_a_business(house: House) -> None:
    """Cedar Heating with its manager: emergencies go to Pat alone, who has half an hour each time."""
    async with house.person(OWNER) as owner:
        await owner.post("/api/businesses", {"id": "cedar", "name": "Cedar Heating", "plan": PLAN.read_text()})
        await owner.put(f"/api/numbers/{NUMBER}", {"business_id": "cedar"})
        person = {"email": MANAGER, "name": "Cedar's manager", "role": "business", "business_id": "cedar"}
        await owner.post("/api/people", {**person, "password": PASSWORD})


async def asks_pat_for_a_minute_and_then_kim(page: Page) -> None:
    """The manager changes the rule for emergencies, sees who would be reached change with it, and saves."""
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Delivery", exact=True).click()
    await page.get_by_role("button", name="Change: Emergencies").click()
    reached = page.get_by_role("list", name="Who would be reached")
    await expect(reached).to_contain_text("Text Pat")
    await expect(reached).not_to_contain_text("Kim")

    steps = page.get_by_role("list", name="Steps").get_by_role("listitem")
    await steps.nth(0).get_by_label("Minutes to wait for an answer").fill("1")
    await steps.nth(0).get_by_label("How often").fill("1")
    await page.get_by_role("button", name="Add a step").click()
    await steps.nth(1).get_by_role("checkbox", name="Kim").check()
    await steps.nth(1).get_by_label("Minutes to wait for an answer").fill("20")
    kims = reached.get_by_role("listitem").filter(has_text="Text Kim")
    await expect(kims.first).to_contain_text("after 1 minute")
    await expect(page.get_by_text("With your changes, which are not saved yet:")).to_be_visible()

    await page.get_by_role("button", name="Save", exact=True).click()
    saved = page.get_by_role("status").filter(has_text="It holds from the next message on.")
    await expect(saved).to_be_visible()
    rule = page.get_by_role("article", name="Emergencies", exact=True)
    await expect(rule).to_contain_text("Kim")


async def leaves_an_emergency(dial: Dial) -> None:
    """Somebody without heat calls, presses 9, and says so."""
    caller = await dial(NUMBER, CALLER)
    await caller.hears(GREETING)
    await caller.call.press("9")
    await caller.says_name("Dana Reed.")
    await caller.hears(say_number_back(CALLER, "en-US").text)
    await caller.call.press("1")
    await caller.says_name("The heating is out, and there is ice on the windows.")
    await caller.call.press("#")
    await caller.hears(Phrase.REVIEW)
    await caller.call.press("1")
    await caller.hears(Phrase.MESSAGE_TAKEN)
    await caller.call.ended(PATIENCE)


async def text_to(house: House, number: str, words: str, within: float = PATIENCE) -> SmsSeen:
    """The text with these words in it, once it has come to that number."""
    twilio = house.twilio

    def found() -> SmsSeen | None:
        return next((sms for sms in twilio.messages if sms.to == number and words in sms.body), None)

    try:
        async with asyncio.timeout(within), twilio.arrived:
            await twilio.arrived.wait_for(lambda: found() is not None)
    except TimeoutError:
        raise AssertionError(f"no {words!r} to {number}; there are {twilio.messages}") from None
    sms = found()
    assert sms is not None
    return sms


async def opened(page: Page, number: str) -> Sheet:
    """The message's page, by the list of messages, which says that nobody has it."""
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Messages", exact=True).click()
    row = page.get_by_role("list", name="Messages").get_by_role("link", name=CALLER_SHOWN)
    await expect(row).to_contain_text("Nobody has it yet")
    await row.click()
    title = f"Message {number} for Cedar Heating"
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    return Sheet(page)


def in_order(lines: Sequence[str], *wanted: str) -> None:
    """Each of these is in one of the lines, in this order."""
    rest = iter(lines)
    for words in wanted:
        assert any(words in line for line in rest), f"no {words!r} at its place in {lines}"


async def is_proved(house: House, page: Page, number: str) -> None:
    """Page, API and `./answerline verify` agree that all is as it was written, by the same last seal."""
    verified = await answerline(house, "verify", number, "--json")
    async with house.person(MANAGER) as manager:
        [message] = (await manager.get("/api/messages"))["items"]
        timeline = await manager.get(f"/api/messages/{message['id']}/timeline")
    assert (timeline["number"], timeline["intact"], timeline["broken"]) == (int(number), True, "")
    assert (verified["intact"], verified["head"]) == (True, timeline["head"])
    await page.get_by_text("Proof", exact=True).click()
    await expect(page.get_by_text(timeline["head"], exact=True)).to_be_visible()


async def answerline(house: House, *verb: str) -> dict[str, Any]:
    """What this verb prints about the service's home."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.cli",
        *verb,
        cwd=PROJECT,
        env=house.service.environment,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    told: dict[str, Any] = json.loads(printed)
    return told
