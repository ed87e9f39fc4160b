"""What must not go out does not, says why, and supervisors hear of limits before they are reached."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from messages.delivery import Alarm, Delivered, Job, Purpose, Queued, Target
from messages.guard import OURS, Home, Limits, SpendingGuard
from messages.message import Message
from messages.policy import DeliveryRule
from messages.segments import segments
from tests.messages.cast import MESSAGE, OFFICE, PLUMBER, a_job, held
from tests.messages.relay_world import Post, World

OUR_NUMBER, SENDER = "+12025550101", "+12025550100"
MINUTE = timedelta(minutes=1)
EMERGENCY = replace(MESSAGE, id="m2", urgency="emergency")


class Guarded:
    """A guard over a world's stores, with what it told supervisors."""

    def __init__(
        self, world: World, *countries: str, region: str = "US", sms: int = 500, calls: int = 100, zone: str = "UTC"
    ) -> None:
        self.world = world
        self.told: list[tuple[str, str]] = []
        self.home = Home("Harbor", region, zone)
        self.guard = SpendingGuard(
            world.outbox,
            world.inbox,
            Limits(frozenset(countries), {"sms": sms, "voice": calls}, SENDER),
            home=self._home,
            is_ours=self._is_ours,
            warn=lambda about, text: self.told.append((about, text)),
            clock=world.clock,
        )
        self._count = 0

    async def _home(self, business_id: str) -> Home:
        return self.home

    async def _is_ours(self, number: str) -> bool:
        return number == OUR_NUMBER

    async def why_not(self, job: Job, segments: int = 1) -> str:
        return await self.guard.why_not(held(job), segments)

    async def goes(self, job: Job, segments: int = 1) -> str:
        """Ask, and send it when nothing is against it."""
        self._count += 1
        job = replace(job, id=f"{job.id}-{self._count}", token=f"token-{self._count}")
        why = await self.why_not(job, segments)
        if not why:
            await self.sent(job, segments)
        return why

    async def sent(self, job: Job, segments: int = 1) -> None:
        await self.world.outbox.add([Queued(job, self.world.now)])
        [leased] = await self.world.outbox.claim(self.world.now, lease_seconds=60, limit=10)
        assert await self.world.outbox.settle(leased, leased.delivered(self.world.now, leased.job.id), segments)


def to(number: str, channel: str = "sms") -> Job:
    return a_job(Target("plumber", "On-call plumber", channel, number))


def note(body: str, channel: str = "sms") -> Job:
    return a_job(replace(PLUMBER, channel=channel), message_id=None, purpose=Purpose.NOTE, body=body)


async def keep(world: World, message: Message) -> None:
    await world.save(message=message)


@pytest.mark.parametrize("channel", ["sms", "voice"])
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+12025550192", ""),
        ("+14165550123", ""),  # Canada
        ("+18765550123", "JM"),  # Jamaica, by its looks a number like any other
        ("+18095550123", "DO"),
        ("+19005551234", "costs extra"),
        ("+18005551234", "toll-free"),
        ("+447911123456", "country"),
        ("+8816123456789", "satellite"),
        ("+870773111632", "satellite"),
        ("+12425551234", "not known"),
        ("+0", "international form"),
    ],
)
async def test_where_nothing_goes_by_kind_and_country_of_the_number(
    world: World, channel: str, number: str, reason: str
) -> None:
    why = await Guarded(world).why_not(to(number, channel))
    assert bool(why) == bool(reason)
    assert reason in why


async def test_the_countries_that_are_set_take_the_place_of_the_businesss_own(world: World) -> None:
    swiss = Guarded(world, region="CH")
    assert await swiss.why_not(to("+41446681800")) == ""
    assert await swiss.why_not(to("+12025550192"))
    set_up = Guarded(world, "US", "JM", region="CH")
    assert await set_up.why_not(to("+18765550123")) == ""
    assert await set_up.why_not(to("+41446681800"))
    assert await set_up.why_not(to("+19005551234"))  # what costs extra does so at home too


@pytest.mark.parametrize("number", [OUR_NUMBER, SENDER])
async def test_nothing_goes_to_numbers_of_the_service_itself(world: World, number: str) -> None:
    assert await Guarded(world).why_not(to(number)) == OURS
    assert await Guarded(world).why_not(to(number, "voice")) == OURS


async def test_what_costs_nothing_has_no_limits(world: World) -> None:
    guarded = Guarded(world, sms=1, calls=1)
    for _ in range(10):
        assert await guarded.goes(replace(note("the same", "email"), target=OFFICE)) == ""
    assert guarded.told == []


async def test_supervisors_hear_at_four_fifths_and_at_the_limit_only_emergencies_go_on(world: World) -> None:
    guarded = Guarded(world, sms=10)
    await keep(world, EMERGENCY)
    for count in range(7):
        assert await guarded.goes(note(f"words {count}")) == ""
    assert guarded.told == []
    assert await guarded.goes(note("the eighth")) == ""
    [(about, text)] = guarded.told
    assert about == "limit:harbor:sms"
    assert text == "Harbor has used 8 of its 10 SMS segments for today."
    assert await guarded.goes(note("the ninth")) == await guarded.goes(note("the tenth")) == ""
    assert len(guarded.told) == 1
    assert await guarded.goes(note("one more")) == "The 10 SMS segments of Harbor for today are used up."
    assert "emergencies still are" in guarded.told[1][1]
    for reminder in (0, 1):
        assert await guarded.goes(a_job(PLUMBER, message_id="m2", reminder=reminder)) == ""
    why = await guarded.goes(a_job(PLUMBER, message_id="m2", reminder=2))
    assert why == "The 10 SMS segments of Harbor for today are used up; the 20% more for emergencies do not suffice."
    assert await guarded.goes(note("one more")) and len(guarded.told) == 3


