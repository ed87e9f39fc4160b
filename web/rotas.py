"""Rotas: who is on call when, and what people change about it for a time."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from accounts.business import Business
from accounts.directory import NotFound
from accounts.rota import Absence, Changes, Cover, Gap, Rota, Segment, duties, holes
from accounts.rota_model import Source
from accounts.wall_week import instant
from calls.plan import Plan
from messages.reach import Reach
from web.ask import Ask
from web.businesses import reachable_business
from web.problem import Problem

LOOK_AHEAD_DAYS = 30
LONGEST_CHANGE = timedelta(days=366)
FARTHEST = timedelta(days=2 * 366)


class DutyOut(BaseModel):
    """One contact's turn; an edge that lies further away than a year is that of what was asked for."""

    contact: str
    name: str
    starts: datetime
    ends: datetime
    because: str
    kind: Source


class GapOut(BaseModel):
    """Nobody is on the rota: the fallback is asked (its key), or with null nobody at all."""

    rota: str
    starts: datetime
    ends: datetime
    fallback: str | None
    fallback_name: str


class ChangeOut(BaseModel):
    """Somebody stands in (`instead_of` one, or whoever it would be), or is away (`ends` null: until they are back)."""

    id: str
    kind: Literal["cover", "absence"]
    contact: str
    name: str
    rota: str | None
    starts: datetime
    ends: datetime | None
    instead_of: str | None
    made_by: str
    made_at: datetime


class CalendarOut(BaseModel):
    """An outside calendar: its address or "file", when it was last read, and why it could not be ("": it was)."""

    url: str
    shifts: int
    fetched_at: datetime | None
    error: str


class RotaOut(BaseModel):
    """Who is on call between two instants, without and with changes."""

    rota: str
    name: str
    time_zone: str
    starts: datetime
    ends: datetime
    duties: list[DutyOut]
    gaps: list[GapOut]
    changes: list[ChangeOut]
    calendar: CalendarOut | None


class OnCallNow(BaseModel):
    """Somebody on call: why, and until when (null: nothing changes within a year)."""

    key: str
    name: str
    because: str
    until: datetime | None


class RotaNow(BaseModel):
    """Who is on call on a rota at this moment, in the order they are asked; nobody when the list is empty."""

    rota: str
    name: str
    people: list[OnCallNow]


class OnCall(BaseModel):
    """Who is on call now, rota by rota."""

    time_zone: str
    rotas: list[RotaNow]


class Changed(BaseModel):
    """What was changed, and when nobody is on call in the next 30 days, as things stand now."""

    changes: list[ChangeOut]
    gaps: list[GapOut]


class Window(BaseModel):
    """From the beginning of the day `from` (today) for so many `days`."""

    start: date | None = Field(default=None, alias="from")
    days: int = Field(default=31, ge=1, le=92)


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
    start = instant(zone, datetime.combine(first, datetime.min.time()))
    end = instant(zone, datetime.combine(first + timedelta(days=query.days), datetime.min.time()))
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
        gaps=[_gap(key, gap, names) for gap in found],
        changes=[
            *(_cover(cover, names) for cover in changes.covers if cover.rota == key and cover.starts < end),
            *(_absence(absence, names) for absence in changes.absences if absence.starts < end),
        ],
        calendar=CalendarOut(
            url=rota.calendar,
            shifts=state.shifts if state else 0,
            fetched_at=state.fetched_at if state else None,
            error=state.error if state else "",
        )
        if rota.calendar
        else None,
    )


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
    return await _changed(ask, business, plan, [_cover(cover, names_of(plan))])


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
        await ask.services.rotas.end_cover(covers[0].id, covers[0].starts, ask.person.name)
        raise
    return await _changed(ask, business, plan, [_cover(each, names_of(plan)) for each in done])


async def end_cover(ask: Ask) -> Changed:
    """Take a cover back, or end it now when it has begun."""
    business = await reachable_business(ask)
    plan, now = ask.services.plans.of(business), ask.services.clock()
    standing = (await ask.services.rotas.changes(business.id, now)).covers
    if all(cover.id != ask.path("cover") for cover in standing):
        raise NotFound
    await ask.services.rotas.end_cover(ask.path("cover"), now, ask.person.name)
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
        Absence(uuid4().hex, business.id, body.contact, starts, ends, ask.person.name, now)
    )
    return await _changed(ask, business, plan, [_absence(absence, names_of(plan))])


async def end_absence(ask: Ask) -> Changed:
    """Take an absence back, or end it now when it has begun: they are back."""
    business = await reachable_business(ask)
    plan, now = ask.services.plans.of(business), ask.services.clock()
    standing = (await ask.services.rotas.changes(business.id, now)).absences
    if all(absence.id != ask.path("absence") for absence in standing):
        raise NotFound
    await ask.services.rotas.end_absence(ask.path("absence"), now, ask.person.name)
    return await _changed(ask, business, plan, [])


def rotas_now(plan: Plan, reach: Reach, now: datetime) -> list[RotaNow]:
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


def _new_cover(
    ask: Ask, business: Business, rota: str, contact: str, starts: datetime, ends: datetime, instead_of: str | None
) -> Cover:
    now = ask.services.clock()
    return Cover(uuid4().hex, business.id, rota, contact, starts, ends, ask.person.name, now, instead_of)


async def _changed(ask: Ask, business: Business, plan: Plan, made: list[ChangeOut]) -> Changed:
    now = ask.services.clock()
    changes = await ask.services.rotas.changes(business.id, now)
    return Changed(changes=made, gaps=await asyncio.to_thread(_gaps, plan, changes, now))


def _gaps(plan: Plan, changes: Changes, now: datetime) -> list[GapOut]:
    names = names_of(plan)
    return [
        _gap(key, gap, names)
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


def _turns(segments: list[Segment], names: dict[str, str], start: datetime, end: datetime) -> list[DutyOut]:
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


def _gap(rota: str, gap: Gap, names: dict[str, str]) -> GapOut:
    name = names.get(gap.fallback, gap.fallback) if gap.fallback else ""
    return GapOut(rota=rota, starts=gap.starts, ends=gap.ends, fallback=gap.fallback, fallback_name=name)


def _cover(cover: Cover, names: dict[str, str]) -> ChangeOut:
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
    )


def _absence(absence: Absence, names: dict[str, str]) -> ChangeOut:
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
    )
