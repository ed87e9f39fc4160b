"""The secure page as HTML: small, without scripts, for a telephone in a van."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ivr.words import primary
from messages.text import Line

PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex,nofollow"><title>{title}</title>
<style>
:root{{color-scheme:light dark}}
body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:1.5rem auto;padding:0 1.1rem;overflow-wrap:anywhere}}
h1{{font-size:1.5rem;line-height:1.25}} h2{{font-size:1.2rem;margin:1.6rem 0 .3rem}}
dt{{opacity:.75;font-size:.95rem;margin-top:.6rem}} dd{{margin:0;white-space:pre-line}}
audio{{width:100%}} .small{{opacity:.75;font-size:.95rem}} .done{{font-weight:600}}
.urgent{{background:#b00020;color:#fff;border-radius:.4rem;padding:.1rem .5rem;font-size:.95rem;white-space:nowrap}}
button{{font:inherit;font-weight:600;padding:.9rem 1.5rem;width:100%;border:0;border-radius:.6rem;margin:1rem 0;
       background:#0b57d0;color:#fff}}
button:focus-visible{{outline:3px solid #f4b400;outline-offset:3px}}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>
"""
BUTTON = '<form method="post" action="{address}"><button type="submit">{label}</button></form>'
WHY_PRESS = '<p class="small">Others are asked until somebody says they have it. Opening this page does not say so.</p>'
COVER = {
    "en": ("A message is waiting here for you.", "Show the message"),
    "es": ("Aquí le espera un mensaje.", "Mostrar el mensaje"),
}
"""By language: what the cover says, and its button."""


@dataclass(frozen=True)
class Recording:
    """`address` is where it is heard, `clip_id` its own id, which no page shows."""

    label: str
    length: str
    address: str
    clip_id: str


@dataclass(frozen=True)
class Part:
    """What may be told of one message. `has_it` names who said that they have it."""

    number: int
    urgency: str
    notes: Sequence[str]
    lines: Sequence[Line]
    recordings: Sequence[Recording]
    saved: str
    has_it: str


def cover(title: str, address: str, language: str) -> str:
    """What is seen before anything of the message: a button that posts to `address`. `language` is BCP 47."""
    spoken = primary(language)
    says, label = COVER[spoken]
    return PAGE.format(
        title=escape(title), language=spoken, body=f"<p>{says}</p>{BUTTON.format(address=escape(address), label=label)}"
    )


def page(
    title: str, parts: Sequence[Part], *, thanks: str = "", note: str = "", acknowledge_at: str = "", until: str = ""
) -> str:
    """The whole page. With `acknowledge_at` it has the button that posts there; `until` is how long the link works."""
    body = [f'<p class="done" role="status">{escape(thanks)}</p>'] if thanks else []
    body += [f"<p>{escape(note)}</p>"] if note else []
    body += [_message(part) for part in parts]
    if acknowledge_at:
        body += [BUTTON.format(address=escape(acknowledge_at), label="I have this message"), WHY_PRESS]
    if until:
        body.append(f'<p class="small">This link is private and works until {escape(until)}.</p>')
    return PAGE.format(title=escape(title), language="en", body="".join(body))


def _message(part: Part) -> str:
    mark = f' <span class="urgent">{escape(part.urgency)}</span>' if part.urgency else ""
    html = [f"<h2>Message #{part.number}{mark}</h2>"]
    if part.has_it:
        html.append(f'<p class="done">Acknowledged: {escape(part.has_it)} has it already.</p>')
    html += [f"<p>{escape(note)}</p>" for note in part.notes]
    html.append("<dl>")
    html += [f"<dt>{escape(line.label)}</dt><dd>{_value(line.value)}</dd>" for line in part.lines]
    for each in part.recordings:
        label = escape(each.label)
        html.append(
            f"<dt>{label} ({escape(each.length)})</dt>"
            f'<dd><audio controls preload="none" aria-label="{label}" src="{escape(each.address)}"></audio></dd>'
        )
    html.append(f"<dt>Taken</dt><dd>{escape(part.saved)}</dd></dl>")
    return "".join(html)


def _value(value: str) -> str:
    """A telephone number can be called by a touch."""
    if value.startswith("+") and value[1:].isascii() and value[1:].isdecimal():
        return f'<a href="tel:{value}">{value}</a>'
    return escape(value)
