"""What was promised against what arrived, read when the service is down and everything has had its time."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, select, text

from messages.delivery import Acknowledged, Alarm, Delivered, Delivery, Job
from messages.escalation import Escalation, Taken, Told, Unanswered
from messages.message import Message
from reports.facts import Kind
from reports.proof import verify
from store import moving
from store.database import Database
from store.inbox import SqlInbox
from store.journal import SqlJournal
from store.outbox import SqlOutbox
from store.tables import deliveries

FAILED, CUT_OFF = Kind.DELIVERY_FAILED, Kind.DELIVERY_UNSETTLED
LEASED = deliveries.c.state == "leased"
PAGE = 100
LOOK_SECONDS = 0.1


@dataclass
class Promises:
    """What people were told: message numbers by id, as they heard them; callers who spoke after the tone."""

    saved: dict[str, int] = field(default_factory=dict)
    spoken: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Kept:
    """One saved message, as the database has it."""

    message: Message
    escalations: Sequence[Escalation]
    deliveries: Sequence[Delivery]


@dataclass(frozen=True)
class Text:
    """Something a provider took for us: of which delivery, to whom, in which words."""

    delivery: str
    address: str
    words: str


class Ledger:
    """Holds the promises against the database and the providers; each check names what it finds wrong."""

    def __init__(
        self, kept: Sequence[Kept], arrived: Sequence[Text], breaks: Sequence[str], troubles: Counter[tuple[str, Kind]]
    ) -> None:
        self._kept = {each.message.id: each for each in kept}
        self._troubles = troubles
        self._arrived: dict[str, list[Text]] = {}
        for each in arrived:
            self._arrived.setdefault(each.delivery, []).append(each)
        self.broken_chains = breaks

    @property
    def messages(self) -> Sequence[Message]:
        return [each.message for each in self._kept.values()]

    def lost(self, promises: Promises) -> list[str]:
        """Promised and not in the database by that number, or saved and arrived nowhere; texts said to have arrived
        that no provider has."""
        kept, wrong = self._kept, []
        for message_id, number in promises.saved.items():
            if message_id not in kept:
                wrong.append(f"#{number} was said to be saved and is not there")
            elif kept[message_id].message.number != number:
                wrong.append(f"#{number} was said to be saved and is #{kept[message_id].message.number}")
        callers = Counter(each.message.caller for each in kept.values())
        wrong += [f"a caller left {callers[caller]} messages" for caller in promises.spoken if callers[caller] != 1]
        for each in kept.values():
            if not any(delivery.job.id in self._arrived for delivery in each.deliveries):
                wrong.append(f"#{each.message.number} arrived nowhere")
            for delivery in each.deliveries:
                if isinstance(delivery, Delivered) and delivery.job.id not in self._arrived:
                    wrong.append(f"{_name(each, delivery.job)} is said to have arrived and has not")
        return wrong

    def unnumbered(self) -> list[str]:
        """Texts that call their message by no number or another one; numbers given twice."""
        wrong = []
        for each in self._kept.values():
            for delivery in each.deliveries:
                for text_ in self._arrived.get(delivery.job.id, ()):
                    if f"#{each.message.number}" not in text_.words:
                        wrong.append(f"{_name(each, delivery.job)} does not say its number")
        given = Counter(message.number for message in self.messages)
        return wrong + [f"#{number} was given {times} times" for number, times in given.items() if times > 1]

    def unfinished(self) -> list[str]:
        """What is in no final state although everything had its time."""
        wrong = []
        for each in self._kept.values():
            if not each.deliveries or not each.escalations:
                wrong.append(f"#{each.message.number} goes to nobody")
            wrong += [
                f"{_name(each, delivery.job)} is {type(delivery).__name__}"
                for delivery in each.deliveries
                if not isinstance(delivery, Delivered | Acknowledged | Alarm)
            ]
            wrong += [
                f"#{each.message.number} is {type(state).__name__}"
                for state in each.escalations
                if not isinstance(state, Taken | Told | Unanswered)
            ]
        return wrong

    def twice(self, channel: str) -> int:
        """How many texts by this channel came once more than they should."""
        of_channel = {
            delivery.job.id
            for each in self._kept.values()
            for delivery in each.deliveries
            if delivery.job.target.channel == channel
        }
        return sum(len(self._arrived[each]) - 1 for each in of_channel if each in self._arrived)

    def needlessly_twice(self) -> list[str]:
        """Texts that came again without a reason in the timeline of their message: an attempt that failed, or one that
        was cut off."""
        wrong = []
        for each in self._kept.values():
            for delivery in each.deliveries:
                times, job = len(self._arrived.get(delivery.job.id, ())), delivery.job
                failed, cut_off = (self._troubles[job.id, kind] for kind in (FAILED, CUT_OFF))
                if times > 1 + failed + cut_off:
                    wrong.append(f"{_name(each, job)} came {times} times; {failed} attempts failed, {cut_off} cut off")
        return wrong

    def needlessly_cut_off(self, reasons: Mapping[str, int]) -> list[str]:
        """Deliveries whose timeline says more often that nobody knows whether they went out than there are `reasons`:
        how often each was in the air when the service was killed, or its outcome could not be stored."""
        return [
            f"{delivery} was cut off {times} times, not {reasons.get(delivery, 0)}"
            for (delivery, kind), times in self._troubles.items()
            if kind is CUT_OFF and times > reasons.get(delivery, 0)
        ]

    def strangers(self) -> list[str]:
        """What providers have that is of no delivery."""
        known = {delivery.job.id for each in self._kept.values() for delivery in each.deliveries}
        return [each for each in self._arrived if each not in known]


async def read(database: Database, arrived: Sequence[Text]) -> Ledger:
    """The ledger of a database that nothing writes to any more."""
    inbox, outbox, journal = SqlInbox(database), SqlOutbox(database), SqlJournal(database)
    kept: list[Kept] = []
    cursor = ""
    while True:
        page = await inbox.messages(cursor=cursor, limit=PAGE)
        for message in page.items:
            kept.append(Kept(message, await outbox.escalations(message.id), await outbox.of_message(message.id)))
        cursor = page.next_cursor
        if not cursor:
            break
    breaks: list[str] = []
    troubles: Counter[tuple[str, Kind]] = Counter()
    name = ""
    while chains := await journal.chains(name):
        for name in chains:
            chain = await journal.chain(name)
            facts = [each.fact for each in chain if each.fact.kind in (FAILED, CUT_OFF)]
            troubles.update((str(fact.data["delivery"]), fact.kind) for fact in facts)
            verdict = verify(chain)
            if not verdict.holds or verdict.unsealed:
                breaks.append(f"{name}: {verdict}")
    return Ledger(kept, arrived, breaks, troubles)


async def open_ends(database: Database) -> Mapping[str, int]:
    """How many deliveries and escalations are in which state that is no end."""
    return await database.read(_open_ends)


async def in_the_air(database: Database) -> Sequence[str]:
    """The deliveries of which nobody can know whether they went out: leased when the service died."""
    return await database.read(_in_the_air)


async def nothing_is_due(database: Database) -> bool:
    """Nobody has to look at any delivery or escalation by now."""
    due = await SqlOutbox(database).next_due()
    return due is None or due > datetime.now(UTC)


async def has_all_of(database: Database, callers: Sequence[str]) -> bool:
    """Each of these callers has left a message."""
    counted = await database.read(_callers)
    return set(callers) <= counted


async def leap(database: Database, seconds: float, *, alive: bool) -> None:
    """So much time passes, as far as what waits is concerned; while the service is `alive` not in the middle of a send,
    whose lease it would end."""
    while not await database.write(_leap, seconds, alive):
        await asyncio.sleep(LOOK_SECONDS)


def _open_ends(connection: Connection) -> dict[str, int]:
    found: dict[str, int] = {}
    for table, states in (("deliveries", "'queued', 'leased', 'accepted'"), ("escalations", "'held', 'asking'")):
        counted = text(f"SELECT state, count(*) FROM {table} WHERE state IN ({states}) GROUP BY state")
        found |= {row.state: row[1] for row in connection.execute(counted)}
    return found


def _callers(connection: Connection) -> set[str]:
    return set(connection.scalars(text("SELECT caller FROM messages WHERE status <> 'draft'")))


def _leap(connection: Connection, seconds: float, alive: bool) -> bool:
    being_sent = select(deliveries.c.id).where(LEASED, deliveries.c.due_at > datetime.now(UTC))
    if alive and connection.scalars(being_sent).first():
        return False
    moving.clock_stepped(connection, -seconds)
    return True


def _in_the_air(connection: Connection) -> list[str]:
    return list(connection.scalars(select(deliveries.c.id).where(LEASED)))


def _name(kept: Kept, job: Job) -> str:
    return f"#{kept.message.number} by {job.target.channel}"
