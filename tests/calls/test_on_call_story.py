"""The agent's card says who is on call, before and after a hand-over; no call ever waits for it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.rota import Absence, Changes, Cover
from calls.live import CallCard, PersonOnCall
from calls.on_call_cards import LOOK_SECONDS
from tests.calls.house import NORTHWIND, Answering
from tests.calls.ways import caller_in_talk

SHIFTS = "      - {who: pat, hours: always}\n    fallback: kim\n"
NIGHTS = """\
      - {who: pat, hours: {sun: ["20:00-08:00"]}}
    rotation: {people: [kim], every_days: 1, starts: 2026-11-01}
"""
PAT, KIM = "Pat, (202) 555-0192", "Kim, (202) 555-0194"


@pytest.fixture
def start() -> datetime:
    """Monday, half past seven in the morning in New York: Pat has the night until eight."""
    return datetime(2026, 11, 16, 12, 30, tzinfo=UTC)


async def with_a_rota(house: Answering, shifts: str = NIGHTS) -> None:
    await house.change_plan("harbor", SHIFTS, shifts)
    await house.change_plan(
        "harbor", "  Never quote prices.", "  Call { on_call: on-call } at once. {Never} quote prices."
    )
    await house.change_plan("harbor", "How can I help you?", "{on_call:on-call} helps you.")


def script(house: Answering) -> str:
    """The line of the script that names who is on call."""
    (line,) = [line for line in card(house).script.splitlines() if "at once" in line]
    return line


def card(house: Answering) -> CallCard:
    found = house.agents.view("ana").call
    assert found is not None
    return found


def says(house: Answering, who: str) -> Callable[[], bool]:
    return lambda: (
        script(house) == f"Call {who} at once. {{Never}} quote prices. The office calls back within two working hours."
    )


async def test_the_script_names_who_is_on_call_and_hands_over_during_the_call(house: Answering) -> None:
    await with_a_rota(house)
    line = await caller_in_talk(house, await house.agent("ana"))
    assert says(house, f"{PAT}, until 08:00")(), script(house)
    assert card(house).answer_phrase == f"Thank you for calling Harbor Plumbing. {PAT}, until 08:00 helps you."
    (rota,) = card(house).on_call
    assert (rota.key, rota.name) == ("on-call", "Plumber on call")
    assert rota.people == [PersonOnCall(name="Pat", number="+12025550192", until="08:00")]

    await house.until(lambda: card(house).on_call[0].people != rota.people)
    assert (
        timedelta(0) <= house.clock() - datetime(2026, 11, 16, 13, 0, tzinfo=UTC) <= timedelta(seconds=LOOK_SECONDS + 1)
    )
    assert says(house, f"{KIM}, until Sun 20:00")(), script(house)
    line.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_a_cover_and_its_end_show_on_the_page_during_the_call(house: Answering) -> None:
    await with_a_rota(house)
    line = await caller_in_talk(house, await house.agent("ana"))
    now = house.clock()
    cover = Cover("c1", "harbor", "on-call", "kim", now, now + timedelta(hours=30), "Pat", now)
    await house.rotas.add_cover(cover)
    await house.until(says(house, f"{KIM}, until Tue 13:30"))
    await house.rotas.end_cover("c1", house.clock(), "Pat")
    await house.until(says(house, f"{PAT}, until 08:00"))
    line.hangs_up()
    assert await house.outcome(line) == "answered"


async def test_with_nobody_on_call_it_says_so(house: Answering) -> None:
    await with_a_rota(house, "      - {who: pat, hours: always}\n    fallback: pat\n")
    now = house.clock()
    await house.rotas.add_absence(Absence("a1", "harbor", "pat", now, None, "Pat", now))
    line = await caller_in_talk(house, await house.agent("ana"))
    assert says(house, "nobody is on call; see the script's fallback")(), script(house)
    assert [rota.people for rota in card(house).on_call] == [[]]
    line.hangs_up()
    assert await house.outcome(line) == "answered"


async def test_the_next_caller_has_it_on_the_card_from_the_first_moment(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_a_rota(house)
    store = RotaStore(house, monkeypatch)
    first = await caller_in_talk(house, await house.agent("ana"))
    store.is_away = True
    second = await caller_in_talk(house, await house.agent("ben"))
    other = house.agents.view("ben").call
    assert other is not None
    assert (other.script, other.on_call) == (card(house).script, card(house).on_call)
    assert says(house, f"{PAT}, until 08:00")(), script(house)
    for line in (first, second):
        line.hangs_up()
        assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


async def test_nothing_is_looked_up_for_a_business_without_rotas(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RotaStore(house, monkeypatch)
    line = await caller_in_talk(house, await house.agent("ben"), NORTHWIND)
    found = house.agents.view("ben").call
    assert found is not None
    assert (found.on_call, store.asked) == ([], 0)
    line.hangs_up()
    assert await house.outcome(line) == "answered"


async def test_with_the_store_away_the_agent_has_the_call_and_the_names_come_later(
    house: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_a_rota(house)
    store = RotaStore(house, monkeypatch)
    store.is_away = True
    line = await caller_in_talk(house, await house.agent("ana"))
    assert says(house, "who is on call is being looked up")(), script(house)
    assert [rota.people for rota in card(house).on_call] == [None]
    store.is_away = False
    await house.until(says(house, f"{PAT}, until 08:00"))
    store.is_away = True
    before = store.asked
    await house.until(lambda: store.asked > before)
    assert says(house, f"{PAT}, until 08:00")()  # what is known stays
    line.hangs_up()
    assert await house.outcome(line) == "answered"
    assert await house.left_over() == []


class RotaStore:
    """The house's store of rotas, which may be away; counts how often it is asked who changed what."""

    def __init__(self, house: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self.is_away = False
        self._changes = house.rotas.changes
        monkeypatch.setattr(house.rotas, "changes", self.changes)

    async def changes(self, business_id: str, since: datetime) -> Changes:
        self.asked += 1
        if self.is_away:
            raise ConnectionError("away")
        return await self._changes(business_id, since)
