"""What every Outbox does."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from accounts.directory import NotFound
from messages.delivery import (
    Acknowledged,
    Alarm,
    AwaitingAcknowledgement,
    Delivered,
    Leased,
    Queued,
)
from messages.message import Message
from messages.outbox import Inbox, Outbox
from tests.contract.samples import MINUTE, NOON, finished, queued

LATER = NOON + timedelta(hours=1)


async def claim_one(outbox: Outbox, now: datetime = NOON) -> Leased:
    [leased] = await outbox.claim(now, lease_seconds=60, limit=1)
    return leased


@pytest.fixture
async def message(inbox: Inbox) -> Message:
    """A message of its own transaction; the tests save others with their deliveries."""
    return await inbox.save(finished(), [])


async def save(inbox: Inbox, *deliveries: Queued) -> None:
    """Store each delivery with a message of its own."""
    for delivery in deliveries:
        message = finished(id=delivery.job.message_id, business_id=delivery.job.business_id)
        await inbox.save(message, [delivery])


async def test_a_due_delivery_is_claimed_with_a_lease(inbox: Inbox, outbox: Outbox) -> None:
    waiting = queued(finished())
    await save(inbox, waiting)
    leased = await claim_one(outbox)
    assert leased == Leased(waiting.job, NOON + MINUTE, leased.lease, 0, 0)
    assert leased.lease
    assert await outbox.delivery(waiting.job.id) == leased
    assert await outbox.claim(NOON, lease_seconds=60, limit=10) == []


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


async def test_an_expired_lease_is_taken_again_and_the_first_holder_settles_nothing(
    inbox: Inbox, outbox: Outbox
) -> None:
    await save(inbox, replace(queued(finished()), failures=2, sends=1))
    first = await claim_one(outbox)
    assert await outbox.claim(NOON + MINUTE / 2, lease_seconds=60, limit=1) == []
    second = await claim_one(outbox, NOON + MINUTE)
    assert second == replace(first, until=NOON + 2 * MINUTE, lease=second.lease)
    assert not await outbox.settle(first, first.sent(NOON + MINUTE, "ref-1"))
    assert await outbox.delivery(first.job.id) == second
    assert await outbox.settle(second, second.sent(NOON + MINUTE, "ref-2"))
    assert await outbox.delivery(first.job.id) == Delivered(first.job, NOON + MINUTE, "ref-2")


async def test_an_expired_lease_nobody_took_still_settles(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished()))
    leased = await claim_one(outbox)
    assert await outbox.settle(leased, leased.sent(LATER, "ref"))


async def test_settling_works_once(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished()))
    leased = await claim_one(outbox)
    assert await outbox.settle(leased, leased.sent(NOON, "ref"))
    assert not await outbox.settle(leased, leased.failed_for_good(NOON, "no such number"))
    assert await outbox.delivery(leased.job.id) == Delivered(leased.job, NOON, "ref")


@pytest.mark.parametrize("until_acknowledged", [True, False])
async def test_every_state_comes_back_as_it_was_settled(inbox: Inbox, outbox: Outbox, until_acknowledged: bool) -> None:
    waiting = queued(finished(), until_acknowledged=until_acknowledged, repeat_seconds=60, max_sends=2, include=())
    await save(inbox, waiting)
    leased = await claim_one(outbox)
    target = replace(leased.job.target, address="+12025550199")
    elsewhere = Queued(replace(leased.job, target=target), NOON, 1, 1, "busy")
    for state in (leased.failed_for_now(NOON, "no answer"), elsewhere):
        assert await outbox.settle(leased, state)
        assert await outbox.delivery(waiting.job.id) == state
        leased = await claim_one(outbox, LATER)
    final = leased.sent(NOON, "ref")
    assert await outbox.settle(leased, final)
    assert await outbox.of_message(waiting.job.message_id) == [final]


async def test_an_overdue_acknowledgement_sends_again_and_ends_in_an_alarm(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished(), until_acknowledged=True, repeat_seconds=60, max_sends=2))
    leased = await claim_one(outbox)
    await outbox.settle(leased, leased.sent(NOON, "ref-1"))
    assert await outbox.overdue(NOON + MINUTE / 2) == []
    assert await outbox.overdue(NOON + MINUTE) == [Queued(leased.job, NOON + MINUTE, 0, 1)]
    again = await claim_one(outbox, NOON + MINUTE)
    await outbox.settle(again, again.sent(NOON + MINUTE, "ref-2"))
    [alarm] = await outbox.overdue(NOON + 2 * MINUTE)
    assert isinstance(alarm, Alarm)
    assert await outbox.alarms() == [alarm]
    assert await outbox.overdue(LATER) == []


async def test_next_due_is_the_earliest_of_all_that_wait(inbox: Inbox, outbox: Outbox) -> None:
    assert await outbox.next_due() is None
    await save(inbox, queued(finished(), due=NOON + 5 * MINUTE), queued(finished(), due=NOON))
    assert await outbox.next_due() == NOON
    leased = await claim_one(outbox)
    assert await outbox.next_due() == leased.until
    await outbox.settle(leased, leased.sent(NOON, "ref"))
    assert await outbox.next_due() == NOON + 5 * MINUTE


async def test_next_due_counts_what_waits_for_an_acknowledgement(inbox: Inbox, outbox: Outbox) -> None:
    await save(inbox, queued(finished(), until_acknowledged=True, repeat_seconds=120))
    leased = await claim_one(outbox)
    await outbox.settle(leased, leased.sent(NOON, "ref"))
    assert await outbox.next_due() == NOON + 2 * MINUTE


async def test_deliveries_are_found_by_token(inbox: Inbox, outbox: Outbox) -> None:
    waiting = queued(finished(), token="tell-nobody")
    await save(inbox, waiting)
    assert await outbox.by_token("tell-nobody") == waiting
    assert await outbox.by_token("guess") is None


async def test_what_is_not_there_is_not_found(outbox: Outbox, message: Message) -> None:
    for attempt in (outbox.delivery("x"), outbox.retry("x", NOON), outbox.acknowledge("x", NOON, "office")):
        with pytest.raises(NotFound):
            await attempt
    assert await outbox.of_message(message.id) == []
    stranger = queued(message).leased(NOON, 60, "lease")
    assert not await outbox.settle(stranger, stranger.sent(NOON, "ref"))


async def test_acknowledging_one_ends_all_that_wait_for_it(inbox: Inbox, outbox: Outbox) -> None:
    message = finished()
    sent, repeating, leased_one, plain = (
        queued(message, until_acknowledged=True),
        queued(message, until_acknowledged=True, due=NOON + MINUTE),
        queued(message, until_acknowledged=True, due=NOON + 2 * MINUTE),
        queued(message, due=NOON + 3 * MINUTE),
    )
    await inbox.save(message, [sent, repeating, leased_one, plain])
    first = await claim_one(outbox)
    await outbox.settle(first, first.sent(NOON, "ref"))
    [_, held] = await outbox.claim(NOON + 2 * MINUTE, lease_seconds=600, limit=2)
    back = await outbox.delivery(repeating.job.id)
    assert isinstance(back, Leased)
    await outbox.settle(back, back.failed_for_now(NOON, "busy"))

    done = await outbox.acknowledge(sent.job.id, LATER, "office")

    assert done == [Acknowledged(job, LATER, "office") for job in (sent.job, repeating.job, leased_one.job)]
    assert await outbox.of_message(message.id) == [*done, plain]
    assert not await outbox.settle(held, held.sent(LATER, "ref"))
    assert await outbox.acknowledge(repeating.job.id, LATER, "office") == []


async def test_an_acknowledgement_leaves_other_messages_alone(inbox: Inbox, outbox: Outbox) -> None:
    mine, other = queued(finished(), until_acknowledged=True), queued(finished(), until_acknowledged=True)
    await save(inbox, mine, other)
    await outbox.acknowledge(mine.job.id, NOON, "office")
    assert await outbox.delivery(other.job.id) == other


async def test_what_was_delivered_or_alarmed_can_be_acknowledged(inbox: Inbox, outbox: Outbox) -> None:
    waiting = [queued(finished()), queued(finished())]
    await save(inbox, *waiting)
    delivered, alarmed = await outbox.claim(NOON, lease_seconds=60, limit=2)
    await outbox.settle(delivered, delivered.sent(NOON, "ref"))
    await outbox.settle(alarmed, alarmed.failed_for_good(NOON, "no such number"))
    for leased in (delivered, alarmed):
        expected = Acknowledged(leased.job, LATER, "office")
        assert await outbox.acknowledge(leased.job.id, LATER, "office") == [expected]
        assert await outbox.delivery(leased.job.id) == expected


async def test_an_acknowledgement_is_reported_once_whoever_comes_first(inbox: Inbox, outbox: Outbox) -> None:
    message = finished()
    waiting = [queued(message, until_acknowledged=True) for _ in range(3)]
    await inbox.save(message, waiting)
    clicks = [outbox.acknowledge(delivery.job.id, NOON, "office") for delivery in waiting * 4]
    changed = [state.job.id for states in await asyncio.gather(*clicks) for state in states]
    assert sorted(changed) == sorted(delivery.job.id for delivery in waiting)


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
    deliveries = [queued(finished(), until_acknowledged=(n == 0), due=NOON + n * MINUTE) for n in range(6)]
    await save(inbox, *deliveries)
    awaiting, delivered, alarm, acknowledged, _ = await outbox.claim(LATER, lease_seconds=60, limit=5)
    sent = awaiting.sent(LATER, "ref")
    assert isinstance(sent, AwaitingAcknowledgement)
    await outbox.settle(awaiting, sent)
    await outbox.settle(delivered, delivered.sent(LATER, "ref"))
    await outbox.settle(alarm, alarm.failed_for_good(LATER, "no"))
    await outbox.acknowledge(acknowledged.job.id, LATER, "office")
    names = ("queued", "leased", "awaitingacknowledgement", "delivered", "alarm", "acknowledged")
    assert dict(await outbox.counts()) == dict.fromkeys(names, 1)
