"""Businesses, their plans, and their numbers."""

import asyncio
import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Self

from aiohttp import web
from pydantic import BaseModel, Field, model_validator

from accounts.business import Business, Number
from accounts.contacts import Contact
from accounts.directory import Conflict, NotFound
from accounts.numbers import NotANumber, to_e164
from calls.plan import PlanError, parse_plan, plan_warnings, web_addresses
from calls.vouching import vouch
from messages.channels.web_post import look_up
from messages.outside import check_outside, name_in
from web.ask import Ask
from web.ids import id_from
from web.paging import BusinessQuery
from web.problem import PlanProblem, Problem
from web.starter import Starter, starter_plan

YAML = "text/yaml"


class BusinessOut(BaseModel):
    id: str
    name: str
    plan_version: int
    numbers: list[str]


class NewBusiness(BaseModel):
    """Give `plan` (YAML), or `starter` to begin with a plan made for you. `id` is made from the name when left out."""

    id: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9-]{0,39})?$")
    name: str = Field(min_length=1, max_length=120)
    plan: str | None = Field(default=None, max_length=200_000)
    starter: Starter | None = None

    @model_validator(mode="after")
    def _one_beginning(self) -> Self:
        if (self.plan is None) == (self.starter is None):
            raise ValueError("Give either a plan or a starter.")
        return self

    def plan_text(self) -> str:
        return starter_plan(self.name, self.starter) if self.starter else self.plan or ""


class Name(BaseModel):
    name: str = Field(min_length=1, max_length=120)


class PlanCheck(BaseModel):
    """What a right plan says that is hardly meant, such as a menu that no call comes to."""

    warnings: list[PlanProblem]


class PlanSaved(BusinessOut, PlanCheck):
    """The business with its new plan, and what to look at in it again."""


class PlanVersion(BaseModel):
    version: int
    saved_at: datetime
    plan: str


class NumberOut(BaseModel):
    e164: str
    business_id: str


class NumberFor(BaseModel):
    business_id: str


async def all_reachable(ask: Ask) -> list[BusinessOut]:
    """All businesses one may see, by name."""
    businesses = await ask.services.directory.businesses()
    reachable = [each for each in businesses if ask.only_business in (None, each.id)]
    return [await _out(ask, business) for business in reachable]


async def add(ask: Ask, body: NewBusiness) -> BusinessOut:
    """Add a business with its plan."""
    business_id = body.id or id_from(body.name) or f"business-{secrets.token_hex(4)}"
    text = body.plan_text()
    await warnings_of(ask, text, recordings=())
    try:
        await ask.services.directory.business(business_id)
    except NotFound:
        added = await ask.services.directory.put_business(Business(business_id, body.name, text))
        await _vouch(ask, added, {})
        return await _out(ask, added)
    raise Conflict(f"There is a business with the id {business_id} already.")


async def show(ask: Ask) -> BusinessOut:
    """One business."""
    return await _out(ask, await reachable_business(ask))


async def rename(ask: Ask, body: Name) -> BusinessOut:
    """Give a business another name; its id stays."""
    business = await reachable_business(ask)
    return await _out(ask, await ask.services.directory.put_business(replace(business, name=body.name)))


async def plan(ask: Ask) -> web.Response:
    """The plan as YAML; its version is the ETag."""
    business = await reachable_business(ask)
    return web.Response(text=business.plan, content_type=YAML, headers=_etag(business))


async def put_plan(ask: Ask, body: str) -> PlanSaved:
    """Replace the plan.

    It holds from the next call on. `If-Match` with the version it was read with refuses to undo somebody else's change.
    """
    business = await reachable_business(ask)
    warnings = await warnings_of(ask, body, await recordings_of(ask, business))
    before = _contacts(ask, business)
    changed = await ask.services.directory.put_business(
        replace(business, plan=body), expected_version=_expected(ask.request)
    )
    await _vouch(ask, changed, before)
    return PlanSaved(**(await _out(ask, changed)).model_dump(), warnings=warnings)


