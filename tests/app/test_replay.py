"""Recorded days played again: by hand, and a day whose truth is known because it was simulated."""

import argparse
import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from app import cli, replay
from app.plan_file import BadPlanFile
from app.replay import CannotReplay, Change, House, change_of, compare, time_range
from app.replay_day import QueueRules, Setting, callers_of, play
from app.replay_plans import KnownPlans
from app.replay_record import Record, RecordedCall, read_record
from calls.plan import Plan, parse_plan
from reports.facts import JSON, Fact, Kind
from reports.queued import Ending
from routing.day import Day, Shift, Worker
from routing.day import Ending as Ended
from routing.model import Profile
from routing.recipe import Pool, Recipe, Staffing
from routing.traffic import HOUR, Habits, Source, callers

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SHARED = Recipe(Staffing(ladder=(Pool(pool="shared"),), wrap_up_seconds=10))
PLAN = """
answer_phrase: Harbor Plumbing
hours: {time_zone: America/New_York, weekly: always}
open: {queue: main}
closed: {queue: main}
queues:
  main: {form: standard, staffing: {ladder: [{pool: shared}], wrap_up_seconds: 10, target: {seconds: TARGET}}}
forms:
  standard: {title: Message, fields: [{key: name, label: Name}]}
contacts:
  office: {name: Office, email: office@harbor.test}
deliver: [{to: office, by: [email]}]
"""


def plan(target: int = 20) -> Plan:
    return parse_plan(PLAN.replace("TARGET", str(target)))


def fact(seconds: float, kind: str, call: str = "", agent: str | None = None, /, **data: JSON) -> Fact:
    return Fact(call, NINE + timedelta(seconds=seconds), Kind(kind), "harbor" if call else None, agent, data)


def answered(call: str, queued: float, rung: float, at: float, talk: float, agent: str = "ana") -> list[Fact]:
    """All facts of an answered call, with a wrap-up of ten seconds."""
    return [
        fact(queued, "call.queued", call, queue="main", needs={}, plan_version=1, priority=0),
        fact(rung, "offer.made", call, agent, offer=f"{call}-1"),
        fact(at, "call.connected", call, agent, offer=f"{call}-1", waited=at - queued),
        fact(at + talk, "call.talk_ended", call, agent, how="caller", seconds=talk),
        fact(at + talk, "call.ended", call, how="answered"),
        fact(at + talk, "agent.wrap_up_started", "", agent, call=call, seconds=10.0),
        fact(at + talk + 10, "agent.wrapped_up", "", agent, call=call, seconds=10.0),
    ]


