"""Answering plans: what is read, what is refused and in which line, and that nothing is lost on the way back."""

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo_world import PLANS
from calls.plan import Plan, PlanError, Problem, dump_plan, parse_plan, plan_warnings
from calls.plan_source import read, write
from ivr.menu import ForwardTo, ToMenu, ToMessage, ToQueue
from ivr.prompts import Say

GOOD = """\
language: en-US
answer_phrase: Good day, this is the test.
hours:
  time_zone: America/New_York
  weekly: {mon: ["09:00-17:00"]}
  holidays: [{name: Holiday, date: 2026-11-23}]
open: {menu: main}
closed: {greeting: We are closed., message: note}
holiday: {queue: office}
menus:
  main:
    greeting: Hello.
    choices:
      1: {say: To speak with someone, queue: office}
      2: {say: For more, menu: more}
  more:
    choices:
      1: {say: To leave a message, message: note}
    then: {menu: main}
queues:
  office: {form: note}
forms:
  note:
    title: Note
    fields:
      - {key: name, label: Name, type: name}
contacts:
  desk: {name: Desk, email: desk@example.test, sms: +12025550142}
deliver:
  - {to: desk, by: [email, sms]}
"""


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


CLIPS = """
    greeting: Hello.
    prompt: [First., {clip: prompt}]
    invalid: {en-US: {clip: invalid}, es-US: [Perdón., {clip: otra-vez}]}
    choices:
      1: {say: {clip: talk}, queue: office}
      2: {say: {clip: spanish}, language: en-US, menu: more}
      9: {hang_up: {clip: bye}}
    extensions:
      5: {hang_up: {clip: secret}}
"""


def test_every_recording_a_plan_names_must_be_there_and_is_refused_in_its_line() -> None:
    text = GOOD[: GOOD.index("    greeting: Hello.")] + CLIPS[1:] + GOOD[GOOD.index("  more:") :]
    text = text.replace("greeting: We are closed.", "greeting: {clip: closed}")
    text = text.replace(
        "office: {form: note}",
        "office: {form: note, hold_text: {clip: hold}}\n  odd: {form: note, hold_text: {clip: odd}}",
    )
    text += "blocked_text: {clip: blocked}\n"
    named = {clip for _, clip in parse_plan(text).clips()}
    assert named == set(re.findall(r"clip: ([a-z-]+)", text))
    plan_warnings(text, named)
    plan_warnings(text)
    lines = text.splitlines()
    with pytest.raises(PlanError) as refused:
        plan_warnings(text, named - {"closed", "otra-vez", "odd", "secret", "spanish"})
    found = {(problem.path, lines[problem.line - 1].strip()) for problem in refused.value.problems}
    assert {path for path, _ in found} == {
        "closed.greeting.clip",
        "menus.main.invalid.es-US.1.clip",
        "menus.main.choices.2.say.clip",
        "menus.main.extensions.5.hang_up.clip",
        "queues.odd.hold_text.clip",
    }
    assert all("clip" in line for _, line in found)


def problems(text: str) -> list[Problem]:
    with pytest.raises(PlanError) as refused:
        parse_plan(text)
    assert refused.value.problems
    return refused.value.problems


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo("America/New_York"))  # type: ignore[arg-type,misc]


def test_day_night_and_holiday_are_answered_each_in_its_own_way() -> None:
    plan = parse_plan(GOOD)
    day = plan.entry_at(at(2026, 11, 30, 10))
    assert (day.open, day.target, day.greeting) == (True, ToMenu("main"), None)
    night = plan.entry_at(at(2026, 11, 30, 20))
    assert (night.open, night.target) == (False, ToMessage("note"))
    assert night.greeting is not None
    assert night.greeting.prompts("en-US") == (Say("We are closed.", "en-US"),)
    holiday = plan.entry_at(at(2026, 11, 23, 10))
    assert (holiday.open, holiday.target) == (False, ToQueue("office"))


def test_what_is_left_out_has_its_usual_value() -> None:
    plan = parse_plan(GOOD)
    assert plan.fallback == ToMessage("note")
    assert plan.time_zone == "America/New_York"
    assert plan.contacts["desk"].sms == "+12025550142", "an unquoted number keeps its plus sign"
    assert plan.needs(plan.queues["office"], "en-US") == {}
    assert plan.needs(plan.queues["office"], "es-MX") == {"es": 1}


