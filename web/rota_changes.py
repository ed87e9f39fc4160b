"""What people change about a rota for a time: they stand in, swap turns, and are away."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from pydantic import BaseModel, Field

from accounts.business import Business
from accounts.directory import NotFound
from accounts.rota import Absence, Changes, Cover, Rota, duties, holes
from accounts.wall_week import instant
from calls.plan import Plan
from web.ask import Ask
from web.businesses import reachable_business
from web.problem import Problem
from web.rotas import FARTHEST, ChangeOut, GapOut, absence_out, cover_out, gap_out, names_of

LOOK_AHEAD_DAYS = 30
LONGEST_CHANGE = timedelta(days=366)


class Changed(BaseModel):
    """What was changed, and when nobody is on call in the next 30 days, as things stand now."""

    changes: list[ChangeOut]
    gaps: list[GapOut]


class Times(BaseModel):
    """Times without an offset are the business's own wall time; on the night the clock goes back the first is meant."""

    contact: str = Field(max_length=40)
    starts: datetime
    ends: datetime


class NewCover(Times):
    """`contact` is on call on `rota` then; for `instead_of`, or for whoever it would be."""

    rota: str = Field(max_length=40)
    instead_of: str | None = Field(default=None, max_length=40)


class Swap(BaseModel):
    """Two people take each other's turn: `first` names one and when they would be on call, `second` the other."""

    rota: str = Field(max_length=40)
    first: Times
    second: Times


class NewAbsence(BaseModel):
    """`contact` is away, on every rota; `ends` null: until somebody ends it. Times as in a cover."""

    contact: str = Field(max_length=40)
    starts: datetime | None = None
    ends: datetime | None = None


async def stand_in(ask: Ask, body: NewCover) -> Changed:
    """Have somebody stand in on a rota for a time."""
    business = await reachable_business(ask)
    plan = ask.services.plans.of(business)
    _known_rota(plan, body.rota)
    _known_contact(plan, body.contact, "contact")
    if body.instead_of is not None:
        _known_contact(plan, body.instead_of, "instead_of")
    starts, ends = _times(ask, plan, body.starts, body.ends)
    cover = await ask.services.rotas.add_cover(
        _new_cover(ask, business, body.rota, body.contact, starts, ends, body.instead_of)
    )
    return await _changed(ask, business, plan, [cover_out(cover, names_of(plan))])


async def swap(ask: Ask, body: Swap) -> Changed:
    """Have two people take each other's turn."""
    business = await reachable_business(ask)
    plan = ask.services.plans.of(business)
    rota = _known_rota(plan, body.rota)
    changes = await ask.services.rotas.changes(business.id, ask.services.clock())
    covers = []
    for name, own, other in (("first", body.first, body.second), ("second", body.second, body.first)):
        _known_contact(plan, own.contact, f"{name}.contact")
        starts, ends = _times(ask, plan, own.starts, own.ends, name)
        segments = duties(rota, body.rota, plan.time_zone, starts, ends, changes, names_of(plan))
        if not all(any(duty.contact == own.contact for duty in segment.duties) for segment in segments):
            who = plan.contacts[own.contact].name
            raise Problem("invalid", errors={f"{name}.contact": f"{who} is not on call for all of that time."})
        covers.append(_new_cover(ask, business, body.rota, other.contact, starts, ends, own.contact))
    if body.first.contact == body.second.contact:
        raise Problem("invalid", errors={"second.contact": "Choose somebody else to swap with."})
    done = [await ask.services.rotas.add_cover(covers[0])]
    try:
        done.append(await ask.services.rotas.add_cover(covers[1]))
    except Exception:
        # Half a swap would have one of them on call twice.
        await ask.services.rotas.end_cover(covers[0].id, covers[0].starts, ask.person.name, _via(ask))
        raise
    return await _changed(ask, business, plan, [cover_out(each, names_of(plan)) for each in done])


async def end_cover(ask: Ask) -> Changed:
    """Take a cover back, or end it now when it has begun."""
    business = await reachable_business(ask)
    plan, now = ask.services.plans.of(business), ask.services.clock()
    standing = (await ask.services.rotas.changes(business.id, now)).covers
    if all(cover.id != ask.path("cover") for cover in standing):
        raise NotFound
    await ask.services.rotas.end_cover(ask.path("cover"), now, ask.person.name, _via(ask))
    return await _changed(ask, business, plan, [])


