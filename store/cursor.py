"""Cursors of paged lists: opaque to everybody else, safe in a URL."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class BadCursor(ValueError):
    """Not a cursor that a page of this list handed out."""


def of_time(at: datetime, number: int) -> str:
    """A place in a list sorted by time, then number."""
    return f"{(at - EPOCH) // MICROSECOND}-{number}"


def to_time(cursor: str) -> tuple[datetime, int]:
    """The place again. Raises BadCursor."""
    try:
        microseconds, number = cursor.split("-")
        return EPOCH + int(microseconds) * MICROSECOND, _number(number)
    except (ValueError, OverflowError) as error:
        raise BadCursor("not a cursor of this list") from error


def to_number(cursor: str) -> int:
    """The place in a list sorted by one number. Raises BadCursor."""
    try:
        return _number(cursor)
    except ValueError as error:
        raise BadCursor("not a cursor of this list") from error


def of_listed(number: str, business_id: str) -> str:
    """A place in a list sorted by telephone number (E.164), then business."""
    return f"{number.removeprefix('+')}.{business_id}"


def to_listed(cursor: str) -> tuple[str, str]:
    """The place again. Raises BadCursor."""
    digits, point, business_id = cursor.partition(".")
    if not point or not digits.isdecimal():
        raise BadCursor("not a cursor of this list")
    return f"+{digits}", business_id


def _number(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError("out of range")
    return number
