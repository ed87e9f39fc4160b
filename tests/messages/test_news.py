"""That somebody has a message is news which wakes nobody: by day it goes as the message went, at night quietly."""

from datetime import UTC, datetime

import pytest

from accounts.contacts import Contact
from messages.delivery import Target
from messages.news import AT_ONCE, news_at
from tests.messages.people import CONTACTS, reach

BY_MAIL = Contact(name="Ann", voice="+12025550195", email="ann@harbor.test")
BY_CALL = Contact(name="Bob", voice="+12025550196")
PEOPLE = {"pat": CONTACTS["pat"], "ann": BY_MAIL, "bob": BY_CALL}


@pytest.mark.parametrize(("hour", "minute"), [(7, 0), (12, 0), (21, 59)])
def test_by_day_it_comes_at_once(hour: int, minute: int) -> None:
    # New York is five hours behind in November.
    assert news_at(datetime(2026, 11, 24, (hour + 5) % 24, minute, tzinfo=UTC), reach(PEOPLE)) == AT_ONCE


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        (datetime(2026, 11, 25, 3, 0, tzinfo=UTC), datetime(2026, 11, 25, 12, 0, tzinfo=UTC)),  # 22:00, the day before
        (datetime(2026, 11, 25, 11, 59, tzinfo=UTC), datetime(2026, 11, 25, 12, 0, tzinfo=UTC)),  # 6:59
        (datetime(2026, 3, 8, 4, 0, tzinfo=UTC), datetime(2026, 3, 8, 11, 0, tzinfo=UTC)),  # clocks go on that night
    ],
)
def test_at_night_telephones_ring_at_seven_and_others_hear_it_quietly(now: datetime, morning: datetime) -> None:
    news = news_at(now, reach(PEOPLE))
    assert news.rings_at == morning
    assert news.quietly == {
        "pat": Target("pat", "Pat", "sms", "+12025550191"),
        "ann": Target("ann", "Ann", "email", "ann@harbor.test"),
    }


def test_a_way_that_is_not_used_is_no_quiet_one() -> None:
    now = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    news = news_at(now, reach(PEOPLE, but=[("email", "ann@harbor.test")], flagged=[("sms", "+12025550191")]))
    assert news.quietly == {"pat": Target("pat", "Pat", "email", "pat@harbor.test")}
