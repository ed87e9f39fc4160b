"""Times as people of a business write them: by the clock on their wall, or with an offset."""

from datetime import UTC, datetime

from accounts.wall_week import instant
from web.problem import Problem


def moment(text: str, time_zone: str, field: str) -> datetime:
    """The instant (UTC) meant by "2026-11-26T17:00" in this zone, or by a time with an offset. Raises Problem, which
    names the `field` it was in."""
    try:
        at = datetime.fromisoformat(text.strip())
        return at.astimezone(UTC) if at.tzinfo else instant(time_zone, at)
    except (ValueError, OverflowError):
        raise Problem("invalid", errors={field: "Write a time like 2026-11-26T17:00."}) from None


def wall(at: datetime) -> str:
    """For people to read, of a time in the zone that is meant: Thu 26 Nov 2026, 17:00:05 EST."""
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M:%S} {at.tzname()}"
