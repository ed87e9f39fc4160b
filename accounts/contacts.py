"""Contacts of a business and the ways they are reached; whether a way was verified, and whether it still works."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, field_validator

from accounts.numbers import NotANumber, to_e164

ChannelName = Literal["email", "sms", "voice", "webhook", "ntfy"]
CHANNELS: tuple[ChannelName, ...] = get_args(ChannelName)

_ADDRESS = re.compile(r"[^\s@<>(),;:\"\\]{1,64}@[^\s@<>(),;:\"\\]{1,189}")


class Contact(BaseModel):
    """Somebody at the business, or a system of theirs. `sms` and `voice` are E.164; `webhook` and `ntfy` https URLs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    email: str | None = None
    sms: str | None = None
    voice: str | None = None
    webhook: str | None = None
    ntfy: str | None = None

    @field_validator("name")
    @classmethod
    def _named(cls, name: str) -> str:
        if not name.strip() or len(name) > 80:
            raise ValueError("A contact needs a name of 1 to 80 characters.")
        return name.strip()

    @field_validator("email")
    @classmethod
    def _is_mail(cls, email: str | None) -> str | None:
        if email is not None and not _ADDRESS.fullmatch(email):
            raise ValueError(f'"{email}" is not an e-mail address.')
        return email

    @field_validator("sms", "voice", mode="before")
    @classmethod
    def _is_number(cls, number: object) -> object:
        # An unquoted +12025550191 in YAML arrives as an integer, without its plus sign.
        if isinstance(number, int) and not isinstance(number, bool):
            number = f"+{number}"
        if not isinstance(number, str):
            return number
        if not number.strip().startswith("+"):
            raise ValueError(f'Write "{number}" in international form, like "+12025550123".')
        try:
            return to_e164(number)
        except NotANumber as wrong:
            raise ValueError(str(wrong)) from None

    @field_validator("webhook", "ntfy")
    @classmethod
    def _is_url(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or len(url) > 500:
            raise ValueError(f'"{url}" is not an address like https://example.com/messages (without a password in it).')
        return url

    def address(self, channel: ChannelName) -> str | None:
        """Where this channel reaches the contact, or None."""
        address: str | None = getattr(self, channel)
        return address


class Flag(StrEnum):
    """Why a way is not used any more."""

    OPTED_OUT = "opted_out"  # the person said STOP, or the carrier says so (Twilio 21610)
    DEAD = "dead"  # no such number or mailbox, or mail to it bounces


@dataclass(frozen=True)
class Way:
    """One way to reach somebody at a business: what is known of it. A way that was never verified gets no message."""

    business_id: str
    channel: ChannelName
    address: str
    verified_at: datetime | None = None
    verified_by: str = ""  # "code", or the name of who said so
    flag: Flag | None = None
    flagged_at: datetime | None = None
    flag_why: str = ""

    @property
    def usable(self) -> bool:
        return self.verified_at is not None and self.flag is None

    @property
    def trouble(self) -> str:
        """Why it is not used, in a sentence; "" when it is."""
        if self.flag is Flag.OPTED_OUT:
            return "They asked for no more texts (STOP)."
        if self.flag is Flag.DEAD:
            return f"It does not work any more: {self.flag_why}" if self.flag_why else "It does not work any more."
        return "" if self.verified_at else "It was never verified."


class CodeWrong(ValueError):
    """The code does not fit, is too old, or was tried too often; the text says which."""


class Ways(Protocol):
    """What is known of the ways to reach contacts. Addresses are compared without regard to case."""

    async def of_business(self, business_id: str) -> Sequence[Way]:
        """All that is known of a business's ways; those not in the list were never verified."""

    async def by_address(self, channel: ChannelName, address: str) -> Sequence[Way]:
        """The ways of all businesses with this address (a plumber may work for two)."""

    async def verify(self, business_id: str, channel: ChannelName, address: str, at: datetime, by: str) -> Way:
        """It works and is theirs: somebody has shown or said so. Takes away a flag."""

    async def flag(self, channel: ChannelName, address: str, flag: Flag, at: datetime, why: str) -> Sequence[Way]:
        """Mark it at every business that has it; returns those changed."""

    async def unflag(self, channel: ChannelName, address: str) -> Sequence[Way]:
        """They texted START, or a person looked."""

    async def begin_check(
        self, business_id: str, channel: ChannelName, address: str, code_hash: str, expires_at: datetime
    ) -> None:
        """A code is on its way there; replaces an earlier one."""

    async def end_check(
        self, business_id: str, channel: ChannelName, address: str, code_hash: str, now: datetime
    ) -> Way:
        """Verify the way if the code is the one sent. Raises CodeWrong; after five wrong goes a new code is needed."""
