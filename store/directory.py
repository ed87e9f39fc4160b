"""Businesses, numbers, recordings, people and trunks in the database."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Delete, Row, Select, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from accounts.business import Business, Number, Recording, Trunk
from accounts.directory import Conflict, NotFound
from accounts.pauses import USUAL_REASONS, PauseReason
from accounts.people import Person, Role
from store import changes
from store.database import Database
from store.prepared import Prepared
from store.tables import business_plans, businesses, numbers, pause_reasons, people, recordings, trunks
from store.upsert import insert_or_replace

BUSINESS = Prepared(select(businesses).where(businesses.c.id == bindparam("wanted_id")))


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqlDirectory:
    """The Directory port. Lists are sorted here, not in SQL, where the order would depend on the server's locale."""

    def __init__(self, db: Database, clock: Callable[[], datetime] = _utc_now) -> None:
        self._db = db
        self._clock = clock

    async def businesses(self) -> Sequence[Business]:
        found = await self._db.read(_rows, select(businesses))
        return sorted(map(_business, found), key=lambda business: (business.name.casefold(), business.id))

    async def business(self, business_id: str) -> Business:
        found = await self._db.read(BUSINESS.rows, {"wanted_id": business_id})
        if not found:
            raise NotFound(f"no business {business_id}")
        return _business(found[0])

    async def business_by_number(self, e164: str) -> Business | None:
        wanted = select(businesses).join(numbers).where(numbers.c.e164 == e164)
        found = await self._db.read(_rows, wanted)
        return _business(found[0]) if found else None

    async def put_business(self, business: Business, *, expected_version: int | None = None) -> Business:
        return await self._db.write(_put_business, business, expected_version, self._clock())

    async def plan_versions(self, business_id: str) -> Sequence[tuple[int, datetime, str]]:
        wanted = select(business_plans).where(business_plans.c.business_id == business_id)
        found = await self._db.read(_rows, wanted.order_by(business_plans.c.version.desc()))
        return [(row.version, row.saved_at, row.plan) for row in found]

    async def numbers(self, business_id: str | None = None) -> Sequence[Number]:
        wanted = select(numbers)
        if business_id is not None:
            wanted = wanted.where(numbers.c.business_id == business_id)
        found = await self._db.read(_rows, wanted)
        return sorted((Number(row.e164, row.business_id) for row in found), key=lambda number: number.e164)

    async def put_number(self, number: Number) -> None:
        await self._db.write(_put_number, number)

    async def delete_number(self, e164: str) -> None:
        if not await self._db.write(_deleted, delete(numbers).where(numbers.c.e164 == e164)):
            raise NotFound("no such number")

    async def recordings(self, business_id: str) -> Sequence[Recording]:
        found = await self._db.read(_rows, select(recordings).where(recordings.c.business_id == business_id))
        return sorted(map(_recording, found), key=lambda recording: (recording.name.casefold(), recording.id))

    async def recording(self, recording_id: str) -> Recording:
        found = await self._db.read(_rows, select(recordings).where(recordings.c.id == recording_id))
        if not found:
            raise NotFound(f"no recording {recording_id}")
        return _recording(found[0])

    async def put_recording(self, recording: Recording) -> None:
        try:
            await self._db.write(_put_recording, recording)
        except IntegrityError:
            raise Conflict("another recording has this id") from None

    async def delete_recording(self, recording_id: str) -> None:
        if not await self._db.write(_deleted, delete(recordings).where(recordings.c.id == recording_id)):
            raise NotFound(f"no recording {recording_id}")

    async def people(self) -> Sequence[Person]:
        found = await self._db.read(_rows, select(people))
        return sorted(map(_person, found), key=lambda person: person.email.casefold())

    async def person(self, person_id: str) -> Person:
        found = await self._db.read(_rows, select(people).where(people.c.id == person_id))
        if not found:
            raise NotFound(f"no person {person_id}")
        return _person(found[0])

    async def person_by_email(self, email: str) -> Person | None:
        found = await self._db.read(_rows, select(people).where(people.c.email_key == email.casefold()))
        return _person(found[0]) if found else None

    async def put_person(self, person: Person) -> None:
        try:
            await self._db.write(_put_person, person)
        except IntegrityError:
            # not chained: PostgreSQL's detail quotes the address
            raise Conflict("this e-mail address or SIP user name belongs to somebody else") from None

    async def pause_reasons(self) -> Sequence[PauseReason]:
        found = await self._db.read(_rows, select(pause_reasons).order_by(pause_reasons.c.place))
        return [PauseReason(row.key, row.name, row.billable, row.asks_note) for row in found] or USUAL_REASONS

    async def put_pause_reasons(self, reasons: Sequence[PauseReason]) -> None:
        await self._db.write(_put_pause_reasons, reasons)

    async def trunks(self) -> Sequence[Trunk]:
        found = await self._db.read(_rows, select(trunks))
        return sorted(map(_trunk, found), key=lambda trunk: trunk.name)

    async def put_trunk(self, trunk: Trunk) -> None:
        try:
            await self._db.write(insert_or_replace, trunks, asdict(trunk))
        except IntegrityError:
            raise Conflict("another trunk has this name") from None

    async def delete_trunk(self, trunk_id: str) -> None:
        if not await self._db.write(_deleted, delete(trunks).where(trunks.c.id == trunk_id)):
            raise NotFound(f"no trunk {trunk_id}")


