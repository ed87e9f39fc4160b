"""People who sign in, and agents' telephones."""

import secrets
from dataclasses import replace as changed
from typing import Annotated, Self
from uuid import uuid4

from pydantic import BaseModel, Field, model_validator

from accounts.directory import NotFound
from accounts.people import Person, Role
from web.ask import Ask
from web.endpoint_names import check_endpoint_name
from web.problem import Problem
from web.session import PASSWORDS, end_sessions
from web.trunks import applied

Tag = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]


class PersonIn(BaseModel):
    """`business_id` goes with role business, and only with it; `sip_username` gives somebody a telephone to take calls.

    `password` left out keeps the one there is.
    """

    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    name: str = Field(min_length=1, max_length=120)
    role: Role
    password: str | None = Field(default=None, min_length=10, max_length=1024)
    business_id: str | None = None
    sip_username: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_.]{0,31}$")
    skills: list[Tag] = Field(default_factory=list, max_length=50)
    dedicated_to: list[str] = Field(default_factory=list, max_length=200)
    pools: list[Tag] = Field(default_factory=list, max_length=50)
    disabled: bool = False

    @model_validator(mode="after")
    def _role_fits(self) -> Self:
        if (self.role is Role.BUSINESS) != (self.business_id is not None):
            raise ValueError("business_id goes with role business, and with no other.")
        if self.role is Role.BUSINESS and self.sip_username:
            raise ValueError("A business's own people take no calls here.")
        return self


class PersonOut(BaseModel):
    id: str
    email: str
    name: str
    role: Role
    business_id: str | None
    sip_username: str | None
    skills: list[str]
    dedicated_to: list[str]
    pools: list[str]
    disabled: bool


async def people(ask: Ask) -> list[PersonOut]:
    """Everybody, by e-mail."""
    return [_out(person) for person in await ask.services.directory.people()]


async def show(ask: Ask) -> PersonOut:
    """One person."""
    return _out(await ask.services.directory.person(ask.path("id")))


async def add(ask: Ask, body: PersonIn) -> PersonOut:
    """Add somebody; a password is needed."""
    if body.password is None:
        raise Problem("invalid", errors={"password": "A password is needed."})
    blank = Person(uuid4().hex, body.email, body.name, body.role, password_hash="")
    return await _put(ask, blank, body)


async def replace(ask: Ask, body: PersonIn) -> PersonOut:
    """Change somebody. A new password ends their sessions; disabling ends their API keys too."""
    old = await ask.services.directory.person(ask.path("id"))
    if old.id == ask.person.id and (body.disabled or body.role is not old.role):
        raise Problem("conflict", "One's own role and sign-in are changed by somebody else.")
    answer = await _put(ask, old, body)
    if body.password is not None or body.disabled:
        await end_sessions(ask, old.id, but=ask.who.session.token_hash, keys_too=body.disabled)
    return answer


async def _put(ask: Ask, old: Person, body: PersonIn) -> PersonOut:
    await _check_businesses(ask, body)
    new_hash = old.password_hash if body.password is None else await ask.request.app[PASSWORDS].hash(body.password)
    person = changed(
        old,
        email=body.email,
        name=body.name,
        role=body.role,
        password_hash=new_hash,
        business_id=body.business_id,
        sip_username=body.sip_username,
        sip_secret=(old.sip_secret or secrets.token_urlsafe(18)) if body.sip_username else None,
        skills=frozenset(body.skills),
        dedicated_to=frozenset(body.dedicated_to),
        pools=frozenset(body.pools),
        disabled=body.disabled,
    )
    if person.sip_username is not None:
        await check_endpoint_name(ask.services.directory, person.sip_username, person.id)
    await ask.services.directory.put_person(person)
    await ask.services.desk.agent_changed(person)
    if (old.sip_username, old.disabled) != (person.sip_username, person.disabled):
        await applied(ask.services)
    return _out(person)


async def _check_businesses(ask: Ask, body: PersonIn) -> None:
    for business_id in {*body.dedicated_to, *([body.business_id] if body.business_id else ())}:
        try:
            await ask.services.directory.business(business_id)
        except NotFound:
            raise Problem("invalid", errors={"business_id": f"There is no business {business_id}."}) from None


def _out(person: Person) -> PersonOut:
    return PersonOut(
        id=person.id,
        email=person.email,
        name=person.name,
        role=person.role,
        business_id=person.business_id,
        sip_username=person.sip_username,
        skills=sorted(person.skills),
        dedicated_to=sorted(person.dedicated_to),
        pools=sorted(person.pools),
        disabled=person.disabled,
    )
