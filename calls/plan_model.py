"""The answering plan of one business as a value. `calls.plan` reads and writes it as YAML and checks it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from accounts.contacts import Contact
from accounts.hours import Hours
from accounts.rota import Rota
from calls.caller_rules import CallerRules
from calls.overflow import Level, OverflowStep, Skill
from ivr.menu import Back, Go, Menu, Repeat, SayGoodbye, Target, ToMenu, ToMessage, ToQueue
from ivr.phrases import fixed_phrases
from ivr.prompts import Prompt
from ivr.texts import ClipPiece, Language, Text
from ivr.words import primary
from messages.form import Form
from messages.policy import Channels, DeliveryRule, Names
from routing.recipe import Recipe, Staffing, usual_steps

HOUSE_LANGUAGE = "en"
"""Every agent speaks it, so it is not asked for as a skill."""

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Path = tuple[str | int, ...]


def _known_region(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f'"{code}" is not a country; write two capital letters like US')
    return code


class Opening(Go):
    """Where a call begins: something to say first (not needed before a menu with a greeting), then where to go."""

    greeting: Text | None = None


def _levels(skills: object) -> object:
    """A plain list asks for each skill at any level."""
    if isinstance(skills, list | tuple) and all(isinstance(skill, str) for skill in skills):
        return dict.fromkeys(skills, 1)
    return skills


class Queue(BaseModel):
    """How callers wait for an agent, and what the agent is to ask.

    `form` is the form's key; `staffing` says who is asked and `overflow` what is done as a caller waits (left out:
    a further pool every 20 seconds, a message after five minutes or when nobody is signed in). `skills` are needed
    besides the caller's language: a list, or skills with the least level (1 to 5). `ask_name` has callers say their
    name first; `hold_text` replaces the service's "please hold"; `hold_music` are recordings to play;
    every `announce_seconds` callers are told how things stand; a higher `priority` goes first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    form: str
    staffing: Staffing = Staffing()
    overflow: tuple[OverflowStep, ...] = Field(default=(), max_length=50)
    skills: Annotated[Mapping[Skill, Level], BeforeValidator(_levels)] = Field(default_factory=dict)
    ask_name: bool = False
    hold_text: Text | None = None
    hold_music: tuple[ClipPiece, ...] = ()
    announce_seconds: float = Field(default=30.0, ge=10, le=300)
    priority: int = Field(default=0, ge=0, le=100)

    @property
    def recipe(self) -> Recipe:
        """Staffing and overflow for the engine; the places of its steps are those of `overflow`, if there is any."""
        steps = tuple(each.step for each in self.overflow)
        return Recipe(self.staffing, steps or usual_steps(self.staffing.ladder))


class Voicemail(BaseModel):
    """Recording a message: its longest length and the silence that ends it in seconds, and how many goes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_seconds: float = Field(default=180.0, ge=10, le=900)
    silence_seconds: float = Field(default=5.0, ge=2, le=30)
    tries: int = Field(default=3, ge=1, le=5)


class AbandonedCalls(BaseModel):
    """The business is told of calls that hung up while they waited, after so many seconds in the queue at least, and
    left no message: the contacts or rotas in `to`, by every channel in `by`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Names
    by: Annotated[Channels, Field(min_length=1)]
    after_seconds: int = Field(default=5, ge=0, le=600)


@dataclass(frozen=True)
class Entry:
    """How a call is taken at one time: what is said first, where it goes, and whether the business is open."""

    greeting: Text | None
    target: Target
    open: bool


@dataclass(frozen=True)
class Step:
    """One way through the menus: the place in the plan that names it, where it leads, in which language."""

    path: Path
    target: Target
    language: str


