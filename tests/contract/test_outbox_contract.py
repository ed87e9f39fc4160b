"""What every Outbox does with deliveries; escalations have a file of their own."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.directory import NotFound
from calls.journal import Journal
from messages.channels.channel import Receipt
from messages.delivery import Accepted, Acknowledged, Alarm, Delivered, Delivery, Leased, Purpose, Queued
from messages.message import Message
from messages.outbox import Inbox, Outbox
from reports.facts import Kind
from reports.proof import verify
from tests.contract.samples import MINUTE, NOON, asking, finished, queued

LATER = NOON + timedelta(hours=1)
ARRIVED = Receipt(arrived=True)
LOST = Receipt(arrived=False, why="The number does not answer.")


async def claim_one(outbox: Outbox, now: Any = NOON) -> Leased:
    [leased] = await outbox.claim(now, lease_seconds=60, limit=1)
    return leased


@pytest.fixture
async def message(inbox: Inbox) -> Message:
    """A message of its own transaction; the tests save others with their deliveries."""
    return await inbox.save(finished(), [], [])


async def save(inbox: Inbox, *deliveries: Queued) -> None:
    """Store each delivery with a message of its own."""
    for delivery in deliveries:
        message = finished(id=delivery.job.message_id, business_id=delivery.job.business_id)
        await inbox.save(message, [], [delivery])


async def send(outbox: Outbox, *, reference: str = "ref", now: Any = NOON) -> Accepted:
    """Claim one and have the provider accept it."""
    leased = await claim_one(outbox, now)
    accepted = leased.accepted(now, reference)
    assert await outbox.settle(leased, accepted)
    return accepted


async def test_a_due_delivery_is_claimed_with_a_lease(inbox: Inbox, outbox: Outbox) -> None:
    waiting = queued(finished())
    await save(inbox, waiting)
    leased = await claim_one(outbox)
    assert leased == Leased(waiting.job, NOON + MINUTE, leased.lease, 0)
    assert leased.lease
    assert await outbox.delivery(waiting.job.id) == leased
    assert await outbox.claim(NOON, lease_seconds=60, limit=10) == []


async def test_after_a_start_what_a_dead_worker_held_is_free_at_once(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished()), queued(finished(), due=NOON + MINUTE))
    held = await claim_one(outbox)
    assert await outbox.end_leases(NOON) == 1
    again = await claim_one(outbox)
    assert (again.job, again.unsure, again.failures) == (held.job, True, 1)
    assert not await outbox.settle(held, held.delivered(NOON, "late"))
    assert await outbox.claim(NOON, lease_seconds=60, limit=10) == [], "what is not due yet stays"


async def test_a_second_go_after_a_lease_that_ran_out_has_its_reason_among_the_facts(
    inbox: Inbox, outbox: Outbox, journal: Journal
) -> None:
    first, second = finished(), finished(call_id=None)
    await inbox.save(first, [], [])
    await inbox.save(second, [], [])
    summary = queued(first, purpose=Purpose.SUMMARY, summary_of=(first.id, second.id))
    summary = replace(summary, job=replace(summary.job, message_id=None))
    await outbox.add([summary])
    for attempt in range(3):
        await claim_one(outbox, NOON + attempt * MINUTE)
    for message in (first, second):
        told = [fact for fact in await journal.of_message(message) if fact.kind is Kind.DELIVERY_UNSETTLED]
        assert [(fact.at, fact.data["attempt"]) for fact in told] == [(NOON + MINUTE, 1), (NOON + 2 * MINUTE, 2)]
        assert {fact.data["delivery"] for fact in told} == {summary.job.id}
        assert verify(await journal.chain(told[0].chain)).holds


async def test_what_is_not_due_is_left_alone(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished(), due=NOON + MINUTE))
    assert await outbox.claim(NOON, lease_seconds=60, limit=10) == []
    assert len(await outbox.claim(NOON + MINUTE, lease_seconds=60, limit=10)) == 1


async def test_the_longest_due_go_first_and_no_more_than_asked_for(inbox: Inbox, outbox: Outbox) -> None:
    waiting = [queued(finished(), due=NOON - n * MINUTE) for n in range(4)]
    await save(inbox, *waiting)
    claimed = await outbox.claim(NOON, lease_seconds=60, limit=3)
    assert [leased.job for leased in claimed] == [waiting[3].job, waiting[2].job, waiting[1].job]


async def test_a_busy_channel_is_passed_over(inbox: Inbox, outbox: Outbox) -> None:
    sms, email = queued(finished()), queued(finished(), channel="email")
    await save(inbox, sms, email)
    claimed = await outbox.claim(NOON, lease_seconds=60, limit=10, busy={"sms", "voice"})
    assert [leased.job for leased in claimed] == [email.job]
    assert await outbox.delivery(sms.job.id) == sms


async def test_twenty_workers_never_get_the_same_delivery(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, *(queued(finished()) for _ in range(50)))
    claims = await asyncio.gather(*(outbox.claim(NOON, lease_seconds=60, limit=5) for _ in range(20)))
    ids = [leased.job.id for claimed in claims for leased in claimed]
    assert len(ids) == len(set(ids))
    rest = await outbox.claim(NOON, lease_seconds=60, limit=100)
    assert len(ids) + len(rest) == 50


async def test_an_expired_lease_counts_as_a_failure_and_the_first_holder_settles_nothing(
    inbox: Inbox, outbox: Outbox
) -> None:
    await save(inbox, replace(queued(finished()), failures=2))
    first = await claim_one(outbox)
    assert await outbox.claim(NOON + MINUTE / 2, lease_seconds=60, limit=1) == []
    second = await claim_one(outbox, NOON + MINUTE)
    assert second == Leased(first.job, NOON + 2 * MINUTE, second.lease, failures=3, unsure=True)
    assert not await outbox.settle(first, first.delivered(NOON + MINUTE, "ref-1"))
    assert await outbox.delivery(first.job.id) == second
    assert await outbox.settle(second, second.delivered(NOON + MINUTE, "ref-2"))
    assert await outbox.delivery(first.job.id) == Delivered(first.job, NOON + MINUTE, "ref-2")


async def test_an_expired_lease_nobody_took_still_settles(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished()))
    leased = await claim_one(outbox)
    assert await outbox.settle(leased, leased.delivered(LATER, "ref"))


async def test_settling_works_once(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished()))
    leased = await claim_one(outbox)
    assert await outbox.settle(leased, leased.delivered(NOON, "ref"))
    assert not await outbox.settle(leased, leased.failed_for_good(NOON, "no such number"))
    assert await outbox.delivery(leased.job.id) == Delivered(leased.job, NOON, "ref")


async def test_every_state_comes_back_as_it_was_settled(inbox: Inbox, outbox: Outbox) -> None:
    waiting = queued(
        finished(), purpose=Purpose.TAKEN, asks=True, reminder=2, include=(), link_only=True, body="Pat O'Neil"
    )
    await save(inbox, waiting)
    leased = await claim_one(outbox)
    attempts: list[Delivery] = [
        leased.failed_for_now(NOON, "no answer", unsure=True),
        leased.failed_for_now(NOON, "busy"),
    ]
    for state in attempts:
        assert await outbox.settle(leased, state)
        assert await outbox.delivery(waiting.job.id) == state
        leased = await claim_one(outbox, LATER)
    ends: list[Delivery] = [
        leased.accepted(NOON, "ref"),
        replace(leased.delivered(NOON, "ref"), passed_on=True),
        leased.acknowledged(NOON, "Pat"),
    ]
    for state in ends:
        another = replace(queued(finished()), due=NOON)
        await save(inbox, another)
        held = await claim_one(outbox)
        expected = replace(state, job=held.job)
        assert await outbox.settle(held, expected)
        assert await outbox.of_message(str(another.job.message_id)) == [expected]


async def test_what_the_provider_accepted_waits_for_a_receipt(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished()))
    accepted = await send(outbox)
    assert await outbox.awaiting_receipt(accepted.due - MINUTE, 10) == []
    assert await outbox.awaiting_receipt(accepted.due, 10) == [accepted]
    assert await outbox.awaiting_receipt(accepted.due, 0) == []
    assert await outbox.next_due() == accepted.due
    await outbox.ask_later(accepted, LATER)
    assert await outbox.delivery(accepted.job.id) == replace(accepted, due=LATER)
    assert await outbox.awaiting_receipt(accepted.due, 10) == []


async def test_asking_later_disturbs_no_other_state(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished()))
    accepted = await send(outbox)
    arrived = await outbox.receipt(accepted.job.id, ARRIVED, LATER)
    await outbox.ask_later(accepted, LATER)
    assert await outbox.delivery(accepted.job.id) == arrived


@pytest.mark.parametrize(
    ("receipt", "expected"), [(ARRIVED, Delivered), (LOST, Alarm)], ids=["it arrived", "it did not"]
)
async def test_a_receipt_ends_what_was_accepted_and_repeats_change_nothing(
    inbox: Inbox, outbox: Outbox, receipt: Receipt, expected: type[Delivery]
) -> None:
    await save(inbox, queued(finished()))
    accepted = await send(outbox)
    state = await outbox.receipt(accepted.job.id, receipt, LATER, "ref")
    assert isinstance(state, expected)
    assert await outbox.delivery(accepted.job.id) == state
    assert await outbox.receipt(accepted.job.id, receipt, LATER + MINUTE, "ref") is None
    assert await outbox.receipt(accepted.job.id, LOST, LATER + MINUTE) is None
    assert await outbox.delivery(accepted.job.id) == state


async def test_a_late_arrival_takes_the_alarm_back(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished()))
    accepted = await send(outbox)
    await outbox.receipt(accepted.job.id, LOST, NOON)
    assert await outbox.receipt(accepted.job.id, ARRIVED, LATER) == Delivered(accepted.job, LATER, "ref")
    assert await outbox.alarms() == []


async def test_a_receipt_that_overtakes_the_settling_stands(inbox: Inbox, outbox: Outbox, journal: Journal) -> None:
    message = finished()
    await save(inbox, queued(message))
    leased = await claim_one(outbox)
    state = await outbox.receipt(leased.job.id, ARRIVED, NOON, "ref")
    assert state == Delivered(leased.job, NOON, "ref")
    assert not await outbox.settle(leased, leased.accepted(NOON, "ref"))
    assert await outbox.delivery(leased.job.id) == state
    told = [fact.kind for fact in await journal.of_message(message)]
    assert told == [Kind.MESSAGE_SAVED, Kind.DELIVERY_SENT, Kind.DELIVERY_ARRIVED]


async def test_a_receipt_for_an_attempt_whose_answer_was_lost_ends_the_attempts(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished()), queued(finished()))
    for receipt, expected in ((ARRIVED, Delivered), (LOST, Alarm)):
        leased = await claim_one(outbox)
        await outbox.settle(leased, leased.failed_for_now(LATER, "no answer", unsure=True))
        assert await outbox.receipt(leased.job.id, receipt, LATER) is None  # whose it is cannot be told
        assert isinstance(await outbox.receipt(leased.job.id, receipt, LATER, "ref"), expected)
    assert await outbox.claim(LATER + timedelta(days=1), lease_seconds=60, limit=10) == []


async def test_word_of_an_earlier_attempt_does_not_end_the_one_asked_for_by_hand(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished()))
    first = await send(outbox, reference="first")
    await outbox.receipt(first.job.id, LOST, NOON, "first")
    waiting = await outbox.retry(first.job.id, NOON)
    assert await outbox.receipt(first.job.id, LOST, NOON, "first") is None
    assert await outbox.delivery(first.job.id) == waiting
    second = await send(outbox, reference="second")
    assert await outbox.receipt(first.job.id, LOST, NOON, "first") is None
    assert await outbox.delivery(first.job.id) == second


async def test_receipts_at_the_same_time_count_once(inbox: Inbox, outbox: Outbox, journal: Journal) -> None:
    message = finished()
    await inbox.save(message, [], [queued(message)])
    accepted = await send(outbox)
    word = [outbox.receipt(accepted.job.id, ARRIVED, LATER, "ref") for _ in range(8)]
    assert sum(state is not None for state in await asyncio.gather(*word)) == 1
    kinds = [fact.kind for fact in await journal.of_message(message)]
    assert kinds.count(Kind.DELIVERY_ARRIVED) == 1


async def test_a_delivery_is_found_by_what_the_provider_calls_it(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished()))
    accepted = await send(outbox, reference="SM1")
    assert await outbox.by_reference("SM1") == accepted
    assert await outbox.by_reference("SM2") is None
    alarm = await outbox.receipt(accepted.job.id, LOST, LATER)
    assert await outbox.by_reference("SM1") == alarm


async def test_next_due_is_the_earliest_of_all_that_wait(inbox: Inbox, outbox: Outbox) -> None:
    assert await outbox.next_due() is None
    await save(inbox, queued(finished(), due=NOON + 5 * MINUTE), queued(finished(), due=NOON))
    assert await outbox.next_due() == NOON
    leased = await claim_one(outbox)
    assert await outbox.next_due() == leased.until
    await outbox.settle(leased, leased.delivered(NOON, "ref"))
    assert await outbox.next_due() == NOON + 5 * MINUTE


async def test_deliveries_are_found_by_token(inbox: Inbox, outbox: Outbox) -> None:
    waiting = queued(finished(), token="tell-nobody")
    await save(inbox, waiting)
    assert await outbox.by_token("tell-nobody") == waiting
    assert await outbox.by_token("guess") is None


async def test_what_is_not_there_is_not_found(outbox: Outbox, message: Message) -> None:
    attempts: list[Any] = [
        outbox.delivery("x"),
        outbox.retry("x", NOON),
        outbox.receipt("x", ARRIVED, NOON),
        outbox.opened("x", NOON),
        outbox.acknowledge("x", NOON, by="Pat", how="page"),
        outbox.acknowledge(message.id, NOON, by="Pat", how="page", delivery_id="x"),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt
    assert await outbox.of_message(message.id) == []
    stranger = queued(message).leased(NOON, 60, "lease")
    assert not await outbox.settle(stranger, stranger.delivered(NOON, "ref"))


async def test_notes_are_queued_once_and_are_about_no_message(inbox: Inbox, outbox: Outbox) -> None:
    note = queued(finished(), purpose=Purpose.NOTE, body="Le llama el servicio.", language="es-US")
    note = replace(note, job=replace(note.job, message_id=None))
    await outbox.add([note])
    await outbox.add([replace(note, due=LATER)])
    await outbox.add([])
    leased = await claim_one(outbox)
    assert leased.job == note.job
    assert await outbox.settle(leased, leased.delivered(NOON, "ref"))
    assert await outbox.delivery(note.job.id) == Delivered(note.job, NOON, "ref")


async def test_an_alarm_is_queued_again_by_hand(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished()))
    leased = await claim_one(outbox)
    await outbox.settle(leased, leased.failed_for_good(NOON, "no such number"))
    retried = await outbox.retry(leased.job.id, LATER)
    assert retried == Queued(leased.job, LATER)
    assert await outbox.alarms() == []
    assert await outbox.retry(leased.job.id, LATER + MINUTE) == retried
    assert (await claim_one(outbox, LATER)).job == leased.job


async def test_alarms_are_listed_newest_first_by_business(inbox: Inbox, outbox: Outbox) -> None:
    businesses = ["harbor", "lakeside", "harbor", "harbor"]
    waiting = [queued(finished(business_id=business), due=NOON - n * MINUTE) for n, business in enumerate(businesses)]
    await save(inbox, *waiting)
    alarms = []
    for n, leased in enumerate(await outbox.claim(NOON, lease_seconds=60, limit=10)):
        alarms.append(leased.failed_for_good(NOON + n * MINUTE, "no such number"))
        await outbox.settle(leased, alarms[-1])
    assert await outbox.alarms() == alarms[::-1]
    assert await outbox.alarms(limit=1) == alarms[-1:]
    assert await outbox.alarms("lakeside") == [alarm for alarm in alarms if alarm.job.business_id == "lakeside"]


async def test_counts_by_state(inbox: Inbox, outbox: Outbox) -> None:
    assert dict(await outbox.counts()) == {}
    await save(inbox, *(queued(finished(), due=NOON + n * MINUTE) for n in range(6)))
    accepted, delivered, alarm, acknowledged, _ = await outbox.claim(LATER, lease_seconds=60, limit=5)
    await outbox.settle(accepted, accepted.accepted(LATER, "ref"))
    await outbox.settle(delivered, delivered.delivered(LATER, "ref"))
    await outbox.settle(alarm, alarm.failed_for_good(LATER, "no"))
    await outbox.settle(acknowledged, acknowledged.acknowledged(LATER, "Pat"))
    names = ("queued", "leased", "accepted", "delivered", "alarm", "acknowledged")
    assert dict(await outbox.counts()) == dict.fromkeys(names, 1)


async def test_what_went_out_is_counted_by_business_and_channel(inbox: Inbox, outbox: Outbox) -> None:
    kinds = [("harbor", "sms"), ("harbor", "sms"), ("harbor", "sms"), ("harbor", "email"), ("lakeside", "sms")]
    for n, (business, channel) in enumerate(kinds):
        waiting = queued(finished(business_id=business), channel=channel, due=NOON + n * MINUTE)
        await save(inbox, waiting)
    first, second, failed, *others = await outbox.claim(LATER, lease_seconds=60, limit=10)
    await outbox.settle(first, first.accepted(NOON, "ref-1"), 3)
    await outbox.receipt(first.job.id, LOST, LATER)  # it went out all the same
    await outbox.settle(second, second.delivered(NOON + MINUTE, "ref-2"))
    await outbox.settle(failed, failed.failed_for_now(NOON, "busy"))
    for other in others:
        await outbox.settle(other, other.delivered(NOON, "ref"))
    assert await outbox.sent_since("harbor", "sms", NOON) == 4, "one of three segments, one of one"
    assert await outbox.sent_since("harbor", "sms", NOON + MINUTE) == 1
    assert await outbox.sent_since("harbor", "sms", LATER) == 0
    assert await outbox.sent_since("lakeside", "voice", NOON) == 0


async def test_what_went_to_a_contact_comes_last_sent_first(inbox: Inbox, outbox: Outbox) -> None:
    for business, state in (("harbor", "late"), ("harbor", "early"), ("harbor", "waits"), ("lakeside", "early")):
        message = finished(business_id=business, answers={"name": state})
        await inbox.save(message, [], [queued(message, due=LATER + MINUTE if state == "waits" else NOON)])
    for held in await outbox.claim(LATER, lease_seconds=60, limit=10):
        message = await inbox.message(held.job.message_id or "")
        await outbox.settle(held, held.delivered(LATER if message.answers["name"] == "late" else NOON, "ref"))

    async def to(contact: str, since: datetime, limit: int = 100) -> list[str]:
        found = await outbox.went_to("harbor", contact, since, limit=limit)
        return [(await inbox.message(each.job.message_id or "")).answers["name"] for each in found]

    assert await to("office", NOON) == ["late", "early"]
    assert await to("office", NOON, limit=1) == ["late"]
    assert await to("office", NOON + MINUTE) == ["late"]
    assert await to("plumber", NOON) == []


async def test_each_step_of_a_delivery_is_a_fact_of_its_message(inbox: Inbox, outbox: Outbox, journal: Journal) -> None:
    message = finished(call_id=None)
    saved = await inbox.save(message, [], [queued(message)])
    leased = await claim_one(outbox)
    await outbox.settle(leased, leased.failed_for_now(NOON, "busy"))
    leased = await claim_one(outbox, LATER)
    accepted = leased.accepted(LATER, "ref")
    await outbox.settle(leased, accepted)
    await outbox.receipt(leased.job.id, LOST, LATER)
    await outbox.retry(leased.job.id, LATER)
    leased = await claim_one(outbox, LATER)
    await outbox.settle(leased, leased.delivered(LATER, "ref"))
    await outbox.opened(leased.job.id, LATER)
    await inbox.mark_done(message.id, LATER, by="office")

    facts = await journal.of_message(message)

    assert [fact.kind for fact in facts] == [
        Kind.MESSAGE_SAVED,
        Kind.DELIVERY_FAILED,
        Kind.DELIVERY_SENT,
        Kind.DELIVERY_FAILED,
        Kind.DELIVERY_QUEUED,
        Kind.DELIVERY_SENT,
        Kind.DELIVERY_OPENED,
        Kind.MESSAGE_DONE,
    ]
    assert {(fact.message_id, fact.call_id, fact.business_id) for fact in facts} == {(message.id, "", "harbor")}
    assert {fact.data["number"] for fact in facts} == {saved.number}
    first, sent = facts[1], facts[2]
    assert (first.data["attempt"], first.data["permanent"]) == (1, False)
    assert (sent.data["attempt"], sent.data["receipt"], sent.data["delivery"]) == (2, True, leased.job.id)
    chain = await journal.chain(facts[0].chain)
    assert [sealed.fact for sealed in chain] == facts
    assert verify(chain).holds
    assert facts[0].chain in await journal.chains()


async def test_a_page_opened_again_within_a_minute_is_one_opening(
    inbox: Inbox, outbox: Outbox, journal: Journal
) -> None:
    message = finished()
    waiting = queued(message)
    await inbox.save(message, [], [waiting])
    for seconds in (0, 30, 59, 61, 100, 200):
        await outbox.opened(waiting.job.id, NOON + timedelta(seconds=seconds))
    facts = [fact for fact in await journal.of_message(message) if fact.kind is Kind.DELIVERY_OPENED]
    assert [(fact.at - NOON).seconds for fact in facts] == [0, 61, 200]
    assert await outbox.delivery(waiting.job.id) == waiting


async def test_the_facts_of_all_at_once_still_make_one_chain(inbox: Inbox, outbox: Outbox, journal: Journal) -> None:
    messages = [finished() for _ in range(10)]  # all of one call
    await asyncio.gather(*(inbox.save(each, [asking(each)], [queued(each)]) for each in messages))
    claimed = await outbox.claim(LATER, lease_seconds=60, limit=10)
    work = [outbox.settle(leased, leased.accepted(LATER, leased.job.id)) for leased in claimed]
    await asyncio.gather(*work)
    word = [outbox.receipt(leased.job.id, ARRIVED, LATER) for leased in claimed]
    words = [outbox.acknowledge(each.id, LATER, by="Pat", how="page") for each in messages]
    await asyncio.gather(*word, *words)
    chain = await journal.chain("call-1")
    assert len(chain) >= 50
    assert verify(chain).holds


async def test_what_was_acknowledged_meanwhile_is_not_settled(inbox: Inbox, outbox: Outbox) -> None:
    message = finished()
    await inbox.save(message, [], [queued(message)])
    leased = await claim_one(outbox)
    await outbox.acknowledge(message.id, NOON, by="Pat", how="page", delivery_id=leased.job.id)
    assert not await outbox.settle(leased, leased.accepted(LATER, "ref"))
    assert await outbox.delivery(leased.job.id) == Acknowledged(leased.job, NOON, "Pat")
