"""Who would be reached: the answer for any time, kind of message and, while somebody edits, for rules not yet saved."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from accounts.wall_week import instant
from calls.delivery_sections import with_draft
from calls.who import Staff, StepKind, WhoStep, who
from messages.form import Urgency
from web.ask import Ask
from web.businesses import reachable_business
from web.delivery_policy import PolicyDraft, draft_of
from web.problem import Problem

NOW_MEANS = timedelta(minutes=2)
"""How near to this moment a time must be for saying who of the agents is at work."""
FARTHEST = timedelta(days=2 * 366)


class Question(BaseModel):
    """`at` is an instant (now when left out), or `wall` the business's own wall time (2026-11-26T02:30). `form` is a
    form's key: "" is what a caller comes to who presses nothing. `draft` answers for rules that are not saved yet."""

    at: datetime | None = None
    wall: datetime | None = None
    form: str = Field(default="", max_length=40)
    urgency: Urgency | None = None
    draft: PolicyDraft | None = None


class StepOut(BaseModel):
    """One thing that happens, in a sentence (`text`). `rule` is the place of the delivery rule it is about.

    `after_minutes` counts from the time that was asked about. Whoever is passed over has `trouble`; `because` says why
    it is this person.
    """

    at: datetime
    wall: str
    after_minutes: float
    kind: StepKind
    text: str
    rule: int | None
    contact: str
    contact_name: str
    channel: str
    address: str
    because: str
    trouble: str


class Answer(BaseModel):
    """`open` is how the business is at that time; `wall` its wall time there, with the zone's short name."""

    at: datetime
    wall: str
    open: Literal["open", "closed", "holiday"]
    holiday: str | None
    form: str
    urgency: Urgency
    steps: list[StepOut]


async def ask_who(ask: Ask, body: Question) -> Answer:
    """Say what would happen to a call and its message at some time: greeting, menu, agents, and every step after."""
    business = await reachable_business(ask)
    plan = ask.services.plans.of(business)
    if body.draft is not None:
        _, plan = await asyncio.to_thread(with_draft, business.plan, draft_of(body.draft))
    now = ask.services.clock()
    at = _instant(body, plan.time_zone, now)
    reach = await ask.services.reaching.by_plan(business.id, plan, min(at, now))
    people = await ask.services.directory.people()
    at_work = None
    if abs(at - now) <= NOW_MEANS:
        floor = ask.services.desk.floor()
        at_work = {agent.id for agent in floor.agents if agent.state not in ("offline", "unreachable")}
    try:
        found = await asyncio.to_thread(
            who, plan, business.id, reach, Staff(people, at_work), at, body.form, body.urgency
        )
    except ValueError as error:
        raise Problem("invalid", errors={"form": str(error)}) from None
    return Answer(
        at=at,
        wall=_wall(at, plan.time_zone),
        open=found.status.word,
        holiday=found.status.holiday,
        form=found.form,
        urgency=found.urgency,
        steps=[_step(step, plan.time_zone, at) for step in found.steps],
    )


def _wall(at: datetime, zone: str) -> str:
    """On the business's clock, with its day: "Sunday 22 November 2026, 10:00 EST"."""
    here = at.astimezone(ZoneInfo(zone))
    return f"{here:%A} {here.day} {here:%B %Y}, {here:%H:%M} {here.tzname()}"


def _step_wall(at: datetime, zone: str, since: datetime) -> str:
    """On the business's clock, in short: "10:05 EST" on the day of `since`, "Mon 23 Nov, 12:00 EST" on another."""
    here, there = (each.astimezone(ZoneInfo(zone)) for each in (at, since))
    day = "" if here.date() == there.date() else f"{here:%a} {here.day} {here:%b}, "
    return f"{day}{here:%H:%M} {here.tzname()}"


def _instant(body: Question, zone: str, now: datetime) -> datetime:
    given = body.at or body.wall
    if given is None:
        return now
    place = "at" if body.at else "wall"
    if abs(given.replace(tzinfo=UTC) - now) > FARTHEST:
        raise Problem("invalid", errors={place: "That is more than two years away."})
    if given.tzinfo is None:
        return instant(zone, given)
    return given.astimezone(UTC)


def _step(step: WhoStep, zone: str, since: datetime) -> StepOut:
    return StepOut(
        at=step.at,
        wall=_step_wall(step.at, zone, since),
        after_minutes=round((step.at - since).total_seconds() / 60, 2),
        kind=step.kind,
        text=step.text,
        rule=step.rule,
        contact=step.contact,
        contact_name=step.contact_name,
        channel=step.channel,
        address=step.address,
        because=step.because,
        trouble=step.trouble,
    )
