"""Leading a caller through the menus of a plan, to the place they want or the one the plan sends them to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from ivr.line import Line
from ivr.match import Entry, Invalid, Matched, NeedMore, NothingPressed
from ivr.menu import Back, Choice, End, ForwardTo, Go, Menu, Repeat, SayGoodbye, Target, ToMenu, ToMessage, ToQueue
from ivr.phrases import Phrase, phrase
from ivr.prompts import Prompt
from ivr.texts import Text, prompts_of

ALL_KEYS: Final = "0123456789*#"

MAX_MENUS: Final = 20
"""Menus one call may hear, repeats counted: a stuck key or a robot is led out after that."""


@dataclass(frozen=True)
class MenuHeard:
    """The caller is about to hear this menu."""

    menu: str


@dataclass(frozen=True)
class Pressed:
    """The caller chose this entry. (Digits that mean nothing are not told: they may be a card number.)"""

    menu: str
    code: str


@dataclass(frozen=True)
class NotUnderstood:
    """The caller pressed something that means nothing here, or `silent`ly nothing at all."""

    menu: str
    silent: bool


MenuEvent = MenuHeard | Pressed | NotUnderstood


@dataclass(frozen=True)
class Left:
    """Where the caller left the menus, and in which language (BCP 47) the call goes on."""

    target: End
    language: str


async def run_menu(
    line: Line,
    menus: Mapping[str, Menu],
    start: str,
    language: str,
    *,
    fallback: End,
    heard: Callable[[MenuEvent], None],
) -> Left:
    """Say menus and follow the caller's keys until they lead out.

    Never a dead end: whoever presses nothing goes where the menu's `then` says, else to `fallback`, and so does
    whoever goes in circles. Raises `Hangup` and `LineFault` from the line.
    """
    path = [start]
    greeted: set[str] = set()
    for _ in range(MAX_MENUS):
        key = path[-1]
        menu = menus[key]
        heard(MenuHeard(key))
        greeting = None if key in greeted else menu.greeting
        greeted.add(key)
        action: Target | Repeat | Back
        match await _chosen(line, key, menu, greeting, language, heard):
            case Choice() as choice:
                action, language = choice.action, choice.language or language
            case Go() as extension:
                action = extension.target
            case None:
                action = menu.then.target if menu.then else fallback
        match action:
            case ToMenu(next_key):
                path.append(next_key)
            case Back():
                path = path[:-1] or path
            case Repeat():
                pass
            case ToQueue() | ToMessage() | ForwardTo() | SayGoodbye():
                return Left(action, language)
            case _:
                assert_never(action)
    return Left(fallback, language)


async def _chosen(
    line: Line,
    key: str,
    menu: Menu,
    greeting: Text | None,
    language: str,
    heard: Callable[[MenuEvent], None],
) -> Go | None:
    """The choice or extension the caller entered in one menu, or None after as many tries as the menu gives."""
    prompts = [*prompts_of([greeting], language), *menu.offer(language)]
    for _ in range(menu.tries):
        match await read_entry(line, prompts, Entry.of(menu.codes), menu.wait_seconds, menu.between_seconds):
            case Matched(code):
                heard(Pressed(key, code))
                return menu.entry(code)
            case Invalid():
                heard(NotUnderstood(key, silent=False))
                sorry = _or_phrase(menu.invalid, Phrase.NOT_UNDERSTOOD, language)
            case NothingPressed():
                heard(NotUnderstood(key, silent=True))
                sorry = _or_phrase(menu.timeout, Phrase.NOTHING_HEARD, language)
        prompts = [*sorry, *menu.offer(language)]
    return None


async def read_entry(
    line: Line, prompts: Sequence[Prompt], entry: Entry, wait_seconds: float, between_seconds: float
) -> Matched | Invalid | NothingPressed:
    """Say the prompts, which any key interrupts, and read one entry."""
    pressed = await line.play(prompts, interrupt=ALL_KEYS) or await line.digit(wait_seconds)
    while pressed:
        match entry.press(pressed):
            case NeedMore(more):
                entry = more
            case decided:
                return decided
        pressed = await line.digit(between_seconds)
    return entry.expire()


def _or_phrase(text: Text | None, what: Phrase, language: str) -> Sequence[Prompt]:
    return text.prompts(language) if text else [phrase(what, language)]
