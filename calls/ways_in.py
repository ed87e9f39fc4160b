"""How a caller comes to a form of the plan: which menus, and what is pressed there. Pure."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from calls.plan_model import Plan
from ivr.menu import Back, End, Repeat, Target, ToMenu, ToMessage, ToQueue
from ivr.texts import Text


@dataclass(frozen=True)
class Stop:
    """A menu on the way, in the language the caller hears there, and what is pressed; `code` "" is nothing."""

    menu: str
    language: str
    code: str = ""
    say: Text | None = None


@dataclass(frozen=True)
class WayIn:
    """The menus on the way, where the caller leaves them, and the form of the message that comes of it.

    `by_itself` is False when no way leads to the form that was asked for; then this is the way of who presses nothing.
    """

    stops: tuple[Stop, ...]
    target: End
    form: str
    by_itself: bool = True


def way_in(plan: Plan, at: datetime, form: str = "") -> WayIn:
    """The shortest way to `form` for a call at this time; without one, the way of a caller who presses nothing."""
    start = plan.entry_at(at).target
    if not form:
        return _pressing_nothing(plan, start)
    todo: deque[tuple[tuple[Stop, ...], Target, str]] = deque([((), start, plan.language)])
    seen: set[tuple[str, str]] = set()
    while todo:
        stops, target, language = todo.popleft()
        if isinstance(target, ToMenu):
            if (target.menu, language) not in seen:
                seen.add((target.menu, language))
                todo.extend(
                    ((*stops, stop), onward, spoken) for stop, onward, spoken in _out_of(plan, target, language)
                )
        elif _form_of(plan, target) == form:
            return WayIn(stops, target, form)
    other = _pressing_nothing(plan, start)
    return WayIn(other.stops, other.target, form, by_itself=False)


def _pressing_nothing(plan: Plan, target: Target) -> WayIn:
    stops: list[Stop] = []
    while isinstance(target, ToMenu):
        stops.append(Stop(target.menu, plan.language))
        then = plan.menus[target.menu].then
        target = then.target if then else plan.fallback
    return WayIn(tuple(stops), target, _form_of(plan, target) or plan.fallback.form)


def _out_of(plan: Plan, at: ToMenu, language: str) -> Iterator[tuple[Stop, Target, str]]:
    menu = plan.menus[at.menu]
    for code, choice in menu.choices.items():
        spoken = choice.language or language
        if not isinstance(choice.action, Repeat | Back):
            yield Stop(at.menu, language, code, choice.say), choice.action, spoken
    for code, go in menu.extensions.items():
        yield Stop(at.menu, language, code), go.target, language
    yield Stop(at.menu, language), menu.then.target if menu.then else plan.fallback, language


def _form_of(plan: Plan, target: End) -> str:
    match target:
        case ToQueue(key):
            return plan.queues[key].form
        case ToMessage(key):
            return key
        case _:
            return ""
