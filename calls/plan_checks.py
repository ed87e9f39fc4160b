"""What is wrong with a plan as a whole: targets that are not there, callers in circles, words that are missing."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from accounts import rota
from accounts.contacts import CHANNELS
from accounts.rota_model import BY_FILE
from calls.on_call import rotas_named
from calls.overflow import wrong_steps
from calls.plan_model import Path, Plan, Step
from ivr.menu import ForwardTo, SayGoodbye, Target, ToMenu, ToMessage, ToQueue
from messages import policy, policy_checks

Allowed = Callable[[str, str, str], str]
"""Why nothing may be sent by a channel to an address for a business of this region, in a sentence; "" when it may."""


def anything(channel: str, address: str, region: str) -> str:
    """Of a house without limits."""
    return ""


@dataclass(frozen=True)
class Finding:
    """The place in the plan, and what is wrong there in a plain sentence."""

    path: Path
    reason: str


def findings(plan: Plan) -> list[Finding]:
    """Everything that forbids the use of a plan."""
    dangling = list(_dangling(plan))
    # Where targets are missing, the ways through the plan cannot be judged.
    ways = [] if dangling else [*_dead_ends(plan), *_circles(plan), *_overflow(plan)]
    return [*dangling, *ways, *_unsaid(plan), *_on_call(plan), *_rotas(plan), *_delivery(plan), *_abandoned(plan)]


def unused(plan: Plan) -> list[Finding]:
    """Parts of a plan that no call ever comes to: no fault, but hardly meant."""
    targets = [step.target for step in plan.steps()]
    menus = {target.menu for target in targets if isinstance(target, ToMenu)}
    queues = {target.queue for target in targets if isinstance(target, ToQueue)}
    return [
        *(
            Finding(("menus", key), f'No call ever comes to the menu "{key}".')
            for key in plan.menus
            if key not in menus
        ),
        *(
            Finding(("queues", key), f'No call ever comes to the queue "{key}".')
            for key in plan.queues
            if key not in queues
        ),
    ]


def missing_clips(plan: Plan, recordings: Collection[str]) -> list[Finding]:
    """Where the plan plays what is none of these recordings (by id)."""
    return [
        Finding(path, f'There is no recording "{clip}" of this business.')
        for path, clip in plan.clips()
        if clip not in recordings
    ]


def own_numbers(plan: Plan, numbers: Collection[str]) -> list[Finding]:
    """Where the plan sends messages to the service's own numbers (E.164)."""
    return [Finding(each.path, each.reason) for each in policy_checks.own_targets(plan.contacts, numbers)]


def web_addresses(plan: Plan) -> dict[Path, str]:
    """The web addresses that messages go to and calendars come from, by their place in the plan."""
    found: dict[Path, str] = {
        ("contacts", key, channel): url
        for key, contact in plan.contacts.items()
        for channel, url in (("webhook", contact.webhook), ("ntfy", contact.ntfy))
        if url
    }
    for key, each in plan.rotas.items():
        if each.calendar is not None and each.calendar != BY_FILE:
            found["rotas", key, "calendar"] = each.calendar
    return found


def refused_addresses(plan: Plan, why_not: Callable[[str], str]) -> list[Finding]:
    """The web addresses nothing may be sent to; `why_not` says why in a sentence, "" for good ones."""
    return [Finding(path, why) for path, url in web_addresses(plan).items() if (why := why_not(url))]


def refused_targets(plan: Plan, allowed: Allowed) -> list[Finding]:
    """Contacts' addresses that the house does not send to: other countries, numbers that cost extra."""
    return [
        Finding(("contacts", key, channel), why)
        for key, contact in plan.contacts.items()
        for channel in CHANNELS
        if (address := contact.address(channel)) and (why := allowed(channel, address, plan.region))
    ]


def _all_steps(plan: Plan) -> Iterator[Step]:
    """The steps of all menus, of those that nobody reaches too."""
    yield from plan.first_steps()
    for key in plan.menus:
        yield from plan.steps_from(key, plan.language)


