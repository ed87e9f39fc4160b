"""Who would be reached: what a caller hears at some time, who is asked to answer, and what becomes of a message. Pure.

Nothing is guessed here: menus, queues and rules are read from the plan, and messages run through the relay's own
functions on a clock that nobody waits for (`messages.foresee`).
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from accounts.hours import OpenStatus
from accounts.people import Person, Role
from calls.plan import Plan
from calls.plan_model import Queue
from calls.ways_in import WayIn, way_in
from ivr.menu import ForwardTo, SayGoodbye, ToQueue
from ivr.prompts import Say
from ivr.texts import Text
from messages.delivery import Purpose, Queued
from messages.foresee import Foreseen, foresee
from messages.form import Urgency
from messages.message import Message, MessageStatus, Source
from messages.reach import Reach
from routing.recipe import Act, AddRung, Own, Rung

StepKind = Literal["greeting", "menu", "queue", "pool", "forward", "person", "held", "summary", "told", "task", "alarm"]

_DO = {"email": "E-mail", "sms": "Text", "voice": "Call", "webhook": "Send to the system of", "ntfy": "Notify"}
_SKIPPED = re.compile(r"(?P<key>[a-z][a-z0-9_-]*)(?: by (?P<channel>[a-z]+))?: (?P<why>.+)", re.DOTALL)


@dataclass(frozen=True)
class WhoStep:
    """One thing that happens at `at` (UTC). `rule` is the place of the delivery rule it is about.

    `because` says why it is this person, `trouble` why somebody is passed over. What is told to people counts from
    when the message is saved, which is taken to be when the call comes.
    """

    at: datetime
    kind: StepKind
    text: str
    rule: int | None = None
    contact: str = ""
    contact_name: str = ""
    channel: str = ""
    address: str = ""
    because: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Staff:
    """The service's agents, and the ids of those at work; None where nobody can say (another time, or no service)."""

    people: Sequence[Person]
    at_work: Collection[str] | None = None


@dataclass(frozen=True)
class Who:
    """The answer: how the business is at that time, the form and urgency that were looked at, and the steps."""

    at: datetime
    status: OpenStatus
    form: str
    urgency: Urgency
    steps: tuple[WhoStep, ...]


def who(
    plan: Plan,
    business_id: str,
    reach: Reach,
    staff: Staff,
    at: datetime,
    form: str = "",
    urgency: Urgency | None = None,
) -> Who:
    """What would happen. Without a `form` it is what a caller comes to who presses nothing.

    Raises ValueError when the plan has no such form.
    """
    if form and form not in plan.forms:
        raise ValueError(f'There is no form "{form}".')
    way = way_in(plan, at, form)
    kind = urgency or plan.forms[way.form].urgency
    message = Message(
        id="foreseen",
        business_id=business_id,
        form=way.form,
        source=Source.AGENT,
        created_at=at,
        status=MessageStatus.SAVED,
        urgency=kind,
        saved_at=at,
    )
    names = {key: contact.name for key, contact in plan.contacts.items()}
    names |= {key: rota.name or key for key, rota in plan.rotas.items()}
    told = foresee(message, plan.deliver, plan.hours, reach, at)
    # Rules go on side by side.
    after = sorted(_told(told, names), key=lambda step: step.at)
    steps = (*_call(plan, business_id, staff, at, way), *after)
    return Who(at, plan.hours.status(at), way.form, kind, steps)


def _call(plan: Plan, business_id: str, staff: Staff, at: datetime, way: WayIn) -> Iterator[WhoStep]:
    entry = plan.entry_at(at)
    if entry.greeting is not None:
        yield WhoStep(at, "greeting", f"“{_words(entry.greeting, plan.language)}”")
    for stop in way.stops:
        menu = plan.menus[stop.menu]
        if menu.greeting is not None:
            yield WhoStep(at, "greeting", f"“{_words(menu.greeting, stop.language)}”")
        said = f" (“{_words(stop.say, stop.language)}”)" if stop.say is not None else ""
        pressed = f"presses {stop.code}{said}" if stop.code else "presses nothing"
        yield WhoStep(at, "menu", f"In the menu “{stop.menu}” the caller {pressed}.")
    if not way.by_itself:
        yield WhoStep(at, "menu", "No way through the menus leads to this form at this time; agents may choose it.")
    match way.target:
        case ToQueue(key):
            yield from sorted(_queue(plan.queues[key], business_id, staff, at), key=lambda step: step.at)
        case ForwardTo(number):
            yield WhoStep(
                at, "forward", f"The call is put through to {number}. Nobody there: the caller leaves a message."
            )
        case SayGoodbye():
            yield WhoStep(at, "greeting", "The call ends with a goodbye.")
        case _:
            yield WhoStep(at, "queue", f"The caller leaves a message: “{plan.forms[way.form].title}”.")