@pytest.mark.parametrize(
    ("text", "line", "path", "reason"),
    [
        (changed("language: en-US", "langage: en-US"), 1, "langage", 'did you mean "language"?'),
        (
            changed("{say: For more, menu: more}", "{say: For more, meun: more}"),
            15,
            "menus.main.choices.2.meun",
            "menu",
        ),
        (changed("office: {form: note}", "office: {form: note, staffing: {ring_second: 9}}"), 21, "", "ring_seconds"),
        (changed("answer_phrase: Good day, this is the test.\n", ""), 1, "answer_phrase", '"answer_phrase" is missing'),
        (changed("America/New_York", "America/NewYork"), 4, "hours.time_zone", "is not a time zone"),
        (changed("09:00-17:00", "9-5"), 5, "hours.weekly.mon.0", "write it like 09:00-17:00"),
        (changed("2026-11-23", "soon"), 6, "hours.holidays.0.date", "write it like 2026-12-25"),
        (changed("open: {menu: main}", "open: {menu: mian}"), 7, "open.menu", 'There is no menu "mian"'),
        (changed("holiday: {queue: office}", "holiday: {queue: offices}"), 9, "holiday.queue", "There is no queue"),
        (changed("menu: more}", "menu: more, queue: office}"), 15, "menus.main.choices.2", "not queue and menu"),
        (changed("{say: For more, menu: more}", "{say: For more}"), 15, "menus.main.choices.2", "one place to go"),
        (changed("menu: more}", "forward: 12}"), 15, "menus.main.choices.2.forward", "too short"),
        (changed("      2: {say", "      x: {say"), 15, "menus.main.choices.x", "cannot be pressed"),
        (changed("message: note}\n    then", "message: not}\n    then"), 18, "", 'There is no form "not"'),
        (changed("office: {form: note}", "office: {form: notes}"), 21, "queues.office.form", "There is no form"),
        (
            changed("office: {form: note}", "office: {form: note, ask_name: maybe}"),
            21,
            "queues.office.ask_name",
            "true",
        ),
        (changed("office: {form: note}", "office: {form: 5}"), 21, "queues.office.form", "must be text"),
        (changed("type: name}", "type: nom}"), 26, "forms.note.fields.0.type", "must be 'text'"),
        (changed("+12025550142", "+1202"), 28, "contacts.desk.sms", "too short"),
        (changed("desk@example.test", "desk"), 28, "contacts.desk.email", "is not an e-mail address"),
        (changed("to: desk", "to: disk"), 30, "deliver.0.to", 'There is no contact or rota "disk"'),
        (changed("email: desk@example.test, ", ""), 30, "deliver.0.by.0", "no address for email"),
        (changed("by: [email, sms]}", "by: [email], forms: [other]}"), 23, "forms.note", "reach"),
        (
            changed("    greeting: Hello.", "    greeting: {fr: Salut.}"),
            12,
            "menus.main.greeting",
            "not a language the service speaks",
        ),
        (changed("    greeting: Hello.", "    greeting: [Hello., {clip: ../x}]"), 12, "menus.main.greeting.1.clip", ""),
        (changed("    greeting: Hello.", "    tries: many"), 12, "menus.main.tries", "a whole number"),
        (changed("    greeting: Hello.", "    tries: 99"), 12, "menus.main.tries", "at most 10"),
        (changed("open: {menu: main}", "open: {hang_up: Bye.}"), 7, "open.hang_up", "to leave a message"),
        (changed("then: {menu: main}", "then: {menu: more}"), 19, "menus.more.then", "goes in a circle"),
        (changed("answer_phrase: Good", "answer_phrase: : Good"), 2, "", "This is not YAML"),
        (changed("language: en-US", "language: en-US\nlanguage: es-US"), 2, "language", "here already, in line 1"),
        (changed("      2: {say", "      1: {say"), 15, "menus.main.choices.1", "here already, in line 14"),
        (changed("closed: {", "closed: &c {"), 8, "", ""),
        (changed("language: en-US", "language: !!python/name:os.system en-US"), 1, "language", "Tags"),
        (changed("holiday: {queue: office}", "region: XX"), 9, "region", "is not a country"),
        ("", 1, "", "A plan is a set of keys"),
        ("- a\n- b", 1, "", "A plan is a set of keys"),
        ("a: \x07", 1, "", "This is not YAML"),
        ("[" * 3000, 1, "", ""),
        ("a: " + "[" * 40 + "]" * 40, 1, "", "nested too deeply"),
        ("a: " + "x" * 300_000, 1, "", "too long"),
    ],
)
def test_what_is_wrong_is_told_with_line_place_and_reason(text: str, line: int, path: str, reason: str) -> None:
    if "&c" in text:
        text += "again: *c\n"
        line, reason = 31, "aliases"
    first = problems(text)[0]
    assert reason in first.reason
    assert first.line == line
    if path:
        assert first.path == path
    assert "pydantic" not in first.reason
    assert first.reason.endswith((".", "?"))


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_the_lines() -> None:
    text = changed("menu: more}", "menu: moer}").replace("to: desk", "to: disk")
    found = problems(text)
    assert [problem.line for problem in found] == [15, 30]


