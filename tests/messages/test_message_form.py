import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from messages.form import Field, Form, check_answers

FORM = Form(
    title="New patient",
    fields=(
        Field(key="name", label="Name", type="name", required=True),
        Field(key="phone", label="Phone", type="phone"),
        Field(key="mail", label="E-mail", type="email"),
        Field(key="kind", label="Visit", type="choice", choices=("Check-up", "Pain", "Other")),
        Field(key="age", label="Age", type="number"),
        Field(key="insured", label="Insured", type="yes_no"),
        Field(key="day", label="Day", type="date"),
        Field(key="hour", label="Hour", type="time"),
        Field(key="why", label="Why", type="long_text"),
    ),
)


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ({"key": "Name", "label": "Name"}, "small letter"),
        ({"key": "caller_number", "label": "Number"}, "something else"),
        ({"key": "a", "label": " "}, "label"),
        ({"key": "a", "label": "A", "choices": ["x", "y"]}, "not choice"),
        ({"key": "a", "label": "A", "type": "choice"}, "at least two"),
        ({"key": "a", "label": "A", "type": "choice", "choices": ["x", "X"]}, "twice"),
        ({"key": "a", "label": "A", "type": "choice", "choices": ["x", ""]}, "1 to 80"),
        ({"key": "a", "label": "A", "colour": "red"}, "Extra inputs"),
    ],
)
def test_a_field_that_cannot_work_is_refused_in_words(field: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Field.model_validate(field)


def test_a_form_has_fields_and_no_key_twice() -> None:
    with pytest.raises(ValidationError, match="between 1 and 40 fields"):
        Form(title="Empty", fields=())
    with pytest.raises(ValidationError, match='Two fields have the key "a"'):
        Form(title="Twice", fields=(Field(key="a", label="A"), Field(key="a", label="B")))


def test_good_answers_come_out_in_one_shape() -> None:
    kept, problems = check_answers(
        FORM,
        {
            "name": "  Ann\tLee ",
            "phone": "(202) 555-0142",
            "mail": "ann@example.test",
            "kind": "check-UP",
            "age": "41",
            "insured": "Y",
            "day": "2026-03-31",
            "hour": "09:30",
            "why": "It hurts.\r\nA lot.",
        },
        "US",
    )
    assert problems == {}
    assert kept == {
        "name": "Ann Lee",
        "phone": "+12025550142",
        "mail": "ann@example.test",
        "kind": "Check-up",
        "age": "41",
        "insured": "yes",
        "day": "2026-03-31",
        "hour": "09:30",
        "why": "It hurts.\nA lot.",
    }


def test_each_wrong_answer_has_its_sentence_and_is_kept_as_typed() -> None:
    typed = {
        "phone": "call me",
        "mail": "ann at example",
        "kind": "Surgery",
        "age": "NaN",
        "insured": "perhaps",
        "day": "31/03/2026",
        "hour": "half past",
        "why": "x" * 5000,
        "other": "words",
    }
    kept, problems = check_answers(FORM, typed)
    assert set(problems) == {*typed, "name"}
    assert problems["name"] == "Name is needed."
    assert all(sentence.endswith(".") for sentence in problems.values())
    assert kept["phone"] == "call me"
    assert len(kept["why"]) == 4000
    assert "other" not in kept


def test_the_region_decides_how_a_national_number_is_read() -> None:
    assert check_answers(FORM, {"name": "A", "phone": "020 7946 0018"}, "GB")[0]["phone"] == "+442079460018"


def test_empty_answers_are_no_answers() -> None:
    kept, problems = check_answers(FORM, {"name": "Ann", "phone": "  ", "gone": ""})
    assert (kept, problems) == ({"name": "Ann"}, {})


@given(st.dictionaries(st.sampled_from([f.key for f in FORM.fields]), st.text(st.characters(), max_size=400)))
def test_no_answer_keeps_a_control_character_and_checking_twice_changes_nothing(answers: dict[str, str]) -> None:
    kept, problems = check_answers(FORM, answers)
    for key, answer in kept.items():
        assert all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cs") for c in answer)
        assert "\n" not in answer or key == "why"
    again, problems_again = check_answers(FORM, kept)
    assert again == kept
    assert problems_again.keys() == problems.keys() or "too long" in str(problems)
