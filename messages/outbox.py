"""Ports to the stored messages and deliveries. `store` implements them; one contract suite runs on all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from messages.delivery import Delivery, Leased, Queued
from messages.message import Message

T = TypeVar("T", covariant=True)


class StaleDraft(ValueError):
    """The draft was changed since this copy was read (another tab, another agent)."""


class AlreadySaved(ValueError):
    """The message is saved already; it is not changed any more."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """A slice of a list and the cursor of the next one ("" at the end)."""

    items: Sequence[T]
    next_cursor: str = ""


class Inbox(Protocol):
    """Where messages are kept. Whatever a method returns is durable by then."""

    async def open_draft(self, message: Message) -> Message:
        """Store a new draft; gives it its number. Same id again returns what is stored."""

    async def keep_draft(self, message: Message) -> Message:
        """Replace a draft's contents if `message.revision` is the stored one; returns it with the next revision.

        Raises StaleDraft, AlreadySaved, NotFound (accounts.directory).
        """

    async def save(self, message: Message, deliveries: Sequence[Queued]) -> Message:
        """Store the message (status saved or partial, new or from a draft) with its deliveries in one transaction.

        Saving the same message id twice returns the first saved one and adds no delivery. Raises ValueError when
        the status is draft, `saved_at` is missing, or a delivery is of another message or business.
        """

    async def assign_draft(self, message_id: str, person_id: str) -> None:
        """Give a draft to the agent who took the call; its revision stays, for the page may have read it already.

        Unknown or saved already: nothing happens.
        """

    async def discard_draft(self, message_id: str) -> None:
        """Forget a draft nobody needs. Raises AlreadySaved."""

    async def message(self, message_id: str) -> Message:
        """Raises NotFound."""

    async def messages(self, business_id: str | None = None, *, cursor: str = "", limit: int = 50) -> Page[Message]:
        """Saved and partial messages, newest first, of one business or all."""

    async def of_caller(self, business_id: str, caller: str, limit: int = 10) -> Sequence[Message]:
        """Earlier messages from this caller to this business, newest first."""

    async def with_clip(self, clip_id: str) -> Message | None:
        """The message (draft or saved) that has this clip as name or voice clip: who may hear it follows from that."""

    async def drafts(self, person_id: str) -> Sequence[Message]:
        """The agent's unfinished drafts, newest first."""

    async def open_drafts(self) -> Sequence[Message]:
        """All drafts (the service looks for those that a crash left behind)."""

    async def mark_done(self, message_id: str, at: datetime | None) -> Message:
        """Set or clear the mark that the business has dealt with it."""


class Outbox(Protocol):
    """Deliveries as rows, claimed with a lease."""

    async def claim(
        self, now: datetime, *, lease_seconds: float, limit: int, busy: Collection[str] = ()
    ) -> Sequence[Leased]:
        """Take up to `limit` due deliveries: queued ones that are due, and leases that ran out, longest due first.

        Each goes to one worker. Deliveries by a channel named in `busy` stay where they are, so that a channel
        that hangs never holds up another.
        """

    async def overdue(self, now: datetime) -> Sequence[Delivery]:
        """Move on every delivery whose acknowledgement is overdue (by `again`); returns the new states."""

    async def settle(self, held: Leased, state: Delivery) -> bool:
        """Store the next state if this lease still holds; False when it was lost (nothing is changed then)."""

    async def next_due(self) -> datetime | None:
        """When the earliest waiting delivery is due, or None."""

    async def of_message(self, message_id: str) -> Sequence[Delivery]:
        """All deliveries of a message in the order they were made."""

    async def delivery(self, delivery_id: str) -> Delivery:
        """Raises NotFound."""

    async def by_token(self, token: str) -> Delivery | None:
        """The delivery whose acknowledgement page has this token."""

    async def acknowledge(self, delivery_id: str, now: datetime, by: str) -> Sequence[Delivery]:
        """Mark it acknowledged, with every other delivery of the message that waits for an acknowledgement.

        Returns those changed; empty when it was acknowledged before. Raises NotFound.
        """

    async def retry(self, delivery_id: str, now: datetime) -> Delivery:
        """Queue an alarm again. Raises NotFound."""

    async def alarms(self, business_id: str | None = None, *, limit: int = 100) -> Sequence[Delivery]:
        """Deliveries that ended in an alarm, newest first."""

    async def counts(self) -> Mapping[str, int]:
        """How many deliveries are in each state, by the state's lower-case name."""


@dataclass(frozen=True)
class SentText:
    """What the built-in outbox channel keeps instead of sending: readable on a page."""

    id: str
    delivery_id: str
    message_id: str
    business_id: str
    channel: str
    address: str
    subject: str
    text: str
    html: str
    attachments: tuple[tuple[str, str], ...]  # (file name, clip id)
    at: datetime


class SentTexts(Protocol):
    async def add(self, sent: SentText) -> None:
        """Keep one; the same delivery and id again is kept once."""

    async def latest(self, business_id: str | None = None, *, limit: int = 100) -> Sequence[SentText]:
        """Newest first."""
