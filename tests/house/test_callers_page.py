"""docs/callers.md says what the code does: its plan and its list are read, and its figures are the ones that hold."""

import re
from datetime import UTC, datetime
from pathlib import Path

from accounts.caller_csv import MOST_LINES, ForList, read_csv
from accounts.callers import ListKind
from calls.caller_rules import CallerRules
from calls.plan_model import Plan
from calls.plan_source import read
from web.caller_files import MOST_BYTES, MOST_LISTED

PAGE = (Path(__file__).parents[2] / "docs" / "callers.md").read_text()


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_rules_shown_are_the_usual_ones_but_for_the_two_it_names() -> None:
    shown = CallerRules.model_validate(read(block("yaml")).data["callers"])
    assert shown.model_copy(update={"anonymous_text": None, "vip": None}) == CallerRules()
    assert set(read(block("yaml")).data) <= set(Plan.model_fields)


def test_the_list_shown_is_right_and_the_limits_are_the_ones_that_hold() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    entries, wrong = read_csv(block("csv"), ForList("harbor", "US", "America/New_York", now, "sue"))
    assert (wrong, [entry.kind for entry in entries]) == ([], [ListKind.VIP, ListKind.BLOCKED])
    for figure in (f"{MOST_LINES:,} lines", f"{MOST_BYTES // 1024**2} MB a file", f"{MOST_LISTED:,} callers a list"):
        assert figure in PAGE
