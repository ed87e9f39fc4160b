"""People who sign in: owner, supervisors, agents, and a business's own people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

WORST_LEVEL: Final = 1
BEST_LEVEL: Final = 5
SHORTEST_RING: Final = 5
LONGEST_RING: Final = 120


class Role(StrEnum):
    """What somebody is here. The last two are a business's own people; every business needs a manager."""

    OWNER = "owner"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    BUSINESS = "business"  # the business's manager
    STAFF = "staff"  # reads and deals with the business's messages, changes nothing of how it is served


OF_A_BUSINESS: Final = frozenset({Role.BUSINESS, Role.STAFF})


@dataclass(frozen=True)
class Person:
    """Somebody with a sign-in.

    `business_id` is set for a business's own people (`OF_A_BUSINESS`) only. The fields from `sip_username` on are an
    agent's: the softphone's user name (the browser's is that with "-web" behind it), its secret, skills (languages as
    BCP 47 primary tags and topics) with the level from 1 (can manage) to 5 (a native speaker, an expert), businesses
    it is dedicated to, and the pools it sits in with the rank there (0 is asked first). `ring_seconds` (5 to 120)
    goes before the business's own; with `auto_answer` the telephone is to take calls by itself.
    """

    id: str
    email: str
    name: str
    role: Role
    password_hash: str = field(repr=False)
    business_id: str | None = None
    sip_username: str | None = None
    sip_secret: str | None = field(default=None, repr=False)
    skills: Mapping[str, int] = field(default_factory=dict)
    dedicated_to: frozenset[str] = frozenset()
    pools: Mapping[str, int] = field(default_factory=dict)
    ring_seconds: int | None = None
    auto_answer: bool = False
    disabled: bool = False
