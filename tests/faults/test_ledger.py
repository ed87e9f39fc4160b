"""The ledger finds what it is there to find."""

from collections import Counter

from reports.facts import Kind
from tests.contract.samples import NOON, finished, queued
from tests.faults.ledger import CUT_OFF, FAILED, Kept, Ledger, Text

MESSAGE = finished(number=1001)
DELIVERY = queued(MESSAGE).leased(NOON, 60, "lease").delivered(NOON, "ref")
ID = DELIVERY.job.id
ONCE = Text(ID, "+12025550191", "#1001")


def ledger(times: int, *troubles: Kind) -> Ledger:
    """One message whose one text arrived so often."""
    return Ledger([Kept(MESSAGE, [], [DELIVERY])], [ONCE] * times, [], Counter((ID, kind) for kind in troubles))


def test_each_second_text_needs_a_reason_of_its_own() -> None:
    assert ledger(1).needlessly_twice() == []
    assert ledger(2).needlessly_twice() == ["#1001 by sms came 2 times; 0 attempts failed, 0 cut off"]
    for trouble in (FAILED, CUT_OFF):
        assert ledger(2, trouble).needlessly_twice() == []
        assert ledger(3, trouble).needlessly_twice() != []
    assert ledger(3, FAILED, CUT_OFF).needlessly_twice() == []


def test_a_text_was_cut_off_only_when_it_was_in_the_air() -> None:
    assert ledger(1, FAILED).needlessly_cut_off({}) == []
    assert ledger(1, CUT_OFF).needlessly_cut_off({ID: 1}) == []
    assert ledger(1, CUT_OFF).needlessly_cut_off({"another": 1}) == [f"{ID} was cut off 1 times, not 0"]
    assert ledger(1, CUT_OFF, CUT_OFF).needlessly_cut_off({ID: 1}) == [f"{ID} was cut off 2 times, not 1"]
