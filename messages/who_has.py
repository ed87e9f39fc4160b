"""Who has a message: the first person who said so. Pure."""

from collections.abc import Iterable

from messages.delivery import Acknowledged, Delivery
from messages.escalation import Escalation, Taken


def who_has(escalations: Iterable[Escalation], deliveries: Iterable[Delivery]) -> str:
    """The name of who has it; "" for nobody. Both are all of the message's."""
    # Who took an escalation goes before who answered a delivery at the same moment.
    said: list[Taken | Acknowledged] = [each for each in escalations if isinstance(each, Taken)]
    said += [each for each in deliveries if isinstance(each, Acknowledged)]
    return min(said, key=lambda each: each.at).by if said else ""
