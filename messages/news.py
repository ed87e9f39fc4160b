"""How those who were told of a message hear that somebody has it: at night no telephone rings for that. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from accounts.contacts import ChannelName
from accounts.wall_week import instant
from messages.delivery import Target
from messages.reach import Reach

MORNING: Final = time(7)
EVENING: Final = time(22)
QUIET: Final[tuple[ChannelName, ...]] = ("sms", "email")


@dataclass(frozen=True)
class News:
    """`rings_at` is from when on a telephone may ring for it; None: at once. Until then each contact whose key is in
    `quietly` hears it that way."""

    rings_at: datetime | None = None
    quietly: Mapping[str, Target] = field(default_factory=dict)


AT_ONCE: Final = News()


def news_at(now: datetime, reach: Reach) -> News:
    """What holds now for the people of this business, by its clock."""
    there = now.astimezone(ZoneInfo(reach.time_zone))
    if MORNING <= there.time() < EVENING:
        return AT_ONCE
    morning = there.date() + timedelta(days=there.time() >= EVENING)
    quietly = {key: target for key in reach.contacts if (target := _quiet_way(key, reach))}
    return News(instant(reach.time_zone, datetime.combine(morning, MORNING)), quietly)


def _quiet_way(key: str, reach: Reach) -> Target | None:
    contact = reach.contacts[key]
    for channel in QUIET:
        address = contact.address(channel)
        if address and not reach.trouble(channel, address):
            return Target(key, contact.name, channel, address)
    return None
