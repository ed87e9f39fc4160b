"""docs/queues.md says what plans may hold: its example is a right one, and its tables name every condition and step."""

import re
from pathlib import Path

from calls.overflow import Condition, OverflowStep
from calls.plan import parse_plan

PAGE = (Path(__file__).parents[2] / "docs" / "queues.md").read_text()
REST = """
answer_phrase: Good day.
hours: {time_zone: America/New_York, weekly: {mon: ["09:00-17:00"]}}
open: {queue: office}
closed: {message: standard}
forms: {standard: {title: Note, fields: [{key: name, label: Name, type: name}]}}
contacts: {desk: {name: Desk, email: desk@example.test}}
deliver: [{to: desk, by: [email]}]
"""


def test_the_example_is_a_right_plan() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    queue = parse_plan(example + REST).queues["office"]
    assert len(queue.recipe.steps) == 9


def test_every_condition_and_every_step_is_in_its_table() -> None:
    named = set(re.findall(r"^\| `(\w+):", PAGE, re.MULTILINE))
    both = set(re.findall(r", `(\w+):", PAGE))
    assert named | both >= set(Condition.model_fields) | set(OverflowStep.model_fields) - {"when", "every"}
