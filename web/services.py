"""Everything the web side is given, in one value."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aiohttp import web
from pydantic import BaseModel

from accounts.contacts import Ways
from accounts.directory import Directory, Sessions
from accounts.rota_changes import Rotas
from calls.attention import Concerns
from calls.caller_lists import CallerLists
from calls.clips import Clips, PhoneSound
from calls.journal import Journal
from calls.live import FloorCall, Live
from calls.plan_checks import Allowed, anything
from calls.plans import Plans
from calls.reaching import Reaching
from calls.verification import Verification
from calls.webhook_secrets import WebhookSecrets
from messages.channels.channel import Receipt
from messages.channels.twilio_hooks import TwilioHooks
from messages.inbound import InboundText
from messages.outbox import Inbox, Outbox, SentTexts, Tasks
from web.ports import AgentDesk, Exchange, Intake

BUILT_PAGES = Path(__file__).parent.parent / "ui" / "dist"


class IceServer(BaseModel):
    """A STUN or TURN server in the browser's own words (RTCIceServer)."""

    urls: list[str]
    username: str = ""
    credential: str = ""


@dataclass(frozen=True)
class WebSettings:
    """`public_url` is the address people and links use; `sip_ws_url` the exchange's own WebSocket, reached by us only;
    `sip_address` (HOST:PORT) what an agent's SIP phone registers with; `private_targets`: webhooks may also lead into
    our own network."""

    public_url: str
    sip_ws_url: str
    secure_cookies: bool = False
    ice_servers: tuple[IceServer, ...] = ()
    sip_address: str = ""
    private_targets: bool = False
    pages: Path = BUILT_PAGES


@dataclass(frozen=True)
class TwilioPosts:
    """How Twilio's posts are read, and what they are handed to: `receipt(delivery_id, receipt, sid)` and `text`."""

    hooks: TwilioHooks
    receipt: Callable[[str, Receipt, str], Awaitable[None]]
    text: Callable[[InboundText], Awaitable[object]]


@dataclass(frozen=True)
class Services:
    """`calls_view` lists the live calls of every stage, `speak(text, language)` gives a WAV or raises
    `ivr.line.LineFault`, `phone_sound(wav)` makes a file fit for telephones or raises `calls.clips.UnreadableSound`,
    `nudge_relay` wakes the relay, `health` has "ok" or a sentence for each part. `check_webhook(business_id, url)`
    sends a signed test event or raises `messages.channels.channel.ChannelError`; `fetch_calendars` has the calendars
    of rotas looked at now. `allowed(channel, address, region)` says why the house sends nothing there ("": it does)."""

    directory: Directory
    caller_lists: CallerLists
    sessions: Sessions
    inbox: Inbox
    outbox: Outbox
    tasks: Tasks
    concerns: Concerns
    sent_texts: SentTexts
    journal: Journal
    plans: Plans
    ways: Ways
    rotas: Rotas
    reaching: Reaching
    verification: Verification
    webhook_secrets: WebhookSecrets
    live: Live
    clips: Clips
    desk: AgentDesk
    intake: Intake
    calls_view: Callable[[], Sequence[FloorCall]]
    settings: WebSettings
    health: Callable[[], Awaitable[Mapping[str, str]]]
    exchange: Exchange
    speak: Callable[[str, str], Awaitable[bytes]]
    phone_sound: Callable[[bytes], Awaitable[PhoneSound]]
    nudge_relay: Callable[[], None]
    check_webhook: Callable[[str, str], Awaitable[None]]
    fetch_calendars: Callable[[], None]
    clock: Callable[[], datetime]
    allowed: Allowed = anything
    twilio: TwilioPosts | None = None  # None: Twilio's auth token is not set, so nothing it posts can be believed


SERVICES = web.AppKey("services", Services)
