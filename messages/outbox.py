"""Ports to the stored messages and deliveries. `store` implements them; one contract suite runs on all."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeVar

from messages.channels.channel import Receipt
from messages.delivery import Accepted, Delivery, Leased, Queued
from messages.escalation import Asking, Escalation, Held, Move, Taken
from messages.message import Message
from messages.news import AT_ONCE, News
from messages.task import Task

T = TypeVar("T", covariant=True)

MessageState = Literal["open", "done", "waiting"]
"""Of a saved message: the business has yet to deal with it, or has; waiting: open, and asked for it, nobody has said
that they have it."""


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

    async def save(
        self,
        message: Message,
        escalations: Sequence[Escalation],
        deliveries: Sequence[Queued],
        tasks: Sequence[Task] = (),
    ) -> Message:
        """Store the message (status saved or partial, new or from a draft) with its escalations and first deliveries,
        and the fact of it, in one transaction.

        Saving the same message id twice returns the first saved one and adds nothing. Raises ValueError when the
        status is draft, `saved_at` is missing, or something is of another message or business.
        """

    async def assign_draft(self, message_id: str, person_id: str) -> None:
        """Give a draft to the agent who took the call; its revision stays, for the page may have read it already.

        Unknown or saved already: nothing happens.
        """

    async def discard_draft(self, message_id: str) -> None:
        """Forget a draft nobody needs. Raises AlreadySaved."""

    async def message(self, message_id: str) -> Message:
        """Raises NotFound."""

    async def by_number(self, number: int) -> Message | None:
        """The message (draft or saved) that people call by this number."""

    async def messages(
        self,
        business_id: str | None = None,
        *,
        state: MessageState | None = None,
        search: str = "",
        cursor: str = "",
        limit: int = 50,
    ) -> Page[Message]:
        """Saved and partial messages, newest first, of one business or all.

        `search` finds part of an answer, part of the caller's number, and the message's number.
        """

    def saved_between(self, business_id: str | None, start: datetime, end: datetime) -> AsyncIterator[Message]:
        """Those saved from `start` until before `end`, oldest first, of one business or all. Read in pages."""

    async def of_caller(self, business_id: str, caller: str, limit: int = 10) -> Sequence[Message]:
        """Earlier messages from this caller to this business, newest first."""

    async def with_clip(self, clip_id: str) -> Message | None:
        """The message (draft or saved) that has this clip as name or voice clip: who may hear it follows from that."""

    async def drafts(self, person_id: str) -> Sequence[Message]:
        """The agent's unfinished drafts, newest first."""

    async def open_drafts(self) -> Sequence[Message]:
        """All drafts (the service looks for those that a crash left behind)."""

    async def mark_done(self, message_id: str, now: datetime, *, done: bool = True, by: str | None = None) -> Message:
        """Set or clear the mark that the business has dealt with it; `by` is a person's id. Raises NotFound."""


@dataclass(frozen=True)
class Acknowledgement:
    """What an acknowledgement changed. `by` is who has the message now: the first to say so.

    `taken` are the escalations it ended, `deliveries` those it changed or stopped; `told` are new deliveries that tell
    the others who has it. Of those who say so when somebody has it already, the delivery they answered is kept as
    acknowledged by them, and nothing else changes.
    """

    by: str
    taken: Sequence[Taken] = ()
    deliveries: Sequence[Delivery] = ()
    told: Sequence[Queued] = ()


