"""In-memory twins of the SQL stores for fast tests; they pass the same contract suites.

Nothing in them outlives the process.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar
from uuid import uuid4

from accounts.business import Business, Number, Recording, Trunk
from accounts.callers import ListedCaller, ListKind, digits_searched
from accounts.directory import Conflict, NotFound, Session
from accounts.pauses import USUAL_REASONS, PauseReason
from accounts.people import Person
from calls.callback import Callback
from messages.delivery import Alarm, AwaitingAcknowledgement, Delivery, Leased, Queued
from messages.message import Message, MessageStatus
from messages.outbox import AlreadySaved, Page, SentText
from reports.facts import Fact, Kind
from store import changes
from store import cursor as cursors

Clock = Callable[[], datetime]
D = TypeVar("D", bound=Delivery)


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


class MemoryCallerLists:
    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], ListedCaller] = {}

    async def about(self, number: str, business_id: str) -> Sequence[ListedCaller]:
        return [
            entry for entry in self._sorted() if entry.number == number and entry.business_id in (None, business_id)
        ]

    async def page(
        self,
        business_id: str | None = None,
        *,
        house: bool = False,
        kind: ListKind | None = None,
        search: str = "",
        cursor: str = "",
        limit: int = 50,
    ) -> Page[ListedCaller]:
        chosen = await self.list_of(None if house else business_id) if house or business_id else self._sorted()
        found = [entry for entry in chosen if kind in (None, entry.kind) and _is_searched(entry, search)]
        if cursor:
            place = cursors.to_listed(cursor)
            found = [entry for entry in found if _listed_place(entry) > place]
        items = found[:limit]
        return Page(items, cursors.of_listed(*_listed_place(items[-1])) if len(found) > limit else "")

    async def list_of(self, business_id: str | None) -> Sequence[ListedCaller]:
        return [entry for entry in self._sorted() if entry.business_id == business_id]

    async def put(self, entries: Sequence[ListedCaller]) -> None:
        self._entries.update({_listed_place(entry): entry for entry in entries})

    async def delete(self, number: str, business_id: str | None) -> None:
        if self._entries.pop((number, business_id or ""), None) is None:
            raise NotFound("no such entry in this list of callers")

    def _sorted(self) -> list[ListedCaller]:
        return sorted(self._entries.values(), key=_listed_place)


def _listed_place(entry: ListedCaller) -> tuple[str, str]:
    return entry.number, entry.business_id or ""


def _is_searched(entry: ListedCaller, search: str) -> bool:
    digits = digits_searched(search)
    return search.casefold() in entry.note.casefold() or (digits != "" and digits in entry.number)


class MemorySessions:
    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    async def add(self, session: Session) -> None:
        self._sessions[session.token_hash] = session

    async def find(self, token_hash: str, now: datetime) -> Session | None:
        session = self._sessions.get(token_hash)
        return session if session and session.expires_at > now else None

    async def of_person(self, person_id: str) -> Sequence[Session]:
        chosen = [session for session in self._sessions.values() if session.person_id == person_id]
        return sorted(chosen, key=lambda session: (session.expires_at, session.token_hash), reverse=True)

    async def end(self, token_hash: str) -> None:
        self._sessions.pop(token_hash, None)

    async def end_expired(self, now: datetime) -> int:
        expired = [key for key, session in self._sessions.items() if session.expires_at <= now]
        for key in expired:
            del self._sessions[key]
        return len(expired)


class MemoryInbox:
    """`deliveries` are what was saved with the messages, for a MemoryOutbox to work on."""

    def __init__(self) -> None:
        self.deliveries: dict[str, Delivery] = {}
        self._messages: dict[str, Message] = {}
        self._numbers = count(changes.FIRST_MESSAGE_NUMBER)

    async def open_draft(self, message: Message) -> Message:
        if message.id not in self._messages:
            self._messages[message.id] = changes.as_draft(message, next(self._numbers))
        return self._messages[message.id]

    async def keep_draft(self, message: Message) -> Message:
        return self._put(changes.as_kept(await self.message(message.id), message))

    async def save(self, message: Message, deliveries: Sequence[Queued]) -> Message:
        changes.check_savable(message, deliveries)
        stored = await self.open_draft(message)
        if stored.status != MessageStatus.DRAFT:
            return stored
        self.deliveries.update({delivery.job.id: delivery for delivery in deliveries})
        return self._put(changes.as_saved(stored, message))

    async def assign_draft(self, message_id: str, person_id: str) -> None:
        stored = self._messages.get(message_id)
        if stored and stored.status == MessageStatus.DRAFT:
            self._put(replace(stored, taken_by=person_id))

    async def discard_draft(self, message_id: str) -> None:
        stored = self._messages.get(message_id)
        if stored and stored.status != MessageStatus.DRAFT:
            raise AlreadySaved(f"message {stored.number} is saved already")
        self._messages.pop(message_id, None)

    async def message(self, message_id: str) -> Message:
        if message_id not in self._messages:
            raise NotFound(f"no message {message_id}")
        return self._messages[message_id]

    async def messages(self, business_id: str | None = None, *, cursor: str = "", limit: int = 50) -> Page[Message]:
        chosen = [m for m in self._finished() if business_id in (None, m.business_id)]
        return _page_by_time(chosen, cursor, limit)

    async def of_caller(self, business_id: str, caller: str, limit: int = 10) -> Sequence[Message]:
        return [m for m in self._finished() if (m.business_id, m.caller) == (business_id, caller)][:limit]

    async def with_clip(self, clip_id: str) -> Message | None:
        return next((m for m in self._messages.values() if clip_id in (m.name_clip, m.voice_clip)), None)

    async def drafts(self, person_id: str) -> Sequence[Message]:
        mine = [draft for draft in await self.open_drafts() if draft.taken_by == person_id]
        return sorted(mine, key=lambda draft: (draft.created_at, draft.number), reverse=True)

    async def open_drafts(self) -> Sequence[Message]:
        drafts = [m for m in self._messages.values() if m.status == MessageStatus.DRAFT]
        return sorted(drafts, key=lambda draft: draft.number)

    async def mark_done(self, message_id: str, at: datetime | None) -> Message:
        stored = await self.message(message_id)
        if stored.status == MessageStatus.DRAFT:
            raise NotFound(f"no saved message {message_id}")
        return self._put(replace(stored, done_at=at, revision=stored.revision + 1))

    def _put(self, message: Message) -> Message:
        self._messages[message.id] = message
        return message

    def _finished(self) -> list[Message]:
        chosen = [m for m in self._messages.values() if m.status != MessageStatus.DRAFT]
        return sorted(chosen, key=_saved_place, reverse=True)


def _saved_place(message: Message) -> tuple[datetime, int]:
    return message.saved_at or message.created_at, message.number


def _page_by_time(messages: Sequence[Message], after: str, limit: int) -> Page[Message]:
    if after:
        place = cursors.to_time(after)
        messages = [message for message in messages if _saved_place(message) < place]
    items = messages[:limit]
    return Page(items, cursors.of_time(*_saved_place(items[-1])) if len(messages) > limit else "")


def _due(state: Queued | Leased | AwaitingAcknowledgement) -> datetime:
    return state.until if isinstance(state, Leased) else state.due


class MemoryOutbox:
    def __init__(self, inbox: MemoryInbox) -> None:
        self._deliveries = inbox.deliveries

    async def claim(
        self, now: datetime, *, lease_seconds: float, limit: int, busy: Collection[str] = ()
    ) -> Sequence[Leased]:
        due: list[Queued | Leased] = [
            state
            for state in self._deliveries.values()
            if isinstance(state, Queued | Leased) and state.job.target.channel not in busy and _due(state) <= now
        ]
        due.sort(key=_due)
        token = uuid4().hex
        return self._put([changes.lease(state, now, lease_seconds, token) for state in due[:limit]])

    async def overdue(self, now: datetime) -> Sequence[Delivery]:
        waiting = [state for state in self._deliveries.values() if isinstance(state, AwaitingAcknowledgement)]
        return self._put([state.again(now) for state in waiting if state.due <= now])

    async def settle(self, held: Leased, state: Delivery) -> bool:
        stored = self._deliveries.get(held.job.id)
        if not isinstance(stored, Leased) or stored.lease != held.lease:
            return False
        self._put([state])
        return True

    async def next_due(self) -> datetime | None:
        waiting = (Queued, Leased, AwaitingAcknowledgement)
        return min((_due(state) for state in self._deliveries.values() if isinstance(state, waiting)), default=None)

    async def of_message(self, message_id: str) -> Sequence[Delivery]:
        return [state for state in self._deliveries.values() if state.job.message_id == message_id]

    async def delivery(self, delivery_id: str) -> Delivery:
        if delivery_id not in self._deliveries:
            raise NotFound(f"no delivery {delivery_id}")
        return self._deliveries[delivery_id]

    async def by_token(self, token: str) -> Delivery | None:
        return next((state for state in self._deliveries.values() if state.job.token == token), None)

    async def acknowledge(self, delivery_id: str, now: datetime, by: str) -> Sequence[Delivery]:
        message_id = (await self.delivery(delivery_id)).job.message_id
        return self._put(changes.acknowledge(await self.of_message(message_id), delivery_id, now, by))

    async def retry(self, delivery_id: str, now: datetime) -> Delivery:
        state = await self.delivery(delivery_id)
        if isinstance(state, Alarm):
            state = state.retried(now)
            self._put([state])
        return state

    async def alarms(self, business_id: str | None = None, *, limit: int = 100) -> Sequence[Delivery]:
        alarms = [state for state in self._deliveries.values() if isinstance(state, Alarm)]
        chosen = [state for state in alarms if business_id in (None, state.job.business_id)]
        chosen.reverse()
        return sorted(chosen, key=lambda state: state.at, reverse=True)[:limit]

    async def counts(self) -> Mapping[str, int]:
        return Counter(type(state).__name__.lower() for state in self._deliveries.values())

    def _put(self, states: Sequence[D]) -> Sequence[D]:
        self._deliveries.update({state.job.id: state for state in states})
        return states


class MemoryJournal:
    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def note(self, fact: Fact) -> None:
        if fact.kind != Kind.CALL_ENDED or fact.call_id not in self._calls_with(Kind.CALL_ENDED):
            self.facts.append(fact)

    async def flush(self) -> None:
        pass

    async def of_call(self, call_id: str) -> Sequence[Fact]:
        return [fact for fact in self.facts if fact.call_id == call_id]

    async def ended_calls(self, business_id: str | None = None, *, cursor: str = "", limit: int = 50) -> Page[Fact]:
        return _page_by_place(self.facts, business_id, cursor, limit)

    async def unfinished(self) -> Sequence[Fact]:
        ended = self._calls_with(Kind.CALL_ENDED)
        return [fact for fact in self.facts if fact.kind == Kind.CALL_STARTED and fact.call_id not in ended]

    async def between(
        self, start: datetime, end: datetime, kinds: Collection[Kind] | None = None
    ) -> AsyncIterator[Fact]:
        for fact in sorted(self.facts, key=lambda fact: fact.at):
            if start <= fact.at < end and (kinds is None or fact.kind in kinds):
                yield fact

    async def started_calls(self, prefix: str, limit: int) -> Sequence[Fact]:
        started = [fact for fact in reversed(self.facts) if fact.kind == Kind.CALL_STARTED]
        return [fact for fact in started if fact.call_id.startswith(prefix)][:limit]

    def _calls_with(self, kind: Kind) -> set[str]:
        return {fact.call_id for fact in self.facts if fact.kind == kind}


def _page_by_place(facts: Iterable[Fact], business_id: str | None, after: str, limit: int) -> Page[Fact]:
    before = cursors.to_number(after) if after else None
    ended = [
        (place, fact)
        for place, fact in enumerate(facts)
        if fact.kind == Kind.CALL_ENDED and business_id in (None, fact.business_id)
    ]
    newest_first = [(place, fact) for place, fact in reversed(ended) if before is None or place < before]
    items = newest_first[:limit]
    return Page([fact for _, fact in items], str(items[-1][0]) if len(newest_first) > limit else "")


class MemorySentTexts:
    def __init__(self) -> None:
        self._sent: dict[str, SentText] = {}

    async def add(self, sent: SentText) -> None:
        self._sent.setdefault(sent.id, sent)

    async def latest(self, business_id: str | None = None, *, limit: int = 100) -> Sequence[SentText]:
        chosen = [sent for sent in reversed(self._sent.values()) if business_id in (None, sent.business_id)]
        return sorted(chosen, key=lambda sent: sent.at, reverse=True)[:limit]


class MemoryCallbacks:
    """The CallbackStore port."""

    def __init__(self) -> None:
        self._kept: dict[str, Callback] = {}

    async def put(self, callback: Callback) -> None:
        self._kept[callback.call_id] = callback

    async def delete(self, call_id: str) -> None:
        self._kept.pop(call_id, None)

    async def all(self) -> Sequence[Callback]:
        return sorted(self._kept.values(), key=lambda each: (each.arrived_at, each.call_id))
