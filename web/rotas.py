"""Rotas as they are seen: who is on call now and on which days, and when nobody is."""

import asyncio
import datetime as dt
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from accounts.business import Business
from accounts.directory import NotFound
from accounts.rota import Absence, Changes, Cover, Gap, Rota, RotaHoliday, Segment, duties, holes
from accounts.rota_model import Source
from accounts.wall_week import instant
from calls.plan import Plan
from messages.reach import Reach
from web.ask import Ask
from web.businesses import reachable_business
from web.problem import Problem

FARTHEST = dt.timedelta(days=2 * 366)


class DutyOut(BaseModel):
    """One contact's turn; an edge that lies further away than a year is that of what was asked for."""

    contact: str
    name: str
    starts: dt.datetime
    ends: dt.datetime
    because: str
    kind: Source


class GapOut(BaseModel):
    """Nobody is on the rota: the fallback is asked (its key), or with null nobody at all."""

    rota: str
    starts: dt.datetime
    ends: dt.datetime
    fallback: str | None
    fallback_name: str


class ChangeOut(BaseModel):
    """Somebody stands in (`instead_of` one, or whoever it would be), or is away (`ends` null: until they are back).

    `made_via` says in words how `made_by` said so; "" where it was not noted.
    """

    id: str
    kind: Literal["cover", "absence"]
    contact: str
    name: str
    rota: str | None
    starts: dt.datetime
    ends: dt.datetime | None
    instead_of: str | None
    made_by: str
    made_at: dt.datetime
    made_via: str


class CalendarOut(BaseModel):
    """An outside calendar: its address or "file", when it was last read, and why it could not be ("": it was)."""

    url: str
    shifts: int
    fetched_at: dt.datetime | None
    error: str


class HolidayOut(BaseModel):
    """Who is on call from `date` until the end of `through`: all day, or in `hours` (the week holds for the rest).

    `away` names those of them who are away then, as things stand now: they are passed over.
    """

    name: str
    date: dt.date
    through: dt.date
    hours: list[str]
    who: list[str]
    names: list[str]
    away: list[str]


class RotaOut(BaseModel):
    """Who is on call between two instants, without and with changes; and all holidays that are not over by then."""

    rota: str
    name: str
    time_zone: str
    starts: dt.datetime
    ends: dt.datetime
    duties: list[DutyOut]
    gaps: list[GapOut]
    changes: list[ChangeOut]
    holidays: list[HolidayOut]
    calendar: CalendarOut | None


class OnCallNow(BaseModel):
    """Somebody on call: why, and until when (null: nothing changes within a year)."""

    key: str
    name: str
    because: str
    until: dt.datetime | None


class RotaNow(BaseModel):
    """Who is on call on a rota at this moment, in the order they are asked; nobody when the list is empty."""

    rota: str
    name: str
    people: list[OnCallNow]


class OnCall(BaseModel):
    """Who is on call now, rota by rota."""

    time_zone: str
    rotas: list[RotaNow]


class Window(BaseModel):
    """From the beginning of the day `from` (today) for so many `days`."""

    start: dt.date | None = Field(default=None, alias="from")
    days: int = Field(default=31, ge=1, le=92)


async def now(ask: Ask) -> OnCall:
    """Who is on call at a business at this moment."""
    business = await reachable_business(ask)
    plan = ask.services.plans.of(business)
    reach = await ask.services.reaching.by_plan(business.id, plan)
    return OnCall(time_zone=plan.time_zone, rotas=rotas_now(plan, reach, ask.services.clock()))


async def show(ask: Ask, query: Window) -> RotaOut:
    """Who is on call on a rota, the changes to it, and when nobody is."""
    business, plan, key, rota = await rota_of(ask)
    zone = plan.time_zone
    now = ask.services.clock()
    first = query.start or now.astimezone(ZoneInfo(zone)).date()
    if abs(first - now.date()) > FARTHEST:
        raise Problem("invalid", errors={"from": "That is more than two years away."})
    start = instant(zone, dt.datetime.combine(first, dt.datetime.min.time()))
    end = instant(zone, dt.datetime.combine(first + dt.timedelta(days=query.days), dt.datetime.min.time()))
    changes = await ask.services.rotas.changes(business.id, start)
    names = names_of(plan)
    segments = await asyncio.to_thread(duties, rota, key, zone, start, end, changes, names)
    found = await asyncio.to_thread(holes, rota, key, zone, start, query.days, changes, names)
    states = await ask.services.rotas.calendar_states(business.id)
    state = states.get(key)
    return RotaOut(
        rota=key,
        name=rota.name or key,
        time_zone=zone,
        starts=start,
        ends=end,
        duties=_turns(segments, names, start, end),
        gaps=[gap_out(key, gap, names) for gap in found],
        changes=[
            *(cover_out(cover, names) for cover in changes.covers if cover.rota == key and cover.starts < end),
            *(absence_out(absence, names) for absence in changes.absences if absence.starts < end),
        ],
        holidays=holidays_out(rota, plan, changes, first),
        calendar=CalendarOut(
            url=rota.calendar,
            shifts=state.shifts if state else 0,
            fetched_at=state.fetched_at if state else None,
            error=state.error if state else "",
        )
        if rota.calendar
        else None,
    )