def _dangling(plan: Plan) -> Iterator[Finding]:
    if plan.message is not None and plan.message not in plan.forms:
        yield Finding(("message",), f'There is no form "{plan.message}".')
    for key, queue in plan.queues.items():
        if queue.form not in plan.forms:
            yield Finding(("queues", key, "form"), f'There is no form "{queue.form}".')
        for place, each in enumerate(queue.overflow):
            if each.message is not None and each.message not in plan.forms:
                yield Finding(("queues", key, "overflow", place, "message"), f'There is no form "{each.message}".')
    for step in _all_steps(plan):
        match step.target:
            case ToMenu(key) if key not in plan.menus:
                yield Finding((*step.path, "menu"), f'There is no menu "{key}".')
            case ToQueue(key) if key not in plan.queues:
                yield Finding((*step.path, "queue"), f'There is no queue "{key}".')
            case ToMessage(key) if key not in plan.forms and step.target != plan.fallback:
                yield Finding((*step.path, "message"), f'There is no form "{key}".')
            case _:
                pass


def _dead_ends(plan: Plan) -> Iterator[Finding]:
    """Places from which a caller can reach nobody and leave no message."""
    for first in plan.first_steps():
        if isinstance(first.target, SayGoodbye):
            yield Finding((*first.path, "hang_up"), "A caller must be able to reach somebody or to leave a message.")
    for key in plan.menus:
        if not _leads_to_somebody(plan, key):
            yield Finding(("menus", key), f'From the menu "{key}" a caller can reach nobody and leave no message.')


def _leads_to_somebody(plan: Plan, start: str) -> bool:
    seen: set[str] = set()
    todo: list[Target] = [ToMenu(start)]
    while todo:
        match todo.pop():
            case ToQueue() | ToMessage() | ForwardTo():
                return True
            case ToMenu(key) if key not in seen:
                seen.add(key)
                todo += [step.target for step in plan.steps_from(key, plan.language)]
            case _:
                pass
    return False


def _circles(plan: Plan) -> Iterator[Finding]:
    """Menus whose `then` lead round in a circle: a caller who presses nothing never gets out."""
    for start in plan.menus:
        key, seen = start, {start}
        while (then := plan.menus[key].then) is not None and isinstance(then.target, ToMenu):
            key = then.target.menu
            if key in seen:
                break
            seen.add(key)
        else:
            continue
        if key == start:
            yield Finding(("menus", start, "then"), "A caller who presses nothing goes in a circle and never gets out.")


def _overflow(plan: Plan) -> Iterator[Finding]:
    """Recipes that end nowhere, or have steps that never come."""
    for key, queue in plan.queues.items():
        if queue.overflow:
            for each in wrong_steps(queue.overflow, queue.staffing, queue.skills):
                place = () if each.place is None else (each.place,)
                yield Finding(("queues", key, "overflow", *place), each.reason)


def _unsaid(plan: Plan) -> Iterator[Finding]:
    """Texts that have no words in a language in which callers come to them."""
    for path, language, text in plan.texts():
        if not text.covers(language, plan.language):
            yield Finding(path, f"There are no words in {language} here, and callers come to it in that language.")


def _on_call(plan: Plan) -> Iterator[Finding]:
    """Words for agents that are to name who is on call on a rota that is not there."""
    for place, text in (("answer_phrase", plan.answer_phrase), ("script", plan.script)):
        for key in rotas_named(text):
            if key not in plan.rotas:
                yield Finding((place,), f'There is no rota "{key}" for {{on_call: {key}}}.')


def _rotas(plan: Plan) -> Iterator[Finding]:
    """Rotas with people who are not there, or hours with nobody."""
    for key, each in plan.rotas.items():
        for path, reason in rota.problems(each, plan.contacts):
            yield Finding(("rotas", key, *path), reason)


def _delivery(plan: Plan) -> Iterator[Finding]:
    """Rules by which a message would reach nobody."""
    for each in policy_checks.problems(plan.deliver, plan.forms, plan.contacts, plan.rotas, plan.hours):
        yield Finding(each.path, each.reason)


def _abandoned(plan: Plan) -> Iterator[Finding]:
    """People to be told of abandoned calls who are not there, or cannot be told so."""
    told = plan.abandoned_calls
    if told is None:
        return
    step = policy.Step(to=told.to, by=told.by)
    for each in policy_checks.step_problems(step, ("abandoned_calls",), plan.contacts, plan.rotas):
        yield Finding(each.path, each.reason)
    if policy.AGENTS in told.to:
        yield Finding(
            ("abandoned_calls", "to"), "Agents know of abandoned calls already; name somebody at the business."
        )
