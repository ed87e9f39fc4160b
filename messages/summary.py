"""Messages that were held go out together: one text per contact and channel. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.contacts import ChannelName
from messages.delivery import Job, Purpose, Queued, Target
from messages.escalation import Held, Mint, Move, Unanswered
from messages.moves import NOBODY_TOLD
from messages.reach import Reach, Reached

Way = tuple[str, str, tuple[str, ...] | None, bool]
"""Channel, address, and how much may be told there: texts that tell differently are not mixed."""


@dataclass(frozen=True)
class Summary:
    """`deliveries` tell of `held`; those in `lost` reach nobody, and each has its alarm as a move."""

    held: tuple[Held, ...]
    deliveries: tuple[Queued, ...]
    lost: tuple[tuple[Held, Move], ...]


def summarise(held: Sequence[Held], reach: Reach, now: datetime, mint: Mint) -> Summary:
    """What goes out of held messages of one business whose time has come, oldest message first."""
    people: dict[Way, Target] = {}
    told: dict[Way, list[str]] = {}
    kept: list[Held] = []
    lost: list[tuple[Held, Move]] = []
    for each in held:
        ways = _ways(each, reach, now)
        if not ways:
            lost.append((each, Move(Unanswered(each.path, now, NOBODY_TOLD))))
            continue
        kept.append(each)
        for way, target in ways.items():
            people.setdefault(way, target)
            messages = told.setdefault(way, [])
            if each.path.message_id not in messages:
                messages.append(each.path.message_id)
    deliveries = [
        Queued(
            Job(
                id=mint.new_id(),
                message_id=None,
                business_id=kept[0].path.business_id,
                target=people[way],
                created_at=now,
                token=mint.new_token(),
                purpose=Purpose.SUMMARY,
                include=way[2],
                link_only=way[3],
                summary_of=tuple(messages),
            ),
            now,
        )
        for way, messages in told.items()
    ]
    return Summary(tuple(kept), tuple(deliveries), tuple(lost))


def _ways(held: Held, reach: Reach, now: datetime) -> dict[Way, Target]:
    rule = held.path.rule
    found: dict[Way, Target] = {}
    for step in rule.steps:
        for person in {person.key: person for name in step.contacts for person in reach.people(name, now)}.values():
            usable = [target for channel in step.by if (target := _usable(person, channel, reach))]
            fallback = [target for channel in step.else_by if (target := _usable(person, channel, reach))]
            for target in usable or fallback[:1]:
                found[target.channel, target.address.casefold(), rule.told, rule.details == "link"] = target
    return found


def _usable(person: Reached, channel: ChannelName, reach: Reach) -> Target | None:
    address = person.contact.address(channel)
    if address is None or reach.trouble(channel, address):
        return None
    return Target(person.key, person.contact.name, channel, address)
