"""A timeline on paper: as a page for the printer, and as a PDF."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Self

import fontpkg
from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace, TTFFont

from reports.timeline import Timeline
from web.wall_times import wall

SHORT = 12
"""How much of an entry's hash is shown: enough to compare by eye. The last one is shown whole."""

FONT = "Noto Sans"
NO_GLYPH = "?"
GREY = 110
RED = (176, 0, 32)

HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title>
<style>
body{{font:1rem/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}} th,td{{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0}}
tr{{border-bottom:1px solid #ccc;break-inside:avoid}} small,code{{color:#555}} code{{overflow-wrap:anywhere}}
.broken{{border:2px solid #b00020;padding:.6rem 1rem}}
@media print{{body{{margin:0;max-width:none;font-size:10pt}} thead{{display:table-header-group}}
  small,code{{color:#333}}}}
</style></head><body><h1>{title}</h1><p>{made}</p>{verdict}
<table><thead><tr><th>When</th><th>What happened</th><th>Hash</th></tr></thead><tbody>
{rows}
</tbody></table><p>{proof}<br><code>{head}</code></p></body></html>
"""
ROW = "<tr><td>{wall}<br><small>{utc}</small></td><td>{text}</td><td><code>{hash}</code></td></tr>"


@dataclass(frozen=True)
class Row:
    wall: str
    utc: str
    text: str
    hash: str


@dataclass(frozen=True)
class Sheet:
    """What is printed, in words."""

    business: str
    title: str
    made: str
    rows: Sequence[Row]
    broken: str
    proof: str
    head: str

    @classmethod
    def of(cls, found: Timeline, number: int, business: str, made_at: datetime) -> Self:
        """`made_at` is in the business's time zone, and so are the times on the sheet."""
        rows = [
            Row(wall(each.at.astimezone(made_at.tzinfo)), _utc(each.at), each.text, each.hash[:SHORT] or "none")
            for each in found.entries
        ]
        return cls(
            business=business,
            title=f"Message {number} for {business}",
            made=f"As of {wall(made_at)} ({_utc(made_at)}).",
            rows=rows,
            broken=f"This is not what was written at the time. {found.broken}" if found.broken else "",
            proof=(
                "Each entry's hash covers the entry and all that were written before it. To check that nothing was "
                f"changed since, have the service run “./answerline verify {number}”: this must be among the hashes "
                "that it shows."
            ),
            head=found.head,
        )


def as_html(sheet: Sheet) -> str:
    """A page that reads well on paper."""
    rows = [
        ROW.format(wall=escape(row.wall), utc=escape(row.utc), text=escape(row.text), hash=escape(row.hash))
        for row in sheet.rows
    ]
    return HTML.format(
        title=escape(sheet.title),
        made=escape(sheet.made),
        verdict=f'<p class="broken" role="alert">{escape(sheet.broken)}</p>' if sheet.broken else "",
        rows="\n".join(rows),
        proof=escape(sheet.proof),
        head=escape(sheet.head),
    )


def as_pdf(sheet: Sheet) -> bytes:
    """The same as a PDF. Takes a good part of a second: call it in a thread.

    It is set in Noto Sans, which has the Latin, Greek, Cyrillic and Devanagari scripts; letters of others are shown as
    "?", and a line says so.
    """
    page = FPDF(format="A4")
    page.add_font(FONT, fname=fontpkg.path(FONT))
    font = page.fonts[FONT.lower()]
    letters: Container[int] = font.cmap if isinstance(font, TTFFont) else ()
    page.set_title(sheet.title)
    page.set_creator("Answerline")
    page.set_lang("en")
    page.set_auto_page_break(True, margin=18)
    page.add_page()
    _say(page, _fit(sheet.title, letters), size=16)
    _say(page, sheet.made)
    if sheet.broken:
        page.set_text_color(*RED)
        _say(page, sheet.broken)
        page.set_text_color(0)
    page.ln(2)
    page.set_font(FONT, size=8.5)
    with page.table(
        col_widths=(30, 58, 18),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(color=GREY),
        line_height=4.6,
        text_align="LEFT",
        padding=1,
    ) as table:
        table.row(("When", "What happened", "Hash"))
        for each in sheet.rows:
            table.row((f"{each.wall}\n{each.utc}", _fit(each.text, letters), each.hash))
    page.ln(4)
    _say(page, sheet.proof)
    page.set_text_color(GREY)
    _say(page, sheet.head)
    page.set_text_color(0)
    if any(_fit(text, letters) != text for text in (sheet.title, *(each.text for each in sheet.rows))):
        _say(page, f"Letters that this file has no shapes for are shown as {NO_GLYPH}; the page to print has them.")
    return bytes(page.output())


def _say(page: FPDF, text: str, *, size: int = 9) -> None:
    page.set_font(FONT, size=size)
    page.multi_cell(0, size / 2 + 0.5, text, new_x="LMARGIN", new_y="NEXT", align="L")


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _fit(text: str, letters: Container[int]) -> str:
    """The text in letters that the font has."""
    return "".join(each if ord(each) in letters else NO_GLYPH for each in text)
