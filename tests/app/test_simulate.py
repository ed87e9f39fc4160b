"""Invented traffic on the command line."""

import argparse
import json
from pathlib import Path

import pytest

from app import cli, simulate
from app.figures_table import table

SMALL = ("--businesses", "40", "--agents", "6", "--hours", "2", "--profile", "flat")


def parsed(*words: str) -> argparse.Namespace:
    return cli.parser().parse_args(["simulate", *SMALL, *words])


def figures(*words: str) -> simulate.Simulated:
    return simulate.simulate(parsed(*words))


def test_what_it_prints_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate.run(parsed()) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0] == "40 businesses, 6 agents, 2 hours, seed 1"
    assert "calls  in target  promised  answered  abandoned  messages" in lines[2]
    assert lines[3].startswith("all businesses")
    assert "steps of the engine" in lines[-1]


def test_json_says_what_was_asked_and_what_came_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate.run(parsed("--json", "--seed", "7")) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["asked"]["seed"] == 7
    every = result["all"]
    assert every["offered"] == every["answered"] + every["abandoned"] + every["messages"] + every["other"]
    assert 200 < every["offered"] < 500
    assert 0.6 < result["occupancy"] < 0.9
    assert 1 <= len(result["worst"]) <= 10
    assert all(each["offered"] >= 20 for each in result["worst"])
    assert result["engine_steps"] > 3 * every["answered"]


def test_the_same_seed_gives_the_same_day_and_more_agents_a_better_one() -> None:
    once, again, other = figures(), figures(), figures("--seed", "2")
    assert once.all == again.all != other.all
    assert once.businesses == again.businesses
    busy, calm = figures("--load", "1.2"), figures("--load", "0.4")
    assert (busy.all.answered_in_target or 0.0) < (calm.all.answered_in_target or 0.0)
    assert (busy.all.abandoned_share or 0.0) > (calm.all.abandoned_share or 0.0)


def test_an_office_day_is_busy_in_the_morning_and_quiet_at_night() -> None:
    night = figures("--profile", "office", "--hours", "6")
    assert night.all.offered < 0.5 * figures("--hours", "6").all.offered


def test_who_still_waits_when_the_agents_go_is_not_left_hanging() -> None:
    assert figures("--load", "1.5", "--patience", "600").all.other == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--agents", "0"), "--agents has to be more than nothing"),
        (("--hours", "-1"), "--hours has to be more than nothing"),
        (("--plan", "nowhere.yaml"), "The plan nowhere.yaml cannot be read"),
    ],
)
def test_what_makes_no_sense_is_said(words: tuple[str, ...], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate.run(parsed(*words)) == 2
    assert reason in capsys.readouterr().err


def test_a_plan_s_queue_holds_for_all(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(
        """
answer_phrase: Harbor Plumbing
hours: {time_zone: UTC, weekly: always}
open: {queue: main}
closed: {queue: main}
queues:
  main:
    form: standard
    staffing: {ladder: [{pool: shared}], wrap_up_seconds: 0}
    overflow: [{message: standard}]
forms:
  standard: {title: Message, fields: [{key: name, label: Name}]}
contacts:
  office: {name: Office, email: office@harbor.test}
deliver: [{to: office, by: [email]}]
""",
        encoding="utf-8",
    )
    result = figures("--plan", str(file), "--load", "1.5")
    assert result.all.messages > 50
    assert result.all.abandoned == 0


def test_columns_are_as_wide_as_they_must_be() -> None:
    assert table(("a", "bcd"), [("first", ("100", "1")), ("no", ("2", "30"))]) == (
        "         a  bcd\nfirst  100    1\nno       2   30"
    )
