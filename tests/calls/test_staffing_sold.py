"""Who is told that an agent no longer counts as their own."""

from accounts.business import Business
from calls.staffing_sold import no_longer_asked

SOLD = {
    "harbor": (Business("harbor", "Harbor Plumbing", ""), frozenset({1})),
    "lakeside": (Business("lakeside", "Lakeside Dental", ""), frozenset({1, 2})),
    "northwind": (Business("northwind", "Northwind Legal", ""), frozenset[int]()),
}


def test_a_second_business_takes_a_dedicated_agent_off_the_rung() -> None:
    (said,) = no_longer_asked("Ana", {"harbor"}, {"harbor", "northwind"}, SOLD)
    assert said == (
        "Harbor Plumbing was promised agents who work for no other business. With 2 businesses Ana is no longer one "
        "of them, and is asked later for its calls, or not at all."
    )


def test_a_third_one_takes_a_semi_dedicated_agent_off_the_rung() -> None:
    (said,) = no_longer_asked("Ana", {"lakeside", "harbor"}, set(SOLD), SOLD)
    assert said.startswith("Lakeside Dental was promised agents who work for at most 2 businesses.")


def test_each_business_that_loses_is_named() -> None:
    assert len(no_longer_asked("Ana", {"lakeside"}, set(SOLD), SOLD)) == 1
    both = {"harbor": SOLD["harbor"], "lakeside": SOLD["lakeside"]}
    assert no_longer_asked("Ana", set(), both, SOLD) == [], "nobody loses who never had the agent"
    assert no_longer_asked("Ana", {"harbor"}, {"northwind", "lakeside"}, SOLD) == [], "taken away on purpose"
    assert no_longer_asked("Ana", both, {"harbor"}, SOLD) == [], "fewer businesses take nobody off"
