"""What Twilio's message states and error codes mean to a delivery. Pure.

Sources: https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks and the pages of the
error dictionary named below.
"""

from messages.channels.channel import Receipt
from messages.text import one_line

OPTED_OUT = 21610
DEAD = frozenset(
    {
        21211,  # not a valid number
        21214,  # a number that cannot be reached
        21217,  # not a valid number
        21614,  # not a mobile number
        21635,  # a landline, in a country where texts to it are refused
        30005,  # unknown, inactive or no longer in service
        30006,  # a landline
    }
)
"""Codes after which no further text to the number can arrive.

Not among them: 30003 (switched off, no signal), 30004 and 30007 (blocked or filtered, perhaps for the text), 30008
(unknown).
"""

TEMPORARY = frozenset({20429, 21611})
"""Codes after which the same request may succeed: too many requests, the sender's queue is full."""

_NOT_ARRIVED = frozenset({"undelivered", "failed", "canceled"})
_ARRIVED = frozenset({"delivered", "read"})


def dead_address(code: int | None) -> str:
    """What an error code says of the number: "opted_out", "dead", or "" when it may still work."""
    if code == OPTED_OUT:
        return "opted_out"
    return "dead" if code in DEAD else ""


def receipt(status: str, code: int | None, said: str = "") -> Receipt | None:
    """The receipt that a message's status is; None while it is on its way (and for states not known here)."""
    if status in _ARRIVED:
        return Receipt(True)
    if status not in _NOT_ARRIVED:
        return None
    coded = f" (code {code})" if code else ""
    words = f": {one_line(said)[:200]}" if said else ""
    return Receipt(False, f"Twilio says {status}{coded}{words}", dead_address(code))
