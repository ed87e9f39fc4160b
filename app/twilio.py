"""Twilio tied to the service: its channel, and what it posts to us."""

import ipaddress
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import urlsplit

from accounts.contacts import Ways
from accounts.directory import Directory
from app.settings import Settings
from calls.incoming_texts import IncomingTexts, OnText
from calls.texted import TextedLog
from messages.channels.channel import Channel, Receipt
from messages.channels.sms import TWILIO_URL, TwilioAccount, TwilioSms
from messages.channels.twilio_hooks import STATUS_PATH, TwilioHooks
from messages.inbound import InboundText, InboundTexts
from messages.outbox import Outbox
from messages.receipts import take_receipt
from web.services import TwilioPosts


def twilio_sms(settings: Settings) -> TwilioSms:
    """The SMS channel by these settings."""
    account = TwilioAccount(
        sid=settings.twilio_account_sid,
        username=settings.twilio_api_key or settings.twilio_account_sid,
        password=(
            settings.twilio_api_secret if settings.twilio_api_key else settings.twilio_auth_token
        ).get_secret_value(),
        sender=settings.twilio_from,
        url=settings.twilio_url or TWILIO_URL,
    )
    return TwilioSms(account, status_callback=_callback(settings))


def twilio_posts(
    settings: Settings,
    outbox: Outbox,
    ways: Ways,
    on_text: Callable[[InboundText], Awaitable[object]],
    *,
    nudge_relay: Callable[[], None],
    clock: Callable[[], datetime],
) -> TwilioPosts | None:
    """What takes Twilio's posts; None without the token that they are signed with."""
    token = settings.twilio_auth_token.get_secret_value()
    if not token:
        return None

    async def on_receipt(delivery_id: str, receipt: Receipt, sid: str) -> None:
        if await take_receipt(outbox, ways, delivery_id, receipt, clock(), sid) is not None:
            nudge_relay()  # what did not arrive goes on by another channel at once

    return TwilioPosts(TwilioHooks(token, settings.origin), on_receipt, on_text)


def incoming_texts(
    settings: Settings,
    texts: InboundTexts,
    ways: Ways,
    texted: TextedLog,
    directory: Directory,
    on_text: OnText,
    sms: Channel,
    *,
    clock: Callable[[], datetime],
) -> IncomingTexts:
    """What deals with texts to the service; `sms` is asked for lost ones if it is Twilio's channel."""

    async def own_numbers() -> set[str]:
        return {number.e164 for number in await directory.numbers()} | {settings.twilio_from}

    source = sms if isinstance(sms, TwilioSms) else None
    return IncomingTexts(texts, ways, texted, on_text, own_numbers=own_numbers, clock=clock, source=source)


def _callback(settings: Settings) -> str | None:
    """Where Twilio says what became of a text; None where nobody could hear it.

    Twilio refuses to send a text at all whose callback is on no public host (21609). What it does not call back about
    is asked for after a while.
    """
    if not settings.twilio_auth_token.get_secret_value():
        return None
    if not settings.twilio_url and not is_public(urlsplit(settings.origin).hostname or ""):
        return None
    return settings.origin + STATUS_PATH


def is_public(host: str) -> bool:
    """Whether a host's name or address may mean something outside this network."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost"))
