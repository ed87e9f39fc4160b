"""Menus as data: what is said, what each key does, and where a caller goes who presses nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from accounts.numbers import NotANumber, to_e164
from ivr.prompts import Prompt, Say
from ivr.texts import Language, Text, prompts_of
from ivr.words import press


@dataclass(frozen=True)
class ToQueue:
    """Wait for an agent in this queue of the plan."""

    queue: str


@dataclass(frozen=True)
class ToMessage:
    """Leave a message by this form of the plan."""

    form: str


@dataclass(frozen=True)
class ToMenu:
    """Go on in another menu of the plan."""

    menu: str


@dataclass(frozen=True)
class ForwardTo:
    """Ring an outside number (E.164)."""

    number: str


@dataclass(frozen=True)
class SayGoodbye:
    """Say this, in the call's language, and end the call; None says the service's own goodbye."""

    text: Text | None = None


@dataclass(frozen=True)
class Repeat:
    """Hear this menu again."""


@dataclass(frozen=True)
class Back:
    """Return to the menu the caller came from."""


Target = ToQueue | ToMessage | ToMenu | ForwardTo | SayGoodbye
End = ToQueue | ToMessage | ForwardTo | SayGoodbye
"""Where a caller leaves the menus: every target but another menu."""


def _outside_number(raw: object) -> object:
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        return raw  # pydantic says that it must be text
    try:
        return to_e164(str(raw))
    except NotANumber as error:
        raise ValueError(str(error)) from None


E164 = Annotated[str, BeforeValidator(_outside_number)]


class Go(BaseModel):
    """Where a call goes: exactly one of these."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: str | None = None
    message: str | None = Field(default=None, description="a form's key")
    menu: str | None = None
    forward: E164 | None = Field(default=None, description="an outside number")
    hang_up: Text | bool | None = Field(default=None, description="what to say at the end, or true")

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if self.hang_up is False:
            raise ValueError("hang_up is true, or what to say; leave it out otherwise")
        named = [name for name in self.ways() if getattr(self, name)]
        if len(named) != 1:
            found = f"not {' and '.join(named)}" if named else "there is none"
            raise ValueError(f"say one place to go ({', '.join(self.ways())}); {found}")
        return self

    @classmethod
    def ways(cls) -> tuple[str, ...]:
        """The keys of which one must be there."""
        return ("queue", "message", "menu", "forward", "hang_up")

    @property
    def target(self) -> Target:
        """The same as a type per kind of place."""
        if self.queue:
            return ToQueue(self.queue)
        if self.message:
            return ToMessage(self.message)
        if self.menu:
            return ToMenu(self.menu)
        if self.forward:
            return ForwardTo(self.forward)
        return SayGoodbye(self.hang_up if isinstance(self.hang_up, Text) else None)


class Choice(Go):
    """What a key does. `say` is how it is offered, without "press 1": that is added in the right language.

    A choice without `say` works but is not offered. `language` holds for the rest of the call, and `say` is
    spoken in it too.
    """

    say: Text | None = None
    language: Language | None = None
    repeat: bool = False
    back: bool = False

    @model_validator(mode="after")
    def _keeps_the_language_going_back(self) -> Self:
        if self.back and self.language:
            raise ValueError("a choice that goes back cannot change the language; use menu instead of back")
        return self

    @classmethod
    def ways(cls) -> tuple[str, ...]:
        return (*super().ways(), "repeat", "back")

    @property
    def action(self) -> Target | Repeat | Back:
        """What happens when the key is pressed."""
        if self.repeat:
            return Repeat()
        return Back() if self.back else self.target

    def offer(self, key: str, language: str) -> list[Prompt]:
        """The menu line for this choice: its words and which key to press. A recording says both by itself."""
        if self.say is None:
            return []
        *before, last = self.say.prompts(self.language or language)
        if isinstance(last, Say):
            last = Say(last.text.rstrip(" .,;:") + press(key, last.language), last.language)
        return [*before, last]


_CODE = re.compile(r"[0-9*]{1,10}|#")


def _pressable(code: str) -> str:
    if not _CODE.fullmatch(code):
        raise ValueError(f'"{code}" cannot be pressed; use digits and *, or # alone')
    return code


Code = Annotated[str, AfterValidator(_pressable)]


class Menu(BaseModel):
    """One menu. `greeting` is said when the caller first comes here, the rest each time.

    `extensions` are further entries that are not offered aloud (direct entry). After `tries` entries that mean
    nothing or never came, the call goes to `then`; without one, where the plan sends everybody (a message).
    Waits are seconds: for the first key after the menu was said, and between two keys of one entry.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    greeting: Text | None = None
    prompt: Text | None = None
    choices: Mapping[Code, Choice] = Field(default_factory=dict)
    extensions: Mapping[Code, Go] = Field(default_factory=dict)
    invalid: Text | None = None
    timeout: Text | None = None
    tries: int = Field(default=3, ge=1, le=10)
    then: Go | None = None
    wait_seconds: float = Field(default=5.0, ge=1, le=30)
    between_seconds: float = Field(default=2.5, ge=1, le=10)

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if not self.choices and not self.extensions:
            raise ValueError("a menu needs at least one choice or extension")
        if both := sorted(set(self.choices) & set(self.extensions)):
            raise ValueError(f"{both[0]} is both a choice and an extension")
        return self

    @property
    def codes(self) -> frozenset[str]:
        """Everything that can be entered."""
        return frozenset(self.choices) | frozenset(self.extensions)

    def entry(self, code: str) -> Go:
        """The choice or extension of an entry. Raises KeyError for one that is not in `codes`."""
        return self.choices[code] if code in self.choices else self.extensions[code]

    def offer(self, language: str) -> list[Prompt]:
        """The menu as it is said: its prompt and a line for each choice."""
        lines = (prompt for key, choice in self.choices.items() for prompt in choice.offer(key, language))
        return [*prompts_of([self.prompt], language), *lines]

    def texts(self) -> dict[tuple[str, ...], Text]:
        """Every text of the menu that is said in the call's language, by its place in the menu."""
        named = {"greeting": self.greeting, "prompt": self.prompt, "invalid": self.invalid, "timeout": self.timeout}
        found: dict[tuple[str, ...], Text] = {(name,): text for name, text in named.items() if text}
        for key, choice in self.choices.items():
            if choice.say and choice.language is None:
                found["choices", key, "say"] = choice.say
        return found