def test_a_circle_of_several_menus_without_an_exit_is_found() -> None:
    text = changed("1: {say: To speak with someone, queue: office}", "1: {say: Again, repeat: true}")
    text = text.replace("2: {say: For more, menu: more}", "2: {say: For more, menu: more}\n    then: {menu: more}")
    text = text.replace("1: {say: To leave a message, message: note}", "1: {say: Back, back: true}")
    found = problems(text)
    assert {problem.path for problem in found} >= {"menus.main", "menus.more"}
    assert "reach nobody" in found[0].reason


def test_words_are_missing_only_in_a_language_in_which_callers_come() -> None:
    spanish = changed("{say: For more, menu: more}", "{say: Para español, language: es-US, menu: more}")
    found = problems(spanish)
    assert [(problem.line, problem.path) for problem in found] == [
        (12, "menus.main.greeting"),  # more leads back to main, now in Spanish
        (14, "menus.main.choices.1.say"),
        (18, "menus.more.choices.1.say"),
    ]
    assert "es-US" in found[0].reason
    both = (
        spanish.replace("greeting: Hello.", "greeting: {en-US: Hello., es-US: Hola.}")
        .replace("say: To speak with someone", "say: {en-US: To speak with someone, es-US: Para hablar}")
        .replace("say: To leave a message", "say: {en-US: To leave a message, es-US: Para dejar un mensaje}")
    )
    said = set(parse_plan(both).prompts())
    assert Say("Para hablar, oprima uno.", "es-US") in said
    assert Say("Hola.", "es-US") in said


def test_a_menu_repeated_in_another_language_needs_its_words() -> None:
    found = problems(changed("{say: For more, menu: more}", "{say: Español, language: es-US, repeat: true}"))
    assert [problem.path for problem in found] == ["menus.main.greeting", "menus.main.choices.1.say"]
    found = problems(changed("{say: To leave a message, message: note}", "{say: Español, language: es, back: true}"))
    assert "cannot change the language" in found[0].reason


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("0101", "0101"),
        ("+12025550142", "+12025550142"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("2.5", 2.5),
        ("true", True),
        ("yes", "yes"),
        ("2026-11-23", "2026-11-23"),
        ("", None),
        ("09:30", "09:30"),
    ],
)
def test_figures_that_a_number_would_change_stay_text(written: str, value: object) -> None:
    assert read(f"a: {written}").data == {"a": value}


def test_what_nobody_comes_to_is_a_warning() -> None:
    text = changed("{say: For more, menu: more}", "{say: Again, repeat: true}")
    assert [(problem.line, problem.reason) for problem in plan_warnings(text)] == [
        (16, 'No call ever comes to the menu "more".')
    ]
    assert plan_warnings(GOOD) == []


def test_callers_are_sorted_in_the_usual_way_unless_the_plan_says_another() -> None:
    usual = parse_plan(GOOD)
    assert (usual.callers.anonymous, usual.vip_target, usual.callers.vip_priority) == ("answer", ToQueue("office"), 90)
    assert (usual.callers.caps.calls, usual.callers.caps.minutes, usual.callers.caps.then) == (10, 10, "message")
    rules = "{anonymous: refuse, vip: {forward: (202) 555-0188}, caps: {calls: 3, then: refuse}}"
    own = parse_plan(f"{GOOD}callers: {rules}\n")
    assert own.vip_target == ForwardTo("+12025550188")
    assert (own.callers.anonymous, own.callers.caps.calls) == ("refuse", 3)
    assert parse_plan(dump_plan(own)) == own


