"""Telling a business of callers who hung up, if its plan says so."""

from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_urlsafe
from zoneinfo import ZoneInfo

from calls.attention import Concern
from calls.plan import PlanError
from calls.plans import Plans
from calls.reaching import Reaching
from messages.delivery import Job, Purpose, Queued, Target
from messages.outbox import Outbox

NEWS_FOR = timedelta(hours=1)
"""What is older than this is told to nobody: the service was down, or is new."""


class AbandonedNotes:
    """`nudge` wakes the relay."""

    def __init__(
        self,
        outbox: Outbox,
        plans: Plans,
        reaching: Reaching,
        *,
        clock: Callable[[], datetime],
        nudge: Callable[[], None],
    ) -> None:
        self._outbox = outbox
        self._plans = plans
        self._reaching = reaching
        self._clock = clock
        self._nudge = nudge

    async def tell(self, concern: Concern) -> None:
        """Queue a note to each who is to know of this abandoned call; again, it changes nothing. Raises NotFound."""
        now = self._clock()
        if concern.at < now - NEWS_FOR:
            return
        try:
            business, plan = await self._plans.by_id(concern.business_id)
        except PlanError:
            return
        wanted = plan.abandoned_calls
        if wanted is None:
            return
        reach = await self._reaching.by_plan(business.id, plan)
        at = f"{concern.at.astimezone(ZoneInfo(plan.time_zone)):%H:%M}"
        notes: dict[str, Queued] = {}
        for person in (person for name in wanted.to for person in reach.people(name, now)):
            for channel in wanted.by:
                address = person.contact.address(channel)
                if address is None or reach.trouble(channel, address):
                    continue
                job = Job(
                    id=f"abandoned-{concern.subject}-{person.key}-{channel}",
                    message_id=None,
                    business_id=business.id,
                    target=Target(person.key, person.contact.name, channel, address),
                    created_at=now,
                    token=token_urlsafe(32),
                    purpose=Purpose.NOTE,
                    body=f"{business.name}, {at}: {concern.text}",
                )
                notes[job.id] = Queued(job, now)
        if notes:
            await self._outbox.add(list(notes.values()))
            self._nudge()
