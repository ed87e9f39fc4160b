"""README.md says what the code does: settings, verbs, and an answering plan that can be used."""

import argparse
import re
from datetime import UTC, datetime

from app.cli import parser
from app.settings import Settings, read_settings
from calls.plan import parse_plan, plan_warnings
from ivr.menu import ToMenu, ToMessage
from tests.house.documents import read, section, table


def test_the_table_of_settings_is_the_settings() -> None:
    names = [row[0].strip("`") for row in table(section(read("README.md"), "Settings"))]
    assert sorted(names) == sorted(f"ANSWERLINE_{field.upper()}" for field in Settings.model_fields)


def test_the_defaults_in_the_table_are_the_defaults() -> None:
    settings = read_settings({})
    for name, default, _ in table(section(read("README.md"), "Settings")):
        if re.fullmatch(r"`[^`/]+`", default):  # those that say a value and not where it comes from
            value = getattr(settings, name.strip("`").removeprefix("ANSWERLINE_").lower())
            assert default.strip("`") == str(value), name


def test_the_settings_shown_as_examples_are_right() -> None:
    lines = re.findall(r"^ {4}(ANSWERLINE_[A-Z_]+)=(.+)$", read("README.md"), re.M)
    assert len(lines) > 5
    known = {f"ANSWERLINE_{field.upper()}" for field in Settings.model_fields}
    assert {name.removesuffix("_FILE") for name, _ in lines} <= known
    secrets = {"ANSWERLINE_TWILIO_API_SECRET": "a secret"}
    given = {name: value.strip('"') for name, value in lines if not name.endswith("_FILE")}
    assert read_settings(given | secrets).sms_provider == "twilio"


def test_the_table_of_commands_is_the_verbs() -> None:
    told = [row[0].strip("`").removeprefix("./answerline ") for row in table(section(read("README.md"), "Commands"))]
    actions = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    assert sorted(told) == sorted(actions[0].choices)


def test_the_plan_in_it_can_be_used_as_it_is() -> None:
    text = re.search(r"```yaml\n(.*?)```", read("README.md"), re.S)
    assert text
    plan = parse_plan(text[1])
    assert not plan_warnings(text[1])
    monday_noon = datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert plan.entry_at(monday_noon).target == ToMenu("main")
    assert plan.entry_at(datetime(2026, 12, 25, 17, tzinfo=UTC)).target == ToMessage("order")
