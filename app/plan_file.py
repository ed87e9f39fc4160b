"""An answering plan from a file somebody names on the command line."""

from app.asking import WrongQuestion
from app.named_files import UnreadableFile, read_named
from calls.plan import Plan, PlanError, parse_plan


class BadPlanFile(WrongQuestion):
    """The file cannot be read, is no plan, or has no queue; says so in sentences, with the lines."""


def read_plan(file: str) -> Plan:
    """A plan with a queue at least. Raises BadPlanFile."""
    try:
        plan = parse_plan(read_named(file))
    except UnreadableFile as error:
        raise BadPlanFile(f"The plan {file} {error}.") from None
    except PlanError as error:
        reasons = "\n".join(f"  line {each.line}: {each.reason}" for each in error.problems)
        raise BadPlanFile(f"The plan {file} is wrong:\n{reasons}") from None
    if not plan.queues:
        raise BadPlanFile(f"The plan {file} has no queue, so nobody waits.")
    return plan
