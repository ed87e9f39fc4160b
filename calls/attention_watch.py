"""Keeps the list of what must not be lost: reads the log of facts, takes off what is mended, alarms supervisors."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from accounts.directory import Directory, NotFound
from calls.abandoned_notes import AbandonedNotes
from calls.attention import Concern, Concerns, Trouble
from calls.attention_finding import WATCHED, Finding, Served, in_words
from calls.attention_mending import Mending, RotaGaps
from calls.journal import Journal
from calls.notices import Notices
from reports.facts import Fact, Kind

log = logging.getLogger(__name__)

ROUND_SECONDS = 5.0
LOOK_BACK = timedelta(hours=24)
"""What the first look after a start goes through: the service may have been down."""

OVERLAP = timedelta(seconds=30)
"""A fact is durable a moment after its time."""

ROTAS_EVERY = timedelta(minutes=15)
QUIET = timedelta(minutes=10)
"""A caller who calls again and again is told of once in this time."""

Which = tuple[Kind, str, datetime, str]
"""Tells one fact from others: what, in which chain, when, and about which delivery or escalation."""

AT_ONCE = frozenset({Trouble.FAILED, Trouble.UNANSWERED})
"""What supervisors are alarmed of when it happens; of the rest when nobody has taken it for a while."""


class AttentionWatch:
    """One for the service; looking twice at the same finds nothing new."""

    def __init__(
        self,
        concerns: Concerns,
        journal: Journal,
        directory: Directory,
        finding: Finding,
        mending: Mending,
        gaps: RotaGaps,
        notes: AbandonedNotes,
        notices: Notices,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._concerns = concerns
        self._journal = journal
        self._directory = directory
        self._finding = finding
        self._mending = mending
        self._gaps = gaps
        self._notes = notes
        self._notices = notices
        self._clock = clock
        self._seen: datetime | None = None  # facts up to here are read
        self._lately: set[Which] = set()  # and these of the last round, which overlaps the next
        self._rotas_due: datetime | None = None
        self._noticed: set[str] = set()
        self._alarmed: set[str] = set()

    async def run(self) -> None:
        """Look every few seconds, for ever."""
        while True:
            try:
                await self.look()
            except Exception as error:  # whatever it is, the next round looks again at all it did not finish
                log.error("a look for what must not be lost failed: %s", type(error).__name__)
            await asyncio.sleep(ROUND_SECONDS)

    async def look(self) -> None:
        """One round. Raises ConnectionError while the database is away; nothing is missed by that."""
        await self._journal.flush()  # after the database was away there are facts from long ago
        now = self._clock()
        await self._read_facts(now)
        for concern in await self._concerns.open():
            if how := await self._mending.by_now(concern):
                await self._concerns.close(concern.id, now, how)
        await self._look_at_rotas(now)
        await self._alarm(now)

    async def _read_facts(self, now: datetime) -> None:
        start = now - LOOK_BACK if self._seen is None else min(self._seen, now) - OVERLAP
        lately: set[Which] = set()
        async for fact in self._journal.between(start, now + OVERLAP, WATCHED):
            which = (fact.kind, fact.chain, fact.at, str(fact.data.get("delivery") or fact.data.get("escalation")))
            if which not in self._lately:
                await self._read(fact, now)
            lately.add(which)
        self._seen, self._lately = now, lately

    async def _read(self, fact: Fact, now: datetime) -> None:
        found = await self._finding.read(fact)
        match found:
            case Concern():
                await self._found(found)
            case Served():
                for concern in await self._concerns.open(found.business_id):
                    if found.mends(concern):
                        await self._concerns.close(concern.id, now, "The caller was served after all.")
            case None:
                pass

    async def _found(self, concern: Concern) -> None:
        # Told before it is listed: after a crash between the two it is found, and told, again.
        if concern.kind is Trouble.ABANDONED and not await self._told_lately(concern):
            await self._notes.tell(concern)
        if await self._concerns.add(concern) and concern.kind in AT_ONCE:
            await self._notice(concern, concern.text)

    async def _told_lately(self, concern: Concern) -> bool:
        """Whether another call of this caller is on the list since a few minutes ago."""
        return concern.caller is not None and any(
            each.kind is Trouble.ABANDONED
            and each.caller == concern.caller
            and each.id != concern.id
            and concern.at - QUIET < each.at <= concern.at
            for each in await self._concerns.open(concern.business_id)
        )

    async def _look_at_rotas(self, now: datetime) -> None:
        """All rotas now and then; those with a hole each time, so that a filled one goes off the list at once."""
        holed = [each for each in await self._concerns.open() if each.kind is Trouble.ROTA_GAP]
        looked_at = {each.business_id for each in holed}
        if self._rotas_due is None or now >= self._rotas_due:
            looked_at |= {business.id for business in await self._directory.businesses()}
            self._rotas_due = now + ROTAS_EVERY
        there: set[str] = set()
        for business_id in sorted(looked_at):
            await asyncio.sleep(0)  # there may be a thousand: calls go between
            try:
                gaps = await self._gaps.of(business_id, now)
            except NotFound:
                continue
            for gap in gaps:
                there.add(gap.id)
                await self._concerns.add(gap)
        for concern in holed:
            if concern.id not in there:
                await self._concerns.close(concern.id, now, "Somebody is on call at all times again.")

    async def _alarm(self, now: datetime) -> None:
        """Supervisors hear of what nobody has taken in time, until somebody does."""
        still = {concern.id: concern for concern in await self._concerns.open() if concern.owner is None}
        for concern in still.values():
            if concern.late(now) and concern.id not in self._alarmed:
                self._alarmed.add(concern.id)
                late = f"Nobody has taken this for {in_words(now - concern.at)}: {concern.text}"
                await self._notice(concern, late)
        for concern_id in self._noticed - still.keys():
            self._notices.over(concern_id)
        self._noticed &= still.keys()
        self._alarmed &= still.keys()

    async def _notice(self, concern: Concern, text: str) -> None:
        self._noticed.add(concern.id)
        self._notices.put(concern.id, await self._named(concern, text))

    async def _named(self, concern: Concern, text: str) -> str:
        try:
            return f"{(await self._directory.business(concern.business_id)).name}: {text}"
        except NotFound:
            return text
