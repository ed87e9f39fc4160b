"""Calendars (iCal): each contact's own duties by a secret link, and shifts from a file."""

import asyncio
from datetime import datetime, timedelta

from aiohttp import web
from pydantic import BaseModel

from accounts.directory import NotFound
from accounts.ical import OnRota, shifts_from, to_ical
from accounts.ical_guard import MOST_BYTES
from accounts.rota import duties
from accounts.rota_changes import link_hash
from accounts.rota_model import BY_FILE
from calls.plan import Plan
from calls.rota_calendars import window
from messages.reach import Reach
from web.ask import Ask
from web.businesses import reachable_business
from web.problem import Problem
from web.rotas import names_of, rota_of

ICAL = "text/calendar"
BACK, AHEAD = timedelta(days=7), timedelta(days=92)

__all__ = ["ICAL", "MOST_BYTES", "bring_in", "new_link", "show"]


class CalendarLink(BaseModel):
    """Whoever has this address sees when the contact is on call; a new one ends the one before."""

    url: str


class BroughtIn(BaseModel):
    """How many shifts of the file are used now, and what of it could not be, in sentences."""

    shifts: int
    problems: list[str]


async def new_link(ask: Ask) -> CalendarLink:
    """Make a contact's calendar link anew."""
    business = await reachable_business(ask)
    key = ask.path("key")
    if key not in ask.services.plans.of(business).contacts:
        raise NotFound
    token = await ask.services.rotas.new_link(business.id, key, ask.services.clock())
    return CalendarLink(url=f"{ask.services.settings.public_url}/calendar/{token}.ics")


async def show(ask: Ask) -> web.Response:
    """A contact's duties of the next three months, for a calendar program; the address is the secret."""
    whose = await ask.services.rotas.by_link(link_hash(ask.path("token")))
    if whose is None:
        raise NotFound
    business_id, contact = whose
    business, plan = await ask.services.plans.by_id(business_id)
    if contact not in plan.contacts:
        raise NotFound
    now = ask.services.clock()
    reach = await ask.services.reaching.by_plan(business_id, plan, now - BACK)
    rotas = await asyncio.to_thread(_rotas, plan, reach, now)
    body = await asyncio.to_thread(to_ical, business, contact, rotas, now)
    headers = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
    return web.Response(body=body, content_type=ICAL, charset="utf-8", headers=headers)


async def bring_in(ask: Ask, body: bytes) -> BroughtIn:
    """Take the shifts of a rota from an iCal file, in the place of those of the file before.

    The rota says `calendar: file`. A file that holds no shift at all changes nothing.
    """
    business, plan, key, rota = await rota_of(ask)
    if rota.calendar != BY_FILE:
        raise Problem("not-now", "This rota takes no file. Choose a calendar file for it first, and save.")
    now = ask.services.clock()
    shifts, problems = await asyncio.to_thread(shifts_from, body, plan.contacts, plan.time_zone, *window(now))
    if not shifts:
        said = " ".join(problems) or "The file has no shift of the next months that names a contact."
        raise Problem("invalid", errors={"calendar": said})
    await ask.services.rotas.put_calendar(business.id, key, shifts, now)
    return BroughtIn(shifts=len(shifts), problems=list(problems))


def _rotas(plan: Plan, reach: Reach, now: datetime) -> list[OnRota]:
    zone, names = plan.time_zone, names_of(plan)
    return [
        OnRota(key, rota.name, duties(rota, key, zone, now - BACK, now + AHEAD, reach.changes, names))
        for key, rota in plan.rotas.items()
    ]
