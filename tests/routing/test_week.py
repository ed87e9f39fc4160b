"""What was kept for a call is gone when the call is: the seventh evening of a week is as light as the first."""

import pickle
from random import Random

import pytest

from routing import lines as lines_module
from routing.day import Day
from routing.recipe import Act, AddRung, Own, Pool, Recipe, Staffing, Step, When
from routing.traffic import HOUR, Habits, Source, callers, staff, zipf

DAYS = 7
LATELY_LEFT = 50
"""So many kinds of calls and agents may be learnt before they are forgotten."""
LADDER = (Own(own=1), Pool(pool="shared"))
STEPS = (
    Step(When(waited=10), AddRung()),
    Step(When(waited=20), Act.OFFER_CALLBACK),
    Step(When(position_over=1), Act.ANNOUNCE, every=15),
    Step(When(nobody="available"), Act.ANNOUNCE),
    Step(When(waited=60), Act.OFFER_MESSAGE),
)


def weight(day: Day) -> int:
    """Bytes of all that the engine keeps."""
    return len(pickle.dumps(day.state.tables))


def test_a_week_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "LEARNT", LATELY_LEFT)
    random = Random(11)
    recipe = Recipe(Staffing(ladder=LADDER, wrap_up_seconds=10), STEPS)
    sources = [
        Source(f"business-{place}", rate, recipe, {"es": 3}, 0.2) for place, rate in enumerate(zipf(20, 25.0), 1)
    ]
    by_hour = (0.0, *(1.0,) * 10, *(0.0,) * 13)  # nobody calls at night
    day = Day(callers(sources, Habits(), DAYS * 24.0, random, by_hour), staff(2, DAYS * 24.0, "es", random))
    day.advance(HOUR)
    evenings: list[int] = []
    noons: list[int] = []
    for number in range(DAYS):
        day.advance((24 * number + 6) * HOUR)
        noons.append(len(day.state.calls))
        day.advance((24 * number + 20) * HOUR)
        assert not day.state.calls
        assert not day.state.offers
        evenings.append(weight(day))
    assert sum(noons) > DAYS, "there was something to forget"
    assert len(day.outcomes) > DAYS * 400
    assert max(evenings) < evenings[0] + LATELY_LEFT * 500, "a hundred bytes for each call would be more than that"
