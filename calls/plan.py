"""A business's answering plan as YAML: read, checked with line and reason, and written."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from calls.plan_checks import (
    Allowed,
    Finding,
    anything,
    findings,
    missing_clips,
    own_numbers,
    refused_addresses,
    refused_targets,
    unused,
    web_addresses,
)
from calls.plan_model import Entry, Opening, Path, Plan, Queue, Voicemail
from calls.plan_reasons import reason
from calls.plan_source import PlanSource, Unreadable, read, write
from messages.outside import url_trouble

__all__ = [
    "Entry",
    "Opening",
    "Plan",
    "PlanError",
    "Problem",
    "Queue",
    "Voicemail",
    "dump_plan",
    "parse_plan",
    "plan_warnings",
    "web_addresses",
]


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong: the line in the YAML (from 1), the place as "menus.main.then", and a plain sentence."""

    line: int
    path: str
    reason: str


class PlanError(ValueError):
    """The plan cannot be used, for these reasons, in the order of their lines."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"line {problem.line}: {problem.reason}" for problem in problems))
        self.problems = problems


def parse_plan(yaml_text: str) -> Plan:
    """Read and check a plan. Raises PlanError with everything that is wrong with it."""
    return _parse(yaml_text)[0]


def plan_warnings(
    yaml_text: str,
    recordings: Collection[str] | None = None,
    numbers: Collection[str] = (),
    why_not: Callable[[str], str] = url_trouble,
    allowed: Allowed = anything,
) -> list[Problem]:
    """What is allowed but hardly meant, in a plan that is right otherwise. Raises PlanError.

    `recordings` are the ids of the clips the plan may play; None: whatever it names. `numbers` (E.164) are the
    service's own, where no message may go; `why_not` says why none may go to a web address ("": it may), `allowed` the
    same of what the house sends to.
    """
    plan, source = _parse(yaml_text)
    wrong = [
        *(missing_clips(plan, recordings) if recordings is not None else ()),
        *own_numbers(plan, numbers),
        *refused_addresses(plan, why_not),
        *refused_targets(plan, allowed),
    ]
    if wrong:
        raise PlanError(_located(_as_written(wrong, source), source))
    return _located(unused(plan), source)


def dump_plan(plan: Plan) -> str:
    """The plan as YAML that `parse_plan` reads back to the same plan; what is as usual is left out."""
    return write(plan.model_dump(mode="json", exclude_defaults=True))


def _parse(yaml_text: str) -> tuple[Plan, PlanSource]:
    try:
        source = read(yaml_text)
        plan = Plan.model_validate(source.data)
    except Unreadable as error:
        raise PlanError([Problem(error.line, _written(error.path), str(error))]) from None
    except ValidationError as error:
        raise PlanError(_located([_found(each, source) for each in error.errors()], source)) from None
    if wrong := findings(plan):
        raise PlanError(_located(_as_written(wrong, source), source))
    return plan, source


def _as_written(wrong: list[Finding], source: PlanSource) -> list[Finding]:
    """At the places that are there: one name may stand where the model has a list."""
    return [Finding(source.nearest(each.path), each.reason) for each in wrong]


def _found(error: ErrorDetails, source: PlanSource) -> Finding:
    place = source.nearest(error["loc"])
    if error["type"] == "missing":
        place = (*place, error["loc"][-1])
    return Finding(place, reason(error))


def _located(found: list[Finding], source: PlanSource) -> list[Problem]:
    # A value that fits none of several kinds is reported once for each kind: the first says enough.
    first = {each.path: each for each in reversed(found)}
    return sorted(Problem(source.line(each.path), _written(each.path), each.reason) for each in first.values())


def _written(path: Path) -> str:
    return ".".join(str(part) for part in path)
