"""Stories of messages on their way by rules: who is told when, by what, and how it ends."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from accounts.contacts import Flag
from messages.channels.channel import Receipt
from messages.channels.sms import TwilioSms
from messages.delivery import (
    RETRY_DELAYS,
    Accepted,
    Acknowledged,
    Alarm,
    Delivered,
    Leased,
    Purpose,
    Queued,
)
from messages.escalation import Asking, Taken, Told, Unanswered
from messages.foresee import foresee
from messages.moves import NOBODY_ANSWERED
from messages.policy import DeliveryRule
from messages.reach import Reach
from messages.sweeping import GIVE_UP
from tests.doubles.twilio import Refuse, TwilioDouble
from tests.messages.cast import MESSAGE, NOW, OFFICE, PLUMBER, PUBLIC_URL, a_job
from tests.messages.people import HOURS
from tests.messages.relay_world import Post, World

LADDER = DeliveryRule.model_validate(
    {
        "escalate": [
            {"to": "pat", "by": "sms", "else_by": "voice", "wait_minutes": 5, "times": 2},
            {"to": ["kim", "pat"], "by": "voice", "wait_minutes": 10},
            {"to": "agents", "wait_minutes": 15},
        ]
    }
)
HELD = DeliveryRule.model_validate({"to": ["office", "pat"], "by": "email", "hold": {"at": "16:30"}})


async def test_what_was_foreseen_is_what_happens(world: World) -> None:
    plain = DeliveryRule(to=("office",), by=("email", "sms"))
    rules = [LADDER, plain, HELD]
    foreseen = foresee(MESSAGE, rules, HOURS, await world.reach("harbor"), NOW)
    expected = sorted(
        (event.at, each.job.target.contact, each.job.target.channel) for event in foreseen for each in event.deliveries
    )
    post = Post()
    await world.save_by(*rules)
    async with world.relaying({"email": post, "sms": post, "voice": post}) as relay:
        for at in sorted({event.at for event in foreseen}):
            world.later(relay, (at - world.now).total_seconds())
            await world.settled()
    sent = sorted((held.job.created_at, held.job.target.contact, held.job.target.channel) for held, _ in post.sent)
    assert sent == expected
    [task] = world.inbox.tasks.values()
    assert [event.at for event in foreseen if event.event == "task"] == [task.created_at]
    ends = {
        each.path.place: each.at for each in await world.outbox.escalations("m1") if isinstance(each, Told | Unanswered)
    }
    assert ends == {event.rule: event.at for event in foreseen if event.event in ("told", "unanswered")}


async def test_a_repeat_says_which_it_is_and_the_end_is_an_alarm(world: World) -> None:
    post = Post()
    await world.save_by(DeliveryRule(to=("pat",), by=("sms",), until_acknowledged=True, max_sends=3))
    async with world.relaying({"sms": post}) as relay:
        for sent in (1, 2, 3):
            await world.until(Delivered, sent)
            world.later(relay, 300)
        [end] = await world.until(Unanswered)
    assert (end.why, end.at) == (NOBODY_ANSWERED, NOW + timedelta(minutes=15))
    firsts = [text.text.splitlines()[0].partition("Plumbing")[2] for _, text in post.sent]
    assert firsts == ["", " (reminder 1)", " (reminder 2)"]
    number = (await world.inbox.message("m1")).number
    for held, text in post.sent:
        assert text.text.endswith(f"Reply {number}ok or open {PUBLIC_URL}/m/{held.job.token}")


async def test_an_acknowledgement_stops_it_and_tells_the_others(world: World) -> None:
    post = Post()
    await world.save_by(DeliveryRule(to=("pat", "kim"), by=("sms",), until_acknowledged=True))
    async with world.relaying({"sms": post}) as relay:
        first, _ = await world.until(Delivered, 2)
        await world.outbox.acknowledge(
            "m1", world.now, by="Pat", how="sms", delivery_id=first.job.id, contact=first.job.target.contact
        )
        world.later(relay, 1)
        await world.until(Delivered, 3)
        await world.save(a_job(PLUMBER, job_id="d9", message_id="m9"), message=replace(MESSAGE, id="m9"))
        world.later(relay, 86_400)
        await world.until(Delivered, 4)
    told = [(held.job.target.contact, held.job.purpose) for held, _ in post.sent]
    assert told[2:] == [
        ("kim" if first.job.target.contact == "pat" else "pat", Purpose.TAKEN),
        ("plumber", Purpose.MESSAGE),
    ]
    assert post.sent[2][1].text.endswith("is taken by Pat.")
    [taken] = await world.outbox.escalations("m1")
    assert isinstance(taken, Taken)


async def test_where_a_channel_cannot_deliver_the_next_is_tried_at_once_and_the_dead_number_is_flagged(
    world: World, sms: TwilioSms, twilio: TwilioDouble
) -> None:
    twilio.answers.append(Refuse(400, 21610))
    voice = Post()
    await world.save_by(LADDER)
    async with world.relaying({"sms": sms, "voice": voice}):
        [called] = await world.until(Delivered)
    assert (called.job.target.contact, called.job.target.channel) == ("pat", "voice")
    [way] = await world.ways.by_address("sms", "+12025550191")
    assert way.flag is Flag.OPTED_OUT


async def test_on_the_telephone_one_is_yes_and_three_is_somebody_else(world: World) -> None:
    voice = Post(says="passed_on")
    await world.save_by(
        DeliveryRule.model_validate({"escalate": [{"to": "pat", "by": "voice"}, {"to": "kim", "by": "voice"}]})
    )
    async with world.relaying({"voice": voice}) as relay:
        await world.until(Delivered)
        voice.says = "accepted"
        relay.nudge()
        [acknowledged] = await world.until(Acknowledged)
    assert acknowledged.by == "Kim"
    [taken] = await world.outbox.escalations("m1")
    assert isinstance(taken, Taken)
    assert (taken.by, taken.how, taken.at) == ("Kim", "voice", NOW)


async def test_nobody_pressing_a_key_is_no_acknowledgement(world: World) -> None:
    await world.save_by(DeliveryRule(to=("pat",), by=("voice",), until_acknowledged=True))
    async with world.relaying({"voice": Post(says="heard")}):
        await world.until(Delivered)
    [asking] = await world.outbox.escalations("m1")
    assert isinstance(asking, Asking)


async def test_a_way_that_is_not_verified_or_was_flagged_meanwhile_gets_nothing(world: World) -> None:
    post = Post()
    await world.save(a_job(replace(OFFICE, address="else@harbor.test")), a_job(PLUMBER, job_id="d2"))
    await world.ways.flag("sms", PLUMBER.address, Flag.OPTED_OUT, NOW, "STOP")
    async with world.relaying({"email": post, "sms": post}):
        alarms = await world.until(Alarm, 2)
    assert {alarm.job.id: alarm.why for alarm in alarms} == {
        "d1": "It was never verified.",
        "d2": "They asked for no more texts (STOP).",
    }
    assert post.sent == []


async def test_a_note_may_go_where_nothing_is_known_yet_but_not_to_who_said_stop(world: World) -> None:
    post = Post()
    note = a_job(
        replace(PLUMBER, address="+12025550155"), message_id=None, purpose=Purpose.NOTE, body="Your code is 1."
    )
    stopped = replace(note, id="d2", target=PLUMBER)
    await world.ways.flag("sms", PLUMBER.address, Flag.OPTED_OUT, NOW, "STOP")
    await world.outbox.add([Queued(note, NOW), Queued(stopped, NOW)])
    async with world.relaying({"sms": post}):
        await world.until(Delivered)
        await world.until(Alarm)
    assert [text.text for _, text in post.sent] == ["Your code is 1."]


async def test_the_guard_may_forbid_a_delivery(world: World) -> None:
    async def no(delivery: Leased, paid_as: int) -> str:
        return "Too many texts today."

    post = Post()
    await world.save(a_job())
    async with world.relaying({"email": post}, guard=no):
        [alarm] = await world.until(Alarm)
    assert (alarm.why, post.sent) == ("Too many texts today.", [])


async def test_held_messages_go_out_in_one_summary(world: World) -> None:
    post = Post()
    for number in range(3):
        await world.save_by(HELD, message=replace(MESSAGE, id=f"m{number}"))
    async with world.relaying({"email": post}) as relay:
        world.later(relay, (datetime.fromisoformat("2026-11-22T21:30:00Z") - NOW).total_seconds())
        await world.until(Told, 3)
        await world.until(Delivered, 2)
    assert sorted(held.job.target.contact for held, _ in post.sent) == ["office", "pat"]
    for held, text in post.sent:
        assert held.job.summary_of == ("m0", "m1", "m2")
        assert "3 messages" in text.subject


async def test_held_messages_that_reach_nobody_end_in_an_alarm(world: World) -> None:
    await world.save_by(HELD)
    for address in ("office@harbor.test", "pat@harbor.test"):
        await world.ways.flag("email", address, Flag.DEAD, NOW, "bounced")
    async with world.relaying({"email": Post()}) as relay:
        world.later(relay, 86_400)
        await world.until(Unanswered)


class Provider(Post):
    """Can be asked what became of a text."""

    def __init__(self, *answers: Receipt | None) -> None:
        super().__init__(receipt=True)
        self.answers = list(answers)
        self.asked = asyncio.Event()

    async def ask(self, reference: str) -> Receipt | None:
        self.asked.set()
        return self.answers.pop(0) if self.answers else None


async def test_a_receipt_that_never_came_is_asked_for(world: World) -> None:
    provider = Provider(None, Receipt(arrived=True))
    await world.save(a_job(PLUMBER))
    async with world.relaying({"sms": provider}) as relay:
        [accepted] = await world.until(Accepted)
        world.now = accepted.due
        while not isinstance(await world.outbox.delivery("d1"), Delivered):
            relay.nudge()
            await asyncio.sleep(0.01)
            world.now += timedelta(minutes=1)
        await world.until(Delivered)
    assert provider.answers == []


async def test_a_provider_that_never_says_anything_ends_in_an_alarm(world: World) -> None:
    await world.save(a_job(PLUMBER))
    async with world.relaying({"sms": Provider()}) as relay:
        await world.until(Accepted)
        world.later(relay, GIVE_UP.total_seconds())
        [alarm] = await world.until(Alarm)
    assert alarm.why == "The provider never said whether it arrived."


async def test_an_undelivered_receipt_lets_the_next_channel_be_tried(world: World) -> None:
    voice = Post()
    await world.save_by(LADDER)
    async with world.relaying({"sms": Post(receipt=True), "voice": voice}) as relay:
        [accepted] = await world.until(Accepted)
        await world.outbox.receipt(accepted.job.id, Receipt(arrived=False, why="unreachable"), world.now)
        relay.nudge()
        await world.until(Delivered)
    assert [held.job.target.contact for held, _ in voice.sent] == ["pat"]


@pytest.mark.parametrize("by", [3600.0, -3600.0, -300.0])
async def test_a_clock_that_is_set_neither_hastens_nor_delays_anything(world: World, by: float) -> None:
    post = Post()
    await world.save_by(DeliveryRule(to=("pat",), by=("sms",), until_acknowledged=True, max_sends=2))
    async with world.relaying({"sms": post}) as relay:
        await world.until(Delivered)
        world.set_clock(relay, by)
        async with asyncio.timeout(30):
            while next(iter(await world.outbox.open_escalations())).due != world.now + timedelta(minutes=5):
                await asyncio.sleep(0.01)
        assert len(post.sent) == 1
        world.later(relay, 300)
        await world.until(Delivered, 2)


async def test_a_worker_that_dies_again_and_again_ends_in_an_alarm(world: World) -> None:
    await world.save(a_job())
    post = Post()
    for _ in range(len(RETRY_DELAYS) + 1):
        await world.outbox.claim(world.now, lease_seconds=1, limit=9)
        world.now += timedelta(seconds=2)
    async with world.relaying({"email": post}):
        [alarm] = await world.until(Alarm)
    assert (alarm.why, post.sent) == ("No attempt of 13 came to an end.", [])


async def test_a_slow_channel_has_a_longer_lease_of_its_own(world: World) -> None:
    slow, quick = Post(), Post()
    slow.send_seconds = 120.0
    for post in (slow, quick):
        post.open.clear()
    await world.save(a_job(), a_job(PLUMBER, job_id="d2"))
    async with world.relaying({"email": quick, "sms": slow}):
        while not (slow.at_once and quick.at_once):
            await asyncio.sleep(0)
        leases = {key: await world.outbox.delivery(key) for key in ("d1", "d2")}
        for post in (slow, quick):
            post.open.set()
        await world.until(Delivered, 2)
    seconds = {key: (lease.until - NOW).total_seconds() for key, lease in leases.items() if isinstance(lease, Leased)}
    assert seconds["d1"] < 120 < seconds["d2"]


async def test_people_that_cannot_be_known_now_are_asked_for_again(world: World) -> None:
    class Forgetful(World):
        tries = 0

        async def reach(self, business_id: str) -> Reach:
            self.tries += 1
            if self.tries == 2:  # the first is for saving
                raise ConnectionError("database away")
            return await super().reach(business_id)

    forgetful = Forgetful()
    await forgetful.verify()
    await forgetful.save_by(DeliveryRule(to=("nobody",), by=("sms",)))
    async with forgetful.relaying({"sms": Post()}) as relay:
        while forgetful.tries < 2:
            await asyncio.sleep(0.01)
        relay.nudge()
        await forgetful.until(Unanswered)
