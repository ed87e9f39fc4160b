"""How many segments an SMS takes, as carriers count and bill them. Pure.

Source: 3GPP TS 23.038 section 6.2.1 (the GSM 7-bit default alphabet and its extension table) and TS 23.040 (the header
of a text in parts takes 7 characters of 160, or 3 of 70).
"""

from dataclasses import dataclass
from typing import Literal

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"
_SEPTETS = dict.fromkeys(_BASIC, 1) | dict.fromkeys(_EXTENDED, 2)


@dataclass(frozen=True)
class Segments:
    """`count` texts go over the air; `length` is in units of the encoding; `left` more of them fit without another."""

    count: int
    encoding: Literal["GSM-7", "UCS-2"]
    length: int
    left: int


def segments(text: str) -> Segments:
    """One sign that the plain alphabet lacks makes the whole text UCS-2, with less than half the room."""
    if all(sign in _SEPTETS for sign in text):
        return _counted([_SEPTETS[sign] for sign in text], "GSM-7", alone=160, each=153)
    return _counted([2 if ord(sign) > 0xFFFF else 1 for sign in text], "UCS-2", alone=70, each=67)


def _counted(widths: list[int], encoding: Literal["GSM-7", "UCS-2"], *, alone: int, each: int) -> Segments:
    length = sum(widths)
    if length <= alone:
        return Segments(1, encoding, length, alone - length)
    count, used = 1, 0
    for width in widths:
        # A sign of two units is never cut in half: it goes into the next segment as a whole.
        if used + width > each:
            count, used = count + 1, 0
        used += width
    return Segments(count, encoding, length, each - used)
