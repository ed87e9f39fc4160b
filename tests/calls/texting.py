"""Two businesses whose people text us, on stores in memory, with a clock that moves when told."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

from accounts.business import Business
from accounts.contacts import ChannelName
from accounts.rota import on_call
from calls.control import Control
from calls.intake import MINT
from calls.plans import Plans
from calls.reaching import Reaching
from calls.texting_messages import MessageTexts
from calls.texting_people import People
from calls.texting_rotas import RotaTexts
from messages.delivery import Delivery, Purpose, Queued
from messages.inbound import InboundMail, InboundText
from messages.message import Message, MessageStatus, Source
from messages.moves import begin
from messages.segments import segments
from store.memory import (
    MemoryDirectory,
    MemoryInbox,
    MemoryOutbox,
    MemoryRotas,
    MemoryTasks,
    MemoryTextedLog,
    MemoryWays,
)

MONDAY = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)  # 14:00 in New York
PAT, KIM, LEE, OFFICE = "+12025550191", "+12025550192", "+12025550193", "+12025550194"
STRANGER = "+12025550199"

_PLAN = """\
answer_phrase: Hello.
hours: {{time_zone: {zone}, weekly: always}}
open: {{message: standard}}
closed: {{message: standard}}
forms:
  standard:
    title: Message
    fields:
      - {{key: name, label: Name, type: name, required: true}}
      - {{key: phone, label: Phone, type: phone}}
message: standard
contacts:
{contacts}
{rotas}
deliver:
  - {{urgency: [emergency], to: [{told}], by: [{by}], until_acknowledged: true}}
  - {{urgency: [normal, urgent], to: office, by: [sms]}}
"""
HARBOR = _PLAN.format(
    zone="America/New_York",
    told="pat, kim",
    by="sms, email",
    contacts=f"""\
  office: {{name: Harbor office, sms: "{OFFICE}"}}
  pat: {{name: Pat Cole, sms: "{PAT}", email: pat@harbor.test}}
  kim: {{name: Kim Fox, sms: "{KIM}"}}
""",
    rotas="""\
rotas:
  plumbers:
    shifts:
      - {who: kim, hours: {mon: ["20:00-24:00"]}}
      - {who: pat, hours: {mon: ["08:00-20:00"], tue: ["08:00-20:00"]}}
    fallback: office
""",
)
LAKESIDE = _PLAN.format(
    zone="America/Chicago",
    told="lee",
    by="sms",
    contacts=f"""\
  office: {{name: Desk, email: desk@lakeside.test, sms: "+12025550195"}}
  lee: {{name: Lee Ott, sms: "{LEE}"}}
  pat: {{name: Pat Cole, sms: "{PAT}"}}
""",
    rotas="""\
rotas:
  dentists: {shifts: [{who: lee, hours: always}]}
  hygienists: {name: Hygienists, shifts: [{who: pat, hours: always}]}
""",
)


class Texting:
    """`text` and `mail` return the answer ("" when there is none)."""

    def __init__(self) -> None:
        self.now = MONDAY
        self.directory = MemoryDirectory(lambda: self.now)
        self.plans = Plans(self.directory)
        self.ways, self.rotas = MemoryWays(), MemoryRotas()
        self.inbox = MemoryInbox()
        self.outbox, self.tasks = MemoryOutbox(self.inbox), MemoryTasks(self.inbox)
        self.texted = MemoryTextedLog()
        self.reaching = Reaching(self.plans, self.rotas, self.ways, clock=lambda: self.now)
        self.notices: list[tuple[str, str]] = []
        self.nudged = 0
        self._serial = count(1)
        self.control = self.started()

    def started(self) -> Control:
        """The service after a (re)start: what is stored stays."""
        people = People(self.ways, self.plans, self.reaching)
        return Control(
            people,
            MessageTexts(self.inbox, self.outbox, self.tasks),
            RotaTexts(self.rotas, people),
            self.tasks,
            self.outbox,
            self.texted,
            nudge=self._nudge,
            notice=lambda about, text: self.notices.append((about, text)),
        )

    async def open(self, lakeside: bool = False) -> "Texting":
        """Harbor (and Lakeside, where Pat works too); everybody's ways are verified."""
        plans = {"harbor": ("Harbor Plumbing", HARBOR)} | (
            {"lakeside": ("Lakeside Dental", LAKESIDE)} if lakeside else {}
        )
        for key, (name, plan) in plans.items():
            await self.directory.put_business(Business(key, name, plan))
            _, parsed = await self.plans.by_id(key)
            for contact in parsed.contacts.values():
                channels: tuple[ChannelName, ...] = ("sms", "email")
                for channel in channels:
                    if address := contact.address(channel):
                        await self.ways.verify(key, channel, address, MONDAY, "code")
        return self

    def _nudge(self) -> None:
        self.nudged += 1

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    async def message(
        self,
        business_id: str = "harbor",
        *,
        urgency: str = "emergency",
        caller: str | None = "+12025550142",
        answers: Mapping[str, str] | None = None,
        sent: bool = True,
    ) -> Message:
        """A caller has left one, and its first texts have gone out (unless a relay is to do that)."""
        _, plan = await self.plans.by_id(business_id)
        message = Message(
            id=f"message-{next(self._serial)}",
            business_id=business_id,
            form="standard",
            source=Source.AGENT,
            created_at=self.now,
            status=MessageStatus.SAVED,
            caller=caller,
            urgency=urgency,
            answers=answers or {"name": "Ann Lee"},
            saved_at=self.now,
        )
        reach = await self.reaching.of(business_id)
        begun = begin(message, plan.deliver, plan.hours, reach, self.now, MINT)
        saved = await self.inbox.save(message, begun.escalations, begun.deliveries, begun.tasks)
        if sent:
            await self.sent()
        return saved

    async def sent(self) -> list[Delivery]:
        """Everything that is due goes out."""
        held = await self.outbox.claim(self.now, lease_seconds=60, limit=100)
        states = [each.delivered(self.now, f"ref-{each.job.id}") for each in held]
        for each, state in zip(held, states, strict=True):
            await self.outbox.settle(each, state)
        return list(states)

    async def text(self, body: str, sender: str = PAT, text_id: str = "") -> str:
        text = InboundText(text_id or f"SM{next(self._serial)}", sender, "+12025550100", body, self.now)
        before = len(await self.notes())
        await self.control.on_text(text)
        return await self._answer(before, "sms", sender)

    async def mail(self, words: str, delivery_id: str, sender: str = "pat@harbor.test", mail_id: str = "") -> str:
        mail = InboundMail(mail_id or f"mail{next(self._serial)}", sender, words, self.now, delivery_id)
        before = len(await self.notes())
        await self.control.on_mail(mail)
        return await self._answer(before, "email", sender)

    async def _answer(self, before: int, channel: str, address: str) -> str:
        new = (await self.notes())[before:]
        if not new:
            return ""
        [note] = new
        assert (note.job.target.channel, note.job.target.address) == (channel, address)
        assert isinstance(note, Queued)
        assert segments(note.job.body).count <= 2
        await self.sent()
        return note.job.body

    async def notes(self) -> list[Delivery]:
        return [each for each in self.inbox.deliveries.values() if each.job.purpose is Purpose.NOTE]

    async def on_call(self, rota: str = "plumbers", business_id: str = "harbor") -> list[str]:
        """The keys of who is on call now."""
        reach = await self.reaching.of(business_id)
        names = {key: contact.name for key, contact in reach.contacts.items()}
        return [
            duty.contact for duty in on_call(reach.rotas[rota], rota, reach.time_zone, self.now, reach.changes, names)
        ]
