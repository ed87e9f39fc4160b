"""`./answerline who NUMBER --at TIME`: who would be reached, read from the database. The service may be running."""

import argparse
import asyncio
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from accounts.business import Business
from accounts.directory import NotFound
from accounts.numbers import NotANumber, to_e164
from accounts.wall_week import instant
from app.asking import WrongQuestion, answered, stored
from app.settings import Settings
from calls.plan import Plan, PlanError
from calls.plans import Plans
from calls.reaching import Reaching
from calls.who import Staff, Who, WhoStep, who
from store.directory import SqlDirectory
from store.rotas import SqlRotas
from store.ways import SqlWays


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print the answer. Returns 2 for a question that makes no sense, 1 when the database is not there."""
    return answered(lambda: asyncio.run(_run(settings, options)))


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    async with stored(settings) as database:
        directory = SqlDirectory(database)
        business = await _business(directory, options.number)
        plans = Plans(directory)
        try:
            plan = plans.of(business)
        except PlanError:
            raise WrongQuestion(f"The plan of {business.name} can no longer be read; look at it on its page.") from None
        now = datetime.now(UTC)
        at = _at(options.at, plan.time_zone, now)
        reaching = Reaching(plans, SqlRotas(database), SqlWays(database), clock=lambda: now)
        reach = await reaching.by_plan(business.id, plan, min(at, now))
        staff = Staff(await directory.people())  # who is at work only the running service knows
        try:
            found = who(plan, business.id, reach, staff, at, options.form, options.urgency)
        except ValueError as error:
            raise WrongQuestion(f"{error} The forms are {', '.join(plan.forms)}.") from None
    if options.json:
        print(json.dumps(_as_data(business, found), indent=2))
    else:
        print("\n".join(_lines(business, plan, found)))
    return 0


async def _business(directory: SqlDirectory, named: str) -> Business:
    """By its number or its id. Raises WrongQuestion."""
    try:
        return await directory.business(named)
    except NotFound:
        pass
    try:
        business = await directory.business_by_number(to_e164(named))
    except NotANumber:
        business = None
    if business is None:
        raise WrongQuestion(f"{named} leads to no business; `./answerline number list` shows the numbers.")
    return business


def _at(said: str, zone: str, now: datetime) -> datetime:
    """The business's own wall time, or a time with an offset. Raises WrongQuestion."""
    if not said:
        return now
    try:
        at = datetime.fromisoformat(said)
        return at.astimezone(UTC) if at.tzinfo else instant(zone, at)
    except (ValueError, OverflowError):
        raise WrongQuestion(
            f"{said} is not a time; write it like 2026-11-26T02:30 (the business's own time)."
        ) from None


def _lines(business: Business, plan: Plan, found: Who) -> list[str]:
    zone = ZoneInfo(plan.time_zone)
    there = found.at.astimezone(zone)
    how = f"holiday ({found.status.holiday})" if found.status.word == "holiday" else found.status.word
    lines = [
        f"{business.name}, {there:%A} {there.day} {there:%B %Y, %H:%M} {there.tzname()} "
        f"({found.at:%Y-%m-%d %H:%M} UTC): {how}",
        f"Message: {plan.forms[found.form].title} ({found.form}), {found.urgency}",
        "",
        _row("after", "there", "UTC", "rule", "what happens"),
    ]
    return lines + [_line(step, found.at, zone) for step in found.steps]


def _line(step: WhoStep, since: datetime, zone: ZoneInfo) -> str:
    seconds = round((step.at - since).total_seconds())
    after = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    more = ", ".join(part for part in (step.address, step.because, step.trouble) if part)
    rule = "" if step.rule is None else str(step.rule + 1)
    there = f"{step.at.astimezone(zone):%a %d %H:%M %Z}"
    return _row(after, there, f"{step.at:%a %d %H:%M}", rule, f"{step.text}{f' [{more}]' if more else ''}")


def _row(after: str, there: str, utc: str, rule: str, what: str) -> str:
    return f"{after:>8}  {there:17}  {utc:12}  {rule:4}  {what}"


def _as_data(business: Business, found: Who) -> dict[str, object]:
    return {
        "business": business.id,
        "at": found.at.isoformat(),
        "open": found.status.word,
        "holiday": found.status.holiday,
        "form": found.form,
        "urgency": found.urgency,
        "steps": [vars(step) | {"at": step.at.isoformat()} for step in found.steps],
    }
