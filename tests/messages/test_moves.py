"""Escalations, told by what they do at which time, with every kind of luck."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.delivery import Accepted, Acknowledged, Alarm, Delivered, Delivery, Job, Queued
from messages.escalation import Asking, Escalation, Held, Move, Taken, Told, Unanswered
from messages.moves import NOBODY_ANSWERED, NOBODY_TOLD, PASSED_ON, advance, begin
from messages.policy import DeliveryRule
from messages.reach import Reach
from messages.task import Task
from tests.messages.cast import MESSAGE, NOW
from tests.messages.people import HOURS, counting, reach

Luck = Callable[[Queued, datetime], Delivery]
MINUTE = timedelta(minutes=1)
MOST_LOOKS = 2000


def arrives(state: Queued, now: datetime) -> Delivery:
    return Delivered(state.job, now, "ref")


def bounces(state: Queued, now: datetime) -> Delivery:
    return Alarm(state.job, now, "no such mailbox")


def keeps_failing(state: Queued, now: datetime) -> Delivery:
    return replace(state, failures=state.failures + 1, last_error="busy", due=now + timedelta(days=1))


def passes_on(state: Queued, now: datetime) -> Delivery:
    return Delivered(state.job, now, "ref", passed_on=True)


def acknowledges(state: Queued, now: datetime) -> Delivery:
    return Acknowledged(state.job, now, state.job.target.contact_name)


def by_channel(**luck: Luck) -> Luck:
    return lambda state, now: luck.get(state.job.target.channel, arrives)(state, now)


@dataclass
class Life:
    """A message's life as relay and store would have it: everything goes out the moment it is made."""

    rules: Sequence[DeliveryRule]
    luck: Luck = arrives
    people: Reach = field(default_factory=reach)
    urgency: str = "normal"
    now: datetime = NOW
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    made: list[Job] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    moves: list[tuple[datetime, Move]] = field(default_factory=list)
    looks: int = 0

    def __post_init__(self) -> None:
        self.mint = counting()
        self.message = replace(MESSAGE, urgency=self.urgency)
        begun = begin(self.message, self.rules, HOURS, self.people, self.now, self.mint)
        self.states = {state.path.id: state for state in begun.escalations}
        self.tasks += begun.tasks
        self._send(begun.deliveries)

    def live(self, until: datetime = NOW + timedelta(days=60)) -> "Life":
        """Go on until everything has ended, or until this time."""
        while (after := self._settle()) is not None and after < until:
            self.now = max(after, self.now)
        if after is not None:
            self.now = until
        return self

    def _settle(self) -> datetime | None:
        """Look at everything until nothing moves any more; returns when there is something to do again."""
        moved = True
        while moved:
            moved = sum(self._look(state) for state in self._asking()) > 0
        return min((state.due for state in self._asking()), default=None)

    def _asking(self) -> list[Asking]:
        return [state for state in self.states.values() if isinstance(state, Asking)]

    def _look(self, state: Asking) -> bool:
        self.looks += 1
        assert self.looks < MOST_LOOKS, "it never ends"
        move = advance(state, self.now, self.people, list(self.deliveries.values()), self.message, self.mint)
        self.states[state.path.id] = move.state
        self.tasks += move.tasks
        self._send(move.deliveries)
        if move.state == state:
            assert not move.deliveries and not move.tasks
            return False
        self.moves.append((self.now, move))
        return True

    def _send(self, deliveries: Sequence[Queued]) -> None:
        for delivery in deliveries:
            self.made.append(delivery.job)
            self.deliveries[delivery.job.id] = self.luck(delivery, self.now)

    @property
    def end(self) -> Escalation:
        (state,) = self.states.values()
        return state

    def told(self) -> list[tuple[float, str, str]]:
        """Minutes since it was saved, whom, by what."""
        return [((job.created_at - NOW) / MINUTE, job.target.contact, job.target.channel) for job in self.made]


LADDER = DeliveryRule.model_validate(
    {
        "escalate": [
            {"to": "pat", "by": ["sms"], "wait_minutes": 5, "times": 2},
            {"to": ["pat", "kim"], "by": ["voice"], "wait_minutes": 10},
            {"to": "agents", "wait_minutes": 15},
        ]
    }
)


