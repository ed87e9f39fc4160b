"""What is wrong with a business's delivery rules: people who are not there, ways nobody has, messages for nobody."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from accounts.contacts import Contact
from accounts.hours import DAY, Hours, Period
from accounts.rota import Rota
from messages.form import RESERVED_KEYS, Form, Urgency
from messages.policy import AGENTS, DeliveryRule, Step
from messages.reach import on_rota

URGENCIES: tuple[Urgency, ...] = get_args(Urgency)
ANY_WEEK = date(2026, 1, 5)
"""A Monday with no night on which clocks change near it, anywhere."""
FIRST_DAYS_OF_A_HOLIDAY = 8

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class PolicyProblem:
    """Something wrong with the rules: the path of the offending key in the plan, and a plain sentence."""

    path: Place
    reason: str


def problems(
    rules: Sequence[DeliveryRule],
    forms: Mapping[str, Form],
    contacts: Mapping[str, Contact],
    rotas: Mapping[str, Rota],
    hours: Hours,
) -> list[PolicyProblem]:
    """Everything that would keep a message from reaching somebody. Paths begin at the plan's own keys."""
    return [
        *_names_taken(contacts, rotas),
        *_broken_rules(rules, forms, contacts, rotas),
        *_left_out(rules, forms, hours),
    ]


def own_targets(contacts: Mapping[str, Contact], own_numbers: Collection[str]) -> list[PolicyProblem]:
    """Contacts at one of the service's own numbers: texts there come back to us, and calls go round in a circle."""
    return [
        PolicyProblem(("contacts", key, channel), f"{number} is a number of this service itself; give another one.")
        for key, contact in contacts.items()
        for channel, number in (("sms", contact.sms), ("voice", contact.voice))
        if number in own_numbers
    ]


def _names_taken(contacts: Mapping[str, Contact], rotas: Mapping[str, Rota]) -> Iterator[PolicyProblem]:
    for kind, named in (("contacts", contacts), ("rotas", rotas)):
        if AGENTS in named:
            yield PolicyProblem((kind, AGENTS), f'"{AGENTS}" means the service\'s agents; choose another key.')
    for key in rotas:
        if key in contacts:
            yield PolicyProblem(("rotas", key), f'There is a contact "{key}" too; give the rota another key.')


def _broken_rules(
    rules: Sequence[DeliveryRule],
    forms: Mapping[str, Form],
    contacts: Mapping[str, Contact],
    rotas: Mapping[str, Rota],
) -> Iterator[PolicyProblem]:
    for at, rule in enumerate(rules):
        for i, key in enumerate(rule.forms):
            if key not in forms:
                yield PolicyProblem(("deliver", at, "forms", i), f'There is no form "{key}".')
        for i, step in enumerate(rule.steps):
            yield from step_problems(
                step, ("deliver", at, "escalate", i) if rule.escalate else ("deliver", at), contacts, rotas
            )
        known = {f.key for key, form in forms.items() if not rule.forms or key in rule.forms for f in form.fields}
        for i, name in enumerate(rule.told or ()):
            if name not in known | RESERVED_KEYS:
                yield PolicyProblem(
                    ("deliver", at, "include", i), f'None of the forms this rule is for has a field "{name}".'
                )


