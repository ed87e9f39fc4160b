"""How one business's calls are staffed and what is done as they wait, as data; `calls.plan_model` reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator

BEST_LEVEL = 5
"""Skill levels go from 1 (can manage) to 5 (a native speaker, an expert)."""

PoolKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class Own(BaseModel):
    """A rung of the business's own agents who work for at most so many businesses: 1 is a dedicated agent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    own: int = Field(ge=1, le=1000, description="agents of this business who have at most so many businesses")


class Pool(BaseModel):
    """A rung of everybody in a pool."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pool: PoolKey = Field(description="agents who sit in this pool")


def _kind(value: Any) -> str:
    named = value if isinstance(value, Mapping) else type(value).model_fields if isinstance(value, Own | Pool) else ()
    return "a rung of own agents" if "own" in named else "a rung of a pool"


Rung: TypeAlias = Annotated[
    Annotated[Own, Tag("a rung of own agents")] | Annotated[Pool, Tag("a rung of a pool")], Discriminator(_kind)
]

OWN_FIRST: tuple[Rung, ...] = (Own(own=1000), Pool(pool="shared"))


class AnswerTarget(BaseModel):
    """What the business was promised: this share of its calls answered within so many seconds.

    `calls_at_once` may come together, and `calls_per_hour` after that, with the whole promise; what comes faster
    is put behind other businesses' calls (never refused). Sources in docs/routing.md.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: int = Field(20, ge=1, le=3600, description="answer within so many seconds")
    share: float = Field(0.8, gt=0, le=1, description="this share of the calls")
    calls_at_once: int = Field(5, ge=1, le=1000, description="calls that may come at one moment within the promise")
    calls_per_hour: int = Field(60, ge=1, le=100_000, description="calls an hour that the promise holds for")

    @property
    def spacing(self) -> float:
        """Seconds between calls at the promised rate."""
        return 3600.0 / self.calls_per_hour


class Staffing(BaseModel):
    """The staffing a business has bought. The first rung is open from the start; the recipe opens the others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ladder: tuple[Rung, ...] = Field(OWN_FIRST, max_length=10, description="who is asked, in order")
    ring_seconds: int = Field(20, ge=5, le=120, description="how long one agent is rung")
    wrap_up_seconds: int = Field(30, ge=0, le=3600, description="time to finish the message before the next call")
    target: AnswerTarget = AnswerTarget()

    @field_validator("ladder")
    @classmethod
    def _somebody(cls, ladder: tuple[Rung, ...]) -> tuple[Rung, ...]:
        if not ladder:
            raise ValueError("name at least one rung, such as {pool: shared}")
        return ladder


@dataclass(frozen=True)
class When:
    """All of these must hold, for a call that waits. None: does not matter.

    `waited` and `expected_wait_over` are seconds; `position_over` counts from 1 among the business's waiting calls;
    `queue_over` is their number. `nobody` looks at the open rungs: nobody there who could take the call is signed in
    and working, or available this moment. `between` are minutes of the business's day, the first included, the last
    not; a range may go over midnight.
    """

    waited: float = 0.0
    position_over: int | None = None
    queue_over: int | None = None
    expected_wait_over: float | None = None
    nobody: Literal["signed_in", "available"] | None = None
    between: tuple[int, int] | None = None
    vip: bool | None = None

    @property
    def by_time_alone(self) -> bool:
        """Whether it will hold for every caller who waits long enough."""
        return self == When(waited=self.waited)


@dataclass(frozen=True)
class AddRung:
    """Open the next rung of the ladder."""


@dataclass(frozen=True)
class RelaxSkill:
    """Be content with this level of a skill."""

    skill: str
    level: int


@dataclass(frozen=True)
class DropSkill:
    """Do without a skill; who has it is still preferred."""

    skill: str


@dataclass(frozen=True)
class RaisePriority:
    """Go before calls of lower priority."""

    by: int


class Act(StrEnum):
    """What the desk and the caller's coroutine do; the engine only says when."""

    ANNOUNCE = "announce"
    OFFER_CALLBACK = "offer_callback"
    OFFER_MESSAGE = "offer_message"
    GO_TO_MESSAGE = "go_to_message"
    FORWARD = "forward"
    ALERT = "alert"  # tell the supervisors


Operation: TypeAlias = AddRung | RelaxSkill | DropSkill | RaisePriority | Act


@dataclass(frozen=True)
class Step:
    """One step of a recipe: done once, or again every so many seconds (at least) for as long as `when` holds."""

    when: When
    do: Operation
    every: float | None = None


def usual_steps(ladder: tuple[Rung, ...]) -> tuple[Step, ...]:
    """What holds for a queue that says nothing else: a further rung every 20 seconds, a message after five minutes."""
    widen = tuple(Step(When(waited=20.0 * place), AddRung()) for place in range(1, len(ladder)))
    nobody = Step(When(nobody="signed_in"), Act.GO_TO_MESSAGE)
    return (*widen, nobody, Step(When(waited=300.0), Act.OFFER_MESSAGE))


@dataclass(frozen=True)
class Recipe:
    """Staffing and overflow of one queue. Steps are looked at in order, every time something may have become due."""

    staffing: Staffing = field(default_factory=Staffing)
    steps: tuple[Step, ...] = usual_steps(OWN_FIRST)

    @cached_property
    def asks_who_is_free(self) -> bool:
        """Whether a step looks at who is available this moment."""
        return any(step.when.nobody == "available" for step in self.steps)


@dataclass(frozen=True)
class HouseRules:
    """What holds for all businesses. Times in seconds."""

    missed_offers: int = 2  # as many in a row make an agent unreachable
    return_seconds: float = 20.0  # whose device is lost is expected back for this long (a page loaded again)
    decline_seconds: float = 30.0  # a call an agent declined is not offered to the same agent again for this long
    ready_seconds: float = 1.0  # an agent's page answers within this that it is ready, or is passed over
    recheck_seconds: float = 5.0  # conditions on the queue's state are looked at this often
    callback_tries: int = 3
    callback_retry_seconds: float = 300.0
    explain: bool = True  # keep records of decisions; a simulation of millions of calls does without
