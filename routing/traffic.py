"""Invented callers and agents: drawn from a seeded generator, so that the same seed gives the same day."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from routing.day import Caller, Shift, Worker
from routing.model import Call, Profile
from routing.recipe import Recipe

HOUR = 3600.0

FLAT: tuple[float, ...] = (1.0,)
OFFICE_DAY: tuple[float, ...] = (
    *(0.15, 0.1, 0.1, 0.1, 0.15, 0.3, 0.6, 1.2, 2.2, 2.6, 2.5, 2.3),
    *(1.9, 2.0, 2.1, 2.0, 1.8, 1.4, 0.9, 0.6, 0.4, 0.3, 0.2, 0.15),
)
"""How much of a day's calls each hour gets, from midnight: most in the morning, few at night."""


@dataclass(frozen=True)
class Source:
    """The calls of one business: how many an hour on average, and what a share of them needs an agent to be able to."""

    business_id: str
    per_hour: float
    recipe: Recipe = field(default_factory=Recipe)
    needs: Mapping[str, int] = field(default_factory=dict)
    needing: float = 0.0


@dataclass(frozen=True)
class Habits:
    """How callers behave. Seconds are means.

    Talks are lognormal with this spread (the standard deviation of the logarithm; 0.6 to 1 is usual, Brown and others
    2005), or exponential when it is None. Patience is exponential, None for ever. The rest are shares of callers.
    """

    talk_seconds: float = 90.0
    talk_spread: float | None = 0.8
    patience_seconds: float | None = 120.0
    takes_message: float = 0.5
    takes_callback: float = 0.3

    def talk(self, random: Random) -> float:
        if self.talk_spread is None:
            return random.expovariate(1.0 / self.talk_seconds)
        return random.lognormvariate(math.log(self.talk_seconds) - self.talk_spread**2 / 2, self.talk_spread)


def callers(
    sources: Sequence[Source], habits: Habits, hours: float, random: Random, by_hour: Sequence[float] = FLAT
) -> Iterator[Caller]:
    """The callers of so many hours from time 0, in order: a Poisson stream for each business, made as one.

    `by_hour` weighs the hours against each other, over and over; only their proportions count.
    """
    total = math.fsum(source.per_hour for source in sources)
    bounds = list(accumulate(source.per_hour for source in sources))
    busiest = peak(by_hour)
    at, number = 0.0, 0
    while total > 0:
        at += random.expovariate(total * busiest / HOUR)
        if at >= hours * HOUR:
            return
        if random.random() * max(by_hour) >= by_hour[int(at // HOUR) % len(by_hour)]:
            continue
        number += 1
        source = random.choices(sources, cum_weights=bounds)[0]
        needs = source.needs if random.random() < source.needing else {}
        yield Caller(
            call=Call(f"call-{number:07}", source.business_id, at, recipe=source.recipe, needs=needs),
            talk=habits.talk(random),
            patience=None if habits.patience_seconds is None else random.expovariate(1.0 / habits.patience_seconds),
            takes_message=random.random() < habits.takes_message,
            takes_callback=random.random() < habits.takes_callback,
        )


def peak(by_hour: Sequence[float]) -> float:
    """How many times the mean hour the busiest one is."""
    return max(by_hour) * len(by_hour) / math.fsum(by_hour)


def zipf(businesses: int, per_hour: float) -> list[float]:
    """Calls an hour for each business, the first the busiest, the n-th a n-th of it; together `per_hour`."""
    weights = [1.0 / place for place in range(1, businesses + 1)]
    return [per_hour * weight / math.fsum(weights) for weight in weights]


def staff(agents: int, hours: float, skill: str, random: Random, answer_seconds: float = 2.0) -> list[Worker]:
    """So many agents of the shared pool, there all the time; every fifth has the skill at some level."""
    return [
        Worker(
            Profile(
                id=f"agent-{number:04}",
                skills={skill: random.randint(3, 5)} if number % 5 == 1 else {},
                pools={"shared": 0},
            ),
            (Shift(0.0, hours * HOUR),),
            answer_seconds,
        )
        for number in range(1, agents + 1)
    ]
