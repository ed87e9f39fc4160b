"""The people of a business as they are now: its plan, what was changed for a time, and what is known of their ways."""

import logging
from collections.abc import Callable
from datetime import datetime

from accounts.contacts import Ways
from accounts.rota_changes import Rotas
from calls.plan import Plan, PlanError
from calls.plans import Plans
from messages.reach import Reach

log = logging.getLogger(__name__)


class Reaching:
    """Loads `Reach`."""

    def __init__(self, plans: Plans, rotas: Rotas, ways: Ways, *, clock: Callable[[], datetime]) -> None:
        self._plans = plans
        self._rotas = rotas
        self._ways = ways
        self._clock = clock

    async def of(self, business_id: str) -> Reach:
        """Who can be reached at a business now. Raises NotFound.

        With a plan that cannot be read any more it is nobody: what is on its way ends in an alarm, which people see.
        Nor is there anybody at no business (""), for which the service answers strangers.
        """
        if not business_id:
            return Reach("UTC", {})
        try:
            _, reach = await self.with_plan(business_id)
        except PlanError:
            log.error("the plan of business %s can no longer be read", business_id)
            return Reach("UTC", {})
        return reach

    async def with_plan(self, business_id: str) -> tuple[Plan, Reach]:
        """The business's plan and who can be reached by it now. Raises NotFound and PlanError."""
        _, plan = await self._plans.by_id(business_id)
        return plan, await self.by_plan(business_id, plan)

    async def by_plan(self, business_id: str, plan: Plan, since: datetime | None = None) -> Reach:
        """The same with this plan, stored or not yet; changes to rotas that were over before `since` (now) are left
        out."""
        changes = await self._rotas.changes(business_id, since or self._clock())
        ways = await self._ways.of_business(business_id)
        return Reach(plan.time_zone, plan.contacts, plan.rotas, changes, ways)
