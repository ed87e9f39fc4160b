"""`./answerline replay`: recorded calls through the routing engine again, as it was and with a change."""

import argparse
import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from accounts.directory import Directory
from accounts.people import Person
from app.asking import WrongQuestion, answered, stored
from app.long_run import Progress, uncollected
from app.plan_file import read_plan
from app.replay_day import Replayed, Setting, play
from app.replay_plans import KnownPlans
from app.replay_record import Record, read_record
from app.replay_report import Comparison, Judged
from app.settings import Settings
from calls.journal import Journal
from calls.plan import Plan, PlanError, parse_plan
from reports.facts import Fact, Kind
from routing.model import Profile
from store.directory import SqlDirectory
from store.journal import SqlJournal

LEAD = timedelta(hours=24)
"""Facts so much older than the range tell which agents were at work when it begins."""


class CannotReplay(WrongQuestion):
    """Nothing can be replayed; says why in a sentence."""


@dataclass(frozen=True)
class House:
    """What the replay reads besides facts: plans, agents and names."""

    plans: KnownPlans
    profiles: Mapping[str, Profile]
    names: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """New plans by business (None: everybody's), agents who are not there, and how many more are."""

    plans: Mapping[str | None, Plan]
    without: frozenset[str] = frozenset()
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.plans or self.without or self.more)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Replay and print. Returns 2 when there is nothing to replay or the change makes no sense, 1 without database."""
    return answered(lambda: _run(settings, options))


def _run(settings: Settings, options: argparse.Namespace) -> int:
    start, end = time_range(options.start, options.end)
    change = change_of(options)
    facts, house = asyncio.run(_read(settings, start, end))
    with uncollected():
        comparison = compare(read_record(facts, start, end), house, change, options.seed)
    name = house.names
    text = comparison.as_text(lambda business: name.get(business, business))
    print(json.dumps(comparison.as_json(), indent=2) if options.json else text)
    return 0


def compare(record: Record, house: House, change: Change, seed: int) -> Comparison:
    """Replay the record as it was and, if there is a change, with it. Raises CannotReplay."""
    if not record.calls:
        raise CannotReplay(
            f"no call was queued from {record.start:%Y-%m-%d %H:%M} until {record.end:%Y-%m-%d %H:%M} UTC."
        )
    there = {agent.id for agent in record.agents}
    if missing := sorted(change.without - there):
        raise CannotReplay(f"nobody of the name {missing[0]} was at work then; these were: {', '.join(sorted(there))}.")
    called = {call.what_became.business_id for call in record.calls}
    if wrong := sorted(business for business in change.plans if business is not None and business not in called):
        raise CannotReplay(f"no call was queued for the business {wrong[0]} then.")
    as_it_was = Setting(house.plans.was, house.plans.was, house.profiles)
    replayed = play(record, as_it_was, seed, Progress("replaying it as it was"))
    changed: Replayed | None = None
    if change:
        rules = house.plans.changed(change.plans)
        setting = Setting(house.plans.was, rules, house.profiles, change.without, change.more)
        changed = play(record, setting, seed, Progress("replaying it with the change"))
    return Comparison(
        Judged.of_record(record, house.plans.was),
        Judged.of_replay(replayed),
        None if changed is None else Judged.of_replay(changed),
        replayed.assumed,
        sum(not house.plans.is_known(call) for call in record.calls),
    )


def time_range(start: str, end: str) -> tuple[datetime, datetime]:
    """The two times as written, UTC unless they say otherwise; a plain date is its first moment, as an end its last.

    Raises CannotReplay.
    """
    begin, finish = _time(start), _time(end)
    if _is_date(end):
        finish += timedelta(days=1)
    if begin >= finish:
        raise CannotReplay(f"{end} is not after {start}.")
    return begin, finish


def change_of(options: argparse.Namespace) -> Change:
    """What shall be different. Raises CannotReplay, BadPlanFile."""
    if options.more_agents < 0:
        raise CannotReplay("--more-agents cannot be less than 0; leave agents out with --without.")
    plans: dict[str | None, Plan] = {}
    for given in options.plan:
        business, parted, file = given.rpartition("=")
        if parted and not business:
            raise CannotReplay(f"{given} names no business; write BUSINESS=FILE, or FILE for all.")
        plans[business or None] = read_plan(file)
    return Change(plans, frozenset(options.without), options.more_agents)


def _time(written: str) -> datetime:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise CannotReplay(
            f'"{written}" is no time; write a date like 2026-03-02, or a time like 2026-03-02T09:00+01:00 (or UTC).'
        ) from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _is_date(written: str) -> bool:
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True


async def _read(settings: Settings, start: datetime, end: datetime) -> tuple[Sequence[Fact], House]:
    async with stored(settings) as database:
        return await read(SqlJournal(database), SqlDirectory(database), start, end)


async def read(journal: Journal, directory: Directory, start: datetime, end: datetime) -> tuple[Sequence[Fact], House]:
    """The facts of the range and a day before it, and the house as far as they are about it."""
    kinds = [kind for kind in Kind if not kind.startswith("delivery.")]
    facts = [fact async for fact in journal.between(start - LEAD, end, kinds)]
    called = {fact.business_id for fact in facts if fact.business_id}
    names: dict[str, str] = {}
    by_version: dict[tuple[str, int], Plan] = {}
    latest: dict[str, Plan] = {}
    for business in await directory.businesses():
        if business.id not in called:
            continue
        names[business.id] = business.name
        for version, _, text in await directory.plan_versions(business.id):
            plan = _stored(text)
            if plan is not None:
                by_version[business.id, version] = plan
                latest.setdefault(business.id, plan)
    people = {person.id: _profile(person) for person in await directory.people() if person.sip_username}
    return facts, House(KnownPlans(by_version, latest), people, names)


def _stored(text: str) -> Plan | None:
    """None for a plan that was right once and is not by today's rules."""
    try:
        return parse_plan(text)
    except PlanError:
        return None


def _profile(person: Person) -> Profile:
    return Profile(person.id, person.skills, person.dedicated_to, person.pools, person.ring_seconds)
