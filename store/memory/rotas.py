"""Covers, absences, outside calendars and calendar links in memory: the Rotas port."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from secrets import token_urlsafe
from typing import TypeVar

from accounts.directory import NotFound
from accounts.rota import Absence, CalendarShift, Changes, Cover
from accounts.rota_changes import CalendarState, RotaChange, link_hash
from store.changes import rota_changes_as_they_stand

W = TypeVar("W", Cover, Absence)


class MemoryRotas:
    def __init__(self) -> None:
        self._changes: dict[str, RotaChange] = {}
        self._shifts: dict[tuple[str, str], Sequence[CalendarShift]] = {}
        self._calendars: dict[tuple[str, str], CalendarState] = {}
        self._links: dict[tuple[str, str], str] = {}

    async def changes(self, business_id: str, since: datetime) -> Changes:
        own = [change for change in self._changes.values() if change.what.business_id == business_id]
        standing = [change for change in own if change.now_ends is None or change.now_ends > since]
        shifts = {
            rota: tuple(shift for shift in shifts if shift.ends > since)
            for (business, rota), shifts in self._shifts.items()
            if business == business_id
        }
        return rota_changes_as_they_stand(_last_made_first(standing)[::-1], shifts, since)

    async def add_cover(self, cover: Cover) -> Cover:
        return self._add(cover)

    async def end_cover(self, cover_id: str, at: datetime, by: str = "", via: str = "") -> RotaChange:
        return self._end(Cover, cover_id, at, by, via)

    async def add_absence(self, absence: Absence) -> Absence:
        return self._add(absence)

    async def end_absence(self, absence_id: str, at: datetime, by: str = "", via: str = "") -> RotaChange:
        return self._end(Absence, absence_id, at, by, via)

    async def history(self, business_id: str, *, limit: int = 100) -> Sequence[RotaChange]:
        own = [change for change in self._changes.values() if change.what.business_id == business_id]
        return _last_made_first(own)[:limit]

    async def put_calendar(
        self, business_id: str, rota: str, shifts: Sequence[CalendarShift] | None, fetched_at: datetime, error: str = ""
    ) -> None:
        known = self._shifts.get((business_id, rota), ()) if shifts is None else tuple(shifts)
        self._shifts[business_id, rota] = known
        self._calendars[business_id, rota] = CalendarState(rota, len(known), fetched_at, error)

    async def calendar_states(self, business_id: str) -> Mapping[str, CalendarState]:
        return {rota: state for (business, rota), state in self._calendars.items() if business == business_id}

    async def delete_calendar(self, business_id: str, rota: str) -> None:
        self._shifts.pop((business_id, rota), None)
        self._calendars.pop((business_id, rota), None)

    async def new_link(self, business_id: str, contact: str, now: datetime) -> str:
        token = token_urlsafe(32)
        self._links[business_id, contact] = link_hash(token)
        return token

    async def by_link(self, token_hash: str) -> tuple[str, str] | None:
        return next((whose for whose, stored in self._links.items() if stored == token_hash), None)

    def _add(self, what: W) -> W:
        stored = self._changes.setdefault(what.id, RotaChange(what)).what
        assert isinstance(stored, type(what))
        return stored

    def _end(self, kind: type[Cover | Absence], change_id: str, at: datetime, by: str, via: str) -> RotaChange:
        change = self._changes.get(change_id)
        if change is None or not isinstance(change.what, kind):
            raise NotFound(f"no {kind.__name__.lower()} {change_id}")
        if change.ended_at is None:
            change = self._changes[change_id] = replace(change, ended_at=at, ended_by=by, ended_via=via)
        return change


def _last_made_first(changes: Sequence[RotaChange]) -> list[RotaChange]:
    newest_first = list(reversed(changes))
    return sorted(newest_first, key=lambda change: change.what.made_at, reverse=True)