async def test_a_text_counts_by_its_segments_and_what_has_no_room_left_is_held_back(world: World) -> None:
    guarded = Guarded(world, sms=10)
    await keep(world, EMERGENCY)
    assert await guarded.goes(note("seven segments"), 7) == ""
    why = await guarded.goes(note("five more"), 5)
    assert why == "Harbor has 3 of its 10 SMS segments for today left, and this takes 5."
    assert await guarded.goes(note("three more"), 3) == "", "what fits goes out still"
    assert await guarded.goes(a_job(PLUMBER, message_id="m2"), 2) == "", "an emergency may go a fifth over"
    assert "do not suffice" in await guarded.goes(a_job(PLUMBER, message_id="m2", reminder=1), 1)


async def test_what_the_relay_sends_counts_by_its_segments(world: World) -> None:
    guarded, post = Guarded(world, sms=10), Post()
    words = "A long text. " * 20
    async with world.relaying({"sms": post}, guard=guarded.guard.why_not):
        await world.outbox.add([Queued(note(words), world.now)])
        await world.until(Delivered)
    assert await world.outbox.sent_since("harbor", "sms", world.now) == segments(words).count == 2


async def test_a_message_that_is_no_emergency_waits_for_none(world: World) -> None:
    guarded = Guarded(world, calls=1)
    await keep(world, MESSAGE)
    assert await guarded.goes(note("a code", "voice")) == ""
    assert "used up" in await guarded.goes(to("+12025550192", "voice"))
    assert await guarded.goes(note("a text")) == ""  # each channel has its own limit


async def test_a_day_is_the_businesss_own(world: World) -> None:
    guarded = Guarded(world, sms=1, zone="Asia/Tokyo")
    world.now = datetime(2026, 11, 22, 14, 59, tzinfo=UTC)  # a minute to midnight there
    assert await guarded.goes(note("today")) == ""
    assert await guarded.goes(note("today as well"))
    world.now += MINUTE
    assert await guarded.goes(note("tomorrow")) == ""
    assert [about for about, _ in guarded.told] == ["limit:harbor:sms"] * 3  # used, used up, and used the next day


async def test_the_same_words_to_the_same_person_go_in_a_circle(world: World) -> None:
    guarded = Guarded(world)
    for _ in range(5):
        assert await guarded.goes(note("I did not understand you.")) == ""
        world.now += MINUTE
    assert "circle" in await guarded.goes(note("I did not understand you."))
    [(about, _)] = guarded.told
    assert about == "circle:harbor:plumber"
    assert await guarded.goes(note("Out until 15:00.")) == ""
    assert await guarded.goes(replace(note("I did not understand you."), business_id="lakeside")) == ""
    world.now += 60 * MINUTE
    assert await guarded.goes(note("I did not understand you.")) == ""


async def test_reminders_are_no_circle_and_neither_is_another_attempt(world: World) -> None:
    guarded = Guarded(world)
    await keep(world, MESSAGE)
    for reminder in range(10):
        assert await guarded.goes(a_job(PLUMBER, reminder=reminder)) == ""
    again = note("words")
    await guarded.sent(again)
    for count in range(4):
        await guarded.sent(replace(again, id=f"n{count}", token=f"t{count}"))
    assert await guarded.why_not(again) == ""  # it is one of the five itself


async def test_what_is_refused_is_an_alarm_with_the_reason_and_the_next_channel_is_tried(world: World) -> None:
    pat = world.contacts["pat"].model_copy(update={"sms": "+18765550123"})
    world.contacts = {**world.contacts, "pat": pat}
    await world.verify()
    await world.save_by(DeliveryRule(to=("pat",), by=("sms",), else_by=("email",)))
    guarded, post = Guarded(world), Post()
    async with world.relaying({"email": post, "sms": post}, guard=guarded.guard.why_not):
        [alarm] = await world.until(Alarm)
        [delivered] = await world.until(Delivered)
    assert alarm.why == "+18765550123 is in a country that messages do not go to (JM)."
    assert delivered.job.target.channel == "email"
    assert [leased.job.target.address for leased, _ in post.sent] == ["pat@harbor.test"]


async def test_the_limit_holds_for_a_relay_that_has_much_to_send(world: World) -> None:
    guarded, post = Guarded(world, sms=3), Post()
    jobs = [replace(note(f"words {count}"), id=f"n{count}", token=f"t{count}") for count in range(12)]
    await world.outbox.add([Queued(job, world.now) for job in jobs])
    async with world.relaying({"sms": post}, guard=guarded.guard.why_not, workers=1):
        alarms = await world.until(Alarm, 9)
    assert len(post.sent) == 3
    assert {alarm.why for alarm in alarms} == {"The 3 SMS segments of Harbor for today are used up."}
