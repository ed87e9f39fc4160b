"""The cast and the services behind it: two businesses, their people, staff, and an outsider; stores in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from accounts.business import Business, Number, Recording, Trunk
from accounts.callers import ListedCaller, ListKind
from accounts.directory import Session
from accounts.people import Person, Role
from accounts.rota import Absence, Cover
from calls.clips import Clips
from calls.desk_book import NotNow
from calls.intake import Intake
from calls.legs import ExchangeDown
from calls.live import AgentView, Chosen, Device, Floor, FloorAgent, FloorCall, FloorNotice, Live
from calls.plans import Plans
from calls.reaching import Reaching
from calls.verification import Verification
from calls.vouching import vouch
from ivr.line import LineFault
from messages import escalation
from messages.channels.channel import ChannelError
from messages.delivery import Alarm, Delivered, Job, Queued, Target
from messages.escalation import Asking, Unanswered
from messages.message import Message, MessageStatus, Source
from messages.outbox import SentText
from reports.facts import Fact, Kind
from store.memory import (
    MemoryCallerLists,
    MemoryConcerns,
    MemoryDirectory,
    MemoryInbox,
    MemoryJournal,
    MemoryOutbox,
    MemoryRotas,
    MemorySentCodes,
    MemorySentTexts,
    MemorySessions,
    MemoryTasks,
    MemoryWays,
    MemoryWebhookSecrets,
)
from telephony.phone_sound import phone_sound
from web.ask import token_hash
from web.server import Services, WebSettings, make_app

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
HARBOR, LAKESIDE = "harbor", "lakeside"
CALLER, BLOCKED = "+12025550142", "+12025550666"
PLAN = """\
answer_phrase: Thank you for calling {name}.
hours: {{time_zone: America/New_York}}
open: {{queue: main}}
closed: {{message: standard}}
queues:
  main: {{form: standard}}
forms:
  standard:
    title: Message
    fields:
      - {{key: name, label: Name, type: name, required: true}}
      - {{key: phone, label: Phone, type: phone}}
contacts:
  office: {{name: Office, email: office@{id}.test, sms: "+12025550191"}}
rotas:
  plumbers:
    name: On call
    calendar: file
    holidays: [{{name: Christmas, date: 2026-12-25, who: office}}]
    fallback: office
deliver:
  - {{to: office, by: [email]}}
  - {{to: office, by: [sms], until_acknowledged: true}}
