"""What a plan says of a queue's overflow: a list of steps, each with its conditions and exactly one thing to do.

overflow:
  - {when: {waited: 15}, add_pool: true}
  - {when: {nobody: signed_in}, message: standard}
  - {when: {waited: 45, position_over: 2}, offer: callback}
  - {when: {waited: 60}, every: 60, announce: Thank you for your patience.}
  - {when: {caller: vip}, raise_priority: 20}
  - {when: {waited: 120, between: "22:00-06:00"}, forward: "+12025550177"}
  - {when: {waited: 300}, offer: message}
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ivr.menu import E164
from ivr.texts import Text
from routing.recipe import (
    BEST_LEVEL,
    Act,
    AddRung,
    DropSkill,
    Operation,
    RaisePriority,
    RelaxSkill,
    Staffing,
    Step,
    When,
)

Skill = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Level = Annotated[int, Field(ge=1, le=BEST_LEVEL)]

_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_WAYS = ("add_pool", "relax", "drop", "raise_priority", "announce", "offer", "message", "forward", "alert")
_ONCE = ("add_pool", "relax", "drop", "message", "forward")


def _of_day(written: str) -> str:
    minutes = _minutes(written)
    if minutes is None or minutes[1] > 24 * 60:
        raise ValueError(f'"{written}" is not a time of day; write it like "22:00-06:00"')
    if minutes[0] == minutes[1]:
        raise ValueError(f'"{written}" holds no time at all; leave "between" out for the whole day')
    return written


def _minutes(written: str) -> tuple[int, int] | None:
    found = _OF_DAY.fullmatch(written)
    if found is None:
        return None
    hour, minute, to_hour, to_minute = (int(part) for part in found.groups())
    return hour * 60 + minute, to_hour * 60 + to_minute


class Condition(BaseModel):
    """All of these must hold. Times are seconds of waiting; `between` is the business's own time of day.

    `position_over: 2` holds from the third place on; `queue_over` counts all who wait for this business;
    `nobody` looks at the agents asked so far: nobody signed in and working, or nobody free this moment.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    waited: int = Field(default=0, ge=0, le=7200)
    position_over: int | None = Field(default=None, ge=0, le=1000)
    queue_over: int | None = Field(default=None, ge=0, le=1000)
    expected_wait_over: int | None = Field(default=None, ge=1, le=7200)
    nobody: Literal["signed_in", "available"] | None = None
    between: Annotated[str, AfterValidator(_of_day)] | None = None
    caller: Literal["vip"] | None = None

    @property
    def when(self) -> When:
        """The same for the engine."""
        return When(
            waited=float(self.waited),
            position_over=self.position_over,
            queue_over=self.queue_over,
            expected_wait_over=None if self.expected_wait_over is None else float(self.expected_wait_over),
            nobody=self.nobody,
            between=None if self.between is None else _minutes(self.between),
            vip=None if self.caller is None else True,
        )


