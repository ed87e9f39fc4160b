"""A timeline on paper: what is printed, and the page for the printer. `web.timeline_pdf` makes a file of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Self

from reports.timeline import Timeline
from web.wall_times import wall

SHORT = 12
"""How much of an entry's hash is shown: enough to compare by eye. The last one is shown whole."""

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


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
