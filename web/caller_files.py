"""A list of callers as a CSV file: brought in, looked through before, and taken out."""

import asyncio
from typing import Final

from aiohttp import web
from pydantic import BaseModel

from accounts.caller_csv import ForList, WrongLine, read_csv, write_csv
from accounts.directory import Conflict
from web.ask import Ask
from web.callers import list_meant, reading
from web.paging import BusinessQuery
from web.problem import PlanProblem, Problem

CSV = "text/csv"
MOST_BYTES: Final = 1024 * 1024
MOST_LISTED: Final = 50_000
"""On one list."""

MOST_TOLD: Final = 200
"""Wrong lines in one answer."""


class ImportQuery(BusinessQuery):
    """`check` only looks the file through; `skip_bad` takes the right lines although others are wrong."""

    check: bool = False
    skip_bad: bool = False


class Imported(BaseModel):
    """`right` and `wrong` count lines, `stored` says whether the right ones are on the list now.

    `problems` are the first mistakes: the line (from 1, the header included), the column as `path`, and why.
    """

    right: int
    wrong: int
    stored: bool
    problems: list[PlanProblem]


async def take_out(ask: Ask, query: BusinessQuery) -> web.Response:
    """The list of `business` as CSV (UTF-8); staff who name no business get the house list.

    Columns: number (E.164), kind (vip or blocked), note, until (ISO 8601, UTC). A note that a spreadsheet would take
    for a formula begins with an apostrophe; bringing the file in takes it off again.
    """
    business_id = await list_meant(ask, query.business)
    entries = await ask.services.caller_lists.list_of(business_id)
    name = f"callers-{business_id or 'house'}.csv"
    return web.Response(
        body=write_csv(entries).encode(),
        content_type=CSV,
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )


async def bring_in(ask: Ask, query: ImportQuery, body: bytes) -> Imported:
    """Add the callers in a CSV file (UTF-8) to the list of `business`; entries of the same number are replaced.

    The first line names the columns: number and kind (vip or blocked), and if wanted note and until (a date, the last
    day it holds, or a time). Numbers may be written as in the business's own country. Nothing is stored unless every
    line is right, or `skip_bad` is true. At most 1 MB and 10,000 lines. Staff who name no business mean the house list.
    """
    business_id = await list_meant(ask, query.business)
    region, zone = await reading(ask, business_id)
    common = ForList(business_id, region, zone, ask.services.clock(), ask.person.id)
    entries, wrong = await asyncio.to_thread(read_csv, _text(body), common)  # seconds of work for a long file
    stored = not query.check and (query.skip_bad or not wrong)
    if wrong and not (query.check or query.skip_bad):
        raise Problem(
            "lines-wrong",
            f"Nothing is stored: {_lines(len(wrong))} wrong.",
            problems=[told.model_dump() for told in _told(wrong)],
        )
    if stored:
        there = {entry.number for entry in await ask.services.caller_lists.list_of(business_id)}
        if len(there | {entry.number for entry in entries}) > MOST_LISTED:
            raise Conflict(f"A list holds at most {MOST_LISTED} callers.")
        await ask.services.caller_lists.put(entries)
    return Imported(right=len(entries), wrong=len(wrong), stored=stored, problems=_told(wrong))


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")  # a spreadsheet's file begins with a byte order mark
    except UnicodeDecodeError:
        raise Problem("malformed", "The file is not in UTF-8. Save it as “CSV UTF-8”.") from None


def _told(wrong: list[WrongLine]) -> list[PlanProblem]:
    return [PlanProblem(line=each.line, path=each.column, reason=each.reason) for each in wrong[:MOST_TOLD]]


def _lines(count: int) -> str:
    return "1 line is" if count == 1 else f"{count} lines are"