class OverflowStep(BaseModel):
    """One step: when, and exactly one thing to do, once or `every` so many seconds.

    `message` names a form; `offer` lets the caller choose; `relax` and `drop` change what an agent must be able to do.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: Condition = Condition()
    every: int | None = Field(default=None, ge=10, le=3600)
    add_pool: bool = False
    relax: Mapping[Skill, Level] | None = None
    drop: Skill | None = None
    raise_priority: int | None = Field(default=None, ge=1, le=100)
    announce: Text | None = None
    offer: Literal["callback", "message"] | None = None
    message: str | None = None
    forward: E164 | None = None
    alert: bool = False

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        named = self._named()
        if len(named) != 1:
            found = f"not {' and '.join(named)}" if named else "there is none"
            raise ValueError(f"say one thing to do ({', '.join(_WAYS)}); {found}")
        if self.relax is not None and len(self.relax) != 1:
            raise ValueError("relax one skill in a step, such as {es: 2}")
        if self.every is not None and named[0] in _ONCE:
            raise ValueError(f"{named[0]} is done once; leave out every")
        return self

    def _named(self) -> list[str]:
        return [name for name in _WAYS if getattr(self, name) not in (None, False)]

    @property
    def does(self) -> str:
        """Its key in the plan, such as "announce"."""
        return self._named()[0]

    @property
    def step(self) -> Step:
        """The same for the engine."""
        return Step(self.when.when, self._operation(), None if self.every is None else float(self.every))

    def _operation(self) -> Operation:
        if self.add_pool:
            return AddRung()
        if self.relax:
            ((skill, level),) = self.relax.items()
            return RelaxSkill(skill, level)
        if self.drop:
            return DropSkill(self.drop)
        if self.raise_priority:
            return RaisePriority(self.raise_priority)
        if self.announce:
            return Act.ANNOUNCE
        if self.offer:
            return Act.OFFER_CALLBACK if self.offer == "callback" else Act.OFFER_MESSAGE
        if self.message:
            return Act.GO_TO_MESSAGE
        return Act.FORWARD if self.forward else Act.ALERT


@dataclass(frozen=True)
class Wrong:
    """A step that will not do (its place counts from 0; None: the whole recipe), and why."""

    place: int | None
    reason: str


def wrong_steps(steps: tuple[OverflowStep, ...], staffing: Staffing, needs: Mapping[str, int]) -> Iterator[Wrong]:
    """What would leave a caller waiting for ever, or never happen. `needs` are the skills the queue asks for."""
    yield from _ways_out(steps)
    yield from _pools(steps, staffing)
    yield from _skills(steps, needs)
    yield from _never(steps)


def _ways_out(steps: tuple[OverflowStep, ...]) -> Iterator[Wrong]:
    if not any(each.step.when.by_time_alone and _leads_out(each) for each in steps):
        yield Wrong(
            None,
            "A caller could wait here for ever. Add a step with nothing but a waiting time that offers or takes a "
            "message, or forwards, such as {when: {waited: 300}, offer: message}.",
        )


def _leads_out(step: OverflowStep) -> bool:
    """A callback does not count: there may be no trunk that leads out, or no number to call."""
    return step.offer == "message" or step.does in ("message", "forward")


def _pools(steps: tuple[OverflowStep, ...], staffing: Staffing) -> Iterator[Wrong]:
    further = len(staffing.ladder) - 1
    adding = [place for place, each in enumerate(steps) if each.add_pool]
    for place in adding[further:]:
        rungs = "one rung" if further == 0 else f"{further + 1} rungs"
        yield Wrong(place, f"There is no pool left to add here: the ladder has {rungs}, and the first is open at once.")
    sure = sum(1 for each in steps if each.add_pool and each.step.when.by_time_alone)
    if len(adding) <= further and sure < further:
        yield Wrong(
            None,
            f"The ladder has {further + 1} rungs, and only {sure} of the {further} further ones are sure to be asked. "
            "Add a step for each with nothing but a waiting time, such as {when: {waited: 20}, add_pool: true}.",
        )


def _skills(steps: tuple[OverflowStep, ...], needs: Mapping[str, int]) -> Iterator[Wrong]:
    for place, each in enumerate(steps):
        for skill, level in (each.relax or {}).items():
            if skill in needs and level >= needs[skill]:
                yield Wrong(place, f'The queue asks for "{skill}" at level {needs[skill]}; {level} is no less.')
            elif level == 1 and skill not in needs:
                yield Wrong(place, f'"{skill}" at level 1 is the least there is; use drop to do without it.')


def _never(steps: tuple[OverflowStep, ...]) -> Iterator[Wrong]:
    """Steps behind the one that takes every caller away."""
    for place, each in enumerate(steps):
        if each.step.when.by_time_alone and each.does == "message":
            for later, other in enumerate(steps):
                if other.when.waited > each.when.waited or (later > place and other.when.waited == each.when.waited):
                    yield Wrong(later, f"Nobody waits that long: after {each.when.waited} seconds all go to a message.")
            return
