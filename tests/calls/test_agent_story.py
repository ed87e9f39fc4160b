"""A caller speaks with an agent, who takes the message."""

import pytest

from accounts.directory import NotFound
from calls.live import CallCard
from messages.message import MessageStatus, Source
from reports.facts import Kind
from tests.calls.house import CALLER, HARBOR, Answering
from tests.calls.ways import says_the_name

ANSWERS = {"name": "Dana Reyes", "phone": "202 555 0142", "reason": "The boiler is cold."}


def card_of(house: Answering, agent_id: str) -> CallCard:
    card = house.agents.view(agent_id).call
    assert card is not None
    return card


async def test_the_agent_answers_and_takes_a_message(house: Answering) -> None:
    ana = await house.agent("ana")
    line = house.call(HARBOR)
    await line.hears("Thank you for calling Harbor Plumbing")
    await line.hears("press one")
    line.presses("1")
    await says_the_name(line)
    await line.hears("Please hold")
    await line.hears("You are next in line")
    await ana.rings()
    card = card_of(house, "ana")
    assert (card.business, card.caller, card.language) == ("Harbor Plumbing", CALLER, "en-US")
    assert card.name_clip is not None
    assert house.clips.seconds(card.name_clip) > 2
    ana.answers()
    await line.talks()
    assert house.agents.view("ana").state == "talking"

    ana.hangs_up()
    await line.hears("Thank you for calling")
    await line.hears("Goodbye")
    assert await house.outcome(line) == "answered"
    assert line.done_by_service
    assert house.agents.view("ana").state == "wrap-up"
    assert card_of(house, "ana").caller_gone

    person = await house.directory.person("ana")
    saved = await house.intake.save(person, card.message_id, 0, ANSWERS, "", "normal")
    assert (saved.status, saved.source, saved.taken_by) == (MessageStatus.SAVED, Source.AGENT, "ana")
    assert saved.name_clip == card.name_clip
    assert {job.job.target.channel for job in house.inbox.deliveries.values()} == {"email", "sms"}
    assert house.nudges == 1
    kinds = [fact.kind for fact in house.facts(line)]
    assert kinds == [
        Kind.CALL_STARTED,
        Kind.CALL_GREETED,
        Kind.CALL_PRESSED,
        Kind.CALL_QUEUED,
        Kind.CALL_DECIDED,
        Kind.OFFER_MADE,
        Kind.CALL_SAID_WAIT,
        Kind.CALL_CONNECTED,
        Kind.CALL_TALK_ENDED,
        Kind.CALL_ENDED,
        Kind.MESSAGE_SAVED,
        Kind.ESCALATION_STEP,
    ]
    assert await house.left_over() == []


async def test_a_caller_who_hangs_up_leaves_the_draft_with_the_agent(house: Answering) -> None:
    ana = await house.agent("ana")
    line = house.call(HARBOR)
    await line.hears("press one")
    line.presses("1")
    await says_the_name(line)
    await ana.rings()
    ana.answers()
    await line.talks()
    line.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []
    assert not ana.is_up
    card = card_of(house, "ana")
    assert card.caller_gone
    assert (await house.inbox.message(card.message_id)).taken_by == "ana"


async def test_a_caller_who_leaves_the_queue_leaves_no_draft(house: Answering) -> None:
    ana = await house.agent("ana")
    line = house.call(HARBOR)
    await line.hears("press one")
    line.presses("1")
    await says_the_name(line)
    ringing = await ana.rings()
    card = card_of(house, "ana")
    line.hangs_up()
    assert await house.outcome(line) == "abandoned"
    await ana.rings_out(ringing)
    assert house.agents.view("ana").notice == "The caller hung up before you answered."
    assert house.agents.view("ana").state == "available"
    with pytest.raises(NotFound):
        await house.inbox.message(card.message_id)
    assert await house.left_over() == []