def test_steps_and_rounds_come_at_their_times_and_the_end_is_an_alarm() -> None:
    life = Life([LADDER]).live()
    assert life.told() == [(0, "pat", "sms"), (5, "pat", "sms"), (10, "pat", "voice"), (10, "kim", "voice")]
    assert [job.reminder for job in life.made] == [0, 1, 0, 0]
    assert all(job.asks for job in life.made)
    [task] = life.tasks
    assert task.created_at == NOW + 20 * MINUTE
    assert task.words == "Message #1042: Nobody has acknowledged it so far. Reach somebody at the business by hand."
    assert life.end == Unanswered(life.end.path, NOW + 35 * MINUTE, NOBODY_ANSWERED)


@pytest.mark.parametrize("minutes", [0, 4, 5, 12])
def test_an_acknowledgement_at_any_moment_stops_what_is_to_come(minutes: int) -> None:
    life = Life([LADDER]).live(until=NOW + minutes * MINUTE)
    so_far = life.told()
    asking = life.end
    assert isinstance(asking, Asking)
    answered = life.deliveries[asking.sent[0]]
    assert isinstance(answered, Delivered)
    life.deliveries[answered.job.id] = answered.acknowledged(life.now, "Pat")
    life.live()
    assert life.told() == so_far
    assert life.end == Taken(asking.path, NOW + minutes * MINUTE, "Pat", answered.job.target.channel)


def test_a_channel_that_cannot_deliver_gives_way_to_the_next_at_once_and_then_the_step_to_the_next() -> None:
    rule = DeliveryRule.model_validate(
        {
            "escalate": [
                {"to": "pat", "by": ["sms"], "else_by": ["voice", "email"], "times": 3},
                {"to": "kim", "by": ["sms"]},
            ]
        }
    )
    life = Life([rule], luck=by_channel(sms=bounces, voice=bounces)).live()
    assert life.told()[:3] == [(0, "pat", "sms"), (0, "pat", "voice"), (0, "pat", "email")]
    nobody = Life([rule], luck=bounces).live()
    assert [contact for _, contact, _ in nobody.told()] == ["pat", "pat", "pat", "kim"]
    assert nobody.end == Unanswered(nobody.end.path, NOW, NOBODY_TOLD)


def test_one_of_two_people_who_cannot_be_reached_gets_another_channel_and_the_wait_stays() -> None:
    rule = DeliveryRule.model_validate(
        {"escalate": [{"to": ["pat", "kim"], "by": "sms", "else_by": "voice", "wait_minutes": 5}]}
    )

    def luck(state: Queued, now: datetime) -> Delivery:
        return bounces(state, now) if state.job.target.address == "+12025550192" else arrives(state, now)

    life = Life([rule], luck=luck).live()
    assert life.told() == [(0, "pat", "sms"), (0, "kim", "sms"), (0, "kim", "voice")]
    assert life.end == Unanswered(life.end.path, NOW + 5 * MINUTE, NOBODY_ANSWERED)


def test_what_keeps_failing_for_now_gives_way_when_its_time_is_over_and_is_not_doubled() -> None:
    rule = DeliveryRule.model_validate(
        {"escalate": [{"to": "pat", "by": "sms", "else_by": "voice", "wait_minutes": 5, "times": 2}]}
    )
    life = Life([rule], luck=by_channel(sms=keeps_failing)).live()
    assert life.told() == [(0, "pat", "sms"), (5, "pat", "voice"), (10, "pat", "voice")]
    assert isinstance(life.end, Unanswered)


def test_who_passes_it_on_is_not_asked_again_and_the_next_is_asked_at_once() -> None:
    def luck(state: Queued, now: datetime) -> Delivery:
        return passes_on(state, now) if state.job.target.contact == "pat" else arrives(state, now)

    rule = DeliveryRule.model_validate(
        {
            "escalate": [
                {"to": "pat", "by": "voice", "times": 3},
                {"to": ["pat", "kim"], "by": "voice", "wait_minutes": 7},
            ]
        }
    )
    life = Life([rule], luck=luck).live()
    assert life.told() == [(0, "pat", "voice"), (0, "kim", "voice")]
    assert life.end == Unanswered(life.end.path, NOW + 7 * MINUTE, NOBODY_ANSWERED)
    last = Life([DeliveryRule(to=("pat",), by=("voice",), until_acknowledged=True)], luck=passes_on).live()
    assert last.end == Unanswered(last.end.path, NOW, PASSED_ON)


def test_a_plain_rule_ends_when_it_arrived() -> None:
    rule = DeliveryRule(to=("office",), by=("email", "sms"))
    life = Life([rule]).live()
    assert life.told() == [(0, "office", "email"), (0, "office", "sms")]
    assert life.end == Told(life.end.path, NOW)
    half = Life([rule], luck=by_channel(sms=bounces)).live()
    assert isinstance(half.end, Told)
    none = Life([rule], luck=bounces).live()
    assert none.end == Unanswered(none.end.path, NOW, NOBODY_TOLD)


