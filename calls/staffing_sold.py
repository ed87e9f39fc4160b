"""Staffing as it was sold: a business may have agents of its own who work for no other, or for a few others only."""

from collections.abc import Collection, Mapping

from accounts.business import Business
from calls.plan import Plan
from routing.recipe import Own


def own_limits(plan: Plan) -> frozenset[int]:
    """For at most how many businesses its own agents may work, by each rung of own agents that the plan has."""
    rungs = (rung for queue in plan.queues.values() for rung in queue.staffing.ladder)
    return frozenset(rung.own for rung in rungs if isinstance(rung, Own))


def no_longer_asked(
    name: str, before: Collection[str], after: Collection[str], sold: Mapping[str, tuple[Business, frozenset[int]]]
) -> list[str]:
    """What to say of an agent whose businesses were `before` and are `after`, where that takes them off a rung.

    `sold` holds the businesses in `after` with their `own_limits`. One sentence for each business.
    """
    warnings = []
    for business_id in sorted(set(before) & set(after)):
        business, limits = sold[business_id]
        lost = [limit for limit in limits if len(before) <= limit < len(after)]
        if lost:
            most = max(lost)
            of_them = "no other business" if most == 1 else f"at most {most} businesses"
            warnings.append(
                f"{business.name} was promised agents who work for {of_them}. With {len(after)} businesses "
                f"{name} is no longer one of them, and is asked later for its calls, or not at all."
            )
    return warnings
