"""How messages reach a business, as the part of its plan that the business changes itself: contacts, rotas, rules."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.rota import Rota
from calls.plan import Plan, PlanError, Problem, parse_plan
from calls.plan_sections import with_sections
from messages.policy import DeliveryRule

KEYS = ("contacts", "rotas", "deliver", "abandoned_calls")
DEEPEST = 12
"""No rule is nested deeper than this."""
MOST_HOURS = 48
MOST_TELLINGS = 100

Draft = Mapping[str, Any]
"""Plain data by these keys, as a page sends it; what is missing or None is taken out of the plan."""


def with_draft(text: str, draft: Draft) -> tuple[str, Plan]:
    """The plan with the draft in it, as YAML and read. Sections that say the same as before keep their lines.

    Raises PlanError with everything that is wrong.
    """
    for key in KEYS:
        if _deeper(draft.get(key), DEEPEST):
            raise PlanError([Problem(1, key, "This is nested too deeply.")])
    before = parse_plan(text)
    wanted = {key: draft.get(key) or None for key in KEYS}
    plan = parse_plan(with_sections(text, wanted))
    if wrong := _too_long(plan.deliver, before.deliver):
        raise PlanError(wrong)
    changed = {key: _written(plan, key) for key in KEYS if getattr(plan, key) != getattr(before, key)}
    return with_sections(text, changed) if changed else text, plan


def with_rota(text: str, key: str, rota: Rota) -> tuple[str, Plan]:
    """The plan with this rota under its key, as YAML and read. The other sections keep their lines.

    Raises PlanError with everything that is wrong.
    """
    before = parse_plan(text)
    wanted = before.model_copy(update={"rotas": {**before.rotas, key: rota}})
    changed = with_sections(text, {"rotas": _written(wanted, "rotas")})
    return changed, parse_plan(changed)


def _written(plan: Plan, key: str) -> Any:
    """A section as somebody would write it: without what goes without saying. None leaves it out."""
    return plan.model_dump(mode="json", include={key}, exclude_defaults=True).get(key)


def _deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(each, levels - 1) for each in inner)


def _too_long(rules: Sequence[DeliveryRule], before: Sequence[DeliveryRule]) -> list[Problem]:
    """New rules that would go on for days, or fill somebody's telephone."""
    wrong = []
    for place, rule in enumerate(rules):
        if rule in before or not rule.asks:
            continue
        hours = sum(step.wait_minutes * step.times for step in rule.steps) / 60
        tellings = sum(step.times * max(1, len(step.by)) * max(1, len(step.contacts)) for step in rule.steps)
        path = f"deliver.{place}.escalate" if rule.escalate else f"deliver.{place}.max_sends"
        if hours > MOST_HOURS:
            wrong.append(
                Problem(
                    1,
                    path,
                    f"All waits together are {hours:.0f} hours. After {MOST_HOURS} hours at the latest our supervisor "
                    "has to know that nobody answers: shorten the waits, or repeat less often.",
                )
            )
        elif tellings > MOST_TELLINGS:
            wrong.append(
                Problem(
                    1,
                    path,
                    f"One message would go out {tellings} times; the most is {MOST_TELLINGS}. Repeat less often.",
                )
            )
    return wrong
