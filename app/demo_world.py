"""The demo's businesses, numbers and people: Harbor Plumbing, Lakeside Dental, Northwind Legal and who answers them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from accounts.business import Business, Number, Trunk
from accounts.contacts import Ways
from accounts.directory import Directory, NotFound
from accounts.people import Person, Role
from calls.plan import parse_plan
from calls.vouching import vouch

PLANS: Final = Path(__file__).parent / "demo"

BUSINESSES: Final = (
    ("harbor", "Harbor Plumbing", "+12025550101"),
    ("lakeside", "Lakeside Dental", "+12025550102"),
    ("northwind", "Northwind Legal", "+12025550103"),
)

DEMO_TRUNK: Final = Trunk("demo", "demo", match=("127.0.0.1",))
"""Any caller on this machine who is no agent's telephone."""

FLUENT: Final = 5
SHARED_POOL: Final = "shared"


async def seed(directory: Directory, ways: Ways, hash_password: Callable[[str], str], password: str) -> None:
    """Put the demo world in place; every sign-in and every SIP phone has this password, every contact is verified.

    May run again: what is there is kept as it was changed meanwhile, and only the password is brought up to date.
    """
    for business_id, name, e164 in BUSINESSES:
        try:
            await directory.business(business_id)
        except NotFound:
            plan = (PLANS / f"{business_id}.yaml").read_text(encoding="utf-8")
            await directory.put_business(Business(business_id, name, plan))
            await vouch(ways, business_id, parse_plan(plan).contacts, datetime.now(UTC), "the demo")
        if await directory.business_by_number(e164) is None:
            await directory.put_number(Number(e164, business_id))
    if not any(trunk.name == DEMO_TRUNK.name for trunk in await directory.trunks()):
        await directory.put_trunk(DEMO_TRUNK)
    password_hash = await asyncio.to_thread(hash_password, password)
    for person in _people(password_hash, password):
        known = await directory.person_by_email(person.email)
        if known is not None:
            secret = password if known.sip_username else None
            person = replace(known, password_hash=password_hash, sip_secret=secret)
        await directory.put_person(person)


def _people(password_hash: str, secret: str) -> list[Person]:
    def person(id: str, email: str, name: str, role: Role, business_id: str | None = None) -> Person:
        return Person(id, email, name, role, password_hash, business_id)

    def agent(id: str, name: str, *skills: str, dedicated_to: str = "") -> Person:
        return replace(
            person(id, f"{id}@answerline.test", name, Role.AGENT),
            sip_username=id,
            sip_secret=secret,
            skills=dict.fromkeys(skills, FLUENT),
            dedicated_to=frozenset({dedicated_to} - {""}),
            pools={} if dedicated_to else {SHARED_POOL: 0},
        )

    return [
        person("owner", "owner@answerline.test", "Owner", Role.OWNER),
        person("sue", "sue@answerline.test", "Sue", Role.SUPERVISOR),
        agent("ana", "Ana", "en", dedicated_to="harbor"),
        agent("ben", "Ben", "en"),
        agent("cara", "Cara", "en", "es"),
        person("harbor-office", "office@harbor.test", "Harbor office", Role.BUSINESS, "harbor"),
        person("lakeside-desk", "desk@lakeside.test", "Lakeside front desk", Role.BUSINESS, "lakeside"),
        person("northwind-partner", "partner@northwind.test", "Northwind partner", Role.BUSINESS, "northwind"),
    ]
