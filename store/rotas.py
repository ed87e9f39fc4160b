"""Covers, absences, outside calendars and calendar links in the database."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, or_, select, update

from accounts.directory import NotFound
from accounts.rota import Absence, CalendarShift, Changes, Cover
from accounts.rota_changes import CalendarState, RotaChange, link_hash
from store.changes import rota_changes_as_they_stand
from store.database import Database
from store.prepared import Prepared
from store.tables import calendar_links, rota_calendars, rota_changes
from store.upsert import insert_missing, insert_or_replace

COVER, ABSENCE = "cover", "absence"
LAST_MADE_FIRST = (rota_changes.c.made_at.desc(), rota_changes.c.seq.desc())

STANDING = Prepared(
    select(rota_changes)
    .where(rota_changes.c.business_id == bindparam("business"))
    .where(*(or_(end.is_(None), end > bindparam("since")) for end in (rota_changes.c.ends, rota_changes.c.ended_at)))
    .order_by(rota_changes.c.made_at, rota_changes.c.seq)
)
CALENDARS = Prepared(select(rota_calendars).where(rota_calendars.c.business_id == bindparam("business")))


class SqlRotas:
    """The Rotas port."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def changes(self, business_id: str, since: datetime) -> Changes:
        return await self._db.read(_changes, business_id, since)

    async def add_cover(self, cover: Cover) -> Cover:
        stored = await self._db.write(_add, {**vars(cover), "kind": COVER})
        assert isinstance(stored.what, Cover)
        return stored.what

    async def end_cover(self, cover_id: str, at: datetime, by: str = "", via: str = "") -> RotaChange:
        return await self._db.write(_end, COVER, cover_id, at, by, via)

    async def add_absence(self, absence: Absence) -> Absence:
        stored = await self._db.write(_add, {**vars(absence), "kind": ABSENCE})
        assert isinstance(stored.what, Absence)
        return stored.what

    async def end_absence(self, absence_id: str, at: datetime, by: str = "", via: str = "") -> RotaChange:
        return await self._db.write(_end, ABSENCE, absence_id, at, by, via)

    async def history(self, business_id: str, *, limit: int = 100) -> Sequence[RotaChange]:
        made = select(rota_changes).where(rota_changes.c.business_id == business_id)
        return await self._db.read(_select, made.order_by(*LAST_MADE_FIRST).limit(limit))

    async def put_calendar(
        self, business_id: str, rota: str, shifts: Sequence[CalendarShift] | None, fetched_at: datetime, error: str = ""
    ) -> None:
        await self._db.write(_put_calendar, business_id, rota, shifts, fetched_at, error)

    async def calendar_states(self, business_id: str) -> Mapping[str, CalendarState]:
        wanted = select(rota_calendars).where(rota_calendars.c.business_id == business_id)
        rows = await self._db.read(_rows, wanted)
        return {row.rota: CalendarState(row.rota, len(row.shifts), row.fetched_at, row.error) for row in rows}

    async def delete_calendar(self, business_id: str, rota: str) -> None:
        await self._db.write(_delete_calendar, business_id, rota)

    async def new_link(self, business_id: str, contact: str, now: datetime) -> str:
        token = token_urlsafe(32)
        link = {"business_id": business_id, "contact": contact, "token_hash": link_hash(token), "made_at": now}
        await self._db.write(insert_or_replace, calendar_links, link)
        return token

    async def by_link(self, token_hash: str) -> tuple[str, str] | None:
        rows = await self._db.read(_rows, select(calendar_links).where(calendar_links.c.token_hash == token_hash))
        return (rows[0].business_id, rows[0].contact) if rows else None


def _changes(connection: Connection, business_id: str, since: datetime) -> Changes:
    made = [_change(row) for row in STANDING.rows(connection, {"business": business_id, "since": since})]
    calendars = CALENDARS.rows(connection, {"business": business_id})
    shifts = {row.rota: _shifts(row.shifts, since) for row in calendars}
    return rota_changes_as_they_stand(made, shifts, since)


def _add(connection: Connection, values: dict[str, Any]) -> RotaChange:
    insert_missing(connection, rota_changes, {**values, "ended_by": "", "ended_via": ""})
    return _change(_rows(connection, select(rota_changes).where(rota_changes.c.id == values["id"]))[0])


def _end(connection: Connection, kind: str, change_id: str, at: datetime, by: str, via: str) -> RotaChange:
    this = (rota_changes.c.id == change_id, rota_changes.c.kind == kind)
    standing = update(rota_changes).where(*this, rota_changes.c.ended_at.is_(None))
    connection.execute(standing.values(ended_at=at, ended_by=by, ended_via=via))
    found = _select(connection, select(rota_changes).where(*this))
    if not found:
        raise NotFound(f"no {kind} {change_id}")
    return found[0]


def _put_calendar(
    connection: Connection,
    business_id: str,
    rota: str,
    shifts: Sequence[CalendarShift] | None,
    fetched_at: datetime,
    error: str,
) -> None:
    this = select(rota_calendars).where(rota_calendars.c.business_id == business_id, rota_calendars.c.rota == rota)
    stored = _rows(connection, this.with_for_update())
    if shifts is None:
        rows = stored[0].shifts if stored else []
    else:
        rows = [[shift.contact, shift.starts.isoformat(), shift.ends.isoformat()] for shift in shifts]
    state = {"shifts": rows, "fetched_at": fetched_at, "error": error}
    insert_or_replace(connection, rota_calendars, {"business_id": business_id, "rota": rota, **state})


def _delete_calendar(connection: Connection, business_id: str, rota: str) -> None:
    this = (rota_calendars.c.business_id == business_id, rota_calendars.c.rota == rota)
    connection.execute(delete(rota_calendars).where(*this))


def _shifts(rows: Sequence[Sequence[str]], since: datetime) -> tuple[CalendarShift, ...]:
    read = (CalendarShift(contact, _utc(starts), _utc(ends)) for contact, starts, ends in rows)
    return tuple(shift for shift in read if shift.ends > since)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _rows(connection: Connection, wanted: Select[Any]) -> Sequence[Row[Any]]:
    return connection.execute(wanted).all()


def _select(connection: Connection, wanted: Select[Any]) -> list[RotaChange]:
    return [_change(row) for row in connection.execute(wanted)]


def _change(row: Row[Any]) -> RotaChange:
    made = {name: getattr(row, name) for name in ("business_id", "contact", "made_by", "made_at", "made_via")}
    what: Cover | Absence
    if row.kind == COVER:
        what = Cover(id=row.id, rota=row.rota, starts=row.starts, ends=row.ends, instead_of=row.instead_of, **made)
    else:
        what = Absence(id=row.id, starts=row.starts, ends=row.ends, **made)
    return RotaChange(what, row.ended_at, row.ended_by, row.ended_via)
