"""What was lost and is not any more: somebody has it, it arrived after all, the hole in the rota is filled."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from accounts import rota
from accounts.directory import NotFound
from calls.attention import ROTA_AHEAD, Concern, Trouble
from calls.plan import Plan, PlanError
from calls.plans import Plans
from calls.reaching import Reaching
from messages.delivery import Acknowledged, Delivered
from messages.outbox import Inbox, Outbox
from messages.who_has import who_has


class Mending:
    """Looks at how things stand now."""

    def __init__(self, inbox: Inbox, outbox: Outbox) -> None:
        self._inbox = inbox
        self._outbox = outbox

    async def by_now(self, concern: Concern) -> str:
        """How it was mended, in a sentence; "" while it is not. Callers and rotas are not looked at here."""
        if concern.kind in (Trouble.ABANDONED, Trouble.ROTA_GAP):
            return ""
        try:
            return await self._message(concern) if concern.number is not None else await self._summary(concern)
        except NotFound:
            return "It is not there any more."

    async def _message(self, concern: Concern) -> str:
        message = await self._inbox.message(concern.subject)
        if message.done_at is not None and message.done_at >= concern.at:
            return "The business has dealt with it."
        deliveries = await self._outbox.of_message(message.id)
        if holder := who_has(await self._outbox.escalations(message.id), deliveries):
            return f"{holder} has it."
        if concern.kind is Trouble.FAILED and any(isinstance(each, Delivered) for each in deliveries):
            return "It was delivered after all."
        return ""

    async def _summary(self, concern: Concern) -> str:
        delivery = await self._outbox.delivery(concern.subject)
        return "It was delivered after all." if isinstance(delivery, Delivered | Acknowledged) else ""


class RotaGaps:
    """Looks for times soon at which nobody is on call."""

    def __init__(self, plans: Plans, reaching: Reaching) -> None:
        self._plans = plans
        self._reaching = reaching

    async def of(self, business_id: str, now: datetime) -> Sequence[Concern]:
        """One concern for each rota of a business with a hole in the next seven days. Raises NotFound."""
        try:
            _, plan = await self._plans.by_id(business_id)
        except PlanError:
            return []
        if not plan.rotas:
            return []
        return await self._holes(business_id, plan, now)

    async def _holes(self, business_id: str, plan: Plan, now: datetime) -> list[Concern]:
        reach = await self._reaching.by_plan(business_id, plan)
        names = {key: contact.name for key, contact in plan.contacts.items()}
        found = []
        for key, each in plan.rotas.items():
            holes = rota.holes(each, key, plan.time_zone, now, ROTA_AHEAD.days, reach.changes, names)
            empty = [hole for hole in holes if hole.fallback is None]
            if empty:
                starts, ends = (each.astimezone(ZoneInfo(plan.time_zone)) for each in (empty[0].starts, empty[0].ends))
                text = f"Nobody is on call on “{key}” from {_clock(starts)} to {_clock(ends)}."
                found.append(Concern(Trouble.ROTA_GAP, business_id, key, now, text))
        return found


def _clock(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b %H:%M}"
