"""The HTML part of a message's e-mail: one column, readable in dark mode and on a telephone, everything escaped."""

from collections.abc import Sequence
from html import escape

# Mail programs drop style sheets of all sorts: what must not be lost is inline, the rest is a nicety.
_STYLE = """
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
body,.sheet{background:#15181c!important;color:#e8eaed!important}
th,.small{color:#a8b0ba!important}
td,th{border-color:#343a42!important}
a.plain{color:#8ab4f8!important}
.note{background:#3a2f12!important;color:#f5e3b0!important}
}
@media (max-width:480px){
th,td{display:block!important;width:auto!important}
th{border:0!important;padding-bottom:0!important}
td{padding-top:0!important}
}
"""
_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_BUTTON = (
    "display:inline-block;padding:10px 18px;border-radius:6px;background:#0b57d0;color:#ffffff;text-decoration:none"
)


def page(
    *,
    title: str,
    heading: str,
    badge: str,
    notes: Sequence[str],
    rows: Sequence[tuple[str, str]],
    links: Sequence[tuple[str, str]],
    small: Sequence[str] = (),
) -> str:
    """The page; the first link is the button, the others are plain; `small` are lines at the foot. All arguments are
    unescaped text."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f'<body style="margin:0;padding:16px;background:#ffffff;color:#1f2328;{_FONT};font-size:16px;line-height:1.5">'
        '<div class="sheet" style="max-width:36rem;margin:0 auto">'
        f'<h1 style="font-size:20px;margin:0 0 12px">{escape(heading)}{_badge(badge)}</h1>'
        f"{''.join(_note(note) for note in notes)}"
        '<table role="presentation" style="width:100%;border-collapse:collapse;margin:0 0 20px">'
        f"{''.join(_row(label, value) for label, value in rows)}</table>"
        f"{''.join(_link(label, url, button=not at) for at, (label, url) in enumerate(links))}"
        f"{''.join(_small(line) for line in small)}"
        "</div></body></html>"
    )


def _badge(badge: str) -> str:
    if not badge:
        return ""
    return (
        ' <span style="background:#b3261e;color:#ffffff;border-radius:4px;padding:2px 8px;font-size:14px">'
        f"{escape(badge)}</span>"
    )


def _note(note: str) -> str:
    return (
        '<p class="note" style="background:#fff4d6;color:#4a3a00;border-radius:6px;padding:8px 12px;margin:0 0 12px">'
        f"{escape(note)}</p>"
    )


def _small(line: str) -> str:
    style = "margin:16px 0 0;font-size:12px;color:#57606a;overflow-wrap:anywhere"
    return f'<p class="small" style="{style}">{escape(line)}</p>'


def _row(label: str, value: str) -> str:
    edge = "border-bottom:1px solid #d8dce1;padding:8px 12px 8px 0;text-align:left;vertical-align:top"
    return (
        f'<tr><th scope="row" style="{edge};width:9rem;font-weight:600;color:#57606a">{escape(label)}</th>'
        f'<td style="{edge};white-space:pre-line;overflow-wrap:anywhere">{escape(value)}</td></tr>'
    )


def _link(label: str, url: str, *, button: bool) -> str:
    if button:
        return f'<p style="margin:0 0 12px"><a href="{escape(url)}" style="{_BUTTON}">{escape(label)}</a></p>'
    return f'<p style="margin:0"><a class="plain" href="{escape(url)}" style="color:#0b57d0">{escape(label)}</a></p>'