def test_vips_who_have_no_queue_to_go_to_are_answered_like_everybody() -> None:
    text = GOOD.replace("queue: office", "message: note").replace("queues:\n  office: {form: note}\n", "")
    assert parse_plan(text).vip_target is None


@pytest.mark.parametrize(
    ("rules", "path", "says"),
    [
        ("{vip: {queue: nowhere}}", "callers.vip.queue", 'There is no queue "nowhere".'),
        ("{vip: {menu: nowhere}}", "callers.vip.menu", 'There is no menu "nowhere".'),
        ("{vip: {hang_up: true}}", "callers.vip.hang_up", "must be able to reach somebody"),
        ("{vip: {}}", "callers.vip", "say one place to go"),
        ("{anonymous: refused}", "callers.anonymous", "'answer', 'message' or 'refuse'"),
        ("{anonymous_text: {es-US: Hola.}}", "callers.anonymous_text", "no words in en-US"),
        ("{vip_priority: 101}", "callers.vip_priority", "at most 100"),
        ("{caps: {calls: 0}}", "callers.caps.calls", "at least 1"),
        ("{cap: {calls: 1}}", "callers.cap", 'did you mean "caps"?'),
        ("{vip: {queu: office}}", "callers.vip.queu", 'did you mean "queue"?'),
    ],
)
def test_what_is_wrong_with_the_rules_for_callers_is_said_with_its_place(rules: str, path: str, says: str) -> None:
    text = f"{GOOD}callers: {rules}\n"
    found = {problem.path: problem for problem in problems(text)}
    assert path in found
    assert says.casefold() in found[path].reason.casefold()
    assert found[path].line == text.count("\n")


def test_a_queue_only_vips_come_to_is_in_use() -> None:
    text = GOOD.replace("office: {form: note}", "office: {form: note}\n  direct: {form: note, hold_text: Soon.}")
    assert [warning.path for warning in plan_warnings(text)] == ["queues.direct"]
    assert plan_warnings(text + "callers: {vip: {queue: direct}}\n") == []


@pytest.mark.parametrize("file", sorted(PLANS.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_demos_plans_are_right_and_survive_the_way_out_and_back(file: Path) -> None:
    text = file.read_text()
    plan = parse_plan(text)
    assert plan_warnings(text) == []
    assert parse_plan(dump_plan(plan)) == plan
    assert Plan.model_validate(plan.model_dump(mode="json")) == plan


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=30), st.integers(), st.booleans(), st.none())))
def test_any_text_in_a_plan_is_written_so_that_it_is_read_back(data: dict[str, object]) -> None:
    assert read(write({"plan": data})).data == {"plan": data}


@settings(max_examples=25, deadline=None)
@given(
    st.text(min_size=1, max_size=300),
    st.text(max_size=300),
    st.text(min_size=1, max_size=50),
    st.integers(1, 10),
    st.floats(10, 300, allow_nan=False),
)
def test_plans_with_any_words_and_figures_go_out_and_come_back(
    phrase: str, script: str, words: str, tries: int, seconds: float
) -> None:
    plan = parse_plan(GOOD)
    data = plan.model_dump(mode="json") | {"answer_phrase": phrase, "script": script}
    data["menus"]["main"] |= {"greeting": {"en-US": words, "es-US": [words, words]}, "tries": tries}
    data["queues"]["office"]["announce_seconds"] = seconds
    made = Plan.model_validate(data)
    assert parse_plan(dump_plan(made)) == made


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_plan_is_refused_in_order_or_read_never_anything_else(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 40)))
    text = GOOD[:start] + data.draw(st.text(max_size=10)) + GOOD[end:]
    try:
        parse_plan(text)
    except PlanError as error:
        assert error.problems == sorted(error.problems)
        assert all(1 <= problem.line <= len(text.splitlines()) + 1 for problem in error.problems)