"""

CAST = {
    person.id: person
    for person in (
        Person("olga", "owner@answerline.test", "Olga", Role.OWNER, ""),
        Person("sue", "sue@answerline.test", "Sue", Role.SUPERVISOR, ""),
        Person("ana", "ana@answerline.test", "Ana", Role.AGENT, "", sip_username="ana", sip_secret="ana's secret"),
        Person("ben", "ben@answerline.test", "Ben", Role.AGENT, "", sip_username="ben", sip_secret="ben's secret"),
        Person("office", "office@harbor.test", "Harbor office", Role.BUSINESS, "", business_id=HARBOR),
        Person("desk", "desk@lakeside.test", "Lakeside desk", Role.BUSINESS, "", business_id=LAKESIDE),
        Person("harbor-staff", "sam@harbor.test", "Sam", Role.STAFF, "", business_id=HARBOR),
        Person("lakeside-staff", "lee@lakeside.test", "Lee", Role.STAFF, "", business_id=LAKESIDE),
    )
}
"""By id. An outsider has no sign-in at all: they ask as None."""


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


class DeskStandIn:
    """Agents who are signed in or not; each move is kept, and pushed to the live views as the real desk does."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self.moves: list[tuple[object, ...]] = []
        self.views: dict[str, AgentView] = {}
        self.notices: dict[str, FloorNotice] = {}

    async def sign_in(self, agent_id: str, device: Device, only: Chosen | None = None) -> None:
        view = AgentView(state="available", since=NOW, device=device, only=only)
        self._now(agent_id, view, "sign_in", device, *([only] if only else []))

    async def choose(self, agent_id: str, only: Chosen | None) -> None:
        self._check(agent_id)
        self._now(agent_id, self.views[agent_id].model_copy(update={"only": only}), "choose", only)

    async def sign_out(self, agent_id: str, by: Person | None = None) -> None:
        self._check(agent_id)
        self._now(agent_id, AgentView(since=NOW), "sign_out", *_ordered(by))

    async def pause(self, agent_id: str, reason: str, note: str = "", by: Person | None = None) -> None:
        self._check(agent_id)
        said = (reason, note) if note else (reason,)
        self._now(agent_id, AgentView(state="paused", since=NOW, reason=reason), "pause", *said, *_ordered(by))

    async def resume(self, agent_id: str, by: Person | None = None) -> None:
        self._check(agent_id)
        self._now(agent_id, AgentView(state="available", since=NOW), "resume", *_ordered(by))

    async def extend_wrap_up(self, agent_id: str, seconds: float, by: Person | None = None) -> None:
        if agent_id not in self.views or self.views[agent_id].state != "wrap-up":
            raise NotNow("There is no wrap-up to extend.")
        self._now(agent_id, self.views[agent_id], "extend", seconds, *_ordered(by))

    async def finish_wrap_up(self, agent_id: str, by: Person | None = None) -> None:
        if agent_id not in self.views or self.views[agent_id].state != "wrap-up":
            raise NotNow("There is no wrap-up to finish.")
        self._now(agent_id, AgentView(state="available", since=NOW), "finish", *_ordered(by))

    def seen(self, agent_id: str) -> None:
        self._check(agent_id)
        self.moves.append((agent_id, "seen"))

    def ready(self, agent_id: str, offer_id: str, problem: str) -> None:
        self.moves.append((agent_id, "ready", offer_id, problem))

    def put_away(self, notice_id: str) -> None:
        self.notices.pop(notice_id, None)

    async def hold(self, agent_id: str) -> None:
        raise NotNow("You are in no call.")

    async def unhold(self, agent_id: str) -> None:
        raise NotNow("You are in no call.")

    async def hang_up(self, agent_id: str) -> None:
        raise ExchangeDown

    async def decline(self, agent_id: str) -> None:
        raise NotNow("No call is offered to you.")

    async def agent_changed(self, agent: Person) -> None:
        self.moves.append((agent.id, "changed"))

    def view(self, agent_id: str) -> AgentView:
        return self.views.get(agent_id, AgentView(since=NOW))

    def floor(self) -> Floor:
        agents = [FloorAgent(id=key, name=key, state=view.state, since=NOW) for key, view in self.views.items()]
        return Floor(agents=agents, calls=[], notices=list(self.notices.values()))

    def _check(self, agent_id: str) -> None:
        if agent_id not in self.views:
            raise NotNow("Sign in first.")

    def _now(self, agent_id: str, view: AgentView, *move: object) -> None:
        self.moves.append((agent_id, *move))
        self.shows(agent_id, view)

    def shows(self, agent_id: str, view: AgentView) -> None:
        """The agent's page shows this from now on."""
        self.views[agent_id] = view
        self._live.changed(agent_id)


def _ordered(by: Person | None) -> list[str]:
    return [f"by {by.id}"] if by else []


class ExchangeStandIn:
    def __init__(self) -> None:
        self.applied = 0
        self.up = True

    async def apply_endpoints(self) -> None:
        if not self.up:
            raise ExchangeDown
        self.applied += 1


