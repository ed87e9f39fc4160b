"""A message's timeline: told in the business's own time, printable, and whether it is as it was written."""

import io
from dataclasses import replace

from bs4 import BeautifulSoup
from pypdf import PdfReader

from messages.channels.channel import Receipt
from messages.delivery import Leased
from reports.facts import Fact, Kind
from reports.proof import verify
from tests.web.api import Api
from tests.web.world import HARBOR, NOW, World

TIMELINE = "/api/messages/harbor-saved/timeline"


async def lived(world: World, api: Api) -> None:
    """The message is sent, arrives, is opened and acknowledged."""
    job = world.inbox.deliveries["harbor-sms"].job
    held = world.inbox.deliveries["harbor-sms"] = Leased(job, NOW, "lease", 0)
    assert await world.outbox.settle(held, held.accepted(NOW, "SM1"))
    assert await world.outbox.receipt("harbor-sms", Receipt(arrived=True), NOW)
    await api("POST", "/m/harbor-sms-token/message", None)
    await api("POST", "/m/harbor-sms-token", None)


async def test_everything_that_happened_is_told_by_the_businesss_clock(world: World, api: Api) -> None:
    await lived(world, api)
    told = (await api("GET", TIMELINE, "harbor-staff")).json
    assert (told["number"], told["business"], told["intact"], told["broken"]) == (1001, "Harbor Plumbing", True, "")
    texts = [entry["text"] for entry in told["entries"]]
    assert [text for text in texts if "Message 1001" in text or "message 1001" in text] == [
        "Message 1001 was taken by Ana.",
        "Nobody has taken message 1001: the supervisor is alerted.",
        "Message 1001 goes to Office by SMS.",
        "Message 1001 was sent to Office by SMS; the carrier has it.",
        "Message 1001 arrived at Office by SMS.",
        "The page with message 1001 was opened from the text to Office by SMS.",
        "Message 1001 was acknowledged by Office (on its page).",
        "Office has message 1001 (on its page), after the alarm.",
        "Office has message 1001 (on its page).",
    ]
    assert "+12025550142 called +12025550101 (Harbor Plumbing)." in texts
    assert told["entries"][0]["wall"] == "Sun 22 Nov 2026, 10:00:00 EST"
    chain = await world.journal.chain("harbor-call")
    assert told["head"] == verify(chain).last_hash
    assert {entry["hash"] for entry in told["entries"]} == {sealed.hash for sealed in chain}


async def test_other_messages_of_the_call_and_the_houses_decisions_are_not_told(world: World, api: Api) -> None:
    message = await world.inbox.message("harbor-saved")
    await world.inbox.save(replace(message, id="another", number=0), [], [])
    world.journal.note(Fact("harbor-call", NOW, Kind.CALL_DECIDED, HARBOR))
    told = (await api("GET", TIMELINE, "office")).json
    assert told["intact"] is True
    assert not [entry for entry in told["entries"] if "1002" in entry["text"] or entry["kind"] == "call.decided"]


async def test_what_was_changed_afterwards_is_said(world: World, api: Api) -> None:
    chain = world.journal._chains["harbor-call"]
    place = next(n for n, sealed in enumerate(chain) if sealed.fact.kind is Kind.MESSAGE_SAVED)
    chain[place] = replace(chain[place], fact=replace(chain[place].fact, agent_id="ben"))
    told = (await api("GET", TIMELINE, "office")).json
    assert told["intact"] is False
    assert f"Fact {place + 1} was changed" in told["broken"]
    page = BeautifulSoup((await api("GET", f"{TIMELINE}.html", "office")).body, "html.parser")
    assert "not what was written" in " ".join(each.get_text() for each in page.select("[role=alert]"))
    assert "not what was written" in text_of((await api("GET", f"{TIMELINE}.pdf", "office")).body)


async def test_the_page_to_print_is_complete_and_holds_no_markup_of_others(world: World, api: Api) -> None:
    business = await world.directory.business(HARBOR)
    await world.directory.put_business(replace(business, name="<b>Müller</b> & 水"))
    await lived(world, api)
    told = (await api("GET", TIMELINE, "office")).json
    answer = await api("GET", f"{TIMELINE}.html", "office")
    assert answer.headers["Cache-Control"] == "private, no-store"
    page = BeautifulSoup(answer.body, "html.parser")
    rows = page.select("tbody tr")
    assert [row.select("td")[1].get_text() for row in rows] == [entry["text"] for entry in told["entries"]]
    assert [each.get_text() for each in page.select("h1")] == ["Message 1001 for <b>Müller</b> & 水"]
    assert page.find("b") is None
    assert told["head"] in page.get_text()
    assert "2026-11-22 15:00:00 UTC" in page.get_text()


async def test_the_pdf_holds_the_same_and_survives_letters_it_has_no_shapes_for(world: World, api: Api) -> None:
    business = await world.directory.business(HARBOR)
    await world.directory.put_business(replace(business, name="Müller Иван 水 مرحبا 🚰"))
    await lived(world, api)
    told = (await api("GET", TIMELINE, "office")).json
    answer = await api("GET", f"{TIMELINE}.pdf", "office")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="message-1001.pdf"'
    text = text_of(answer.body)
    assert "Message 1001 for Müller Иван ? ????? ?" in text
    assert "Letters that this file has no shapes for are shown as ?" in text
    assert "Message 1001 was acknowledged by Office (on its page)." in text
    assert told["head"] in text


def text_of(pdf: bytes) -> str:
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.split())