async def check_plan(ask: Ask, body: str) -> PlanCheck:
    """Say what is wrong with a plan, or hardly meant, without saving it."""
    business = await reachable_business(ask)
    return PlanCheck(warnings=await warnings_of(ask, body, await recordings_of(ask, business)))


async def plan_versions(ask: Ask) -> list[PlanVersion]:
    """This plan and the earlier ones, newest first."""
    business = await reachable_business(ask)
    versions = await ask.services.directory.plan_versions(business.id)
    return [PlanVersion(version=version, saved_at=at, plan=text) for version, at, text in versions]


async def numbers(ask: Ask, query: BusinessQuery) -> list[NumberOut]:
    """The numbers that lead to a business."""
    found = await ask.services.directory.numbers(ask.narrowed(query.business))
    return [NumberOut(e164=number.e164, business_id=number.business_id) for number in found]


async def put_number(ask: Ask, body: NumberFor) -> NumberOut:
    """Let a number lead to a business, from the next call on."""
    try:
        e164 = to_e164(ask.path("e164"))
    except NotANumber as error:
        raise Problem("invalid", errors={"e164": str(error)}) from None
    try:
        await ask.services.directory.business(body.business_id)
    except NotFound:
        raise Problem("invalid", errors={"business_id": "There is no such business."}) from None
    await ask.services.directory.put_number(Number(e164, body.business_id))
    return NumberOut(e164=e164, business_id=body.business_id)


async def delete_number(ask: Ask) -> None:
    """Let a number lead nowhere; callers hear a polite refusal."""
    await ask.services.directory.delete_number(ask.path("e164"))


async def reachable_business(ask: Ask) -> Business:
    ask.check_reach(ask.path("id"))
    return await ask.services.directory.business(ask.path("id"))


async def recordings_of(ask: Ask, business: Business) -> frozenset[str]:
    return frozenset(each.id for each in await ask.services.directory.recordings(business.id))


async def warnings_of(ask: Ask, plan_text: str, recordings: Collection[str]) -> list[PlanProblem]:
    """Raises calls.plan.PlanError. Reading a long plan takes a moment: calls must not wait for it."""
    numbers = frozenset(number.e164 for number in await ask.services.directory.numbers())
    plan = await asyncio.to_thread(parse_plan, plan_text)
    leads = await look_up({name for url in web_addresses(plan).values() if (name := name_in(url))})

    def why_not(url: str) -> str:
        private = ask.services.settings.private_targets
        return check_outside(url, lambda name: leads.get(name, ()), allow_private=private)

    found = await asyncio.to_thread(plan_warnings, plan_text, recordings, numbers, why_not, ask.services.allowed)
    return [PlanProblem(line=each.line, path=each.path, reason=each.reason) for each in found]


def _contacts(ask: Ask, business: Business) -> Mapping[str, Contact]:
    try:
        return ask.services.plans.of(business).contacts
    except PlanError:  # it was right once; what its contacts were nobody can say
        return {}


async def _vouch(ask: Ask, business: Business, before: Mapping[str, Contact]) -> None:
    """Plans are written by the service's own people: contacts they put into one count as verified, on their word.

    Not so those the business itself has put there `before`.
    """
    contacts = ask.services.plans.of(business).contacts
    await vouch(ask.services.ways, business.id, contacts, ask.services.clock(), ask.person.name, before)


async def _out(ask: Ask, business: Business) -> BusinessOut:
    found = await ask.services.directory.numbers(business.id)
    return BusinessOut(
        id=business.id,
        name=business.name,
        plan_version=business.plan_version,
        numbers=[number.e164 for number in found],
    )


def _etag(business: Business) -> dict[str, str]:
    return {"ETag": f'"{business.plan_version}"'}


def _expected(request: web.Request) -> int | None:
    stated = request.headers.get("If-Match", "*").strip().strip('"')
    if stated == "*":
        return None
    if not stated.isdecimal():
        raise Problem("invalid", errors={"If-Match": "It must be the version of the plan, a number."})
    return int(stated)
