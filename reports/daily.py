"""A business's day in figures, counted from facts."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from reports.facts import Fact, Kind


@dataclass(frozen=True)
class Day:
    """Counts for one business on one date.

    A call is answered when an agent was connected, however often; abandoned when it ended with no agent, no
    message and nothing else done for the caller. Messages include unfinished ones.
    """

    calls: int = 0
    answered: int = 0
    abandoned: int = 0
    messages: int = 0
    unfinished_messages: int = 0


def by_business(facts: Iterable[Fact], time_zone: str = "UTC") -> Mapping[tuple[str, dt.date], Day]:
    """Days by (business id, local date). A call counts on the date it started, if it is a business's.

    A call counts once whatever is doubled in the log, and not before its `call.started` is there.
    """
    calls: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        calls[fact.call_id].append(fact)
    days: dict[tuple[str, dt.date], Day] = defaultdict(Day)
    zone = ZoneInfo(time_zone)
    for story in calls.values():
        start = next((fact for fact in story if fact.kind is Kind.CALL_STARTED), None)
        if start is not None and start.business_id is not None:
            key = (start.business_id, start.at.astimezone(zone).date())
            days[key] = _add(days[key], story)
    return dict(days)


def _add(day: Day, story: list[Fact]) -> Day:
    kinds = {fact.kind for fact in story}
    abandoned = any(fact.kind is Kind.CALL_ENDED and fact.data.get("how") == "abandoned" for fact in story)
    saved = {fact.data.get("number") for fact in story if fact.kind is Kind.MESSAGE_SAVED}
    partial = {fact.data.get("number") for fact in story if fact.kind is Kind.MESSAGE_PARTIAL} - saved
    return replace(
        day,
        calls=day.calls + 1,
        answered=day.answered + (Kind.CALL_CONNECTED in kinds),
        abandoned=day.abandoned + abandoned,
        messages=day.messages + len(saved) + len(partial),
        unfinished_messages=day.unfinished_messages + len(partial),
    )
