"""A business's own people, as its manager sees them: who may sign in, as manager or staff."""

import secrets
from dataclasses import replace as changed
from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, Field

from accounts.directory import NotFound
from accounts.people import OF_A_BUSINESS, Person, Role
from web.ask import Ask
from web.problem import Problem
from web.session import PASSWORDS, end_sessions

OwnRole = Literal["business", "staff"]


class OwnPersonIn(BaseModel):
    """`role` business is a manager, who may do everything for the business; staff reads and deals with messages.

    `new_password` makes a one-time password (a new person gets one in any case).
    """

    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    name: str = Field(min_length=1, max_length=120)
    role: OwnRole
    disabled: bool = False
    new_password: bool = False


class OwnPersonOut(BaseModel):
    id: str
    email: str
    name: str
    role: OwnRole
    disabled: bool


class OwnPersonSaved(OwnPersonOut):
    """`password` is shown this once, null when none was made. Who signs in with it chooses their own then."""

    password: str | None


async def people(ask: Ask) -> list[OwnPersonOut]:
    """Who may sign in for this business, by e-mail."""
    return [_out(person) for person in await _people(ask)]


async def add(ask: Ask, body: OwnPersonIn) -> OwnPersonSaved:
    """Let somebody else sign in for this business."""
    await _people(ask)
    blank = Person(uuid4().hex, body.email, body.name, Role(body.role), password_hash="", business_id=ask.path("id"))
    return await _put(ask, blank, body, with_password=True)


async def replace(ask: Ask, body: OwnPersonIn) -> OwnPersonSaved:
    """Change somebody. A new password ends their sessions; disabling ends their API keys too."""
    found = await _people(ask)
    old = next((person for person in found if person.id == ask.path("person")), None)
    if old is None:
        raise NotFound
    if old.id == ask.person.id and (body.disabled or body.role != old.role.value):
        raise Problem("conflict", "One's own role and sign-in are changed by somebody else.")
    managers = [person for person in found if person.role is Role.BUSINESS and not person.disabled]
    if managers == [old] and (body.disabled or body.role != Role.BUSINESS.value):
        raise Problem("conflict", "This is the last manager. Make somebody else a manager first.")
    saved = await _put(ask, old, body, with_password=body.new_password)
    if body.new_password or body.disabled:
        await end_sessions(ask, old.id, but=ask.who.session.token_hash, keys_too=body.disabled)
    return saved


async def _people(ask: Ask) -> list[Person]:
    """Those of the business in the address. Raises NotFound when it is not there or out of reach."""
    ask.check_reach(ask.path("id"))
    business = await ask.services.directory.business(ask.path("id"))
    everybody = await ask.services.directory.people()
    return [person for person in everybody if person.business_id == business.id and person.role in OF_A_BUSINESS]


async def _put(ask: Ask, old: Person, body: OwnPersonIn, *, with_password: bool) -> OwnPersonSaved:
    password = secrets.token_urlsafe(12) if with_password else None
    person = changed(old, email=body.email, name=body.name.strip(), role=Role(body.role), disabled=body.disabled)
    if password is not None:
        person = changed(person, password_hash=await ask.request.app[PASSWORDS].hash(password))
    await ask.services.directory.put_person(person)
    return OwnPersonSaved(**_out(person).model_dump(), password=password)


def _out(person: Person) -> OwnPersonOut:
    role: OwnRole = "business" if person.role is Role.BUSINESS else "staff"
    return OwnPersonOut(id=person.id, email=person.email, name=person.name, role=role, disabled=person.disabled)
