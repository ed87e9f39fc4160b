"""The plan of each business, parsed once per version."""

from accounts.business import Business
from accounts.directory import Directory
from calls.plan import Plan, parse_plan


class Plans:
    """Reads plans through the directory; a changed plan holds from the next call on."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._parsed: dict[str, tuple[int, Plan]] = {}

    def of(self, business: Business) -> Plan:
        """The parsed plan. Raises PlanError for one that was valid when saved and is not any more.

        Any thread may ask; two that ask at the same time parse it twice and find the same.
        """
        version, plan = self._parsed.get(business.id, (None, None))
        if plan is None or version != business.plan_version:
            plan = parse_plan(business.plan)
            self._parsed[business.id] = (business.plan_version, plan)
        return plan

    async def by_id(self, business_id: str) -> tuple[Business, Plan]:
        """Raises NotFound."""
        business = await self._directory.business(business_id)
        return business, self.of(business)
