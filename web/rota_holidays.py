"""Holidays of a rota, added and removed: on those days somebody else is on call than in an ordinary week."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from accounts.business import Business
from accounts.directory import NotFound
from accounts.rota import Rota, RotaHoliday
from calls.delivery_sections import with_rota
from calls.plan import Plan, PlanError
from web.ask import Ask
from web.problem import Problem
from web.rota_changes import gaps_ahead
from web.rotas import FARTHEST, GapOut, HolidayOut, holidays_out, rota_of

LONGEST_DAYS = 366


class NewHoliday(RotaHoliday):
    """`who` is on call from `date` until the end of `through`: all day, or in `hours` of each day."""

    name: str = Field(min_length=1, max_length=80)


class Holidays(BaseModel):
    """A rota's holidays that are not over, and when nobody is on call in the next 30 days, as things stand now."""

    holidays: list[HolidayOut]
    gaps: list[GapOut]


async def add(ask: Ask, body: NewHoliday) -> Holidays:
    """Say who is on call on a holiday, or on some days of one.

    The rest of the plan stays line by line.
    """
    business, plan, key, rota = await rota_of(ask)
    _check_days(body, _today(ask, plan))
    for other in rota.holidays:
        if other.date <= body.last and body.date <= other.last:
            day = max(other.date, body.date)
            why = f"{other.name} is on {day:%A} {day.day} {day:%B %Y} already. Remove it first, or choose other days."
            raise Problem("invalid", errors={"date": why})
    days = sorted((*rota.holidays, body), key=lambda holiday: holiday.date)
    try:
        return await _saved(ask, business, key, rota, days)
    except PlanError as error:
        place = f"rotas.{key}.holidays.{days.index(body)}."
        errors = {each.path.removeprefix(place): each.reason for each in error.problems if each.path.startswith(place)}
        if len(errors) < len(error.problems):
            raise
        raise Problem("invalid", errors=errors) from None


async def remove(ask: Ask) -> Holidays:
    """Let the ordinary week hold on a holiday again; the address names its first day."""
    business, _, key, rota = await rota_of(ask)
    kept = [holiday for holiday in rota.holidays if holiday.date.isoformat() != ask.path("date")]
    if len(kept) == len(rota.holidays):
        raise NotFound
    return await _saved(ask, business, key, rota, kept)


def _check_days(holiday: RotaHoliday, today: date) -> None:
    if holiday.last < today:
        raise Problem("invalid", errors={"date": "This is past."})
    if holiday.date - today > FARTHEST:
        raise Problem("invalid", errors={"date": "That is more than two years away."})
    if holiday.last - holiday.date >= timedelta(days=LONGEST_DAYS):
        raise Problem("invalid", errors={"through": "This is longer than a year; change the rota itself."})


async def _saved(ask: Ask, business: Business, key: str, rota: Rota, holidays: list[RotaHoliday]) -> Holidays:
    changed = rota.model_copy(update={"holidays": tuple(holidays)})
    text, plan = await asyncio.to_thread(with_rota, business.plan, key, changed)
    await ask.services.directory.put_business(replace(business, plan=text), expected_version=business.plan_version)
    now = ask.services.clock()
    changes = await ask.services.rotas.changes(business.id, now)
    return Holidays(
        holidays=holidays_out(plan.rotas[key], plan, changes, _today(ask, plan)),
        gaps=await asyncio.to_thread(gaps_ahead, plan, changes, now),
    )


def _today(ask: Ask, plan: Plan) -> date:
    return ask.services.clock().astimezone(ZoneInfo(plan.time_zone)).date()
