"""The relay of a service put together: its channels, where its texts' words come from, and its parts."""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path

from accounts.contacts import Ways
from accounts.directory import Directory, NotFound
from accounts.numbers import NotANumber, kind_of
from app.settings import Settings
from app.twilio import twilio_sms
from calls.clips import Clips
from calls.intake import MINT
from calls.journal import Journal
from calls.plans import Plans
from calls.reaching import Reaching
from calls.webhook_secrets import WebhookSecrets
from messages.channels.channel import Channel
from messages.channels.email import EmailChannel, smtp_server
from messages.channels.ntfy import Ntfy
from messages.channels.outbox import OutboxChannel
from messages.channels.web_post import WebPost
from messages.channels.webhook import Webhook
from messages.clock_watch import ClockWatch
from messages.context import MessageContext
from messages.delivery import Delivery
from messages.escalation import Escalation
from messages.guard import Home, Limits, SpendingGuard
from messages.message import Message
from messages.moving import Moving
from messages.outbox import Inbox, Outbox, SentTexts
from messages.relay import Relay
from messages.sending import Guard, Sending, Sources, nothing_against_it
from messages.sweeping import Sweeping
from reports.facts import chain_of_message


def web_post(settings: Settings) -> WebPost:
    """A way out to web addresses that businesses chose."""
    return WebPost(allow_private=settings.webhook_private)


HOUSE = "Answering service"
"""Who writes where no business does: to strangers."""
REGION = "US"
"""Where the service is when its number does not tell."""


def make_webhook(web: WebPost, secrets: WebhookSecrets, *, clock: Callable[[], datetime]) -> Webhook:
    """Webhooks, signed with the secrets that are kept."""

    async def secret_for(business_id: str, url: str) -> Sequence[str]:
        return await secrets.of(business_id, url, clock())

    return Webhook(web, secret_for, clock=clock)


def make_channels(
    settings: Settings,
    sent_texts: SentTexts,
    clip_path: Callable[[str], Path],
    webhook: Webhook,
    *,
    clock: Callable[[], datetime],
) -> dict[str, Channel]:
    """The channels by these settings; e-mail and SMS that nobody set up go to the built-in outbox."""
    outbox = OutboxChannel(sent_texts, clock=clock)
    channels: dict[str, Channel] = {
        "email": outbox,
        "sms": outbox,
        "webhook": webhook,
        "ntfy": Ntfy(web_post(settings)),
    }
    if url := settings.smtp_url.get_secret_value():
        name, address = parseaddr(settings.mail_from)
        sender = Address(display_name=name, addr_spec=address)
        channels["email"] = EmailChannel(
            smtp_server(url), sender, clip_path=clip_path, mail_domain=settings.mail_in_domain
        )
    if settings.sms_provider == "twilio":
        channels["sms"] = twilio_sms(settings)
    return channels


class Describing:
    """What the texts to a business say besides the message."""

    def __init__(self, directory: Directory, plans: Plans, clips: Clips, journal: Journal) -> None:
        self._directory = directory
        self._plans = plans
        self._clips = clips
        self._journal = journal

    async def message(self, message: Message) -> MessageContext:
        business, plan = await self._plans.by_id(message.business_id)
        taken_by = ""
        if message.taken_by:
            with contextlib.suppress(NotFound):
                taken_by = (await self._directory.person(message.taken_by)).name
        clips = [clip for clip in (message.name_clip, message.voice_clip) if clip]
        return MessageContext(
            business=business.name,
            time_zone=plan.time_zone,
            form=plan.forms.get(message.form),
            clip_seconds={clip: self._clips.seconds(clip) for clip in clips},
            taken_by=taken_by,
            language=plan.language,
        )

    async def head(self, message: Message) -> str:
        """The last hash of what the log of facts holds of a message so far."""
        return await self._journal.head(chain_of_message(message.id, message.call_id))

    async def business_name(self, business_id: str) -> str:
        """Raises NotFound. Without a business ("") it is the service itself that writes."""
        if not business_id:
            return HOUSE
        return (await self._directory.business(business_id)).name


def limits_of(settings: Settings) -> Limits:
    """Where texts and calls may go, and how many."""
    per_day = {"sms": settings.sms_per_day, "voice": settings.calls_per_day}
    return Limits(settings.countries, per_day, settings.twilio_from)


def make_guard(
    limits: Limits,
    inbox: Inbox,
    outbox: Outbox,
    directory: Directory,
    plans: Plans,
    *,
    warn: Callable[[str, str], None],
    clock: Callable[[], datetime],
) -> SpendingGuard:
    """What keeps texts and calls within limits; `warn(about, text)` tells supervisors."""

    async def home(business_id: str) -> Home:
        if not business_id:  # an answer to a stranger: it stays in the country of our own number
            return Home(HOUSE, _country(limits.sender), "UTC")
        business, plan = await plans.by_id(business_id)
        return Home(business.name, plan.region, plan.time_zone)

    async def is_ours(number: str) -> bool:
        return await directory.business_by_number(number) is not None

    return SpendingGuard(outbox, inbox, limits, home=home, is_ours=is_ours, warn=warn, clock=clock)


def _country(number: str) -> str:
    try:
        return kind_of(number).region or REGION
    except NotANumber:  # a messaging service, or none
        return REGION


def make_relay(
    inbox: Inbox,
    outbox: Outbox,
    ways: Ways,
    reaching: Reaching,
    describing: Describing,
    channels: Mapping[str, Channel],
    *,
    public_url: str,
    clock: Callable[[], datetime],
    tell: Callable[[Delivery | Escalation], None],
    guard: Guard = nothing_against_it,
) -> Relay:
    """A relay for these stores. `tell` hears each new state; `guard` may forbid a delivery."""
    sources = Sources(inbox, describing.message, describing.business_name, reaching.of, describing.head)
    return Relay(
        outbox,
        Sending(outbox, ways, sources, channels, public_url=public_url, clock=clock, tell=tell, guard=guard),
        Moving(outbox, sources, mint=MINT, clock=clock, tell=tell),
        Sweeping(outbox, ways, channels, clock=clock, tell=tell),
        ClockWatch(clock, _seconds_passed),
        clock=clock,
    )


def _seconds_passed() -> float:
    """A clock that only ever runs on, also while the machine is suspended: waking up is no step of the wall clock."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
