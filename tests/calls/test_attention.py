"""Nobody lost: what comes on the list, what takes it off again, and who hears of it."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.business import Business
from accounts.rota import Absence
from app.attending import make_attention_watch
from calls.attention import Concern, Trouble
from calls.intake import MINT
from calls.notices import Notices
from calls.plans import Plans
from calls.reaching import Reaching
from calls.vouching import vouch
from messages.delivery import Delivered, Job, Purpose, Queued, Target
from messages.escalation import Asking, Move, Unanswered
from messages.message import Message, MessageStatus, Source
from messages.moves import begin
from reports.facts import Fact, Kind
from store.memory import (
    MemoryConcerns,
    MemoryDirectory,
    MemoryInbox,
    MemoryJournal,
    MemoryOutbox,
    MemoryRotas,
    MemoryWays,
)

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
CALLER = "+12025550142"
PLAN = """\
answer_phrase: Harbor Plumbing.
hours: {time_zone: America/New_York}
open: {queue: main}
closed: {message: standard}
queues:
  main: {form: standard}
forms:
  standard: {title: Message, fields: [{key: name, label: Name}]}
contacts:
  office: {name: Office, email: office@harbor.test}
  pat: {name: Pat, sms: "+12025550192"}
rotas:
  plumbers: {rotation: {people: [pat], starts: "2026-01-05", every_weeks: 1}}
deliver:
  - {to: office, by: [email]}
  - {to: pat, by: [sms], until_acknowledged: true, urgency: [emergency]}
