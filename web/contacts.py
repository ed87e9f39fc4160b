"""Contacts: showing that an address is theirs, vouching for it, using it again, and the secret of a webhook."""

from datetime import datetime

from pydantic import BaseModel, Field

from accounts.contacts import ChannelName, CodeWrong, Contact, Way
from accounts.directory import NotFound
from calls.verification import SAID_STOP, NotSent
from calls.vouching import said_stop
from messages.channels.channel import ChannelError
from messages.channels.webhook import new_secret
from web.ask import Ask
from web.businesses import reachable_business
from web.contacts_out import WayOut, way_out
from web.problem import Problem


class OfChannel(BaseModel):
    """Which of the contact's ways is meant."""

    channel: ChannelName


class Code(OfChannel):
    """The six digits that came by this channel."""

    code: str = Field(min_length=1, max_length=20)


class CodeSent(BaseModel):
    """A code is on its way and good until `ends`. A webhook gets none: it is verified by its answer, at once."""

    way: WayOut
    ends: datetime | None


class Secret(BaseModel):
    """A webhook's signing secret: shown this once. The one before it is good for 24 hours more."""

    secret: str


async def send_code(ask: Ask, body: OfChannel) -> CodeSent:
    """Send a code to a contact's address, so that the contact can show that it is theirs.

    A webhook is sent a signed test event instead, and is verified when its server answers that all is well.
    """
    business, key, contact, address = await _way(ask, body.channel)
    if body.channel == "webhook":
        try:
            await ask.services.check_webhook(business, address)
        except ChannelError as error:
            raise Problem("not-now", error.why) from None
        way = await ask.services.ways.verify(business, "webhook", address, ask.services.clock(), "its answer")
        return CodeSent(way=_out(way), ends=None)
    try:
        owner = await ask.services.directory.business(business)
        language = ask.services.plans.of(owner).language
        ends = await ask.services.verification.send(owner, key, contact, body.channel, language)
    except NotSent as error:
        raise Problem("not-now", str(error)) from None
    return CodeSent(way=await _known(ask, business, body.channel, address), ends=ends)


async def confirm_code(ask: Ask, body: Code) -> WayOut:
    """Say which code came. After five wrong ones a new one has to be sent."""
    business, _, contact, _ = await _way(ask, body.channel)
    try:
        return _out(await ask.services.verification.confirm(business, contact, body.channel, body.code))
    except CodeWrong as error:
        raise Problem("invalid", errors={"code": str(error)}) from None


async def vouch_for(ask: Ask, body: OfChannel) -> WayOut:
    """Say on one's own word that the address is theirs and works; no code is needed then."""
    business, _, _, address = await _way(ask, body.channel)
    if await said_stop(ask.services.ways, body.channel, address):
        raise Problem("not-now", SAID_STOP)
    now, name = ask.services.clock(), ask.person.name
    return _out(await ask.services.ways.verify(business, body.channel, address, now, name))


async def use_again(ask: Ask, query: OfChannel) -> WayOut:
    """Use an address again that was found dead. Who has texted STOP must text START for that."""
    business, _, _, address = await _way(ask, query.channel)
    if await said_stop(ask.services.ways, query.channel, address):
        raise Problem("not-now", SAID_STOP)
    await ask.services.ways.unflag(query.channel, address)
    return await _known(ask, business, query.channel, address)


async def renew_secret(ask: Ask) -> Secret:
    """Give a contact's webhook a new signing secret. It is shown in this answer only."""
    business, _, _, address = await _way(ask, "webhook")
    secret = new_secret()
    await ask.services.webhook_secrets.renew(business, address, secret, ask.services.clock())
    return Secret(secret=secret)


async def _way(ask: Ask, channel: ChannelName) -> tuple[str, str, Contact, str]:
    """Business, contact's key, contact and address that the request means. Raises NotFound, Problem."""
    business = await reachable_business(ask)
    key = ask.path("key")
    contact = ask.services.plans.of(business).contacts.get(key)
    if contact is None:
        raise NotFound
    address = contact.address(channel)
    if address is None:
        raise Problem("invalid", errors={"channel": f"{contact.name} has no address for this; save one first."})
    return business.id, key, contact, address


async def _known(ask: Ask, business: str, channel: ChannelName, address: str) -> WayOut:
    known = await ask.services.ways.of_business(business)
    return way_out(channel, address, {(way.channel, way.address.casefold()): way for way in known})


def _out(way: Way) -> WayOut:
    return way_out(way.channel, way.address, {(way.channel, way.address.casefold()): way})