def _rows(connection: Connection, wanted: Select[Any]) -> Sequence[Row[Any]]:
    return connection.execute(wanted).all()


def _deleted(connection: Connection, unwanted: Delete) -> bool:
    return connection.execute(unwanted).rowcount > 0


def _put_business(connection: Connection, business: Business, expected_version: int | None, now: datetime) -> Business:
    locked = select(businesses).where(businesses.c.id == business.id).with_for_update()
    row = connection.execute(locked).one_or_none()
    stored = _business(row) if row else None
    business = changes.with_plan_version(stored, business, expected_version)
    insert_or_replace(connection, businesses, asdict(business))
    if stored is None or stored.plan_version != business.plan_version:
        version = {"version": business.plan_version, "saved_at": now, "plan": business.plan}
        connection.execute(insert(business_plans).values(business_id=business.id, **version))
    return business


def _put_number(connection: Connection, number: Number) -> None:
    _check_business(connection, number.business_id)
    insert_or_replace(connection, numbers, asdict(number))


def _put_recording(connection: Connection, recording: Recording) -> None:
    _check_business(connection, recording.business_id)
    connection.execute(insert(recordings), asdict(recording))


def _put_person(connection: Connection, person: Person) -> None:
    if person.business_id is not None:
        _check_business(connection, person.business_id)
    documents = {
        "skills": dict(person.skills),
        "dedicated_to": sorted(person.dedicated_to),
        "pools": dict(person.pools),
    }
    row = {**asdict(person), **documents, "role": person.role.value, "email_key": person.email.casefold()}
    insert_or_replace(connection, people, row)


def _put_pause_reasons(connection: Connection, reasons: Sequence[PauseReason]) -> None:
    connection.execute(delete(pause_reasons))
    if reasons:
        rows = [{"place": place, **asdict(reason)} for place, reason in enumerate(reasons)]
        connection.execute(insert(pause_reasons), rows)


def _check_business(connection: Connection, business_id: str) -> None:
    if connection.execute(select(businesses.c.id).where(businesses.c.id == business_id)).first() is None:
        raise NotFound(f"no business {business_id}")


def _business(row: Row[Any]) -> Business:
    return Business(row.id, row.name, row.plan, row.plan_version)


def _recording(row: Row[Any]) -> Recording:
    return Recording(**row._asdict())


def _person(row: Row[Any]) -> Person:
    return Person(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        password_hash=row.password_hash,
        business_id=row.business_id,
        sip_username=row.sip_username,
        sip_secret=row.sip_secret,
        skills=row.skills,
        dedicated_to=frozenset(row.dedicated_to),
        pools=row.pools,
        ring_seconds=row.ring_seconds,
        auto_answer=row.auto_answer,
        disabled=row.disabled,
    )


def _trunk(row: Row[Any]) -> Trunk:
    lists = {"match": tuple(row.match), "codecs": tuple(row.codecs)}
    return Trunk(**{**row._asdict(), **lists})
