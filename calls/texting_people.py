"""Who texts us: the contacts whose verified number or address it is, at each business; and whom a name means there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from accounts.contacts import ChannelName, Contact, Flag, Ways
from accounts.directory import NotFound
from calls.plan import Plan, PlanError
from calls.plans import Plans
from calls.reaching import Reaching
from messages.delivery import Delivery
from messages.reach import Reach

How = Literal["sms", "email"]

# A number that was verified by a call is theirs as well.
_WAYS: Mapping[How, tuple[ChannelName, ...]] = {"sms": ("sms", "voice"), "email": ("email",)}


@dataclass(frozen=True)
class Sender:
    """A contact of one business who texts us from `address`. `keys`: theirs, and of others who share that address."""

    business_id: str
    business: str  # its name
    plan: Plan
    reach: Reach
    keys: tuple[str, ...]
    address: str

    @property
    def key(self) -> str:
        return self.keys[0]

    @property
    def name(self) -> str:
        return self.named(self.key)

    def named(self, key: str) -> str:
        """A contact's name."""
        return self.reach.contacts[key].name

    @property
    def names(self) -> dict[str, str]:
        """All contacts' names by key."""
        return {key: contact.name for key, contact in self.reach.contacts.items()}


@dataclass(frozen=True)
class Asked:
    """A text with a command: by whom (once for each business it may be about), when and by which way.

    `several`: they work for several businesses, so answers say which. `rota` is the one they name; `about` the delivery
    that a mail answers.
    """

    id: str
    at: datetime
    how: How
    senders: Sequence[Sender]
    several: bool = False
    rota: str = ""
    about: Delivery | None = None


class People:
    """Finds senders."""

    def __init__(self, ways: Ways, plans: Plans, reaching: Reaching) -> None:
        self._ways = ways
        self._plans = plans
        self._reaching = reaching

    async def senders(self, how: How, address: str) -> list[Sender]:
        """The contacts with this verified address, at most one for each business."""
        businesses = {
            way.business_id: way.address
            for channel in _WAYS[how]
            for way in await self._ways.by_address(channel, address)
            if way.verified_at is not None
        }
        senders = []
        for business_id, known_as in businesses.items():
            try:
                business, plan = await self._plans.by_id(business_id)
            except (NotFound, PlanError):
                continue
            if keys := tuple(key for key, contact in plan.contacts.items() if _has(contact, how, known_as)):
                reach = await self._reaching.by_plan(business_id, plan)
                senders.append(Sender(business_id, business.name, plan, reach, keys, known_as))
        return senders

    async def as_now(self, sender: Sender) -> Reach:
        """The people of the sender's business after what was just changed."""
        return await self._reaching.by_plan(sender.business_id, sender.plan)

    async def wants_no_texts(self, how: How, address: str) -> bool:
        """They have said STOP, to whichever business."""
        return any(way.flag is Flag.OPTED_OUT for way in await self._ways.by_address(how, address))


def _has(contact: Contact, how: How, address: str) -> bool:
    return any((contact.address(channel) or "").casefold() == address.casefold() for channel in _WAYS[how])


def meant(name: str, names: Mapping[str, str]) -> list[str]:
    """The keys whose name this is; else those whose first name it is; else the key itself; else those whose name begins
    so."""
    said = " ".join(name.casefold().split())
    folded = {key: " ".join(full.casefold().split()) for key, full in names.items()}
    whole = [key for key, full in folded.items() if said == full]
    first = [key for key, full in folded.items() if said == full.split()[0]]
    as_key = [key for key in folded if said == key.casefold()]
    begin = [key for key, full in folded.items() if full.startswith(said)]
    return whole or first or as_key or begin
