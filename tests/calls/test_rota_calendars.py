"""Rotas with a calendar outside: fetched, read again only when it changed, the last good one kept."""

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from accounts.business import Business
from accounts.rota_changes import CalendarState
from calls.plans import Plans
from calls.rota_calendars import WHOLE_EVERY, RotaCalendars
from messages.channels.channel import ChannelError
from messages.channels.web_post import Page
from store.memory import MemoryDirectory, MemoryRotas

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
URL = "https://calendars.example.com/harbor.ics"
PLAN = f"""\
answer_phrase: Good day.
hours: {{time_zone: America/New_York}}
open: {{message: standard}}
closed: {{message: standard}}
forms:
  standard: {{title: Message, fields: [{{key: name, label: Name, type: name}}]}}
contacts:
  office: {{name: Office, email: office@harbor.test}}
  kim: {{name: Kim, email: kim@harbor.test}}
rotas:
  plumbers: {{calendar: "{URL}", fallback: office}}
  by_file: {{calendar: file, fallback: office}}
deliver:
  - {{to: plumbers, by: [email]}}
"""


def ical(*days: int, who: str = "Kim") -> bytes:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{day}\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:202611{day}T100000\r\n"
        f"DTEND:202611{day}T180000\r\nSUMMARY:{who}\r\nEND:VEVENT\r\n"
        for day in days
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\n{events}END:VCALENDAR\r\n".encode()


class Web:
    """What the calendar's server says, one answer a request; the last one again and again."""

    def __init__(self) -> None:
        self.answers: deque[Page | ChannelError] = deque()
        self.asked: list[Mapping[str, str]] = []
        self.asked_again = asyncio.Event()

    async def get(self, url: str, headers: Mapping[str, str], most_bytes: int) -> Page:
        assert url == URL
        self.asked.append(headers)
        self.asked_again.set()
        answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, ChannelError):
            raise answer
        return answer


class World:
    def __init__(self) -> None:
        self.now = NOW
        self.web, self.rotas, self.directory = Web(), MemoryRotas(), MemoryDirectory(lambda: self.now)
        self.calendars = RotaCalendars(
            self.directory, Plans(self.directory), self.rotas, self.web, clock=lambda: self.now, every=3600.0
        )

    async def plan(self, text: str) -> None:
        await self.directory.put_business(Business("harbor", "Harbor", text))

    async def round(self, *answers: Page | ChannelError) -> CalendarState:
        self.web.answers = deque(answers)
        await self.calendars.fetch_all()
        return (await self.rotas.calendar_states("harbor"))["plumbers"]

    async def days(self) -> list[int]:
        shifts = (await self.rotas.changes("harbor", self.now)).calendars.get("plumbers", ())
        return [shift.starts.day for shift in shifts]


@pytest.fixture
async def world() -> World:
    world = World()
    await world.plan(PLAN)
    return world


async def test_shifts_are_taken_over_in_the_businesss_time_zone(world: World) -> None:
    state = await world.round(Page(200, ical(23, 24)))
    assert state == CalendarState("plumbers", 2, NOW, "")
    shifts = (await world.rotas.changes("harbor", NOW)).calendars["plumbers"]
    assert [(shift.contact, shift.starts) for shift in shifts] == [
        ("kim", datetime(2026, 11, day, 15, 0, tzinfo=UTC)) for day in (23, 24)
    ]


async def test_what_has_not_changed_is_not_sent_again(world: World) -> None:
    await world.round(Page(200, ical(23), etag='"1"', last_modified="then"))
    world.now += timedelta(minutes=15)
    state = await world.round(Page(304))
    assert world.web.asked[-1]["If-None-Match"] == '"1"'
    assert world.web.asked[-1]["If-Modified-Since"] == "then"
    assert (state.fetched_at, state.error) == (world.now, "")
    assert await world.days() == [23]
    world.now += WHOLE_EVERY
    await world.round(Page(200, ical(24)))
    assert "If-None-Match" not in world.web.asked[-1], "its shifts are known for a time only"
    assert await world.days() == [24]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ChannelError("The server did not answer in time.", permanent=False), "did not answer"),
        (Page(404), "said 404"),
        (Page(200, b"<html>Sign in</html>"), "no calendar"),
    ],
)
async def test_the_last_good_one_stays_and_the_trouble_is_shown(
    world: World, answer: Page | ChannelError, said: str
) -> None:
    await world.round(Page(200, ical(23), etag='"1"'))
    state = await world.round(answer)
    assert said in state.error
    assert await world.days() == [23]
    mended = await world.round(Page(200, ical(24)))
    assert "If-None-Match" not in world.web.asked[-1]
    assert mended.error == ""
    assert await world.days() == [24]


async def test_contacts_who_came_later_are_looked_for_in_the_same_calendar(world: World) -> None:
    await world.round(Page(200, ical(23, who="Lee"), etag='"1"'))
    assert await world.days() == []
    await world.plan(PLAN.replace("  kim:", "  lee: {name: Lee, email: lee@harbor.test}\n  kim:"))
    await world.round(Page(200, ical(23, who="Lee"), etag='"1"'))
    assert "If-None-Match" not in world.web.asked[-1]
    assert await world.days() == [23]


async def test_a_calendar_no_rota_names_any_more_is_forgotten_and_files_are_left_alone(world: World) -> None:
    await world.rotas.put_calendar("harbor", "by_file", [], NOW)
    await world.round(Page(200, ical(23)))
    await world.plan(PLAN.replace(f'{{calendar: "{URL}", fallback: office}}', "{shifts: [{who: kim, hours: always}]}"))
    await world.calendars.fetch_all()
    assert list(await world.rotas.calendar_states("harbor")) == ["by_file"]
    assert len(world.web.asked) == 1


async def test_a_nudge_has_it_looked_at_now(world: World) -> None:
    world.web.answers.append(Page(200, ical(23)))
    task = asyncio.create_task(world.calendars.run())
    try:
        async with asyncio.timeout(30):
            await world.web.asked_again.wait()
            world.web.asked_again.clear()
            world.calendars.nudge()
            await world.web.asked_again.wait()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert len(world.web.asked) == 2