def rotas_now(plan: Plan, reach: Reach, now: dt.datetime) -> list[RotaNow]:
    """Who is on call on each rota."""
    return [
        RotaNow(
            rota=key,
            name=rota.name or key,
            people=[
                OnCallNow(
                    key=duty.contact, name=plan.contacts[duty.contact].name, because=duty.because, until=duty.ends
                )
                for duty in reach.on_call(key, now)
            ],
        )
        for key, rota in plan.rotas.items()
    ]


async def rota_of(ask: Ask) -> tuple[Business, Plan, str, Rota]:
    """The rota that the address means. Raises NotFound."""
    business = await reachable_business(ask)
    plan = ask.services.plans.of(business)
    key = ask.path("rota")
    if key not in plan.rotas:
        raise NotFound
    return business, plan, key, plan.rotas[key]


def names_of(plan: Plan) -> dict[str, str]:
    """Contacts' names by key."""
    return {key: contact.name for key, contact in plan.contacts.items()}


def _turns(segments: list[Segment], names: dict[str, str], start: dt.datetime, end: dt.datetime) -> list[DutyOut]:
    """Each turn once, however often others come and go beside it."""
    turns = dict.fromkeys(duty for segment in segments for duty in segment.duties)
    found = [
        DutyOut(
            contact=duty.contact,
            name=names.get(duty.contact, duty.contact),
            starts=duty.starts or start,
            ends=duty.ends or end,
            because=duty.because,
            kind=duty.source,
        )
        for duty in turns
    ]
    return sorted(found, key=lambda duty: duty.starts)


def gap_out(rota: str, gap: Gap, names: dict[str, str]) -> GapOut:
    """As pages see it; `names` are the contacts' by key."""
    name = names.get(gap.fallback, gap.fallback) if gap.fallback else ""
    return GapOut(rota=rota, starts=gap.starts, ends=gap.ends, fallback=gap.fallback, fallback_name=name)


def holidays_out(rota: Rota, plan: Plan, changes: Changes, since: dt.date) -> list[HolidayOut]:
    """As pages see them, those first that come first; the ones that were over before `since` are left out."""
    names = names_of(plan)
    return [
        HolidayOut(
            name=holiday.name,
            date=holiday.date,
            through=holiday.last,
            hours=[str(period) for period in holiday.hours],
            who=list(holiday.who),
            names=[names[key] for key in holiday.who],
            away=_away(holiday, plan, changes),
        )
        for holiday in sorted(rota.holidays, key=lambda holiday: holiday.date)
        if holiday.last >= since
    ]


def span_of(holiday: RotaHoliday, zone: str) -> tuple[dt.datetime, dt.datetime]:
    """From its first midnight until the one after its last day, by the wall clock of the zone."""
    first, last = (dt.datetime.combine(day, dt.datetime.min.time()) for day in (holiday.date, holiday.last))
    return instant(zone, first), instant(zone, last + dt.timedelta(days=1))


def _away(holiday: RotaHoliday, plan: Plan, changes: Changes) -> list[str]:
    starts, ends = span_of(holiday, plan.time_zone)
    away = {
        absence.contact
        for absence in changes.absences
        if absence.starts < ends and (absence.ends is None or absence.ends > starts)
    }
    return [plan.contacts[key].name for key in holiday.who if key in away]


def cover_out(cover: Cover, names: dict[str, str]) -> ChangeOut:
    """As pages see it; `names` are the contacts' by key."""
    return ChangeOut(
        id=cover.id,
        kind="cover",
        contact=cover.contact,
        name=names.get(cover.contact, cover.contact),
        rota=cover.rota,
        starts=cover.starts,
        ends=cover.ends,
        instead_of=cover.instead_of,
        made_by=cover.made_by,
        made_at=cover.made_at,
        made_via=via_words(cover.made_via),
    )


def absence_out(absence: Absence, names: dict[str, str]) -> ChangeOut:
    """As pages see it; `names` are the contacts' by key."""
    return ChangeOut(
        id=absence.id,
        kind="absence",
        contact=absence.contact,
        name=names.get(absence.contact, absence.contact),
        rota=None,
        starts=absence.starts,
        ends=absence.ends,
        instead_of=None,
        made_by=absence.made_by,
        made_at=absence.made_at,
        made_via=via_words(absence.made_via),
    )


def via_words(via: str) -> str:
    """How a change was said, from how it is stored (`Cover.made_via`)."""
    way, _, which = via.partition(":")
    match way:
        case "page":
            return "on the page"
        case "sms":
            return f"by text from {which}"
        case "email":
            return f"by mail from {which}"
        case "api":
            return f"by the key {which}"
        case _:
            return ""