def in_order(facts: Sequence[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda each: each.at)


def house(**versions: Plan) -> House:
    known = {("harbor", int(name[1:])): each for name, each in versions.items()}
    profiles = {name: Profile(name, pools={"shared": 0}) for name in ("ana", "ben")}
    return House(KnownPlans(known, {"harbor": next(iter(versions.values()))}), profiles, {"harbor": "Harbor Plumbing"})


def a_busy_minute() -> Record:
    """Ana answers two calls in turn, the third caller hangs up after 30 seconds."""
    facts = [
        fact(-3600, "agent.signed_in", "", "ana", device="phone", **{"for": "all"}),
        *answered("a", 0, 0, 2, 100),
        *answered("b", 10, 112, 114, 50),
        fact(20, "call.queued", "c", queue="main", needs=[], plan_version=1, priority=0),
        fact(50, "call.ended", "c", how="abandoned"),
    ]
    return read_record(in_order(facts), NINE, NINE + timedelta(seconds=600))


def options(**given: object) -> argparse.Namespace:
    return argparse.Namespace(**{"plan": [], "without": [], "more_agents": 0, "seed": 1, "json": False} | given)


def test_a_record_is_read_from_facts() -> None:
    record = a_busy_minute()
    a, b, c = record.calls
    assert (a.talk, a.wrap_up, a.queue, a.plan_version) == (100.0, 10.0, "main", 1)
    assert (b.what_became.waited, b.talk) == (104.0, 50.0)
    assert (c.what_became.ending, c.talk) == (Ending.ABANDONED, None)
    (ana,) = record.agents
    assert ana.shifts == (Shift(0.0, 600.0),)
    assert ana.answer_seconds == 2.0
    (time,) = record.times
    assert (time.talking, time.wrap_up, time.offered) == (150.0, 20.0, 4.0)


def test_pauses_missed_offers_and_choices_of_agents_are_read() -> None:
    facts = [
        fact(0, "agent.signed_in", "", "ana", **{"for": {"businesses": ["harbor"], "pools": []}}),
        fact(10, "offer.made", "a", "ana", offer="a-1"),
        fact(30, "offer.missed", "a", "ana", offer="a-1", why="missed"),
        fact(40, "agent.paused", "", "ana", reason="lunch"),
        fact(70, "agent.resumed", "", "ana"),
        fact(80, "agent.chose", "", "ana", **{"for": {"businesses": [], "pools": ["shared"]}}),
        fact(100, "agent.signed_out", "", "ana"),
        fact(200, "agent.signed_in", "", "ana", **{"for": {"businesses": [], "pools": ["shared"]}}),
    ]
    (ana,) = read_record(facts, NINE, NINE + timedelta(seconds=300)).agents
    assert ana.shifts == (Shift(0.0, 100.0, ((40.0, 70.0, "paused"),)), Shift(200.0, 300.0))
    assert ana.misses == {1}
    assert ana.only == (frozenset({"harbor"}), frozenset({"shared"}))


def test_what_is_replayed_as_it_was_is_as_it_was() -> None:
    comparison = compare(a_busy_minute(), house(v1=plan()), Change({}), 1)
    assert comparison.changed is None
    happened, replayed = comparison.happened, comparison.replayed
    assert dataclasses.replace(replayed.all, target_share=None) == dataclasses.replace(happened.all, target_share=None)
    assert replayed.occupancy == happened.occupancy
    assert (replayed.all.answered, replayed.all.abandoned, replayed.all.in_target) == (2, 1, 1)
    assert comparison.unknown_plans == 0


def test_another_agent_answers_who_had_to_wait() -> None:
    comparison = compare(a_busy_minute(), house(v1=plan()), Change({}, more=2), 1)
    assert comparison.changed is not None
    assert comparison.changed.all.answered == 3
    assert comparison.changed.all.longest_wait == 2.0
    assert comparison.assumed.patience == 2 and comparison.assumed.talks == 1


def test_without_the_agent_nobody_is_answered() -> None:
    comparison = compare(a_busy_minute(), house(v1=plan()), Change({}, without=frozenset({"ana"})), 1)
    assert comparison.changed is not None
    assert comparison.changed.all.answered == 0


def test_a_new_plan_holds_for_its_business_and_the_old_version_for_the_replay_as_it_was() -> None:
    comparison = compare(a_busy_minute(), house(v2=plan(60), v1=plan(20)), Change({"harbor": plan(110)}), 1)
    assert comparison.replayed.all.in_target == 1
    assert comparison.changed is not None
    assert comparison.changed.all.in_target == 2
    for_all = compare(a_busy_minute(), house(v1=plan()), Change({None: plan(110)}), 1)
    assert for_all.changed is not None and for_all.changed.all.in_target == 2


def test_calls_of_a_plan_that_is_not_stored_are_counted() -> None:
    assert compare(a_busy_minute(), house(v7=plan()), Change({}), 1).unknown_plans == 3


def test_what_cannot_be_replayed_is_said() -> None:
    record = a_busy_minute()
    empty = read_record([], NINE, NINE + timedelta(hours=1))
    with pytest.raises(CannotReplay, match="no call was queued from 2026-03-02 09:00 until 2026-03-02 10:00 UTC"):
        compare(empty, house(v1=plan()), Change({}), 1)
    with pytest.raises(CannotReplay, match="nobody of the name zoe was at work then; these were: ana"):
        compare(record, house(v1=plan()), Change({}, without=frozenset({"zoe"})), 1)
    with pytest.raises(CannotReplay, match="no call was queued for the business lakeside"):
        compare(record, house(v1=plan()), Change({"lakeside": plan()}), 1)


def test_times_are_read_as_people_write_them() -> None:
    day = datetime(2026, 3, 2, tzinfo=UTC)
    assert time_range("2026-03-02", "2026-03-02") == (day, day + timedelta(days=1))
    assert time_range("2026-03-02T09:00", "2026-03-02T10:30+01:00") == (NINE, NINE + timedelta(minutes=30))
    with pytest.raises(CannotReplay, match="is not after"):
        time_range("2026-03-02", "2026-03-01")
    with pytest.raises(CannotReplay, match='"yesterday" is no time; write a date like'):
        time_range("yesterday", "2026-03-01")


def test_a_wrong_plan_is_refused_with_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text(PLAN.replace("TARGET", "20").replace("form: standard", "form: nothing"), encoding="utf-8")
    with pytest.raises(BadPlanFile, match=r'line 7: There is no form "nothing"'):
        change_of(options(plan=[f"harbor={file}"]))
    with pytest.raises(BadPlanFile, match=r"cannot be read"):
        change_of(options(plan=[str(tmp_path / "none.yaml")]))
    with pytest.raises(CannotReplay, match="names no business"):
        change_of(options(plan=[f"={file}"]))
    with pytest.raises(CannotReplay, match="cannot be less than 0"):
        change_of(options(more_agents=-1))
    file.write_text(PLAN.replace("TARGET", "30"), encoding="utf-8")
    change = change_of(options(plan=[f"harbor={file}"], without=["ana"], more_agents=2))
    assert change.plans["harbor"].queues["main"].staffing.target.seconds == 30
    assert change.without == {"ana"}
    assert change.more == 2


def test_the_report_tells_the_difference_and_what_was_made_up() -> None:
    comparison = compare(a_busy_minute(), house(v1=plan()), Change({}, more=2), 1)
    text = comparison.as_text({"harbor": "Harbor Plumbing"}.__getitem__)
    assert "what happened" in text and "replayed as it was" in text and "replayed with the change" in text
    assert "Harbor Plumbing" in text and "+66.7" in text
    assert "talk and wrap-up of 1 call that nobody answered" in text
    data = json.loads(json.dumps(comparison.as_json()))
    assert data["businesses"]["harbor"]["changed"]["answered"] == 3
    assert data["all"]["happened"]["occupancy"] == data["all"]["replayed"]["occupancy"]


class TestADayWhoseTruthIsKnown:
    """Simulated, written down as facts, read and played again."""

    workers = tuple(
        Worker(Profile(f"agent-{number}", pools={"shared": 0}), (Shift(0.0, 4 * HOUR),), answer_seconds=3.0)
        for number in range(6)
    )
    sources = (Source("harbor", 90.0, SHARED), Source("lakeside", 60.0, SHARED))

    def facts(self) -> list[Fact]:
        day = Day(callers(self.sources, Habits(100.0, 0.8, 60.0, 0.0, 0.0), 4.0, Random(5)), self.workers)
        day.advance(4 * HOUR)
        assert not any(outcome.ending is Ended.MESSAGE for outcome in day.outcomes)
        found = [fact(0, "agent.signed_in", "", worker.profile.id, **{"for": "all"}) for worker in self.workers]
        for outcome in day.outcomes:
            call, at = outcome.call, outcome.call.arrived
            if outcome.left is not None and outcome.agent_id is not None:
                facts = answered(call.id, at, outcome.left - 3.0, outcome.left, outcome.talk, outcome.agent_id)
            else:
                facts = [fact(at, "call.queued", call.id, queue="main", plan_version=1)]
                if outcome.left is not None:
                    facts.append(fact(outcome.left, "call.ended", call.id, how="abandoned"))
            found += [dataclasses.replace(each, business_id=call.business_id) for each in facts]
        return in_order(found)

    def played(self, **more: int) -> tuple[Record, Mapping[str, float]]:
        record = read_record(self.facts(), NINE, NINE + timedelta(hours=4))
        rules = QueueRules(SHARED)
        profiles = {worker.profile.id: worker.profile for worker in self.workers}
        setting = Setting(lambda _: rules, lambda _: rules, profiles, **more)  # type: ignore[arg-type]
        return record, {call.id: call.waited for call in play(record, setting, seed=1).calls}

    def test_every_call_waits_as_it_did(self) -> None:
        record, waits = self.played()
        assert len(record.calls) > 500
        assert sum(call.what_became.ending is Ending.ABANDONED for call in record.calls) > 20
        truth = {call.what_became.id: call.what_became.waited for call in record.calls}
        wrong = [call for call in truth if waits[call] != pytest.approx(truth[call], abs=0.01)]
        assert len(wrong) <= 0.01 * len(truth)

    def test_with_more_agents_they_wait_less(self) -> None:
        record, waits = self.played(more=2)
        assert sum(waits.values()) < 0.7 * sum(call.what_became.waited for call in record.calls)

    def test_the_same_seed_makes_up_the_same(self) -> None:
        record = read_record(self.facts(), NINE, NINE + timedelta(hours=4))
        rules = QueueRules(SHARED)
        setting = Setting(lambda _: rules, lambda _: rules, {})
        assert callers_of(record, setting, Random(1)) == callers_of(record, setting, Random(1))
        assert callers_of(record, setting, Random(1)) != callers_of(record, setting, Random(2))


def test_patience_of_the_answered_is_longer_than_their_wait() -> None:
    record = a_busy_minute()
    rules = QueueRules(SHARED)
    made, assumed = callers_of(record, Setting(lambda _: rules, lambda _: rules, {}), Random(1))
    waited = {call.what_became.id: call.what_became.waited for call in record.calls}
    assert made[2].patience == 30.0
    assert all(each.patience is not None and each.patience > waited[each.call.id] for each in made[:2])
    assert made[2].talk in (100.0, 50.0)
    assert assumed.choices == 3


def test_needs_and_priority_follow_the_new_plan_and_keep_what_was_the_caller_s_own() -> None:
    (call, *_) = a_busy_minute().calls
    own: RecordedCall = dataclasses.replace(call, needs={"billing": 3, "es": 1}, priority=92)
    record = dataclasses.replace(a_busy_minute(), calls=[own])
    was = QueueRules(SHARED, {"billing": 3}, 2, "America/New_York")
    new = QueueRules(SHARED, {"plumbing": 1}, 5, "America/New_York")
    ((made,), _) = callers_of(record, Setting(lambda _: was, lambda _: new, {}), Random(1))
    assert made.call.needs == {"plumbing": 1, "es": 1}
    assert made.call.priority == 95
    assert made.call.midnight == -4 * HOUR  # nine in London is four in New York


def test_the_verb_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    given = cli.parser().parse_args(["replay", "--from", "2026-03-02", "--to", "soon"])
    assert replay.run(None, given) == 2  # type: ignore[arg-type]
    assert '"soon" is no time' in capsys.readouterr().err