class Outbox(Protocol):
    """Escalations and deliveries as rows. Deliveries are claimed with a lease, escalations moved by comparing states.

    Every change leaves its facts in the same transaction (`calls.delivery_facts` says which), so that a message's
    timeline can be neither ahead of what happened nor behind it.
    """

    async def claim(
        self, now: datetime, *, lease_seconds: float, limit: int, busy: Collection[str] = ()
    ) -> Sequence[Leased]:
        """Take up to `limit` due deliveries: queued ones that are due, and leases that ran out, longest due first.

        Each goes to one worker. A lease that ran out comes back `unsure` and with one failure more, and that is a fact
        of its message. Deliveries by a channel named in `busy` stay where they are, so that a channel that hangs never
        holds up another.
        """

    async def end_leases(self, now: datetime) -> int:
        """No worker is left that could hold anything (the service has just started): whatever is leased may be claimed
        at once, as a lease that ran out. Returns how many deliveries that were.
        """

    async def settle(self, held: Leased, state: Delivery, segments: int = 0) -> bool:
        """Store the next state if this lease still holds; False when it was lost (nothing is changed then).

        `segments` are those of a text that went out, as it is billed; 0 for what has none.

        A state that is final has every asking escalation of its message looked at now (`due_escalations`), with a
        `revision` one up: one delivery may serve two of them.
        """

    async def receipt(self, delivery_id: str, receipt: Receipt, now: datetime, reference: str = "") -> Delivery | None:
        """The provider says what became of a delivery: the new state, or None when nothing changed.

        Repeats and disorder are harmless: Delivered and Acknowledged stay, Alarm yields to a late arrival. For a
        delivery that waits for another attempt or is being sent, a `reference` shows that the provider has it: no
        further attempt is made. A state that is final has escalations looked at as `settle` does. Raises NotFound.
        """

    async def by_reference(self, reference: str) -> Delivery | None:
        """The delivery the provider calls so."""

    async def awaiting_receipt(self, now: datetime, limit: int) -> Sequence[Accepted]:
        """Accepted deliveries whose `due` has come: the provider has to be asked."""

    async def ask_later(self, delivery: Accepted, due: datetime) -> None:
        """Nothing is known of it yet."""

    async def due_escalations(self, now: datetime, limit: int) -> Sequence[Held | Asking]:
        """Those to be looked at, longest due first: whose `due` has come, and those with a delivery of their message
        that came to an end since their last move (their `due` is still to come then: it stays the end of the wait).

        Each look ends with a `move`, be it to the same state: until then it comes again.
        """

    async def move(self, before: Held | Asking, move: Move) -> bool:
        """Store a move with its deliveries and tasks in one transaction, if the state is still `before` (all fields of
        it); else False. A move that only waits on (Asking still, and nothing new with it) leaves no fact."""

    async def summarise(self, held: Sequence[Held], summary: Sequence[Queued], now: datetime) -> bool:
        """End these held escalations as Told with one summary per contact and channel; False (and nothing is changed)
        when one of them is not as given any more."""

    async def check_in(self, business_id: str, now: datetime) -> int:
        """The business looks at its messages: what is held until then becomes due now. Returns how many."""

    async def clock_stepped(self, seconds: float) -> None:
        """The wall clock was set by so many seconds (negative: back): waiting times stay what they were, so Queued,
        Leased, Accepted and Asking move with it. Summaries keep their time of day."""

    async def next_due(self) -> datetime | None:
        """When the earliest waiting delivery or escalation is due, or None."""

    async def add(self, notes: Sequence[Queued]) -> None:
        """Queue notes: texts that belong to no escalation. One whose id is there already is left out."""

    async def of_message(self, message_id: str) -> Sequence[Delivery]:
        """All deliveries of a message in the order they were made, summaries it is in included."""

    async def escalations(self, message_id: str) -> Sequence[Escalation]:
        """A message's escalations by the place of their rule."""

    async def open_escalations(self, business_id: str | None = None) -> Sequence[Held | Asking]:
        """All that have not ended, of one business or all, oldest first."""

    async def of_escalation(self, escalation_id: str) -> Sequence[Delivery]:
        """Its deliveries in the order they were made."""

    async def delivery(self, delivery_id: str) -> Delivery:
        """Raises NotFound."""

    async def by_token(self, token: str) -> Delivery | None:
        """The delivery whose secure page has this token."""

    async def opened(self, delivery_id: str, now: datetime) -> None:
        """Somebody opened its secure page: a fact each time, at most one a minute."""

    async def acknowledge(
        self,
        message_id: str,
        now: datetime,
        *,
        by: str,
        how: str,
        delivery_id: str | None = None,
        contact: str = "",
        person_id: str | None = None,
        news: News = AT_ONCE,
    ) -> Acknowledgement:
        """A person has the message: every escalation of it that asks (or has ended unanswered) is Taken, what of them
        is queued or being sent is stopped, the delivery they answered is Acknowledged, and everybody else who was told
        hears who has it. `by` is a name, `contact` their key in the plan ("" when they are none), `person_id` who
        signed in. Without a `delivery_id` the latest to this contact is the one they answered. `news` is how the others
        hear of it at this hour. Raises NotFound.
        """

    async def retry(self, delivery_id: str, now: datetime) -> Delivery:
        """Queue an alarm again. Raises NotFound."""

    async def alarms(self, business_id: str | None = None, *, limit: int = 100) -> Sequence[Delivery]:
        """Deliveries that ended in an alarm, newest first."""

    async def sent_since(self, business_id: str, channel: str, since: datetime) -> int:
        """How many texts or calls of a business went out by a channel since then, texts by their segments (caps are
        counted so)."""

    async def went_to(self, business_id: str, contact: str, since: datetime, *, limit: int = 100) -> Sequence[Delivery]:
        """What went out to a contact of a business since then, the last sent first."""

    async def counts(self) -> Mapping[str, int]:
        """How many deliveries are in each state, by the state's lower-case name."""


class Tasks(Protocol):
    """What agents are to do for businesses."""

    async def add(self, task: Task) -> Task:
        """Add one; the same id again returns what is stored."""

    async def task(self, task_id: str) -> Task:
        """Raises NotFound."""

    async def open(self, business_id: str | None = None) -> Sequence[Task]:
        """Not done yet, longest due first."""

    async def of_message(self, message_id: str) -> Sequence[Task]:
        """Open and done, oldest first."""

    async def take(self, task_id: str, person_id: str, at: datetime) -> Task:
        """This agent does it. Raises Conflict (accounts.directory) when another has taken it, or it is done."""

    async def give_back(self, task_id: str) -> Task:
        """Nobody does it any more."""

    async def done(self, task_id: str, person_id: str, at: datetime, outcome: str) -> Task:
        """It is done; a second time returns what is stored."""

    async def withdraw(self, task_id: str, at: datetime) -> None:
        """It is not wanted any more (somebody acknowledged, UNDO): done by nobody. Unknown or done already is fine."""


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