def test_a_plain_rule_waits_for_what_is_still_under_way() -> None:
    def accepted(state: Queued, now: datetime) -> Delivery:
        return Accepted(state.job, now, now, "ref")

    life = Life([DeliveryRule(to=("office",), by=("sms",))], luck=accepted)
    life.live(until=NOW + timedelta(hours=2))
    assert isinstance(life.end, Asking)
    for key, state in life.deliveries.items():
        assert isinstance(state, Accepted)
        life.deliveries[key] = state.delivered(life.now)
    life.live()
    assert isinstance(life.end, Told)


def test_a_task_for_agents_alone_is_all_that_a_plain_rule_may_want() -> None:
    life = Life([DeliveryRule(to=("agents",))])
    assert [task.words for task in life.tasks] == ["Message #1042: Reach somebody at the business by hand."]
    assert isinstance(life.end, Told)


def test_ways_that_were_never_verified_or_are_dead_are_passed_over_with_a_word() -> None:
    people = reach(but=[("sms", "+12025550192")], flagged=[("voice", "+12025550192")])
    rule = DeliveryRule.model_validate(
        {"escalate": [{"to": "kim", "by": ["sms"], "else_by": ["voice", "email"]}, {"to": "pat", "by": "sms"}]}
    )
    life = Life([rule], people=people).live()
    assert life.told() == [(0, "pat", "sms")]
    begun = begin(MESSAGE, [rule], HOURS, people, NOW, counting())
    assert begun.deliveries == ()
    assert [state.due for state in begun.escalations if isinstance(state, Asking)] == [NOW]


def test_rules_that_meet_at_one_address_make_one_delivery_with_the_stronger_of_both() -> None:
    little = DeliveryRule(to=("office",), by=("sms",), include=("name",), details="link")
    insistent = DeliveryRule(to=("pat",), by=("sms",), include=("reason",), until_acknowledged=True, max_sends=2)
    life = Life([little, insistent]).live()
    first, second = life.made
    assert first.asks and first.include == ("name", "reason") and not first.link_only
    assert (first.escalation_id, second.escalation_id) == tuple(life.states)
    assert second.created_at == NOW + 5 * MINUTE and second.include == ("reason",)
    assert [type(state) for state in life.states.values()] == [Told, Unanswered]


def test_a_message_that_no_rule_covers_takes_the_first() -> None:
    rules = [
        DeliveryRule(forms=("emergency",), to=("pat",), by=("sms",)),
        DeliveryRule(forms=("x",), to=("kim",), by=("sms",)),
    ]
    assert Life(rules).told() == [(0, "pat", "sms")]


def test_urgency_opening_hours_and_the_clock_choose_rules() -> None:
    rules = [
        DeliveryRule(urgency=("urgent",), to=("kim",), by=("voice",)),
        DeliveryRule(when=("open",), to=("office",), by=("email",)),
        DeliveryRule.model_validate({"hours": {"sun": ["09:00-12:00"]}, "to": "pat", "by": "sms"}),
        DeliveryRule.model_validate({"hours": {"sat": ["09:00-12:00"]}, "to": "pat", "by": "voice"}),
    ]
    # NOW is a Sunday, 09:06 in New York; closed.
    assert Life(rules, urgency="urgent").told() == [(0, "kim", "voice"), (0, "pat", "sms")]
    assert Life(rules).told() == [(0, "pat", "sms")]


def test_held_messages_wait_for_the_next_time_of_day() -> None:
    rule = DeliveryRule.model_validate({"to": "office", "by": "email", "hold": {"at": ["08:00", "16:30"]}})
    [held] = begin(MESSAGE, [rule], HOURS, reach(), NOW, counting()).escalations
    assert isinstance(held, Held)
    assert held.due.isoformat() == "2026-11-22T21:30:00+00:00"


# -- whatever happens --------------------------------------------------------------------------------------------------

CHANNELS = st.lists(st.sampled_from(["sms", "voice", "email"]), min_size=1, max_size=3, unique=True)


@st.composite
def steps(draw: st.DrawFn) -> dict[str, object]:
    by = draw(CHANNELS)
    names = draw(
        st.lists(st.sampled_from(["pat", "kim", "office", "agents", "gone"]), min_size=1, max_size=4, unique=True)
    )
    return {
        "to": names,
        "by": by,
        "else_by": [each for each in draw(CHANNELS) if each not in by],
        "wait_minutes": draw(st.integers(1, 30)),
        "times": draw(st.integers(1, 3)),
    }