class Plan(BaseModel):
    """How one business is answered.

    `language` is what texts without one are in; `region` how numbers without country code are read; `message` the
    form for callers whom nothing else in the plan places (the first form when left out); `holiday` replaces
    `closed` on a holiday. `answer_phrase` and `script` are for agents; in them `{on_call: key}` stands for who is on
    call on that rota. `rotas` say who of the `contacts` is on call; `deliver` names either. Without
    `abandoned_calls` nobody is told of those.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: Language = "en-US"
    region: Annotated[str, AfterValidator(_known_region)] = "US"
    answer_phrase: str = Field(min_length=1, max_length=300)
    script: str = Field(default="", max_length=5000)
    hours: Hours
    open: Opening
    closed: Opening
    holiday: Opening | None = None
    menus: Mapping[Key, Menu] = Field(default_factory=dict)
    queues: Mapping[Key, Queue] = Field(default_factory=dict)
    forms: Mapping[Key, Form] = Field(min_length=1)
    message: str | None = None
    contacts: Mapping[Key, Contact] = Field(min_length=1)
    rotas: Mapping[Key, Rota] = Field(default_factory=dict)
    deliver: tuple[DeliveryRule, ...] = Field(min_length=1)
    abandoned_calls: AbandonedCalls | None = None
    voicemail: Voicemail = Voicemail()
    forward_ring_seconds: float = Field(default=25.0, ge=5, le=120)
    callers: CallerRules = CallerRules()
    blocked_text: Text | None = None

    def entry_at(self, at: datetime) -> Entry:
        """How a call that comes at this (aware) time is taken."""
        status = self.hours.status(at)
        opening = self.open if status.open else self.closed
        if status.word == "holiday" and self.holiday is not None:
            opening = self.holiday
        return Entry(opening.greeting, opening.target, status.open)

    @property
    def fallback(self) -> ToMessage:
        """Where a caller goes for whom the plan says nothing else."""
        return ToMessage(self.message or next(iter(self.forms)))

    @property
    def vip_target(self) -> Target | None:
        """Where VIPs go, past the menus; None where the plan has no place of its own for them."""
        if self.callers.vip is not None:
            return self.callers.vip.target
        return ToQueue(next(iter(self.queues))) if self.queues else None

    @property
    def time_zone(self) -> str:
        """The business's IANA time zone."""
        return self.hours.time_zone

    def needs(self, queue: Queue, language: str) -> Mapping[str, int]:
        """The skills an agent needs for a call in this queue and language, with the least level of each."""
        spoken = {primary(language)} - {HOUSE_LANGUAGE}
        return dict.fromkeys(spoken, 1) | dict(queue.skills)

    def openings(self) -> Mapping[str, Opening]:
        """How calls begin, by the key in the plan."""
        named = {"open": self.open, "closed": self.closed}
        return named | {"holiday": self.holiday} if self.holiday else named

    def first_steps(self) -> Iterator[Step]:
        """Where calls begin: as the hour says, and where VIPs do."""
        for name, opening in self.openings().items():
            yield Step((name,), opening.target, self.language)
        if self.vip_target is not None:
            yield Step(("callers", "vip"), self.vip_target, self.language)

    def steps(self) -> Iterator[Step]:
        """Every step a caller can make, each in every language they can make it in."""
        starts = list(self.first_steps())
        yield from starts
        seen: set[tuple[str, str]] = set()
        todo = list(starts)
        while todo:
            step = todo.pop()
            if not isinstance(step.target, ToMenu) or (step.target.menu, step.language) in seen:
                continue
            seen.add((step.target.menu, step.language))
            onward = list(self.steps_from(step.target.menu, step.language))
            yield from onward
            todo += onward

    def steps_from(self, key: str, language: str) -> Iterator[Step]:
        """The steps out of one menu; none when there is no such menu."""
        menu = self.menus.get(key)
        if menu is None:
            return
        for code, choice in menu.choices.items():
            path, spoken = ("menus", key, "choices", code), choice.language or language
            match choice.action:
                case Repeat():
                    yield Step(path, ToMenu(key), spoken)
                case Back():
                    pass  # to where the caller has been already, in the same language
                case target:
                    yield Step(path, target, spoken)
        for code, go in menu.extensions.items():
            yield Step(("menus", key, "extensions", code), go.target, language)
        yield Step(("menus", key, "then"), menu.then.target if menu.then else self.fallback, language)

    def texts(self) -> Iterator[tuple[Path, str, Text]]:
        """Every text a caller can hear, with its place in the plan and each language they can hear it in."""
        for name, opening in self.openings().items():
            if opening.greeting:
                yield (name, "greeting"), self.language, opening.greeting
        if self.blocked_text:
            yield ("blocked_text",), self.language, self.blocked_text
        if self.callers.anonymous_text:
            yield ("callers", "anonymous_text"), self.language, self.callers.anonymous_text
        for step in self.steps():
            yield from self._texts_at(step)

    def _texts_at(self, step: Step) -> Iterator[tuple[Path, str, Text]]:
        match step.target:
            case ToMenu(key) if key in self.menus:
                for place, text in self.menus[key].texts().items():
                    yield ("menus", key, *place), step.language, text
            case ToQueue(key) if key in self.queues:
                for inside, said in _said_in(self.queues[key]).items():
                    yield ("queues", key, *inside), step.language, said
            case SayGoodbye(text) if text is not None:
                yield (*step.path, "hang_up"), step.language, text
            case _:
                pass

    def clips(self) -> Iterator[tuple[Path, str]]:
        """Every recording the plan names, with its place; also where no call ever comes to."""
        for path, text in self._written_texts().items():
            for tag, pieces in text.pieces.items():
                for index, piece in enumerate(pieces):
                    if isinstance(piece, ClipPiece):
                        yield (*path, tag, index, "clip"), piece.clip
        for key, queue in self.queues.items():
            for index, music in enumerate(queue.hold_music):
                yield ("queues", key, "hold_music", index, "clip"), music.clip

    def _written_texts(self) -> dict[Path, Text]:
        ways: dict[Path, Go] = {(name,): opening for name, opening in self.openings().items()}
        texts: dict[Path, Text | None] = {(name, "greeting"): each.greeting for name, each in self.openings().items()}
        texts["blocked_text",] = self.blocked_text
        texts["callers", "anonymous_text"] = self.callers.anonymous_text
        if self.callers.vip:
            ways["callers", "vip"] = self.callers.vip
        for key, queue in self.queues.items():
            texts |= {("queues", key, *place): text for place, text in _said_in(queue).items()}
        for key, menu in self.menus.items():
            texts |= {("menus", key, *place): text for place, text in menu.texts().items()}
            texts |= {("menus", key, "choices", code, "say"): choice.say for code, choice in menu.choices.items()}
            ways |= {("menus", key, "choices", code): choice for code, choice in menu.choices.items()}
            ways |= {("menus", key, "extensions", code): go for code, go in menu.extensions.items()}
            if menu.then:
                ways["menus", key, "then"] = menu.then
        texts |= {(*path, "hang_up"): go.hang_up for path, go in ways.items() if isinstance(go.hang_up, Text)}
        return {path: text for path, text in texts.items() if text is not None}

    def prompts(self) -> Iterator[Prompt]:
        """Everything that will be said the same way to many callers: to be spoken before the first of them calls."""
        for language in sorted({self.language, *(step.language for step in self.steps())}):
            yield from fixed_phrases(language)
        for _, language, text in self.texts():
            yield from text.prompts(language)
        for step in self.steps():
            if isinstance(step.target, ToMenu) and step.target.menu in self.menus:
                yield from self.menus[step.target.menu].offer(step.language)


def _said_in(queue: Queue) -> dict[Path, Text]:
    """Every text of a queue, by its place in it."""
    texts: dict[Path, Text] = {}
    if queue.hold_text:
        texts["hold_text",] = queue.hold_text
    for place, step in enumerate(queue.overflow):
        if step.announce:
            texts["overflow", place, "announce"] = step.announce
    return texts
