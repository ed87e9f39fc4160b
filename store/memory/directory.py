"""Businesses, numbers, recordings, people, pause reasons and trunks in memory: the Directory port."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from accounts.business import Business, Number, Recording, Trunk
from accounts.directory import Conflict, NotFound
from accounts.pauses import USUAL_REASONS, PauseReason
from accounts.people import Person
from store import changes

Clock = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class MemoryDirectory:
    def __init__(self, clock: Clock = _utc_now) -> None:
        self._clock = clock
        self._businesses: dict[str, Business] = {}
        self._plans: dict[str, list[tuple[int, datetime, str]]] = {}
        self._numbers: dict[str, Number] = {}
        self._recordings: dict[str, Recording] = {}
        self._people: dict[str, Person] = {}
        self._pause_reasons: Sequence[PauseReason] = ()
        self._trunks: dict[str, Trunk] = {}

    async def businesses(self) -> Sequence[Business]:
        return sorted(self._businesses.values(), key=lambda business: (business.name.casefold(), business.id))

    async def business(self, business_id: str) -> Business:
        if business_id not in self._businesses:
            raise NotFound(f"no business {business_id}")
        return self._businesses[business_id]

    async def business_by_number(self, e164: str) -> Business | None:
        number = self._numbers.get(e164)
        return self._businesses[number.business_id] if number else None

    async def put_business(self, business: Business, *, expected_version: int | None = None) -> Business:
        stored = self._businesses.get(business.id)
        business = changes.with_plan_version(stored, business, expected_version)
        self._businesses[business.id] = business
        if stored is None or stored.plan_version != business.plan_version:
            saved = (business.plan_version, self._clock(), business.plan)
            self._plans.setdefault(business.id, []).insert(0, saved)
        return business

    async def plan_versions(self, business_id: str) -> Sequence[tuple[int, datetime, str]]:
        return list(self._plans.get(business_id, ()))

    async def numbers(self, business_id: str | None = None) -> Sequence[Number]:
        chosen = [number for number in self._numbers.values() if business_id in (None, number.business_id)]
        return sorted(chosen, key=lambda number: number.e164)

    async def put_number(self, number: Number) -> None:
        await self.business(number.business_id)
        self._numbers[number.e164] = number

    async def delete_number(self, e164: str) -> None:
        if self._numbers.pop(e164, None) is None:
            raise NotFound("no such number")

    async def recordings(self, business_id: str) -> Sequence[Recording]:
        chosen = [recording for recording in self._recordings.values() if recording.business_id == business_id]
        return sorted(chosen, key=lambda recording: (recording.name.casefold(), recording.id))

    async def recording(self, recording_id: str) -> Recording:
        if recording_id not in self._recordings:
            raise NotFound(f"no recording {recording_id}")
        return self._recordings[recording_id]

    async def put_recording(self, recording: Recording) -> None:
        await self.business(recording.business_id)
        if recording.id in self._recordings:
            raise Conflict("another recording has this id")
        self._recordings[recording.id] = recording

    async def delete_recording(self, recording_id: str) -> None:
        if self._recordings.pop(recording_id, None) is None:
            raise NotFound(f"no recording {recording_id}")

    async def people(self) -> Sequence[Person]:
        return sorted(self._people.values(), key=lambda person: person.email.casefold())

    async def person(self, person_id: str) -> Person:
        if person_id not in self._people:
            raise NotFound(f"no person {person_id}")
        return self._people[person_id]

    async def person_by_email(self, email: str) -> Person | None:
        return next((p for p in self._people.values() if p.email.casefold() == email.casefold()), None)

    async def put_person(self, person: Person) -> None:
        if person.business_id is not None:
            await self.business(person.business_id)
        for other in self._people.values():
            if other.id == person.id:
                continue
            if other.email.casefold() == person.email.casefold():
                raise Conflict("this e-mail address belongs to somebody else")
            if person.sip_username is not None and other.sip_username == person.sip_username:
                raise Conflict("this SIP user name belongs to somebody else")
        self._people[person.id] = person

    async def pause_reasons(self) -> Sequence[PauseReason]:
        return self._pause_reasons or USUAL_REASONS

    async def put_pause_reasons(self, reasons: Sequence[PauseReason]) -> None:
        self._pause_reasons = list(reasons)

    async def trunks(self) -> Sequence[Trunk]:
        return sorted(self._trunks.values(), key=lambda trunk: trunk.name)

    async def put_trunk(self, trunk: Trunk) -> None:
        if any(other.name == trunk.name and other.id != trunk.id for other in self._trunks.values()):
            raise Conflict("another trunk has this name")
        self._trunks[trunk.id] = trunk

    async def delete_trunk(self, trunk_id: str) -> None:
        if self._trunks.pop(trunk_id, None) is None:
            raise NotFound(f"no trunk {trunk_id}")
