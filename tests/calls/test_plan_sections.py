"""A business changes its contacts on a page; what a supervisor wrote around them stays."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.plan_sections import with_sections
from calls.plan_source import Unreadable, read

HARBOR = (Path(__file__).parents[2] / "app" / "demo" / "harbor.yaml").read_text(encoding="utf-8")
CONTACTS = {"pat": {"name": "Pat", "sms": "+12025550192"}}


def test_all_other_lines_stay_as_they_are() -> None:
    changed = with_sections(HARBOR, {"contacts": CONTACTS})
    before, after = HARBOR.split("\ncontacts:\n")
    assert changed.startswith(f"{before}\ncontacts:\n")
    assert changed.endswith(after[after.index("\n\n") :])
    assert read(changed).data == read(HARBOR).data | {"contacts": CONTACTS}


def test_the_same_again_changes_no_line() -> None:
    data = read(HARBOR).data
    assert with_sections(HARBOR, {"contacts": data["contacts"], "deliver": data["deliver"]}) == HARBOR


def test_a_comment_belongs_to_the_section_below_it() -> None:
    plan = "contacts:\n  a: {name: A}  # our boss\n\n# how it goes out\ndeliver:\n  - {to: a}\n# the end\n"
    changed = with_sections(plan, {"contacts": CONTACTS})
    assert changed.endswith("\n\n# how it goes out\ndeliver:\n  - {to: a}\n# the end\n")
    assert with_sections(plan, {"deliver": [{"to": "b"}]}).endswith("# how it goes out\ndeliver:\n- to: b\n# the end\n")


def test_a_new_section_comes_at_the_end_and_an_old_one_goes() -> None:
    plan = "language: en\ndeliver: []\n"
    assert read(with_sections(plan, {"rotas": {"r": {"x": 1}}})).data == {
        "language": "en",
        "deliver": [],
        "rotas": {"r": {"x": 1}},
    }
    assert with_sections(plan, {"deliver": None}) == "language: en\n"
    assert with_sections(plan, {"rotas": None}) == plan


def test_a_plan_in_one_line_is_written_anew() -> None:
    changed = with_sections('{"language": "en", "contacts": {}}', {"contacts": CONTACTS})
    assert read(changed).data == {"language": "en", "contacts": CONTACTS}


def test_what_is_no_plan_is_refused() -> None:
    with pytest.raises(Unreadable):
        with_sections("- a\n- b\n", {"contacts": CONTACTS})


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-9999, 9999) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), inner),
    max_leaves=8,
)


SMALL = "# ours\nlanguage: en\n\ncontacts:\n  a: {name: A}\n# below\ndeliver: []\n"


@given(DATA.filter(lambda value: value is not None))
def test_whatever_is_put_in_is_read_back(value: object) -> None:
    changed = with_sections(SMALL, {"contacts": value})
    assert read(changed).data == read(SMALL).data | {"contacts": value}
