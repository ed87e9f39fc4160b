"""Messages in memory: the Inbox port."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from accounts.callers import digits_searched
from accounts.directory import NotFound
from calls.delivery_facts import Subject, of_done, of_saving
from messages.delivery import Delivery, Queued
from messages.escalation import Asking, Escalation, Unanswered
from messages.message import Message, MessageStatus
from messages.outbox import AlreadySaved, MessageState, Page
from messages.task import Task
from store import changes
from store import cursor as cursors
from store.memory.journal import MemoryJournal


class MemoryInbox:
    """What was saved with the messages is for a MemoryOutbox and MemoryTasks to work on; facts go to `journal`."""

    def __init__(self, journal: MemoryJournal | None = None) -> None:
        self.journal = journal or MemoryJournal()
        self.escalations: dict[str, Escalation] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.tasks: dict[str, Task] = {}
        self._messages: dict[str, Message] = {}
        self._numbers = count(changes.FIRST_MESSAGE_NUMBER)

    async def open_draft(self, message: Message) -> Message:
        if message.id not in self._messages:
            self._messages[message.id] = changes.as_draft(message, next(self._numbers))
        return self._messages[message.id]

    async def keep_draft(self, message: Message) -> Message:
        return self._put(changes.as_kept(await self.message(message.id), message))

    async def save(
        self,
        message: Message,
        escalations: Sequence[Escalation],
        deliveries: Sequence[Queued],
        tasks: Sequence[Task] = (),
    ) -> Message:
        changes.check_savable(message, escalations, deliveries, tasks)
        stored = await self.open_draft(message)
        if stored.status != MessageStatus.DRAFT:
            return stored
        saved = self._put(changes.as_saved(stored, message))
        self.escalations.update({state.path.id: state for state in escalations})
        self.deliveries.update({delivery.job.id: delivery for delivery in deliveries})
        self.tasks.update({task.id: task for task in tasks})
        at = saved.saved_at or saved.created_at
        self.journal.append(of_saving(saved, escalations, deliveries, tasks, at))
        return saved

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

    async def by_number(self, number: int) -> Message | None:
        return next((m for m in self._messages.values() if m.number == number), None)

    async def messages(
        self,
        business_id: str | None = None,
        *,
        state: MessageState | None = None,
        search: str = "",
        cursor: str = "",
        limit: int = 50,
    ) -> Page[Message]:
        chosen = [m for m in self._finished() if business_id in (None, m.business_id)]
        if state is not None:
            chosen = [m for m in chosen if (m.done_at is not None) == (state == "done")]
        if state == "waiting":
            unheard = (each for each in self.escalations.values() if isinstance(each, Asking | Unanswered))
            waiting = {each.path.message_id for each in unheard}
            chosen = [m for m in chosen if m.id in waiting]
        if search:
            chosen = [m for m in chosen if _is_found(m, search)]
        return _page_by_time(chosen, cursor, limit)

    async def saved_between(self, business_id: str | None, start: datetime, end: datetime) -> AsyncIterator[Message]:
        for message in reversed(self._finished()):
            if business_id in (None, message.business_id) and start <= _saved_place(message)[0] < end:
                yield message

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

    async def mark_done(self, message_id: str, now: datetime, *, done: bool = True, by: str | None = None) -> Message:
        stored = await self.message(message_id)
        if stored.status == MessageStatus.DRAFT:
            raise NotFound(f"no saved message {message_id}")
        marked = self._put(replace(stored, done_at=now if done else None, revision=stored.revision + 1))
        self.journal.append([of_done(Subject.of(marked), now, done, by)])
        return marked

    def subject(self, message_id: str) -> Subject:
        """The message that facts are about. Raises NotFound."""
        if message_id not in self._messages:
            raise NotFound(f"no message {message_id}")
        return Subject.of(self._messages[message_id])

    def _put(self, message: Message) -> Message:
        self._messages[message.id] = message
        return message

    def _finished(self) -> list[Message]:
        chosen = [m for m in self._messages.values() if m.status != MessageStatus.DRAFT]
        return sorted(chosen, key=_saved_place, reverse=True)


def _is_found(message: Message, search: str) -> bool:
    digits = digits_searched(search)
    return (
        any(search.casefold() in answer.casefold() for answer in message.answers.values())
        or bool(digits and message.caller and digits in message.caller)
        or str(message.number) == search.removeprefix("#")
    )


def _saved_place(message: Message) -> tuple[datetime, int]:
    return message.saved_at or message.created_at, message.number


def _page_by_time(messages: Sequence[Message], after: str, limit: int) -> Page[Message]:
    if after:
        place = cursors.to_time(after)
        messages = [message for message in messages if _saved_place(message) < place]
    items = messages[:limit]
    return Page(items, cursors.of_time(*_saved_place(items[-1])) if len(messages) > limit else "")
