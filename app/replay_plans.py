"""The rules a recorded call was queued by, and those it shall be queued by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.replay_day import QueueRules
from app.replay_record import RecordedCall
from calls.plan import Plan


@dataclass(frozen=True)
class KnownPlans:
    """The plans of businesses by version, and the latest of each."""

    by_version: Mapping[tuple[str, int], Plan]
    latest: Mapping[str, Plan]

    def was(self, call: RecordedCall) -> QueueRules:
        """By the plan of that time; by the latest, or what is usual, where that is not known (see `is_known`)."""
        business = call.what_became.business_id
        plan = self.by_version.get((business, call.plan_version or 0)) or self.latest.get(business)
        return QueueRules() if plan is None else rules_of(plan, call.queue)

    def is_known(self, call: RecordedCall) -> bool:
        """Whether the very plan and queue of the call are there."""
        plan = self.by_version.get((call.what_became.business_id, call.plan_version or 0))
        return plan is not None and call.queue in plan.queues

    def changed(self, new: Mapping[str | None, Plan]) -> Callable[[RecordedCall], QueueRules]:
        """As it was, but for businesses with a new plan; the plan of None is everybody's who has no other."""

        def rules(call: RecordedCall) -> QueueRules:
            plan = new.get(call.what_became.business_id) or new.get(None)
            return self.was(call) if plan is None else rules_of(plan, call.queue)

        return rules


def rules_of(plan: Plan, key: str) -> QueueRules:
    """What the plan says of this queue, or of its first if it has none of that name."""
    queue = plan.queues.get(key) or next(iter(plan.queues.values()), None)
    if queue is None:
        return QueueRules(time_zone=plan.time_zone)
    return QueueRules(queue.recipe, queue.skills, queue.priority, plan.time_zone)
