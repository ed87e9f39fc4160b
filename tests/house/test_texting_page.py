"""docs/texting.md says what people can text: each example is understood as it says, and answered as it says."""

import re
from datetime import timedelta

import pytest

from calls.control import MOST_ANSWERS, UNDONE_WITHIN
from messages.control import (
    LONGEST_AWAY,
    CallBack,
    Command,
    Help,
    In,
    NotUnderstood,
    Ok,
    OnCall,
    Out,
    Status,
    Undo,
    understand,
)
from messages.delivery import RECEIPT_SECONDS
from tests.calls.texting import KIM, MONDAY, PAT, Texting
from tests.house.documents import read, section, table

PAGE = read("docs/texting.md")
FIVE_PM = "I come at 5pm"
ZONE = "America/New_York"


MEANT: dict[str, Command] = {
    "1001ok": Ok(1001),
    "OK 1001": Ok(1001),
    "1ok": Ok(1),
    "ok": Ok(None),
    "OUT until 3pm": Out(MONDAY + timedelta(hours=1)),
    "OUT until Monday 7am": Out(MONDAY + timedelta(days=6, hours=16)),  # the clock springs forward on the Sunday
    "out for 2 hours": Out(MONDAY + timedelta(hours=2)),
    "OUT": Out(None),
    "IN": In(),
    "ONCALL Pat until 8am": OnCall("Pat", MONDAY + timedelta(hours=18)),
    "on call Pat": OnCall("Pat", None),
    "ONCALL me until 10pm": OnCall("", MONDAY + timedelta(hours=8)),
    "CALL HER say I come at 5pm": CallBack(None, FIVE_PM),
    "CALL 1001 say I come at 5pm": CallBack(1001, FIVE_PM),
    "STATUS": Status(),
    "UNDO": Undo(),
    "HELP": Help(),
}


def code(cell: str) -> str:
    found = re.fullmatch(r"`(.+)`", cell)
    assert found, cell
    return found[1]


def test_every_example_of_the_table_is_understood_as_it_says() -> None:
    written = [code(row[0]) for row in table(section(PAGE, "What you can text"))]
    assert {text: understand(text, MONDAY, ZONE) for text in written} == MEANT


@pytest.mark.parametrize("text", [f"CALL {who} say {FIVE_PM}" for who in ("HIM", "THEM", "BACK")])
def test_whoever_is_called_back(text: str) -> None:
    assert f"`{text.split(' say')[0]}`" in PAGE
    assert understand(text, MONDAY, ZONE) == CallBack(None, FIVE_PM)


def test_each_way_to_write_a_time_is_one() -> None:
    [times] = re.findall(r"business's clock: (.*?)\. A time", PAGE, re.DOTALL)
    written = re.findall(r"`(.+?)`", times)
    assert len(written) == 6
    for time in written:
        assert not isinstance(understand(f"OUT until {time}", MONDAY, ZONE), NotUnderstood), time
    assert LONGEST_AWAY.days == 60


async def test_the_afternoon_is_answered_as_it_says() -> None:
    desk = await Texting().open()
    rows = table(section(PAGE, "A Monday afternoon"))
    assert len(rows) == 8
    for who, text, answer in rows:
        if text == "`1ok`" and who == "Kim":
            await desk.message()
        assert await desk.text(code(text), {"Pat": PAT, "Kim": KIM}[who]) == answer
        desk.later(minutes=1)
        if text == "`CALL HER say I come at 5pm`":
            desk.later(minutes=2)


def test_the_figures_are_those_we_keep() -> None:
    words = PAGE.replace("\n", " ")
    assert (timedelta(hours=12), 20, 600) == (UNDONE_WITHIN, MOST_ANSWERS, RECEIPT_SECONDS)
    assert "of the last 12 hours" in words
    assert "more than 20 answers in an hour" in words
    assert "has not come back after ten minutes counts as delivered" in words
