"""Verifying that an address is a contact's: a code of six digits goes there, and comes back by the business's page."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from accounts.business import Business
from accounts.contacts import ChannelName, Contact, Way, Ways
from calls.fresh_ids import fresh_id
from calls.intake import MINT
from calls.vouching import said_stop
from ivr import words
from ivr.phrases import Phrase, phrase
from messages.delivery import Job, Purpose, Queued, Target
from messages.outbox import Outbox

CODE_LIVES = timedelta(minutes=15)
A_DAY = timedelta(days=1)
SAID_STOP = "They asked for no more texts (STOP). They have to text START to our number first."
MOST_A_DAY = 5
"""Codes to one address in a day: nobody is to be pestered through us."""
MOST_OF_BUSINESS = 50
"""Codes of one business in a day, wherever they go."""


class NotSent(ValueError):
    """No code goes there now; the text says why in a sentence."""


class SentCodes(Protocol):
    """Counts codes."""

    async def note(self, business_id: str, channel: ChannelName, address: str, at: datetime) -> None:
        """One is sent now. Those of more than a day ago may be forgotten."""

    async def since(self, business_id: str, at: datetime) -> list[tuple[str, str]]:
        """Channel and case-folded address of each that this business has sent since then."""


class Verification:
    """`nudge` wakes the relay, which carries the codes."""

    def __init__(
        self,
        ways: Ways,
        sent: SentCodes,
        outbox: Outbox,
        *,
        clock: Callable[[], datetime],
        nudge: Callable[[], None],
        new_code: Callable[[], str] = lambda: f"{secrets.randbelow(1_000_000):06}",
    ) -> None:
        self._ways = ways
        self._sent = sent
        self._outbox = outbox
        self._clock = clock
        self._nudge = nudge
        self._new_code = new_code

    async def send(
        self, business: Business, key: str, contact: Contact, channel: ChannelName, language: str
    ) -> datetime:
        """Send a new code there; returns when it ends. An earlier one is good no more. Raises NotSent.

        `language` (BCP 47) is the business's: what a call says it in.
        """
        address = _address(contact, channel)
        await self._check(business.id, channel, address)
        now, code = self._clock(), self._new_code()
        await self._sent.note(business.id, channel, address, now)
        ends = now + CODE_LIVES
        await self._ways.begin_check(business.id, channel, address, _hash(business.id, channel, address, code), ends)
        target, aloud = Target(key, contact.name, channel, address), channel == "voice"
        job = Job(
            id=fresh_id(),
            message_id=None,
            business_id=business.id,
            target=target,
            created_at=now,
            token=MINT.new_token(),
            purpose=Purpose.NOTE,
            body=_spoken(business.name, code, language) if aloud else _written(business.name, code, channel),
            language=language if aloud else "",
        )
        await self._outbox.add([Queued(job, now)])
        self._nudge()
        return ends

    async def confirm(self, business_id: str, contact: Contact, channel: ChannelName, code: str) -> Way:
        """The way is theirs if this is the code. Raises CodeWrong (accounts.contacts), NotSent without an address."""
        address = _address(contact, channel)
        hashed = _hash(business_id, channel, address, "".join(code.split()))
        return await self._ways.end_check(business_id, channel, address, hashed, self._clock())

    async def _check(self, business_id: str, channel: ChannelName, address: str) -> None:
        if await said_stop(self._ways, channel, address):
            raise NotSent(SAID_STOP)
        sent = await self._sent.since(business_id, self._clock() - A_DAY)
        if sent.count((channel, address.casefold())) >= MOST_A_DAY:
            raise NotSent(f"{MOST_A_DAY} codes went there today already; try again tomorrow, or ask us to help.")
        if len(sent) >= MOST_OF_BUSINESS:
            raise NotSent(f"{MOST_OF_BUSINESS} codes were sent today already; try again tomorrow, or ask us to help.")


def _address(contact: Contact, channel: ChannelName) -> str:
    address = contact.address(channel)
    if address is None:
        raise NotSent("This contact has no such address; save it first.")
    return address


def _hash(business_id: str, channel: str, address: str, code: str) -> str:
    return hashlib.sha256("\n".join((business_id, channel, address.casefold(), code)).encode()).hexdigest()


def _written(business: str, code: str, channel: str) -> str:
    refuse = "Reply STOP for no more texts." if channel == "sms" else "Without it nothing is sent here."
    return (
        f"{code} is your code for messages from {business[:60]}'s answering service. Tell only who asked for it "
        f"there. Not you? Ignore it. {refuse}"
    )


def _spoken(business: str, code: str, language: str) -> str:
    digits = ", ".join(words.keys(code, language).split())
    return phrase(Phrase.YOUR_CODE, language, business=business, digits=digits).text
