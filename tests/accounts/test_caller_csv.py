"""Lists of callers as CSV: what is read, what is refused with which line, and that nothing runs in a spreadsheet."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.caller_csv import MOST_LINES, ForList, WrongLine, read_csv, write_csv
from accounts.callers import NOTE_LETTERS, ListedCaller, ListKind

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
HARBOR = ForList("harbor", "US", "America/New_York", NOW, "sue")
BERLIN = replace(HARBOR, region="DE", time_zone="Europe/Berlin")
HEADER = "number,kind,note,until\n"


def listed(number: str, kind: ListKind = ListKind.VIP, note: str = "", until: datetime | None = None) -> ListedCaller:
    return ListedCaller(number, "harbor", kind, NOW, "sue", note, until)


def wrong_in(lines: str, common: ForList = HARBOR) -> list[WrongLine]:
    _, wrong = read_csv(HEADER + lines, common)
    return wrong


def test_numbers_in_national_writing_notes_with_commas_and_both_kinds_of_until() -> None:
    text = HEADER + (
        '+12025550110,vip,"Ortiz, the landlord",2026-12-31\r\n'
        "(202) 555-0111,BLOCKED,,\n"
        "\n"
        "202-555-0112, blocked ,Robot,2026-12-01T09:30\n"
        "+493012345678,vip,,2026-12-01T09:30:00Z\n"
    )
    entries, wrong = read_csv(text, HARBOR)
    assert wrong == []
    assert entries == [
        listed("+12025550110", note="Ortiz, the landlord", until=datetime(2027, 1, 1, 4, 59, 59, tzinfo=UTC)),
        listed("+12025550111", ListKind.BLOCKED),
        listed("+12025550112", ListKind.BLOCKED, "Robot", datetime(2026, 12, 1, 14, 30, tzinfo=UTC)),
        listed("+493012345678", until=datetime(2026, 12, 1, 9, 30, tzinfo=UTC)),
    ]


def test_another_countrys_numbers_and_semicolons_as_its_spreadsheets_write_them() -> None:
    entries, wrong = read_csv("Kind;Number;\nvip;030 12345678;\n", BERLIN)
    assert (entries, wrong) == ([listed("+493012345678")], [])


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("", "must name the columns"),
        ("+12025550110,vip\n", 'There is no column "+12025550110"'),
        ("number,note\n", '"kind" is missing'),
        ("number,kind,number\n", "there twice"),
        ('"number,kind\n', "must name the columns"),
    ],
)
def test_without_a_right_header_nothing_is_read(header: str, says: str) -> None:
    entries, wrong = read_csv(header + "+12025550110,vip\n", HARBOR)
    assert entries == []
    assert (len(wrong), wrong[0].line) == (1, 1)
    assert says in wrong[0].reason


@pytest.mark.parametrize(
    ("line", "column", "says"),
    [
        ("12345,vip,,", "number", "too short"),
        (",vip,,", "number", "There is no number."),
        ("1.20255E+10,vip,,", "number", "shortened"),
        ("+12025550110,friend,,", "kind", "vip or blocked"),
        (f"+12025550110,vip,{'x' * (NOTE_LETTERS + 1)},", "note", "too long"),
        ("+12025550110,vip,a\0b,", "note", "cannot be stored"),
        ("+12025550110,vip,,31.12.2026", "until", "2026-12-31"),
        ("+12025550110,vip,,2026-02-30", "until", "2026-12-31"),
        ("+12025550110,vip,,9999-12-31", "until", "2026-12-31"),
        ("+12025550110,vip,,,more", "", "more values than columns"),
        ('+12025550110,vip,"a"b,', "", "quotation marks"),
    ],
)
def test_each_mistake_is_told_with_line_column_and_reason_and_the_others_are_read(
    line: str, column: str, says: str
) -> None:
    text = f"{HEADER}+12025550111,vip,,\n{line}\n+12025550112,blocked,,\n"
    entries, wrong = read_csv(text, HARBOR)
    assert [entry.number for entry in entries] == ["+12025550111", "+12025550112"]
    assert [(each.line, each.column) for each in wrong] == [(3, column)]
    assert says in wrong[0].reason


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    (wrong,) = wrong_in('+12025550110,vip,"two\nlines",\n\n12,vip,,\n')
    assert wrong.line == 5


def test_a_quotation_mark_that_is_never_closed_is_told_where_it_opens() -> None:
    (wrong,) = wrong_in('+12025550110,vip,,\n+12025550111,vip,"open,\n+12025550112,vip,,\n')
    assert (wrong.line, wrong.column) == (3, "")


def test_a_number_twice_is_told_with_the_first_line() -> None:
    (wrong,) = wrong_in("+12025550110,vip,,\n(202) 555-0110,blocked,,\n")
    assert (wrong.line, wrong.reason) == (3, "This number is in line 2 already.")


def test_a_file_that_is_too_long_is_told_once() -> None:
    wrong = wrong_in("x,vip,,\n" * (MOST_LINES + 5))
    assert (len(wrong), wrong[-1].line) == (MOST_LINES + 1, MOST_LINES + 2)
    assert str(MOST_LINES) in wrong[-1].reason


@pytest.mark.parametrize("note", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "'=1", "''@x"])
def test_no_spreadsheet_runs_a_note(note: str) -> None:
    text = write_csv([listed("+12025550110", note=note)])
    assert f",'{note}," in text
    assert read_csv(text, HARBOR)[0][0].note == note


NOTES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=NOTE_LETTERS).map(
    lambda text: " ".join(text.split())
)
UNTIL = st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


@given(note=NOTES, until=UNTIL, kind=st.sampled_from(ListKind))
def test_what_is_written_is_read_back(note: str, until: datetime | None, kind: ListKind) -> None:
    entries = [listed("+12025550110", kind, note, until), listed("+493012345678")]
    assert read_csv(write_csv(entries), HARBOR) == (entries, [])
