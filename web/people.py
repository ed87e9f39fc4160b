"""People who sign in, and agents' telephones."""

import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace as changed
from typing import Annotated, Any, Self
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from accounts.directory import NotFound
from accounts.people import BEST_LEVEL, LONGEST_RING, OF_A_BUSINESS, SHORTEST_RING, WORST_LEVEL, Person, Role
from calls.plan import PlanError
from calls.staffing_sold import no_longer_asked, own_limits
from web.ask import Ask
from web.endpoint_names import check_endpoint_name
from web.problem import Problem
from web.session import PASSWORDS, end_sessions
from web.trunks import applied

MAX_RANK = 99


def _level(level: int) -> int:
    if not WORST_LEVEL <= level <= BEST_LEVEL:
        raise ValueError("A level goes from 1 (can manage) to 5 (a native speaker, an expert).")
    return level


def _rank(rank: int) -> int:
    if not 0 <= rank <= MAX_RANK:
        raise ValueError("A rank goes from 0 (asked first) to 99.")
    return rank


def _ring_time(seconds: int) -> int:
    if not SHORTEST_RING <= seconds <= LONGEST_RING:
        raise ValueError("A telephone rings for 5 to 120 seconds.")
    return seconds


def _no_list(given: Any) -> Any:
    if isinstance(given, list):
        raise ValueError('Write each with its number, like {"es": 3}.')
    return given


Tag = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
Level = Annotated[int, AfterValidator(_level), Field(json_schema_extra={"minimum": WORST_LEVEL, "maximum": BEST_LEVEL})]
Rank = Annotated[int, AfterValidator(_rank), Field(json_schema_extra={"minimum": 0, "maximum": MAX_RANK})]
RingTime = Annotated[
    int, AfterValidator(_ring_time), Field(json_schema_extra={"minimum": SHORTEST_RING, "maximum": LONGEST_RING})
]


class PersonIn(BaseModel):
    """`business_id` goes with the roles business and staff, and only with them.

    `sip_username` gives somebody a telephone to take calls. `password` left out keeps the one there is. `skills`
    are languages (en, es) and topics with the level, 1 (can manage) to 5 (a native speaker, an expert); `pools` are
    named with the person's rank there, 0 is asked first.
    `ring_seconds` null: as long as the business says. `auto_answer`: the telephone is to take calls by itself.
    """

    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    name: str = Field(min_length=1, max_length=120)
    role: Role
    password: str | None = Field(default=None, min_length=10, max_length=1024)
    business_id: str | None = None
    sip_username: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_.]{0,31}$")
    skills: Annotated[dict[Tag, Level], BeforeValidator(_no_list)] = Field(default_factory=dict, max_length=50)
    dedicated_to: list[str] = Field(default_factory=list, max_length=200)
    pools: Annotated[dict[Tag, Rank], BeforeValidator(_no_list)] = Field(default_factory=dict, max_length=50)
    ring_seconds: RingTime | None = None
    auto_answer: bool = False
    disabled: bool = False

    @model_validator(mode="after")
    def _role_fits(self) -> Self:
        if (self.role in OF_A_BUSINESS) != (self.business_id is not None):
            raise ValueError("business_id goes with the roles business and staff, and with no other.")
        if self.role in OF_A_BUSINESS and self.sip_username:
            raise ValueError("A business's own people take no calls here.")
        return self


class PersonOut(BaseModel):
    id: str
    email: str
    name: str
    role: Role
    business_id: str | None
    sip_username: str | None
    skills: dict[str, int]
    dedicated_to: list[str]
    pools: dict[str, int]
    ring_seconds: int | None
    auto_answer: bool
    disabled: bool


class PersonSaved(PersonOut):
    """`warnings` say what is saved all the same, though it may not be meant."""

    warnings: list[str] = []


async def people(ask: Ask) -> list[PersonOut]:
    """Everybody, by e-mail."""
    return [_out(person) for person in await ask.services.directory.people()]


async def show(ask: Ask) -> PersonOut:
    """One person."""
    return _out(await ask.services.directory.person(ask.path("id")))


async def add(ask: Ask, body: PersonIn) -> PersonSaved:
    """Add somebody; a password is needed."""
    if body.password is None:
        raise Problem("invalid", errors={"password": "A password is needed."})
    blank = Person(uuid4().hex, body.email, body.name, body.role, password_hash="")
    return await _put(ask, blank, body)


async def replace(ask: Ask, body: PersonIn) -> PersonSaved:
    """Change somebody. A new password ends their sessions; disabling ends their API keys too.

    `warnings` name the businesses that were promised agents with fewer businesses than this one now has.
    """
    old = await ask.services.directory.person(ask.path("id"))
    if old.id == ask.person.id and (body.disabled or body.role is not old.role):
        raise Problem("conflict", "One's own role and sign-in are changed by somebody else.")
    answer = await _put(ask, old, body)
    if body.password is not None or body.disabled:
        await end_sessions(ask, old.id, but=ask.who.session.token_hash, keys_too=body.disabled)
    return answer


async def _put(ask: Ask, old: Person, body: PersonIn) -> PersonSaved:
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
        skills=dict(body.skills),
        dedicated_to=frozenset(body.dedicated_to),
        pools=dict(body.pools),
        ring_seconds=body.ring_seconds,
        auto_answer=body.auto_answer,
        disabled=body.disabled,
    )
    if person.sip_username is not None:
        await check_endpoint_name(ask.services.directory, person.sip_username, person.id)
    await ask.services.directory.put_person(person)
    await ask.services.desk.agent_changed(person)
    if (old.sip_username, old.disabled) != (person.sip_username, person.disabled):
        await applied(ask.services)
    warnings = await _off_the_ladder(ask, person.name, old.dedicated_to, person.dedicated_to)
    return PersonSaved(**_out(person).model_dump(), warnings=warnings)


async def _off_the_ladder(ask: Ask, name: str, before: Collection[str], after: Collection[str]) -> list[str]:
    """Which businesses sold as dedicated or semi-dedicated lose this agent, in sentences."""
    sold = {}
    for business_id in set(before) & set(after):
        business = await ask.services.directory.business(business_id)
        limits: frozenset[int] = frozenset()
        with suppress(PlanError):  # one that was valid when saved and is not any more
            limits = own_limits(ask.services.plans.of(business))
        sold[business_id] = (business, limits)
    return no_longer_asked(name, before, after, sold)


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
        skills=dict(person.skills),
        dedicated_to=sorted(person.dedicated_to),
        pools=dict(person.pools),
        ring_seconds=person.ring_seconds,
        auto_answer=person.auto_answer,
        disabled=person.disabled,
    )