abandoned_calls: {to: [office, plumbers], by: [email, sms], after_seconds: 20}
"""


@dataclass
class Office:
    """The watch and all it looks at."""

    plan: str = PLAN
    now: datetime = NOON
    nudges: int = 0
    journal: MemoryJournal = field(default_factory=MemoryJournal)

    def __post_init__(self) -> None:
        self.directory = MemoryDirectory(self.clock)
        self.inbox = MemoryInbox(self.journal)
        self.outbox = MemoryOutbox(self.inbox)
        self.ways, self.rotas = MemoryWays(), MemoryRotas()
        self.plans = Plans(self.directory)
        self.reaching = Reaching(self.plans, self.rotas, self.ways, clock=self.clock)
        self.notices = Notices(self.clock)
        self.concerns = MemoryConcerns()
        self.watch = self.another_watch()

    def another_watch(self) -> Any:
        """As after a restart."""
        return make_attention_watch(
            self.concerns, self.journal, self.inbox, self.outbox, self.directory, self.plans, self.reaching,
            self.notices, clock=self.clock, nudge=self.nudge,
        )  # fmt: skip

    async def set_up(self) -> None:
        await self.directory.put_business(Business("harbor", "Harbor Plumbing", self.plan))
        await vouch(self.ways, "harbor", (await self.plans.by_id("harbor"))[1].contacts, NOON, "Sue")

    def clock(self) -> datetime:
        return self.now

    def nudge(self) -> None:
        self.nudges += 1

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def call(self, call_id: str, how: str, *, waited: float | None = 60, caller: str | None = CALLER) -> None:
        """A call that has just ended."""
        begun = self.now - timedelta(seconds=(waited or 0) + 10)
        data: dict[str, Any] = {"dialled": "+12025550101"} | ({"caller": caller} if caller else {})
        self.journal.note(Fact(call_id, begun, Kind.CALL_STARTED, "harbor", data=data))
        if waited is not None:
            queued = self.now - timedelta(seconds=waited)
            self.journal.note(Fact(call_id, queued, Kind.CALL_QUEUED, "harbor", data={"queue": "main"}))
        self.journal.note(Fact(call_id, self.now, Kind.CALL_ENDED, "harbor", data={"how": how, "seconds": 70}))

    async def message(self, **changes: Any) -> Message:
        """A message as the service saves it."""
        message = Message("m1", "harbor", "standard", Source.AGENT, self.now, caller=CALLER, saved_at=self.now)
        message = replace(message, **{"status": MessageStatus.SAVED, **changes})
        _, plan = await self.plans.by_id("harbor")
        reach = await self.reaching.of("harbor")
        begun = begin(message, plan.deliver, plan.hours, reach, self.now, MINT)
        return await self.inbox.save(message, begun.escalations, begun.deliveries, begun.tasks)

    async def reaches_nobody(self, message: Message, *, asked: bool) -> None:
        """Its escalations that asked somebody to acknowledge, or those that did not, come to their end."""
        for state in await self.outbox.escalations(message.id):
            if isinstance(state, Asking) and state.path.rule.asks == asked:
                assert await self.outbox.move(state, Move(Unanswered(state.path, self.now, "Nobody acknowledged.")))

    async def look(self) -> list[Concern]:
        await self.watch.look()
        return list(await self.concerns.open())

    async def kinds(self) -> list[Trouble]:
        return [concern.kind for concern in await self.look()]

    def notes(self) -> list[Queued]:
        found = [each for each in self.inbox.deliveries.values() if each.job.purpose is Purpose.NOTE]
        assert all(isinstance(each, Queued) for each in found)
        return [each for each in found if isinstance(each, Queued)]


@pytest.fixture
async def office() -> Office:
    office = Office()
    await office.set_up()
    return office


async def test_who_hangs_up_while_waiting_is_on_the_list_once(office: Office) -> None:
    office.call("c1", "abandoned", waited=43)
    [concern] = await office.look()
    assert (concern.kind, concern.subject, concern.at) == (Trouble.ABANDONED, "c1", office.now)
    assert concern.text == f"{CALLER} hung up after waiting 43 seconds, and left no message."
    office.later(seconds=5)
    assert await office.look() == [concern]
    office.watch = office.another_watch()
    assert await office.look() == [concern]


@pytest.mark.parametrize(
    ("how", "waited"), [("abandoned", 19), ("abandoned", None), ("answered", 60), ("message", 60), ("refused", None)]
)
async def test_who_left_at_once_or_was_served_is_not(office: Office, how: str, waited: float | None) -> None:
    office.call("c1", how, waited=waited)
    assert await office.look() == []


async def test_a_call_cut_off_by_a_fault_counts_as_lost_until_its_message_is_found(office: Office) -> None:
    office.call("c1", "failed", waited=None)
    assert await office.kinds() == [Trouble.ABANDONED]
    office.later(seconds=30)
    await office.message(call_id="c1", source=Source.FALLBACK, caller=None)
    assert await office.kinds() == []


async def test_the_business_hears_of_it_as_its_plan_says(office: Office) -> None:
    office.call("c1", "abandoned", waited=43)
    await office.watch.look()
    told = {(each.job.target.contact, each.job.target.channel, each.job.body) for each in office.notes()}
    text = f"Harbor Plumbing, 12:00: {CALLER} hung up after waiting 43 seconds, and left no message."
    assert told == {("office", "email", text), ("pat", "sms", text)}
    assert office.nudges == 1
    office.watch = office.another_watch()
    await office.watch.look()
    assert len(office.notes()) == 2, "once for each call, whatever restarts"


async def test_a_caller_who_tries_again_and_again_is_told_of_once(office: Office) -> None:
    for place in range(3):
        office.call(f"c{place}", "abandoned")
        await office.watch.look()
        office.later(minutes=1)
    assert len(office.notes()) == 2
    assert len(await office.look()) == 3


async def test_what_is_old_news_is_told_to_nobody(office: Office) -> None:
    office.call("c1", "abandoned")
    office.later(hours=2)
    assert await office.kinds() == [Trouble.ABANDONED]
    assert office.notes() == []


async def test_a_business_that_wants_no_word_gets_none() -> None:
    office = Office(plan=PLAN[: PLAN.index("abandoned_calls")])
    await office.set_up()
    office.call("c1", "abandoned", waited=6)
    assert await office.kinds() == [Trouble.ABANDONED]
    assert office.notes() == []


@pytest.mark.parametrize("how", ["answered", "message", "forwarded", "callback"])
async def test_the_caller_who_is_served_later_goes_off_the_list(office: Office, how: str) -> None:
    office.call("c1", "abandoned")
    office.call("c2", "abandoned", caller="+12025550199")
    assert len(await office.look()) == 2
    office.later(minutes=5)
    office.call("c3", how)
    assert [concern.subject for concern in await office.look()] == ["c2"]
    closed = await office.concerns.concern("abandoned:harbor:c1")
    assert (closed.closed_at, closed.closed_by, closed.note) == (office.now, None, "The caller was served after all.")


async def test_an_unfinished_message_is_on_the_list_until_the_business_dealt_with_it(office: Office) -> None:
    message = await office.message(status=MessageStatus.PARTIAL)
    [concern] = await office.look()
    assert (concern.kind, concern.subject, concern.number) == (Trouble.PARTIAL, message.id, message.number)
    office.later(minutes=1)
    await office.inbox.mark_done(message.id, office.now)
    assert await office.look() == []


async def test_what_nobody_acknowledges_alarms_at_once_and_a_late_word_ends_it(office: Office) -> None:
    message = await office.message(urgency="emergency")
    [sms] = [each for each in await office.outbox.of_message(message.id) if each.job.target.channel == "sms"]
    assert await office.look() == []
    office.inbox.deliveries[sms.job.id] = Delivered(sms.job, office.now, "")
    office.later(minutes=30)
    await office.reaches_nobody(message, asked=True)
    [concern] = await office.look()
    assert (concern.kind, concern.number, concern.emergency) == (Trouble.UNANSWERED, message.number, True)
    [notice] = office.notices.all()
    assert notice.text == "Harbor Plumbing: Nobody has said that they have this message."
    office.later(minutes=1)
    await office.outbox.acknowledge(message.id, office.now, by="Pat", how="sms", contact="pat")
    assert await office.look() == []
    assert (await office.concerns.concern(concern.id)).note == "Pat has it."
    assert office.notices.all()[0].over == office.now


async def test_what_reached_nobody_goes_off_when_it_arrives_after_all(office: Office) -> None:
    message = await office.message()
    await office.reaches_nobody(message, asked=False)
    [concern] = await office.look()
    assert (concern.kind, concern.text) == (Trouble.FAILED, "This message could be delivered to nobody.")
    office.later(minutes=3)
    [mail] = await office.outbox.of_message(message.id)
    office.inbox.deliveries[mail.job.id] = Delivered(mail.job, office.now, "")
    assert await office.look() == []


async def test_a_summary_that_nobody_gets_is_one_concern(office: Office) -> None:
    messages = [await office.message(id=name) for name in ("m1", "m2")]
    for each in list(office.inbox.deliveries):
        del office.inbox.deliveries[each]
    target = Target("office", "Office", "email", "office@harbor.test")
    job = Job("s1", None, "harbor", target, NOON, "t", Purpose.SUMMARY, summary_of=tuple(m.id for m in messages))
    await office.outbox.add([Queued(job, office.now)])
    [held] = await office.outbox.claim(office.now, lease_seconds=60, limit=1)
    assert await office.outbox.settle(held, held.failed_for_good(office.now, "no such mailbox"))
    [concern] = await office.look()
    assert (concern.kind, concern.subject) == (Trouble.FAILED, "s1")
    assert concern.text == "The summary of 2 messages could not be sent to Office."
    office.inbox.deliveries["s1"] = Delivered(job, office.now, "")
    assert await office.look() == []


@pytest.mark.parametrize(("urgency", "minutes"), [("normal", 10), ("emergency", 2)])
async def test_supervisors_hear_of_what_nobody_takes_in_time(office: Office, urgency: str, minutes: int) -> None:
    await office.message(status=MessageStatus.PARTIAL, urgency=urgency)
    office.later(minutes=minutes, seconds=-1)
    [concern] = await office.look()
    assert (office.notices.all(), concern.late(office.now)) == ([], False)
    office.later(seconds=1)
    await office.watch.look()
    [notice] = office.notices.all()
    assert notice.text.startswith("Harbor Plumbing: Nobody has taken this for ")
    assert concern.late(office.now)
    office.later(minutes=1)
    await office.watch.look()
    assert office.notices.all() == [notice], "one notice, not one each round"
    await office.concerns.take(concern.id, "sue")
    await office.watch.look()
    assert office.notices.all()[0].over == office.now


async def test_a_hole_in_a_rota_is_on_the_list_until_it_is_filled(office: Office) -> None:
    assert await office.look() == []
    starts, ends = NOON + timedelta(days=2), NOON + timedelta(days=2, hours=5)
    absence = await office.rotas.add_absence(Absence("a1", "harbor", "pat", starts, ends, "Pat", NOON))
    office.later(minutes=16)
    [concern] = await office.look()
    assert (concern.kind, concern.subject) == (Trouble.ROTA_GAP, "plumbers")
    assert concern.text == "Nobody is on call on “plumbers” from Wed 25 Nov 12:00 to Wed 25 Nov 17:00."
    office.later(minutes=1)
    await office.rotas.end_absence(absence.id, office.now)
    assert await office.look() == []


async def test_a_hole_that_somebody_closed_stays_closed(office: Office) -> None:
    starts, ends = NOON + timedelta(days=2), NOON + timedelta(days=2, hours=5)
    await office.rotas.add_absence(Absence("a1", "harbor", "pat", starts, ends, "Pat", NOON))
    [concern] = await office.look()
    await office.concerns.close(concern.id, office.now, "We take it ourselves.", "sue")
    office.later(minutes=16)
    assert await office.look() == []


async def test_a_round_that_fails_is_made_up_for(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("calls.attention_watch.ROUND_SECONDS", 0)
    tries: list[Concern] = []
    kept = asyncio.Event()

    async def add(concern: Concern) -> bool:
        tries.append(concern)
        if len(tries) == 1:
            raise ConnectionError("no database for +12025550142")
        kept.set()
        return True

    monkeypatch.setattr(office.concerns, "add", add)
    office.call("c1", "abandoned")
    running = asyncio.create_task(office.watch.run())
    async with asyncio.timeout(30):
        await kept.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert tries[0] == tries[1]
    assert CALLER not in caplog.text