@st.composite
def rules(draw: st.DrawFn) -> DeliveryRule:
    step = draw(steps())
    plain = {"to": step["to"], "by": step["by"], "else_by": step["else_by"]}
    shapes = [
        {"escalate": draw(st.lists(steps(), min_size=1, max_size=4))},
        plain,
        {**plain, "until_acknowledged": True},
    ]
    return DeliveryRule.model_validate(draw(st.sampled_from(shapes)))


LUCK = st.sampled_from([arrives, arrives, bounces, keeps_failing, passes_on])
WAYS = st.sets(
    st.sampled_from([(c, a) for c in ("sms", "voice") for a in ("+12025550191", "+12025550192")]), max_size=3
)


@given(st.lists(rules(), min_size=1, max_size=3), st.data(), WAYS)
def test_every_path_ends_and_never_silently(
    rules: list[DeliveryRule], data: st.DataObject, dead: set[tuple[str, str]]
) -> None:
    def luck(state: Queued, now: datetime) -> Delivery:
        return data.draw(LUCK)(state, now)

    life = Life(rules, luck=luck, people=reach(flagged=dead))
    life.live(until=NOW + timedelta(hours=8))
    for key, delivery in life.deliveries.items():  # in the end each delivery ends, too
        if isinstance(delivery, Queued):
            life.deliveries[key] = Alarm(delivery.job, life.now, "gave up")
    life.live(until=NOW + timedelta(days=60))
    reached = [each.job for each in life.deliveries.values() if isinstance(each, Delivered)]
    for state in life.states.values():
        assert isinstance(state, Told | Unanswered), state
        if isinstance(state, Told):
            assert not state.path.rule.asks
            assert reached or life.tasks
    bound = sum(step.times * (2 + len(step.else_by) * len(step.to)) for rule in rules for step in rule.steps)
    waits = 8 * 60 // 5 * len(rules)  # a plain rule looks every few minutes while something is under way
    assert life.looks <= 3 * bound + 2 * waits
    _nobody_twice_at_once(life.made, life.deliveries)


def _nobody_twice_at_once(made: Sequence[Job], deliveries: dict[str, Delivery]) -> None:
    """No address gets two texts in one moment, unless the first failed or told less than the other rule wants."""
    for first, second in _pairs(made):
        same = (first.target.channel, first.target.address) == (second.target.channel, second.target.address)
        if same and second.created_at - first.created_at < MINUTE and not isinstance(deliveries[first.id], Alarm):
            assert second.asks and not first.asks


def _pairs(made: Sequence[Job]) -> Iterator[tuple[Job, Job]]:
    return ((first, second) for at, first in enumerate(made) for second in made[at + 1 :])


@given(st.lists(steps(), min_size=1, max_size=4))
def test_when_nobody_answers_steps_come_exactly_after_the_waits(written: list[dict[str, object]]) -> None:
    rule = DeliveryRule.model_validate(
        {"escalate": [{**step, "to": ["pat", "kim"], "by": ["sms"], "else_by": []} for step in written]}
    )
    life = Life([rule]).live()
    expected, at = [], 0
    for step in rule.steps:
        for _ in range(step.times):
            expected += [(at, "pat", "sms"), (at, "kim", "sms")]
            at += step.wait_minutes
    assert life.told() == expected
    assert life.end == Unanswered(life.end.path, NOW + at * MINUTE, NOBODY_ANSWERED)


@given(st.lists(rules(), min_size=1, max_size=2), st.integers(0, 200))
def test_an_acknowledgement_of_the_last_text_ends_it_wherever_it_stands(
    rules: list[DeliveryRule], minutes: int
) -> None:
    life = Life(rules).live(until=NOW + minutes * MINUTE)
    asking = [state for state in life.states.values() if isinstance(state, Asking)]
    for state in asking:
        for key in state.sent:
            there = life.deliveries[key]
            if isinstance(there, Delivered):
                life.deliveries[key] = there.acknowledged(life.now, "Pat")
    so_far = len(life.made)
    answered = {state.path.id for state in asking if state.sent}
    for state in asking:
        if state.path.id in answered:
            move = advance(state, life.now, life.people, list(life.deliveries.values()), life.message, life.mint)
            assert isinstance(move.state, Taken)
    assert len(life.made) == so_far
