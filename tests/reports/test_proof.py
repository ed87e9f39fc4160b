"""Whatever is done to a chain of facts is found and named, but for what the module's docstring says cannot be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.facts import JSON, Fact, Kind
from reports.proof import Sealed, canonical, digest, place_of, verify, words_digest

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fact(n: int, **data: JSON) -> Fact:
    return Fact("call-1", NOON + timedelta(seconds=n), Kind.CALL_PRESSED, "harbor", None, {"n": n, **data}, "m1")


def chain(length: int = 6, before: int = 0) -> list[Sealed]:
    """A chain as it is written, the first facts of it from before chains were."""
    sealed = [Sealed(fact(n), "") for n in range(before)]
    for n in range(before, length):
        sealed.append(Sealed(fact(n), digest(sealed[-1].hash if sealed else "", fact(n))))
    return sealed


def places(sealed: list[Sealed]) -> list[int]:
    return [each.place for each in verify(sealed).breaks]


@pytest.mark.parametrize("length", [0, 1, 2, 50])
def test_a_chain_as_it_was_written_holds(length: int) -> None:
    verdict = verify(chain(length))
    assert verdict.holds
    assert (verdict.facts, verdict.unsealed) == (length, 0)
    assert verdict.last_hash == (chain(length)[-1].hash if length else "")


def test_facts_from_before_the_chain_began_are_said_to_be() -> None:
    verdict = verify(chain(6, before=2))
    assert (verdict.holds, verdict.unsealed) == (True, 2)
    assert str(verdict) == "6 facts, 2 of them from before the chain began: as they were written."


@pytest.mark.parametrize(
    "change",
    [
        {"at": NOON},
        {"kind": Kind.CALL_GREETED},
        {"business_id": "lakeside"},
        {"agent_id": "ana"},
        {"message_id": None},
        {"call_id": "call-2"},
        {"data": {"n": 3, "late": False}},
        {"data": {}},
    ],
)
@pytest.mark.parametrize("place", [0, 3, 5])
def test_a_changed_fact_is_found(change: dict[str, object], place: int) -> None:
    sealed = chain()
    sealed[place] = replace(sealed[place], fact=replace(sealed[place].fact, **change))  # type: ignore[arg-type]
    expected = [] if sealed[place].fact == chain()[place].fact else [place + 1]
    assert places(sealed) == expected
    if expected:
        assert f"Fact {place + 1} was changed" in str(verify(sealed))


def test_a_changed_fact_with_a_new_hash_breaks_the_next() -> None:
    sealed = chain()
    forged = replace(fact(2), agent_id="ana")
    sealed[2] = Sealed(forged, digest(sealed[1].hash, forged))
    assert places(sealed) == [4]


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_fact_taken_out_is_found(place: int) -> None:
    sealed = chain()
    del sealed[place]
    assert places(sealed) == [place + 1]
    assert "taken out" in str(verify(sealed))


def test_facts_that_changed_places_are_found() -> None:
    sealed = chain()
    sealed[2], sealed[3] = sealed[3], sealed[2]
    verdict = verify(sealed)
    assert [each.place for each in verdict.breaks] == [3, 4, 5]
    assert "Fact 4 was written right after fact 2" in verdict.breaks[1].reason


@pytest.mark.parametrize("hashed", [True, False])
@pytest.mark.parametrize("place", [1, 3])
def test_a_fact_put_in_is_found(place: int, hashed: bool) -> None:
    sealed = chain()
    forged = fact(99)
    sealed.insert(place, Sealed(forged, digest(sealed[place - 1].hash, forged) if hashed else ""))
    verdict = verify(sealed)
    assert place + 2 in [each.place for each in verdict.breaks]
    assert f"Fact {place + 2} was written right after fact {place}: what is between was not." in str(verdict)
    if not hashed:
        assert "has no hash" in verdict.breaks[0].reason


def test_a_fact_put_in_before_the_first_is_found() -> None:
    sealed = chain()
    sealed.insert(0, Sealed(fact(99), digest("", fact(99))))
    [found] = verify(sealed).breaks
    assert (found.place, found.fact) == (2, fact(0))
    assert "was the first of the chain" in found.reason


def test_a_chain_in_ruins_is_not_told_to_the_last_fact() -> None:
    assert len(verify([Sealed(fact(n), "0" * 64) for n in range(100)]).breaks) == 20


def test_a_tail_cut_off_is_not_found_but_shows_by_the_last_hash() -> None:
    cut = verify(chain()[:4])
    assert cut.holds
    assert cut.last_hash != verify(chain()).last_hash


def test_the_same_moment_in_another_zone_is_the_same_fact() -> None:
    there = fact(1).at.astimezone(timezone(timedelta(hours=-5)))
    assert canonical(replace(fact(1), at=there)) == canonical(fact(1))


@pytest.mark.parametrize(
    ("written", "read"),
    [(1.0, 1), (1e16, 10**16), (-0.0, 0), ((1, 2), [1, 2]), ({"b": 1, "a": 2}, {"a": 2, "b": 1}), (1e-7, 0.0000001)],
)
def test_what_a_database_gives_back_otherwise_is_the_same_fact(written: JSON, read: JSON) -> None:
    assert canonical(fact(1, value=written)) == canonical(fact(1, value=read))


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, "1"), (1.5, 1), (None, False), ([], {})])
def test_what_differs_is_not_the_same_fact(one: JSON, other: JSON) -> None:
    assert canonical(fact(1, value=one)) != canonical(fact(1, value=other))


@given(st.data())
def test_whatever_is_done_to_a_chain_is_found(data: st.DataObject) -> None:
    sealed = chain(8)
    place = data.draw(st.integers(0, 6), "place")  # the last cannot be missed when it is taken out
    match data.draw(st.sampled_from(["change", "hash", "drop", "double", "move"]), "deed"):
        case "change":
            sealed[place] = replace(sealed[place], fact=fact(100))
        case "hash":
            sealed[place] = replace(sealed[place], hash=digest("", fact(100)))
        case "drop":
            del sealed[place]
        case "double":
            sealed.insert(place, sealed[place])
        case _:
            sealed.insert(data.draw(st.integers(0, 6).filter(lambda to: to != place), "to"), sealed.pop(place))
    assert not verify(sealed).holds


def test_an_earlier_end_is_found_until_something_up_to_there_is_cut_off() -> None:
    sealed = chain()
    mailed = sealed[3].hash
    assert place_of(mailed, sealed) == 4
    assert place_of(mailed, sealed[:4]) == 4
    assert verify(sealed[:3]).holds, "the chain itself does not show what was cut off"
    assert place_of(mailed, sealed[:3]) is None
    assert place_of("", sealed) is None


def test_an_agents_words_cannot_be_changed_unseen() -> None:
    said = replace(fact(1), kind=Kind.TASK_DONE, data={"task": "t1", "noted": words_digest("t1", "She knows.")})
    before = replace(fact(0), kind=Kind.TASK_DONE, data={"task": "t0"})
    first = Sealed(before, digest("", before))
    sealed = [first, Sealed(said, digest(first.hash, said))]
    assert verify(sealed, {"t0": "written before words were covered", "t1": "She knows."}).holds
    for forged in ({"t1": "She does not."}, {}):
        [found] = verify(sealed, forged).breaks
        assert (found.place, "noted" in found.reason) == (2, True)
    assert verify(sealed).holds, "without the words only the facts are looked at"
