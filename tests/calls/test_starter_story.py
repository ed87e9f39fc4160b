"""A business that was begun with no more than its name: its first calls."""

import pytest

from accounts.business import Business, Number
from calls.plan import parse_plan
from calls.vouching import vouch
from messages.message import MessageStatus, Source
from tests.calls.house import CALLER, Answering
from tests.calls.scripted import ScriptedLine
from tests.calls.test_agent_story import card_of
from tests.calls.ways import agrees_to_the_number, leaves_voice, says_the_name
from web.starter import Starter, starter_plan

KORN = "+12025550109"
EMAIL, SMS = "desk@korn.test", "+12025550191"


async def begin_korn(house: Answering, time_zone: str) -> None:
    """Korn's Bakery as the page adds it, with its number."""
    plan = starter_plan("Korn's Bakery", Starter(time_zone=time_zone, email=EMAIL, sms=SMS))
    await house.directory.put_business(Business("korn", "Korn's Bakery", plan))
    await vouch(house.ways, "korn", parse_plan(plan).contacts, house.clock(), "Olga")
    await house.directory.put_number(Number(KORN, "korn"))


async def leaves_a_message(house: Answering, line: ScriptedLine) -> None:
    """From the name to the end; the message is saved and on its way to both addresses."""
    await says_the_name(line)
    await agrees_to_the_number(line)
    await leaves_voice(line)
    await line.hears("To send your message")
    line.presses("1")
    await line.hears("Your message is on its way")
    assert await house.outcome(line) == "message"
    saved = await house.message()
    assert (saved.business_id, saved.status, saved.source) == ("korn", MessageStatus.SAVED, Source.VOICEMAIL)
    assert saved.answers == {"phone": CALLER}
    assert saved.name_clip is not None and saved.voice_clip is not None
    jobs = [delivery.job for delivery in house.inbox.deliveries.values()]
    assert {job.message_id for job in jobs} == {saved.id}
    assert sorted((job.target.channel, job.target.address) for job in jobs) == [("email", EMAIL), ("sms", SMS)]
    assert await house.left_over() == []


@pytest.mark.parametrize("key", ["1", None])
async def test_a_caller_by_day_reaches_an_agent_of_the_pool(house: Answering, key: str | None) -> None:
    await begin_korn(house, "America/New_York")
    ben = await house.agent("ben")
    line = house.call(KORN)
    await line.hears("Thank you for calling Korn's Bakery.")
    await line.hears("To speak with someone, press one")
    await line.hears("To leave a message, press two")
    if key is not None:
        line.presses(key)
    await says_the_name(line)
    await ben.rings()
    card = card_of(house, "ben")
    assert card.business == "Korn's Bakery"
    assert card.answer_phrase == "Thank you for calling Korn's Bakery. How can I help you?"
    assert card.name_clip is not None
    ben.answers()
    await line.talks()
    line.hangs_up()
    assert await house.outcome(line) == "answered"


async def test_a_message_left_by_day_goes_out_by_mail_and_sms(house: Answering) -> None:
    await begin_korn(house, "America/New_York")
    line = house.call(KORN)
    await line.hears("To leave a message, press two")
    line.presses("2")
    await leaves_a_message(house, line)


async def test_by_night_the_caller_is_led_to_a_message(house: Answering) -> None:
    await begin_korn(house, "Asia/Tokyo")  # midnight there
    await house.agent("ben")
    line = house.call(KORN)
    await line.hears("Thank you for calling Korn's Bakery. We are closed right now. Please leave a message.")
    await leaves_a_message(house, line)
