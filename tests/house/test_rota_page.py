"""docs/rota.md says who is on call: its examples are right rotas, and its table is what they come to."""

import datetime as dt
import re
import zoneinfo
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from accounts.contacts import Contact
from accounts.rota import Changes, Rota, RotaHoliday, Rotation, Shift, on_call, problems
from calls.card import on_call_parts
from calls.on_call import NOBODY, NOT_KNOWN, rotas_now
from calls.plan import Plan, parse_plan
from messages.reach import Reach
from tests.calls.test_plan import GOOD

PAGE = (Path(__file__).parents[2] / "docs" / "rota.md").read_text()
ZONE = "America/New_York"
FIRST, SECOND, SCRIPT = (
    YAML(typ="safe").load(example) for example in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
)
CONTACTS = {key: Contact.model_validate(each) for key, each in FIRST["contacts"].items()}
TOLD = re.findall(r"^\| (\w+day) (\d{4}-\d\d-\d\d \d\d:\d\d) \| ([\w, ]+) \| (.+) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("written", [FIRST["rotas"]["plumber"], SECOND["rotas"]["nights"]])
def test_the_examples_are_right_rotas(written: dict[str, Any]) -> None:
    assert problems(Rota.model_validate(written), CONTACTS) == []


@pytest.mark.parametrize(("weekday", "when", "who", "because"), TOLD)
def test_the_table_is_what_the_example_comes_to(weekday: str, when: str, who: str, because: str) -> None:
    at = dt.datetime.fromisoformat(when).replace(tzinfo=zoneinfo.ZoneInfo(ZONE))
    assert f"{at:%A}" == weekday
    duties = on_call(Rota.model_validate(FIRST["rotas"]["plumber"]), "plumber", ZONE, at, Changes())
    assert ", ".join(duty.contact for duty in duties) == who
    assert {duty.because for duty in duties} == {because}


def test_the_table_is_found() -> None:
    assert len(TOLD) == 5


@pytest.mark.parametrize("model", [Rota, Shift, Rotation, RotaHoliday])
def test_every_key_is_named(model: type[Rota | Shift | Rotation | RotaHoliday]) -> None:
    words = set(re.findall(r"\w+", PAGE))
    assert set(model.model_fields) <= words


def test_the_sentence_about_a_hole_is_the_one_people_read() -> None:
    (sentence,) = re.findall(r'"(Nobody is on call[^"]*)"', PAGE)
    every_day = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
    rota = Rota.model_validate(
        {"shifts": [{"who": "ann", "hours": {**every_day, "sun": ["00:00-08:00", "20:00-24:00"]}}]}
    )
    assert problems(rota, CONTACTS) == [((), " ".join(sentence.split()))]


def test_the_script_reads_as_the_page_says() -> None:
    plan = Plan.model_validate(
        parse_plan(GOOD).model_dump(mode="json")
        | {"contacts": FIRST["contacts"], "rotas": FIRST["rotas"], "script": SCRIPT["script"]}
    )
    at = dt.datetime(2026, 11, 10, 22, tzinfo=zoneinfo.ZoneInfo(ZONE))
    parts = on_call_parts(plan, rotas_now(plan, Reach(ZONE, plan.contacts, plan.rotas), at))
    (sentence,) = re.findall(r'"(On call now: [^"]*)"', PAGE)
    assert parts["script"].splitlines()[-1] == sentence
    words = " ".join(PAGE.split())
    assert f'"{NOBODY}"' in words
    assert f'"{NOT_KNOWN}"' in words