@dataclass
class World:
    """All that a test may look into or turn."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    public_url: str = "https://answers.test"
    sip_ws_url: str = "ws://127.0.0.1:1/ws"
    pages: Path | None = None
    parts: dict[str, str] = field(default_factory=lambda: {"database": "ok", "asterisk": "ok"})
    calls: list[FloorCall] = field(default_factory=list)
    nudges: int = 0

    def __post_init__(self) -> None:
        self.directory = MemoryDirectory(self.clock)
        self.caller_lists = MemoryCallerLists()
        self.sessions = MemorySessions()
        self.journal = MemoryJournal()
        self.inbox = MemoryInbox(self.journal)
        self.outbox = MemoryOutbox(self.inbox)
        self.tasks = MemoryTasks(self.inbox)
        self.concerns = MemoryConcerns()
        self.sent_texts = MemorySentTexts()
        self.ways = MemoryWays()
        self.rotas = MemoryRotas()
        self.plans = Plans(self.directory)
        self.live = Live()
        self.clips = Clips(self.folder / "clips")
        self.desk = DeskStandIn(self.live)
        self.exchange = ExchangeStandIn()
        self.reaching = Reaching(self.plans, self.rotas, self.ways, clock=self.clock)
        self.webhook_secrets = MemoryWebhookSecrets()
        self.verification = Verification(
            self.ways, MemorySentCodes(), self.outbox, clock=self.clock, nudge=self.nudge, new_code=lambda: "123456"
        )
        self.webhook_trouble = ""
        self.not_allowed: dict[str, str] = {}
        self.calendar_nudges = 0
        self.intake = Intake(self.inbox, self.plans, self.reaching, clock=self.clock, nudge=self.nudge)

    def app(self) -> web.Application:
        settings = WebSettings(self.public_url, self.sip_ws_url, self.public_url.startswith("https:"))
        return make_app(
            Services(
                directory=self.directory,
                caller_lists=self.caller_lists,
                sessions=self.sessions,
                inbox=self.inbox,
                outbox=self.outbox,
                tasks=self.tasks,
                concerns=self.concerns,
                sent_texts=self.sent_texts,
                journal=self.journal,
                plans=self.plans,
                ways=self.ways,
                rotas=self.rotas,
                reaching=self.reaching,
                verification=self.verification,
                webhook_secrets=self.webhook_secrets,
                live=self.live,
                clips=self.clips,
                desk=self.desk,
                intake=self.intake,
                calls_view=lambda: self.calls,
                settings=replace(settings, pages=self.pages or self.folder / "no pages", sip_address="127.0.0.1:5060"),
                health=self.health,
                exchange=self.exchange,
                speak=self.speak,
                phone_sound=phone_sound,
                nudge_relay=self.nudge,
                check_webhook=self.check_webhook,
                fetch_calendars=self.fetch_calendars,
                allowed=lambda channel, address, region: self.not_allowed.get(address, ""),
                clock=self.clock,
            )
        )

    def nudge(self) -> None:
        self.nudges += 1

    async def check_webhook(self, business_id: str, url: str) -> None:
        if self.webhook_trouble:
            raise ChannelError(self.webhook_trouble, permanent=False)

    def fetch_calendars(self) -> None:
        self.calendar_nudges += 1

    async def health(self) -> Mapping[str, str]:
        return self.parts

    async def speak(self, text: str, language: str) -> bytes:
        if language == "xx":
            raise LineFault("no such voice")
        return b"RIFF" + text.encode()

    async def seed(self) -> None:
        """The businesses, everybody signed in, and one of everything that belongs to each business."""
        for business_id, name in ((HARBOR, "Harbor Plumbing"), (LAKESIDE, "Lakeside Dental")):
            await self.directory.put_business(Business(business_id, name, PLAN.format(name=name, id=business_id)))
            contacts = (await self.plans.by_id(business_id))[1].contacts
            await vouch(self.ways, business_id, contacts, NOW, "Sue")
            await self.seed_belongings(business_id)
        await self.directory.put_number(Number("+12025550101", HARBOR))
        await self.directory.put_number(Number("+12025550102", LAKESIDE))
        await self.directory.put_trunk(Trunk("trunk-1", "carrier", "sip.carrier.test", secret="hidden"))
        for person in CAST.values():
            await self.directory.put_person(person)
            await self.sessions.add(Session(token_hash(token_of(person.id)), person.id, NOW + timedelta(hours=12)))

    async def seed_belongings(self, of: str) -> None:
        """For business X: message X-saved with clips and deliveries, draft X-draft, call X-call, a blocked caller,
        recording X-welcome, cover X-cover and absence X-absence."""
        await self.directory.put_recording(Recording(f"{of}-welcome", of, f"Welcome to {of}", 1.5, NOW))
        self.clips.keep(f"{of}-welcome", b"RIFF" + bytes(100))
        listed = ListedCaller(BLOCKED, of, ListKind.BLOCKED, NOW, "sue", f"rude to {of}")
        await self.caller_lists.put([listed])
        later = NOW + timedelta(hours=1)
        ends = later + timedelta(hours=1)
        await self.rotas.add_cover(Cover(f"{of}-cover", of, "plumbers", "office", later, ends, f"{of}'s Pat", NOW))
        away = Absence(f"{of}-absence", of, "office", NOW + timedelta(days=7), NOW + timedelta(days=8), "Pat", NOW)
        await self.rotas.add_absence(away)
        clip_id = f"{of}-clip"
        self.clips.keep(clip_id, b"RIFF" + bytes(range(200)))
        self.clips.keep(f"{of}-draft-clip", b"RIFF draft")
        draft = Message(f"{of}-draft", of, "standard", Source.AGENT, NOW, caller=CALLER, call_id="c2", taken_by="ana")
        saved = replace(
            draft,
            id=f"{of}-saved",
            status=MessageStatus.SAVED,
            call_id=f"{of}-call",
            answers={"name": "Ann Lee"},
            name_clip=clip_id,
            saved_at=NOW,
        )
        queued = [Queued(job(of, "email"), NOW), Queued(job(of, "sms"), NOW)]
        _, plan = await self.plans.by_id(of)
        paths = [
            escalation.Path(f"{of}-{place}", saved.id, of, rule, place, NOW) for place, rule in enumerate(plan.deliver)
        ]
        asking = Asking(paths[1], NOW + timedelta(minutes=5), told=("office",), sent=(f"{of}-sms",))
        started = Fact(f"{of}-call", NOW, Kind.CALL_STARTED, of, data={"dialled": "+12025550101", "caller": CALLER})
        self.journal.note(started)
        await self.journal.flush()
        await self.inbox.save(saved, [Unanswered(paths[0], NOW, "Nobody could be told."), asking], queued)
        self.inbox.deliveries[f"{of}-sms"] = Delivered(queued[1].job, NOW, "")
        self.inbox.deliveries[f"{of}-email"] = Alarm(queued[0].job, NOW, "no such mailbox")
        await self.inbox.open_draft(replace(draft, name_clip=f"{of}-draft-clip"))
        self.journal.note(Fact(f"{of}-call", NOW, Kind.CALL_ENDED, of, data={"how": "answered", "seconds": 61.5}))
        await self.journal.flush()
        await self.sent_texts.add(
            SentText(
                f"{of}-sent", f"{of}-email", f"{of}-saved", of, "email", f"office@{of}.test", "S", "T", "<p>T</p>",
                (("name.wav", clip_id),), NOW,
            )
        )  # fmt: skip


def job(of: str, channel: str) -> Job:
    target = Target("office", "Office", channel, f"{channel} address")
    place = 1 if channel == "sms" else 0
    return Job(
        f"{of}-{channel}",
        f"{of}-saved",
        of,
        target,
        NOW,
        f"{of}-{channel}-token",
        escalation_id=f"{of}-{place}",
        asks=channel == "sms",
    )


def token_of(person_id: str) -> str:
    """The session token that `seed` gave."""
    return f"token-of-{person_id}"
