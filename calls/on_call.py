"""Who is on call, as the agent's card says it: in the words of the script and as a list. Pure.

In a plan `{on_call: plumbers}` stands for who is on call on that rota; other braces are text like any other.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from accounts.numbers import national
from accounts.rota import Duty
from calls.live import PersonOnCall, RotaOnCard
from calls.plan_model import Plan
from calls.texting_words import clock
from messages.reach import Reach

_PLACEHOLDER = re.compile(r"\{\s*on_call\s*:([^{}]*)\}")
NOBODY = "nobody is on call; see the script's fallback"
NOT_KNOWN = "who is on call is being looked up"


def rotas_named(text: str) -> tuple[str, ...]:
    """The rotas (keys) whose people are to stand in this text."""
    return tuple(key.strip() for key in _PLACEHOLDER.findall(text))


def rotas_now(plan: Plan, reach: Reach, now: datetime) -> list[RotaOnCard]:
    """Who is on call on each rota of the plan."""
    return [
        RotaOnCard(
            key=key, name=rota.name or key, people=[_person(duty, plan, now) for duty in reach.on_call(key, now)]
        )
        for key, rota in plan.rotas.items()
    ]


def rotas_not_known(plan: Plan) -> list[RotaOnCard]:
    """The same while nobody has looked yet."""
    return [RotaOnCard(key=key, name=rota.name or key, people=None) for key, rota in plan.rotas.items()]


def filled(text: str, rotas: Sequence[RotaOnCard], region: str) -> str:
    """The text with those people in it, their numbers as they are written in `region`."""
    words = {rota.key: _in_words(rota, region) for rota in rotas}
    return _PLACEHOLDER.sub(lambda found: words.get(found[1].strip(), found[0]), text)


def _in_words(rota: RotaOnCard, region: str) -> str:
    if rota.people is None:
        return NOT_KNOWN
    return "; ".join(_said(person, region) for person in rota.people) or NOBODY


def _said(person: PersonOnCall, region: str) -> str:
    """ "Pat, (202) 555-0192, until 08:00"."""
    number = national(person.number, region) if person.number else "no telephone number"
    return ", ".join([person.name, number, *([f"until {person.until}"] if person.until else [])])


def _person(duty: Duty, plan: Plan, now: datetime) -> PersonOnCall:
    contact = plan.contacts[duty.contact]
    until = _until(duty.ends, now, plan.time_zone) if duty.ends else ""
    return PersonOnCall(name=contact.name, number=contact.voice or contact.sms, until=until)


def _until(ends: datetime, now: datetime, time_zone: str) -> str:
    """An end on the business's clock; without the day where the clock shows that hour only once before."""
    zone = ZoneInfo(time_zone)
    there, here = ends.astimezone(zone), now.astimezone(zone)
    # Two times of one zone differ by what its clocks show, also in the night on which they are set.
    return f"{there:%H:%M}" if there - here < timedelta(days=1) else clock(ends, now, time_zone)
