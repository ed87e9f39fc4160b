"""A timeline as a PDF. Its library takes a second to load, so this module is loaded when the first file is wanted."""

from collections.abc import Container

import fontpkg
from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace, TTFFont

from web.timeline_pages import Sheet

FONT = "Noto Sans"
NO_GLYPH = "?"
GREY = 110
RED = (176, 0, 32)


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


def _fit(text: str, letters: Container[int]) -> str:
    """The text in letters that the font has."""
    return "".join(each if ord(each) in letters else NO_GLYPH for each in text)