async def be_away(ask: Ask, body: NewAbsence) -> Changed:
    """Say that somebody is away: they are passed over on every rota."""
    business = await reachable_business(ask)
    plan = ask.services.plans.of(business)
    _known_contact(plan, body.contact, "contact")
    now = ask.services.clock()
    zone = plan.time_zone
    starts = _utc(zone, body.starts, now, "starts") if body.starts else now
    ends = _utc(zone, body.ends, now, "ends") if body.ends else None
    if ends is not None:
        _check_order(starts, ends, now)
    absence = await ask.services.rotas.add_absence(
        Absence(uuid4().hex, business.id, body.contact, starts, ends, ask.person.name, now, _via(ask))
    )
    return await _changed(ask, business, plan, [absence_out(absence, names_of(plan))])


async def end_absence(ask: Ask) -> Changed:
    """Take an absence back, or end it now when it has begun: they are back."""
    business = await reachable_business(ask)
    plan, now = ask.services.plans.of(business), ask.services.clock()
    standing = (await ask.services.rotas.changes(business.id, now)).absences
    if all(absence.id != ask.path("absence") for absence in standing):
        raise NotFound
    await ask.services.rotas.end_absence(ask.path("absence"), now, ask.person.name, _via(ask))
    return await _changed(ask, business, plan, [])


def _new_cover(
    ask: Ask, business: Business, rota: str, contact: str, starts: datetime, ends: datetime, instead_of: str | None
) -> Cover:
    now = ask.services.clock()
    return Cover(uuid4().hex, business.id, rota, contact, starts, ends, ask.person.name, now, instead_of, _via(ask))


def _via(ask: Ask) -> str:
    """On the page, or with which key."""
    key = ask.who.session.name
    return f"api:{key}" if key else "page"


async def _changed(ask: Ask, business: Business, plan: Plan, made: list[ChangeOut]) -> Changed:
    now = ask.services.clock()
    changes = await ask.services.rotas.changes(business.id, now)
    return Changed(changes=made, gaps=await asyncio.to_thread(gaps_ahead, plan, changes, now))


def gaps_ahead(plan: Plan, changes: Changes, now: datetime) -> list[GapOut]:
    """When nobody is on call in the next 30 days, or nobody but the fallback, rota by rota."""
    names = names_of(plan)
    return [
        gap_out(key, gap, names)
        for key, rota in plan.rotas.items()
        for gap in holes(rota, key, plan.time_zone, now, LOOK_AHEAD_DAYS, changes, names)
    ]


def _known_rota(plan: Plan, key: str) -> Rota:
    if key not in plan.rotas:
        raise Problem("invalid", errors={"rota": "There is no such rota."})
    return plan.rotas[key]


def _known_contact(plan: Plan, key: str, place: str) -> None:
    if key not in plan.contacts:
        raise Problem("invalid", errors={place: "There is no such contact."})


def _times(ask: Ask, plan: Plan, starts: datetime, ends: datetime, place: str = "") -> tuple[datetime, datetime]:
    now, dot = ask.services.clock(), f"{place}." if place else ""
    first = _utc(plan.time_zone, starts, now, f"{dot}starts")
    last = _utc(plan.time_zone, ends, now, f"{dot}ends")
    _check_order(first, last, now, dot)
    return first, last


def _check_order(starts: datetime, ends: datetime, now: datetime, dot: str = "") -> None:
    if ends <= starts:
        raise Problem("invalid", errors={f"{dot}ends": "This must be later than the beginning."})
    if ends <= now:
        raise Problem("invalid", errors={f"{dot}ends": "This is past."})
    if ends - starts > LONGEST_CHANGE:
        raise Problem("invalid", errors={f"{dot}ends": "This is longer than a year; change the rota itself."})


def _utc(zone: str, at: datetime, now: datetime, place: str) -> datetime:
    """The instant meant; times without an offset are the business's wall time."""
    if abs(at.replace(tzinfo=UTC) - now) > FARTHEST:
        raise Problem("invalid", errors={place: "That is more than two years away."})
    return at.astimezone(UTC) if at.tzinfo else instant(zone, at)