def step_problems(
    step: Step, place: Place, contacts: Mapping[str, Contact], rotas: Mapping[str, Rota]
) -> Iterator[PolicyProblem]:
    """Every channel must be one that somebody in the step has, and everybody must have one of the channels."""
    meant: dict[str, Contact] = {}
    for i, name in enumerate(step.to):
        if name == AGENTS:
            continue
        if name not in contacts and name not in rotas:
            yield PolicyProblem((*place, "to", i), f'There is no contact or rota "{name}".')
            continue
        people = on_rota(rotas[name]) if name in rotas else (name,)
        for key in people:
            if key not in contacts:
                continue  # the rota's own checks say so
            meant[key] = contacts[key]
            if len(step.to) == len(people) == 1 or any(contacts[key].address(by) for by in step.by + step.else_by):
                continue
            on = f', who is on the rota "{name}",' if name in rotas else ""
            yield PolicyProblem(
                (*place, "to", i), f'The contact "{key}"{on} has no address for {" or ".join(step.by + step.else_by)}.'
            )
    for key, channels in (("by", step.by), ("else_by", step.else_by)):
        for i, channel in enumerate(channels):
            if meant and not any(contact.address(channel) for contact in meant.values()):
                who = (
                    f'The contact "{next(iter(meant))}" has no'
                    if len(meant) == 1
                    else "None of the contacts meant has an"
                )
                them = "it" if len(meant) == 1 else "one of them"
                yield PolicyProblem((*place, key, i), f"{who} address for {channel}; give {them} one.")


def _left_out(rules: Sequence[DeliveryRule], forms: Mapping[str, Form], hours: Hours) -> Iterator[PolicyProblem]:
    """Messages that no rule covers: at all, or at some time."""
    moments = list(_moments(rules, hours))
    for key in forms:
        always: list[Urgency] = []
        for urgency in URGENCIES:
            covering = [rule for rule in rules if rule.covers(key, urgency)]
            if not covering:
                always.append(urgency)
            elif hole := next((at for at in moments if not any(rule.holds_at(at, hours) for rule in covering)), None):
                yield PolicyProblem(
                    ("forms", key),
                    f'No delivery rule covers messages of the form "{key}" that are {urgency} and come in '
                    f"{_spoken(hole, hours)}.",
                )
        if len(always) == len(URGENCIES):
            yield PolicyProblem(("forms", key), f'No delivery rule covers the form "{key}": its messages reach nobody.')
        elif always:
            yield PolicyProblem(
                ("forms", key), f'No delivery rule covers messages of the form "{key}" that are {" or ".join(always)}.'
            )


def _moments(rules: Sequence[DeliveryRule], hours: Hours) -> Iterator[datetime]:
    """A time in every stretch within which neither the business's hours nor a rule's change: a week, and holidays."""
    if not any(rule.when or rule.hours for rule in rules):
        return
    zone = ZoneInfo(hours.time_zone)
    weeks = [hours.weekly, *(rule.hours for rule in rules if rule.hours)]
    for day in _days(hours):
        around = [week.on((day.weekday() - back) % 7) for week in weeks for back in (0, 1)]
        around += [
            holiday.hours for holiday in hours.holidays if holiday.date <= day <= holiday.last + timedelta(days=1)
        ]
        for minute in sorted({0, *_edges(period for periods in around for period in periods)}):
            moment = datetime.combine(day, time(minute // 60, minute % 60), zone)
            yield moment.astimezone(UTC)


def _edges(periods: Iterator[Period]) -> Iterator[int]:
    for period in periods:
        for minute in (period.opens, period.closes):
            yield minute % DAY


def _days(hours: Hours) -> Iterator[date]:
    """Each weekday without a holiday, and the days of holidays with those next to them."""
    taken = {day for holiday in hours.holidays for day in _from(holiday.date - timedelta(days=1), holiday.last)}
    week = ANY_WEEK
    while taken & set(_from(week, week + timedelta(days=6))):
        week += timedelta(days=7)
    yield from _from(week, week + timedelta(days=6))
    for holiday in hours.holidays:
        last = holiday.last + timedelta(days=1)
        yield from _from(holiday.date, min(last, holiday.date + timedelta(days=FIRST_DAYS_OF_A_HOLIDAY)))
        yield last


def _from(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _spoken(at: datetime, hours: Hours) -> str:
    there = at.astimezone(ZoneInfo(hours.time_zone))
    word = hours.status(at).word
    if word == "holiday":
        return "on a holiday"
    return f"on a {there:%A} at {there:%H:%M} ({word})"
