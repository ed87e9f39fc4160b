"""The composition root: the only place that chooses implementations and ties them together."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from accounts.business import Business
from accounts.contacts import Ways
from accounts.directory import Directory
from app.attending import make_attention_watch
from app.background import run_beside
from app.exchange import (
    AMI_USER,
    LOOPBACK,
    StoredExchange,
    live_calls,
    private_asterisk,
    private_endpoints,
    separate_endpoints,
)
from app.pages import serve_site, web_settings
from app.recovery import recover
from app.relaying import (
    Describing,
    limits_of,
    make_channels,
    make_guard,
    make_relay,
    make_webhook,
    web_post,
)
from app.settings import Settings
from app.spool import SpoolPickup
from app.texting import make_control, start_mail_in
from app.twilio import incoming_texts, twilio_posts
from app.watchdog import Watchdog
from calls.callbacks import Callbacks
from calls.clips import Clips
from calls.context import House
from calls.desk import Desk
from calls.intake import Intake
from calls.live import Live
from calls.plan import PlanError
from calls.plans import Plans
from calls.progress import CallsInProgress
from calls.reaching import Reaching
from calls.reception import Reception
from calls.rota_calendars import RotaCalendars
from calls.verification import Verification
from calls.voice_channel import VoiceChannel
from ivr.prompts import Prompt
from reports.facts import Fact, Kind
from routing.recipe import HouseRules
from store.callbacks import SqlCallbacks
from store.callers import SqlCallerLists
from store.concerns import SqlConcerns
from store.database import Database
from store.directory import SqlDirectory
from store.inbound_texts import SqlInboundTexts
from store.inbox import SqlInbox
from store.journal import SqlJournal
from store.outbox import SqlOutbox
from store.rotas import SqlRotas
from store.sent_codes import SqlSentCodes
from store.sent_texts import SqlSentTexts
from store.sessions import SqlSessions
from store.tasks import SqlTasks
from store.texted import SqlTextedLog
from store.ways import SqlWays
from store.webhook_secrets import SqlWebhookSecrets
from telephony.agents import AsteriskLegs
from telephony.agi_line import AgiLine, LineSettings, press_by
from telephony.agi_server import AgiServer
from telephony.agi_session import AgiSession
from telephony.ami import Ami
from telephony.hold_music import AsteriskHoldMusic
from telephony.outbound import AsteriskOutbound, is_outbound
from telephony.pbx import PrivateAsterisk
from telephony.pbx_config import PbxHome
from telephony.pbx_fetch import Progress
from telephony.phone_sound import phone_sound
from telephony.speech import Speech
from web.server import make_app
from web.services import Services

log = logging.getLogger(__name__)

STARTUP_LINK_SECONDS = 30.0
GOODBYE_SECONDS = 3.0
STOP_SECONDS = 20.0

Seed = Callable[[Directory, Ways], Awaitable[None]]


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


class Service:
    """One Answerline: `await start()`, then it runs until `await stop()`.

    `seed` puts in place what the first start needs; `progress` hears each long step; `legs` makes what rings
    agents' telephones.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        seed: Seed,
        progress: Progress,
        legs: Callable[[Ami], AsteriskLegs] = AsteriskLegs,
    ) -> None:
        self.settings = settings
        self._seed = seed
        self._progress = progress
        self._make_legs = legs
        self._stack = contextlib.AsyncExitStack()
        self.pbx: PrivateAsterisk | None = None

    async def start(self) -> None:
        """Bring everything up; whatever was started is stopped again when a part fails."""
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise

    async def stop(self) -> None:
        """Stop everything, Asterisk included; callers in the house hear the exchange's own words.

        A part that hangs is broken off after a while, and the others are stopped all the same.
        """
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._stack.aclose()
        except TimeoutError:
            log.error("a part of the service did not stop in %.0f s and was broken off", STOP_SECONDS)

    async def _start(self) -> None:
        settings, stack = self.settings, self._stack
        settings.home.mkdir(parents=True, exist_ok=True)
        await self._open_store()
        self.clips = Clips(settings.home / "clips")
        self.speech = Speech(settings.home / "speech", self.clips.path)
        self.speech.forget_all()
        stack.push_async_callback(self.speech.close)
        self.plans = Plans(self.directory)
        self.progress_of_calls = CallsInProgress()
        self.live = Live()

        pbx_home = PbxHome((settings.home / "asterisk").resolve())
        pbx_home.make()
        self.ami = Ami(LOOPBACK, settings.ami_port, AMI_USER, pbx_home.ami_secret())
        self.legs = self._make_legs(self.ami)
        self.outbound = AsteriskOutbound(self.ami, self._line_settings)
        self.hold_music = AsteriskHoldMusic(pbx_home, self.ami, self.clips.path)
        self.reaching = Reaching(self.plans, self.rotas, self.ways, clock=now)
        self.desk = Desk(
            self.directory,
            self.legs,
            self.live,
            self.journal,
            self.progress_of_calls,
            self.reaching,
            clock=now,
            rules=HouseRules(ready_seconds=settings.ready_seconds),
        )
        self.webhook = make_webhook(web_post(settings), self.webhook_secrets, clock=now)
        channels = make_channels(settings, self.sent_texts, self.clips.path, self.webhook, clock=now)
        channels["voice"] = VoiceChannel(self.outbound, self.directory)
        for channel in channels.values():
            stack.push_async_callback(channel.close)
        self.limits = limits_of(settings)
        guard = make_guard(
            self.limits, self.inbox, self.outbox, self.directory, self.plans, warn=self.desk.notices.put, clock=now
        )
        self.relay = make_relay(
            self.inbox,
            self.outbox,
            self.ways,
            self.reaching,
            Describing(self.directory, self.plans, self.clips, self.journal),
            channels,
            public_url=settings.origin,
            clock=now,
            tell=lambda state: None,
            guard=guard.why_not,
        )
        self.control = make_control(
            self.inbox,
            self.outbox,
            self.tasks,
            self.texted,
            self.ways,
            self.rotas,
            self.plans,
            self.reaching,
            self.desk.notices,
            nudge=self.relay.nudge,
        )
        self.texts = incoming_texts(
            settings,
            self.inbound_texts,
            self.ways,
            self.texted,
            self.directory,
            self.control.on_text,
            channels["sms"],
            clock=now,
        )
        self.verification = Verification(
            self.ways, SqlSentCodes(self.database), self.outbox, clock=now, nudge=self.relay.nudge
        )
        outside = web_post(settings)
        stack.push_async_callback(outside.close)
        self.rota_calendars = RotaCalendars(self.directory, self.plans, self.rotas, outside, clock=now)
        self.intake = Intake(self.inbox, self.plans, self.reaching, clock=now, nudge=self.relay.nudge)
        kept = frozenset(callback.draft_id for callback in await self.callback_store.all())
        await recover(self.journal, self.inbox, self.intake, self.clips, clock=now, kept=kept)
        await self.outbox.end_leases(now())

        await self._start_exchange(pbx_home)
        stack.push_async_callback(self.desk.close)
        self.journal.note(Fact("", now(), Kind.SERVICE_STARTED))
        stack.callback(lambda: self.journal.note(Fact("", now(), Kind.SERVICE_STOPPED)))
        self.callbacks = Callbacks(
            self.callback_store,
            self.directory,
            self.plans,
            self.desk,
            self.inbox,
            self.intake,
            self.outbound,
            self.clips,
            self.journal,
            self.progress_of_calls,
            clock=now,
        )
        house = House(self.desk, self.intake, self.clips, self.callbacks, self.hold_music)
        self.reception = Reception(
            self.directory, self.caller_lists, self.plans, house, self.journal, self.progress_of_calls, clock=now
        )
        self.agi = AgiServer(self._serve)
        await self.agi.start(LOOPBACK, settings.agi_port)
        stack.push_async_callback(self.agi.close, GOODBYE_SECONDS)
        # Its calls come in there too: it begins later and ends sooner.
        run_beside(stack, self.relay.run(), "relay")
        run_beside(stack, self.texts.keep_sweeping(), "texts to us")
        self.mail_in = await start_mail_in(
            settings, self.outbox, self.ways, self.control, nudge=self.relay.nudge, clock=now
        )
        if self.mail_in is not None:
            stack.push_async_callback(self.mail_in.close)
        stack.push_async_callback(self.callbacks.close)
        await self.callbacks.restore()
        spool = SpoolPickup(
            pbx_home.fallback_messages,
            self.directory,
            self.plans,
            self.intake,
            self.clips,
            live_calls=partial(live_calls, self.ami),
        )
        run_beside(stack, spool.run(), "fallback spool")
        run_beside(stack, self._prewarm(), "prompts")
        watch = make_attention_watch(
            self.concerns,
            self.journal,
            self.inbox,
            self.outbox,
            self.directory,
            self.plans,
            self.reaching,
            self.desk.notices,
            clock=now,
            nudge=self.relay.nudge,
        )
        run_beside(stack, watch.run(), "attention")
        run_beside(stack, self.rota_calendars.run(), "calendars of rotas")
        await self._start_web(stack)
        stack.enter_context(Watchdog())

    async def _open_store(self) -> None:
        database = Database(self.settings.database)
        self._progress("Opening the database")
        await database.open()
        self._stack.push_async_callback(database.close)
        self.database = database
        self.directory = SqlDirectory(database)
        self.caller_lists = SqlCallerLists(database)
        self.callback_store = SqlCallbacks(database)
        self.sessions = SqlSessions(database)
        self.inbox = SqlInbox(database)
        self.outbox = SqlOutbox(database)
        self.tasks = SqlTasks(database)
        self.concerns = SqlConcerns(database)
        self.ways = SqlWays(database)
        self.rotas = SqlRotas(database)
        self.webhook_secrets = SqlWebhookSecrets(database)
        self.sent_texts = SqlSentTexts(database)
        self.inbound_texts = SqlInboundTexts(database)
        self.texted = SqlTextedLog(database)
        self.journal = SqlJournal(database)
        await self.journal.start()
        self._stack.push_async_callback(self.journal.close)
        await self._seed(self.directory, self.ways)

    async def _start_exchange(self, pbx_home: PbxHome) -> None:
        settings, stack = self.settings, self._stack
        if settings.exchange == "private":
            self.pbx = await private_asterisk(settings, self.speech, self._progress)
            use = private_endpoints(self.pbx)
        else:
            use = separate_endpoints(pbx_home, self.ami)
        self.exchange = StoredExchange(self.directory, use)
        await self.exchange.apply_endpoints()
        if self.pbx is not None:
            self._progress("Starting Asterisk")
            await self.pbx.start()
            stack.push_async_callback(self.pbx.stop)
            run_beside(stack, self.pbx.keep_up(lambda: log.warning("Asterisk is back")), "keep Asterisk up")
        stack.push_async_callback(self.legs.close)
        stack.push_async_callback(self.outbound.close)
        stack.push_async_callback(self.hold_music.close)
        stack.push_async_callback(self.ami.close)
        await self.ami.start(STARTUP_LINK_SECONDS)
        await self.exchange.apply_endpoints()

    async def _start_web(self, stack: contextlib.AsyncExitStack) -> None:
        settings = self.settings
        services = Services(
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
            desk=self.desk.agents,
            intake=self.intake,
            calls_view=self.desk.calls,
            settings=web_settings(settings),
            health=self.health,
            exchange=self.exchange,
            speak=self.speech.wav,
            phone_sound=phone_sound,
            nudge_relay=self.relay.nudge,
            check_webhook=self.webhook.verify,
            fetch_calendars=self.rota_calendars.nudge,
            clock=now,
            allowed=self.limits.refuse,
            twilio=twilio_posts(
                settings, self.outbox, self.ways, self.texts.receive, nudge_relay=self.relay.nudge, clock=now
            ),
        )
        stack.push_async_callback(await serve_site(make_app(services), settings, GOODBYE_SECONDS))

    async def health(self) -> Mapping[str, str]:
        """ "ok" or a sentence for each part; reading it changes nothing."""
        return {
            "database": "ok" if await self.database.healthy() else "The database does not answer.",
            "asterisk": "ok" if self.ami.connected else "The link to Asterisk is down; it is being tried again.",
            "agi": "ok" if self.agi.listening else "The port for calls from Asterisk is closed.",
            "relay": "ok" if self.relay.healthy else "The relay cannot read the outbox.",
        }

    async def _serve(self, session: AgiSession) -> None:
        if is_outbound(session):
            await self.outbound.serve(session)
        else:
            await self.reception.receive(AgiLine(session, self._line_settings()))

    def _line_settings(self) -> LineSettings:
        return LineSettings(
            prompt_path=self.speech.file_for,
            forget=self.speech.forget,
            clip_path=self.clips.path,
            dial_string=self.exchange.dial_string,
            press=press_by(self.ami),
        )

    async def _prewarm(self) -> None:
        """Speak what callers will hear before the first of them has to wait for it."""
        spoken: set[Prompt] = set()  # most of what a business says, all of them say
        for business in await self.directory.businesses():
            try:
                # Takes milliseconds, and there may be a thousand: beside the calls, not between them.
                prompts = await asyncio.to_thread(self._prompts_of, business)
            except PlanError:
                log.error("the plan of business %s can no longer be read", business.id)
                continue
            await self.speech.prewarm([prompt for prompt in prompts if prompt not in spoken])
            spoken.update(prompts)

    def _prompts_of(self, business: Business) -> list[Prompt]:
        return list(self.plans.of(business).prompts())
