"""Patience learned from hang-ups and from waits cut short."""

import math
import statistics
from random import Random

import pytest

from reports.patience import Patience


def test_the_estimate_as_in_the_textbook() -> None:
    """Of six, four hang up after 1, 3, 3 and 5 seconds; two are answered after 2 and 4."""
    patience = Patience([(1, True), (2, False), (3, True), (3, True), (4, False), (5, True)])
    assert patience.lasting(0.5) == 1.0
    assert patience.lasting(1) == pytest.approx(5 / 6)
    assert patience.lasting(2.9) == pytest.approx(5 / 6)
    assert patience.lasting(3) == pytest.approx(5 / 6 * 2 / 4)
    assert patience.lasting(5) == 0.0


def test_whoever_has_waited_waits_longer_than_that() -> None:
    random = Random(1)
    patience = Patience([(float(seconds), seconds % 3 == 0) for seconds in range(1, 100)])
    for after in (0.0, 3.0, 50.0, 98.0, 99.0, 500.0):
        drawn = [patience.draw(after, random) for _ in range(200)]
        assert all(seconds is not None and seconds > after for seconds in drawn)


def test_a_known_patience_is_found_again_though_most_are_answered_first() -> None:
    random = Random(2)
    waits = []
    for _ in range(20_000):
        patience, answered = random.expovariate(1 / 60), random.expovariate(1 / 20)
        waits.append((min(patience, answered), patience < answered))
    learned = Patience(waits)
    assert learned.lasting(60.0) == pytest.approx(math.exp(-1), abs=0.02)
    drawn = [learned.draw(0.0, random) or 0.0 for _ in range(20_000)]
    assert statistics.median(drawn) == pytest.approx(60.0 * math.log(2), rel=0.05)


def test_nobody_ever_hung_up() -> None:
    assert Patience([]).draw(0.0, Random(1)) is None
    assert Patience([(10.0, False)]).draw(0.0, Random(1)) is None
    assert Patience([(10.0, False)]).lasting(100.0) == 1.0
