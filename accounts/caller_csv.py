"""Lists of callers as CSV: read strictly, each mistake with its line; written so that no spreadsheet runs it."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Final, Protocol, TypeVar
from zoneinfo import ZoneInfo

from accounts.callers import NOTE_LETTERS, ListedCaller, ListKind
from accounts.numbers import to_e164

T = TypeVar("T")

COLUMNS: Final = ("number", "kind", "note", "until")
NEEDED: Final = ("number", "kind")
MOST_LINES: Final = 10_000
FORMULA: Final = tuple("=+-@＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula."""

LAST_SECOND: Final = time(23, 59, 59)


@dataclass(frozen=True)
class WrongLine:
    """What is wrong in the file: the line (from 1, the header included), the column, "" for none, and a sentence."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True)
class ForList:
    """What every entry of a file has in common.

    Numbers without a country code are read as dialled in `region` (ISO 3166), times without a zone as of `time_zone`.
    """

    business_id: str | None
    region: str
    time_zone: str
    added_at: datetime
    added_by: str


class _Reader(Protocol):
    """What `csv.reader` gives: `line_num` is the last line it has read."""

    @property
    def line_num(self) -> int: ...
    def __next__(self) -> list[str]: ...


class _Wrong(ValueError):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


def read_csv(text: str, common: ForList) -> tuple[list[ListedCaller], list[WrongLine]]:
    """The right lines as entries, and what is wrong with the others.

    The first line names the columns: number and kind, and if wanted note and until. Columns are parted by commas,
    semicolons or tabs, as the first line does it. `until` is a date (the last day it holds) or a time.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    header = _header(reader)
    if problem := _header_problem(header):
        return [], [WrongLine(1, "", problem)]
    entries: dict[str, ListedCaller] = {}
    lines: dict[str, int] = {}
    wrong: list[WrongLine] = []
    for line, values in _rows(reader):
        if len(lines) + len(wrong) >= MOST_LINES:
            wrong.append(WrongLine(line, "", f"A file may have {MOST_LINES} lines; send the rest in another one."))
            break
        try:
            entry = _entry(_by_column(header, values), common)
            if entry.number in lines:
                raise _Wrong("number", f"This number is in line {lines[entry.number]} already.")
        except _Wrong as error:
            wrong.append(WrongLine(line, error.column, str(error)))
        else:
            entries[entry.number], lines[entry.number] = entry, line
    return list(entries.values()), wrong


def write_csv(entries: Iterable[ListedCaller]) -> str:
    """The entries as `read_csv` reads them."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for entry in entries:
        until = entry.until.astimezone(UTC).isoformat().replace("+00:00", "Z") if entry.until else ""
        writer.writerow((entry.number, entry.kind.value, guarded(entry.note), until))
    return file.getvalue()


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _header(reader: Iterator[list[str]]) -> list[str]:
    """The names in the first line; spreadsheets put empty ones behind them."""
    try:
        names = [name.strip().casefold() for name in next(reader, [])]
    except csv.Error:
        return []
    while names and not names[-1]:
        names.pop()
    return names


def _header_problem(header: list[str]) -> str:
    expected = f'The first line must name the columns: "{",".join(COLUMNS)}".'
    if unknown := [name for name in header if name not in COLUMNS]:
        return f'{expected} There is no column "{unknown[0][:40]}".'
    if len(set(header)) != len(header):
        return f"{expected} A column is there twice."
    if missing := [name for name in NEEDED if name not in header]:
        return f'{expected} "{missing[0]}" is missing.'
    return ""


def _rows(reader: _Reader) -> Iterator[tuple[int, list[str]]]:
    """The lines behind the header that hold anything, each with its number; none for one that cannot be read."""
    while True:
        line = reader.line_num + 1
        try:
            values = [value.strip() for value in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            yield line, []
        else:
            if any(values):
                yield line, values


def _by_column(header: Sequence[str], values: Sequence[str]) -> dict[str, str]:
    if not values:
        raise _Wrong("", "This line cannot be read; look at its quotation marks.")
    if any(values[len(header) :]):
        raise _Wrong("", "There are more values than columns; put a note with a comma into quotation marks.")
    return dict(zip(header, values, strict=False))


def _entry(values: Mapping[str, str], common: ForList) -> ListedCaller:
    entry = ListedCaller("", common.business_id, ListKind.BLOCKED, common.added_at, common.added_by)
    return replace(
        entry,
        number=_read("number", values, lambda text: _number(text, common.region)),
        kind=_read("kind", values, _kind),
        note=_read("note", values, _note),
        until=_read("until", values, lambda text: _until(text, ZoneInfo(common.time_zone))),
    )


def _read(column: str, values: Mapping[str, str], reading: Callable[[str], T]) -> T:
    try:
        return reading(values.get(column, ""))
    except ValueError as error:
        raise _Wrong(column, str(error)) from None


def _number(text: str, region: str) -> str:
    if re.fullmatch(r"\d([.,]\d+)?E\+?\d+", text, re.IGNORECASE):
        raise ValueError("The spreadsheet has shortened this number; format the column as text and enter it again.")
    return to_e164(text, region)


def _kind(text: str) -> ListKind:
    try:
        return ListKind(text.casefold())
    except ValueError:
        raise ValueError(f"This must be {' or '.join(ListKind)}.") from None


def _note(text: str) -> str:
    note = " ".join(text.split())
    if note.startswith("'") and note.lstrip("'").startswith(FORMULA):
        note = note[1:]
    if "\0" in note:
        raise ValueError("It holds a character that cannot be stored.")
    if len(note) > NOTE_LETTERS:
        raise ValueError(f"This is too long; {NOTE_LETTERS} characters are the most.")
    return note


def guarded(note: str) -> str:
    """The note with an apostrophe before what a spreadsheet would run; reading takes it off again."""
    return f"'{note}" if note.lstrip("'").startswith(FORMULA) else note


def _until(text: str, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            end = datetime.combine(date.fromisoformat(text), LAST_SECOND, zone)
        else:
            end = datetime.fromisoformat(text)
            end = end if end.tzinfo else end.replace(tzinfo=zone)
        return end.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f'"{text[:40]}" is no date; write it like 2026-12-31.') from None
