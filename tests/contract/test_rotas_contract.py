"""What every store of changes to rotas does."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.directory import NotFound
from accounts.rota import Absence, CalendarShift, Changes, Cover
from accounts.rota_changes import CalendarState, RotaChange, Rotas, link_hash
from tests.contract.samples import MINUTE, NOON

HOUR = timedelta(hours=1)


def cover(id_: str = "c1", **changes: Any) -> Cover:
    """Sean stands in for Pat from noon for three hours."""
    made = Cover(id_, "harbor", "plumbers", "sean", NOON, NOON + 3 * HOUR, "Pat", NOON - MINUTE, "pat", "page")
    return replace(made, **changes)


def absence(id_: str = "a1", ends: datetime | None = None, **changes: Any) -> Absence:
    """Pat is away from noon on."""
    return replace(Absence(id_, "harbor", "pat", NOON, ends, "Pat", NOON - MINUTE, "email:pat@harbor.test"), **changes)


async def test_covers_and_absences_come_back_until_they_are_over(rotas: Rotas) -> None:
    assert await rotas.changes("harbor", NOON) == Changes()
    first, second = cover(), cover("c2", instead_of=None, ends=NOON + HOUR, made_at=NOON)
    away, short = absence(), absence("a2", NOON + 2 * HOUR)
    assert await rotas.add_cover(first) == first
    assert await rotas.add_cover(replace(first, contact="olga")) == first
    await rotas.add_cover(second)
    for each in (away, short):
        assert await rotas.add_absence(each) == each
    await rotas.add_cover(cover("c3", business_id="lakeside"))
    assert await rotas.changes("harbor", NOON) == Changes((first, second), (away, short))
    assert await rotas.changes("harbor", NOON + HOUR) == Changes((first,), (away, short))
    assert await rotas.changes("harbor", NOON + 3 * HOUR) == Changes((), (away,))


async def test_what_is_ended_early_ends_then_and_is_kept(rotas: Rotas) -> None:
    await rotas.add_cover(cover())
    await rotas.add_absence(absence())
    ended = await rotas.end_cover("c1", NOON + HOUR, "Sean", "sms:+12025550193")
    assert ended == RotaChange(cover(), NOON + HOUR, "Sean", "sms:+12025550193")
    assert await rotas.end_cover("c1", NOON + 2 * HOUR, "Olga") == ended
    back = await rotas.end_absence("a1", NOON + 2 * HOUR, "Pat")
    now = await rotas.changes("harbor", NOON)
    assert now == Changes((cover(ends=NOON + HOUR),), (absence(ends=NOON + 2 * HOUR),))
    assert await rotas.changes("harbor", NOON + HOUR) == Changes((), (absence(ends=NOON + 2 * HOUR),))
    assert await rotas.history("harbor") == [back, ended]
    for attempt in (rotas.end_cover("a1", NOON), rotas.end_absence("c1", NOON), rotas.end_cover("x", NOON)):
        with pytest.raises(NotFound):
            await attempt


async def test_what_is_undone_before_it_began_never_was(rotas: Rotas) -> None:
    await rotas.add_cover(cover())
    await rotas.end_cover("c1", NOON - MINUTE, "Pat")
    assert await rotas.changes("harbor", NOON - HOUR) == Changes()
    assert len(await rotas.history("harbor")) == 1


async def test_the_history_is_newest_first(rotas: Rotas) -> None:
    made = [cover(f"c{n}", made_at=NOON + n * MINUTE, made_by=("Pat", "Sean")[n % 2]) for n in range(4)]
    for each in made:
        await rotas.add_cover(each)
    away = absence(made_at=NOON + 2 * MINUTE)
    await rotas.add_absence(away)
    newest_first: list[Cover | Absence] = [made[3], away, made[2], made[1], made[0]]
    assert [change.what for change in await rotas.history("harbor")] == newest_first
    assert [change.what for change in await rotas.history("harbor", limit=2)] == newest_first[:2]


async def test_a_calendar_keeps_its_shifts_while_it_cannot_be_read(rotas: Rotas) -> None:
    shifts = (CalendarShift("pat", NOON, NOON + HOUR), CalendarShift("sean", NOON + HOUR, NOON + 2 * HOUR))
    await rotas.put_calendar("harbor", "plumbers", shifts, NOON)
    assert (await rotas.changes("harbor", NOON)).calendars == {"plumbers": shifts}
    assert (await rotas.changes("harbor", NOON + HOUR)).calendars == {"plumbers": shifts[1:]}
    await rotas.put_calendar("harbor", "plumbers", None, NOON + HOUR, "It did not answer.")
    await rotas.put_calendar("harbor", "drains", None, NOON, "It is no calendar.")
    assert (await rotas.changes("harbor", NOON)).calendars == {"plumbers": shifts, "drains": ()}
    assert await rotas.calendar_states("harbor") == {
        "plumbers": CalendarState("plumbers", 2, NOON + HOUR, "It did not answer."),
        "drains": CalendarState("drains", 0, NOON, "It is no calendar."),
    }
    await rotas.put_calendar("harbor", "plumbers", shifts[:1], NOON + 2 * HOUR)
    assert (await rotas.calendar_states("harbor"))["plumbers"] == CalendarState("plumbers", 1, NOON + 2 * HOUR)
    await rotas.delete_calendar("harbor", "plumbers")
    await rotas.delete_calendar("harbor", "nothing")
    assert list(await rotas.calendar_states("harbor")) == ["drains"]
    assert await rotas.calendar_states("lakeside") == {}


async def test_a_new_link_takes_the_place_of_the_one_before(rotas: Rotas) -> None:
    old = await rotas.new_link("harbor", "pat", NOON)
    other = await rotas.new_link("lakeside", "pat", NOON)
    new = await rotas.new_link("harbor", "pat", NOON)
    assert len({old, other, new}) == 3
    assert len(new) >= 43  # 256 bits
    assert await rotas.by_link(link_hash(new)) == ("harbor", "pat")
    assert await rotas.by_link(link_hash(other)) == ("lakeside", "pat")
    assert await rotas.by_link(link_hash(old)) is None
    assert await rotas.by_link(new) is None
