"""People who sign in: owner, supervisors, agents, and a business's own people."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    BUSINESS = "business"


@dataclass(frozen=True)
class Person:
    """Somebody with a sign-in.

    `business_id` is set for a business's own people only. The fields from `sip_username` on are an agent's:
    the softphone's user name (the browser's is that with "-web" behind it), its secret, skills (languages as
    BCP 47 primary tags and topics), businesses it is dedicated to, and the pools it sits in.
    """

    id: str
    email: str
    name: str
    role: Role
    password_hash: str = field(repr=False)
    business_id: str | None = None
    sip_username: str | None = None
    sip_secret: str | None = field(default=None, repr=False)
    skills: frozenset[str] = frozenset()
    dedicated_to: frozenset[str] = frozenset()
    pools: frozenset[str] = frozenset()
    disabled: bool = False
