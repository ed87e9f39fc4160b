"""Which call is first: priority, deadlines by answer targets, and what a storm on one number cannot do."""

from math import floor as whole

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.effects import RingAgent
from routing.events import AgentChanged, CallArrived, OfferTimedOut, TalkEnd, TalkEnded, WrapUpEnded
from routing.model import Call, Profile, Waiting
from routing.recipe import AnswerTarget, Pool, Recipe, Staffing
from routing.strategy import promised
from tests.routing.floor import BEN, Floor

POOL = (Pool(pool="shared"),)


def answered_within(seconds: int, at_once: int = 5, an_hour: int = 60) -> Recipe:
    target = AnswerTarget(seconds=seconds, calls_at_once=at_once, calls_per_hour=an_hour)
    return Recipe(Staffing(ladder=POOL, wrap_up_seconds=0, target=target), ())


def order_taken(floor: Floor, agent: str = "ben") -> list[str]:
    """One agent takes all that waits, one after the other."""
    taken = []
    while offered := floor.offered():
        taken.append(offered[0].call_id)
        floor.accept().talk_ends(call=taken[-1], agent=agent).feed(WrapUpEnded(floor.now, agent))
    return taken


def test_calls_go_by_priority_then_deadline_then_arrival_then_id() -> None:
    floor = Floor()
    for call_id, priority in (("d", 0), ("c", 0), ("e", 5)):
        floor.call(call_id, "lakeside", priority=priority, recipe=answered_within(20))
    floor.until(1)
    floor.call("a", "northwind", recipe=answered_within(19)).call("b", "harbor", recipe=answered_within(10))
    floor.sign_in(BEN)
    assert order_taken(floor) == ["e", "b", "c", "d", "a"]


def test_the_call_furthest_past_its_deadline_goes_first() -> None:
    floor = Floor().call("patient", "lakeside", recipe=answered_within(300))
    floor.until(200)
    floor.call("soon", "harbor", recipe=answered_within(20))
    floor.until(290)
    floor.sign_in(BEN)
    assert order_taken(floor) == ["soon", "patient"]  # 70 s over, and 10 s to go


def test_calls_beyond_the_burst_are_dated_later() -> None:
    floor = Floor()
    for number in range(5):
        floor.call(f"c{number}", recipe=answered_within(20, at_once=2, an_hour=120))
    assert [floor.waiting(f"c{number}").deadline for number in range(5)] == [20, 20, 50, 80, 110]


def test_what_comes_at_the_promised_rate_is_never_dated_later() -> None:
    target, clock = AnswerTarget(seconds=20, calls_at_once=1, calls_per_hour=60), None
    for minute in range(30):
        deadline, clock = promised(target, 60.0 * minute, clock)
        assert deadline == 60.0 * minute + 20


def test_a_storm_does_not_starve_another_business() -> None:
    floor = Floor()
    for number in range(50):
        floor.call(f"s{number:02}", "lakeside", recipe=answered_within(20, at_once=3, an_hour=60))
    floor.until(30)
    floor.call("one", "harbor", recipe=answered_within(20))
    floor.sign_in(BEN)
    assert order_taken(floor).index("one") == 3  # after the burst; the storm's fourth call is due at 80, this at 50


gaps = st.one_of(st.just(0.0), st.floats(0, 20))


@settings(max_examples=150, deadline=None)
@given(
    storm=st.lists(gaps, min_size=1, max_size=60),
    at_once=st.integers(1, 6),
    an_hour=st.integers(60, 3600),
    storm_seconds=st.integers(1, 40),
    seconds=st.integers(1, 60),
    comes=st.floats(0, 120),
    talk=st.floats(1, 30),
    misses=st.sets(st.integers(0, 20)),
)
def test_the_bound(
    storm: list[float],
    at_once: int,
    an_hour: int,
    storm_seconds: int,
    seconds: int,
    comes: float,
    talk: float,
    misses: set[int],
) -> None:
    """docs/routing.md: how many calls of one other business go before a call that keeps to its business's promise.

    The storm's business always has a call that nobody can serve, so that its clock runs on: the bound is of one spell.
    """
    of = answered_within(storm_seconds, at_once, an_hour)
    spacing = of.staffing.target.spacing
    arrivals: list[tuple[float, Call]] = []
    at = 0.0
    for number, gap in enumerate(storm):
        at += gap
        arrivals.append((at, Call(f"s{number}", "lakeside", at, of)))
    keeper = Recipe(Staffing(ladder=(Pool(pool="nobody"),), target=of.staffing.target), ())
    arrivals.insert(0, (0.0, Call("keeper", "lakeside", 0.0, keeper)))
    arrivals.append((comes, Call("one", "harbor", comes, answered_within(seconds))))
    arrivals.sort(key=lambda each: each[0])

    floor = Floor(missed_offers=1000, explain=False)
    floor.sign_in(Profile("ben", pools={"shared": 0}))
    ours_waits, offers = False, 0
    before_ours: set[str] = set()
    ends: tuple[float, str] | None = None
    while arrivals or ends is not None or floor.offered():
        if floor.offered():
            [offered] = floor.offered()
            offers += 1
            if offers in misses:
                floor.feed(OfferTimedOut(floor.now, offered.offer_id))
            else:
                floor.accept()
                ends = (floor.now + talk, offered.call_id)
        elif ends is not None and (not arrivals or ends[0] <= arrivals[0][0]):
            at, call_id = ends
            ends = None
            floor.feed(TalkEnded(at, call_id, "ben", TalkEnd.CALLER))
        else:
            at, call = arrivals.pop(0)
            floor.feed(CallArrived(at, call))
        ours = floor.state.calls.get("one")
        for ring in floor.done(RingAgent):
            if ring.call_id == "one":
                ours_waits = False
            elif ours_waits:
                before_ours.add(ring.call_id)
        if isinstance(ours, Waiting) and ours.offer is None:
            ours_waits = True
            assert ours.deadline == comes + seconds
        else:
            ours_waits = False
    first = 0.0  # the keeper's, who is one of those that the bound counts and is never offered
    bound = at_once + whole((comes + seconds - storm_seconds - first) / spacing)
    assert len(before_ours) <= max(0, bound - 1)


def test_the_bound_is_met() -> None:
    """So it could not be stated lower: a storm of two at once and one each 10 s, all at time 0."""
    floor = Floor()
    for number in range(20):
        floor.call(f"s{number:02}", "lakeside", recipe=answered_within(20, at_once=2, an_hour=360))
    floor.until(35)
    floor.call("one", "harbor", recipe=answered_within(20))
    floor.sign_in(BEN)
    assert order_taken(floor).index("one") == 2 + whole((55 - 20 - 0) / 10)


def test_an_agent_who_learns_the_skill_gets_the_first_of_those_who_need_it() -> None:
    floor = Floor().sign_in(Profile("cara", pools={"shared": 0}), Profile("dan", pools={"shared": 0}))
    for number, seconds in enumerate((30, 10, 20)):
        floor.call(f"c{number}", "lakeside", needs={"es": 1}, recipe=answered_within(seconds))
    floor.feed(AgentChanged(1, Profile("dan", {"es": 1}, pools={"shared": 0})))
    assert [ring.call_id for ring in floor.done(RingAgent)] == ["c1"]
    floor.feed(AgentChanged(1, Profile("cara", {"es": 1}, pools={"shared": 0})))
    assert [ring.call_id for ring in floor.done(RingAgent)] == ["c2"]