def _queue(queue: Queue, business_id: str, staff: Staff, at: datetime) -> Iterator[WhoStep]:
    recipe = queue.recipe
    first, *further = recipe.staffing.ladder
    yield WhoStep(at, "pool", f"Asked at once: {_rung(first, business_id, staff)}.")
    rungs = iter(further)
    for step in recipe.steps:
        later = at + timedelta(seconds=step.when.waited)
        after = f"After {step.when.waited:g} seconds of waiting"
        match step.do:
            case AddRung():
                rung = next(rungs, None)
                if rung is not None:
                    yield WhoStep(later, "pool", f"{after}, asked as well: {_rung(rung, business_id, staff)}.")
            case Act.OFFER_MESSAGE | Act.GO_TO_MESSAGE if step.when.by_time_alone:
                offered = "may" if step.do is Act.OFFER_MESSAGE else "is asked to"
                yield WhoStep(later, "queue", f"{after} the caller {offered} leave a message.")
            case Act.GO_TO_MESSAGE if step.when.nobody == "signed_in":
                yield WhoStep(later, "queue", "When none of them is signed in, the caller is asked to leave a message.")
            case Act.FORWARD if step.when.by_time_alone:
                yield WhoStep(later, "forward", f"{after} the call is put through to a number outside.")
            case _:
                pass


def _rung(rung: Rung, business_id: str, staff: Staff) -> str:
    """Who is on it: those at work now, else by name whoever may be."""
    if isinstance(rung, Own):
        people = [
            each for each in staff.people if business_id in each.dedicated_to and len(each.dedicated_to) <= rung.own
        ]
        called = "your own agents" if rung.own > 1 else "your dedicated agents"
    else:
        people = [each for each in staff.people if rung.pool in each.pools]
        called = f"the agents of the pool “{rung.pool}”"
    people = [each for each in people if each.role is Role.AGENT and not each.disabled]
    if not people:
        return f"{called} (there are none)"
    if staff.at_work is None:
        return f"{called} ({_listed([each.name for each in people])})"
    working = [each.name for each in people if each.id in staff.at_work]
    return f"{called} (at work now: {_listed(working) or 'nobody'})"


def _told(events: Sequence[Foreseen], names: Mapping[str, str]) -> Iterator[WhoStep]:
    for event in events:
        match event.event:
            case "held":
                yield WhoStep(event.at, "held", "Kept back, to go out together with others.", event.rule)
            case "tell":
                yield from _skipped(event, names)
                because = dict(event.because)
                for delivery in event.deliveries:
                    yield _person(event, delivery, because)
            case "task":
                words = "One of our agents gets the task to reach somebody at the business by hand."
                yield WhoStep(event.at, "task", words, event.rule)
            case "told":
                yield WhoStep(event.at, "told", "Done: nobody has to answer.", event.rule)
            case "unanswered":
                yield WhoStep(event.at, "alarm", f"{event.why} Our supervisor is alarmed.", event.rule)


def _person(event: Foreseen, delivery: Queued, because: Mapping[str, str]) -> WhoStep:
    job, target = delivery.job, delivery.job.target
    summary = job.purpose is Purpose.SUMMARY
    text = f"{_DO.get(target.channel, target.channel)} {target.contact_name}"
    if summary:
        text += ", in one summary with what else was kept back"
    elif job.reminder:
        text += f" again (reminder {job.reminder})"
    if job.asks:
        text += " and wait for an answer"
    return WhoStep(
        event.at,
        "summary" if summary else "person",
        f"{text}.",
        event.rule,
        target.contact,
        target.contact_name,
        target.channel,
        target.address,
        because.get(target.contact, ""),
    )


def _skipped(event: Foreseen, names: Mapping[str, str]) -> Iterator[WhoStep]:
    """Whom a round passes over; the relay says it as "KEY by CHANNEL: why"."""
    for said in event.skipped:
        found = _SKIPPED.fullmatch(said)
        key, channel, why = (found["key"], found["channel"] or "", found["why"]) if found else ("", "", said)
        name = names.get(key, key)
        text = f"{name} is not told by {_called(channel)}." if channel else f"{name or 'Somebody'} is not told."
        yield WhoStep(event.at, "person", text, event.rule, key, name, channel, trouble=why[:1].upper() + why[1:])


def _called(channel: str) -> str:
    return {"sms": "text", "email": "e-mail", "voice": "telephone"}.get(channel, channel)


def _words(text: Text, language: str) -> str:
    return " ".join(prompt.text if isinstance(prompt, Say) else "[recording]" for prompt in text.prompts(language))


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
