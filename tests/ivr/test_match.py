"""The digit matcher, by example and against a plain model of what it should do."""

from hypothesis import given
from hypothesis import strategies as st

from ivr.match import Entry, Invalid, Matched, NeedMore, NothingPressed, Wait

codes = st.frozensets(st.one_of(st.text("0123*", min_size=1, max_size=4), st.just("#")), min_size=1, max_size=8)
keys = st.text("0123*#", max_size=6)


def typed(codes: frozenset[str], keys: str) -> Matched | Invalid | NothingPressed:
    """Press the keys until they decide something, then let the time run out."""
    entry = Entry.of(codes)
    for key in keys:
        match entry.press(key):
            case NeedMore(more):
                entry = more
            case decided:
                return decided
    return entry.expire()


def test_a_code_that_begins_no_other_matches_at_once() -> None:
    assert Entry.of({"1", "2"}).press("1") == Matched("1")


def test_a_code_that_begins_another_waits_and_stands_when_nothing_follows() -> None:
    step = Entry.of({"1", "101"}).press("1")
    assert isinstance(step, NeedMore)
    assert step.wait is Wait.BETWEEN
    assert step.entry.expire() == Matched("1")
    assert typed(frozenset({"1", "101"}), "101") == Matched("101")


def test_pound_ends_an_entry_before_its_time() -> None:
    assert typed(frozenset({"1", "101"}), "1#") == Matched("1")
    assert typed(frozenset({"1", "101"}), "10#") == Invalid()
    assert typed(frozenset({"1"}), "#") == Invalid()


def test_pound_can_be_a_choice_of_its_own_and_still_ends_entries() -> None:
    assert typed(frozenset({"#", "1", "12"}), "#") == Matched("#")
    assert typed(frozenset({"#", "1", "12"}), "1#") == Matched("1")


def test_a_key_no_code_goes_on_with_is_invalid_at_once() -> None:
    assert Entry.of({"1", "101"}).press("9") == Invalid()
    assert typed(frozenset({"1", "101"}), "19") == Invalid()


def test_nothing_pressed_is_not_the_same_as_something_wrong() -> None:
    assert Entry.of({"1"}).expire() == NothingPressed()
    assert typed(frozenset({"101"}), "10") == Invalid()


@given(codes, keys)
def test_only_codes_match_and_only_by_what_was_typed(codes: frozenset[str], keys: str) -> None:
    match typed(codes, keys):
        case Matched(code):
            assert code in codes
            assert keys.startswith(code)
        case NothingPressed():
            assert keys == ""
        case Invalid():
            assert keys


@given(codes, st.data())
def test_every_code_can_be_entered(codes: frozenset[str], data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(sorted(codes)))
    assert typed(codes, code) == Matched(code)
    if code != "#":
        assert typed(codes, code + "#") == Matched(code)


@given(codes, keys)
def test_it_asks_for_more_exactly_while_a_longer_code_can_still_come(codes: frozenset[str], keys: str) -> None:
    entry, so_far = Entry.of(codes), ""
    for key in keys.replace("#", ""):
        so_far += key
        longer = any(code != so_far and code.startswith(so_far) for code in codes)
        step = entry.press(key)
        assert isinstance(step, NeedMore) == longer
        if not isinstance(step, NeedMore):
            assert step == (Matched(so_far) if so_far in codes else Invalid())
            break
        entry = step.entry
