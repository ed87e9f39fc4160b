"""Texts about messages: "1ok" takes one, "CALL HER say …" makes a task for an agent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from calls.texted import Did
from calls.texting_people import Asked, Sender
from calls.texting_reply import Reply, derived
from calls.texting_words import age, clock, some
from messages.control import CallBack, Ok
from messages.delivery import Acknowledged, Delivery, Purpose
from messages.escalation import Asking, Taken, Unanswered
from messages.message import Message
from messages.news import news_at
from messages.outbox import Inbox, Outbox, Tasks
from messages.task import Task, TaskKind

RECENT = timedelta(days=30)
"""A number names no message older than that."""

MOST_WAITING = 50
MOST_LOOKED_AT = 20


@dataclass(frozen=True)
class Known:
    """A message, and the contact of its business that the sender is."""

    message: Message
    sender: Sender

    @property
    def named(self) -> str:
        return f"#{self.message.number}"


class MessageTexts:
    """Does what texts say about messages."""

    def __init__(self, inbox: Inbox, outbox: Outbox, tasks: Tasks) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._tasks = tasks

    async def ok(self, ok: Ok, asked: Asked) -> Reply:
        """They have the message."""
        waiting = await self.waiting(asked)
        if ok.number is not None:
            known = await self._numbered(ok.number, asked, waiting)
            return await self._take(known, asked) if known else _unknown(ok.number, waiting, asked.at)
        if answered := await self._answered(asked):
            return await self._take(answered, asked)
        theirs = await self._told_of(asked, waiting)
        if len(theirs) == 1:
            return await self._take(theirs[0], asked)
        if theirs:
            return Reply(f"Which one? {_list(theirs, asked.at)}. Text its number and ok: {_example(theirs)}.")
        if latest := await self._latest(asked, timedelta(days=1)):
            who = await self._who_has(latest.message.id)
            if who is not None:
                return _taken(latest, await self._told_as(latest), *who, asked)
        return Reply(_nothing_waits(waiting, asked.at))

    async def call_back(self, call: CallBack, asked: Asked) -> Reply:
        """An agent is to call somebody and say these words."""
        known = await self._called_about(call.number, asked)
        if isinstance(known, Reply):
            return known
        message, sender = known.message, known.sender
        if not _can_be_called(known):
            return Reply(f"The caller of {known.named} left no number: nobody can call back.", sender)
        task = await self._tasks.add(
            Task(
                id=derived(asked.id, "task"),
                business_id=message.business_id,
                message_id=message.id,
                kind=TaskKind.REPLY,
                words=call.words,
                created_at=asked.at,
                due_at=asked.at,
                asked_by=sender.name,
            )
        )
        answer = f'We call the caller of {known.named} and say: "{call.words}". UNDO takes it back.'
        if len(answer) > 300:
            answer = f"We call the caller of {known.named} and say it in your words. UNDO takes it back."
        return Reply(answer, sender, Did.CALL, (task.id,))

    async def waiting(self, asked: Asked) -> list[Known]:
        """What waits for somebody at the sender's businesses, newest first."""
        return [
            Known(message, sender)
            for sender in asked.senders
            for message in (await self._inbox.messages(sender.business_id, state="waiting", limit=MOST_WAITING)).items
            if await self._asks(message.id)
        ]

    async def _asks(self, message_id: str) -> bool:
        """Somebody is to say that they have it; what only has to arrive is on its way without that."""
        return any(
            isinstance(state, Unanswered) or (isinstance(state, Asking) and state.path.rule.asks)
            for state in await self._outbox.escalations(message_id)
        )

    async def waiting_words(self, asked: Asked, sender: Sender) -> str:
        """What waits at one business, and what else is not done."""
        waiting = [known for known in await self.waiting(asked) if known.sender is sender]
        ids = {known.message.id for known in waiting}
        still = (await self._inbox.messages(sender.business_id, state="open", limit=MOST_WAITING)).items
        others = [Known(message, sender) for message in still if message.id not in ids]
        said = [f"Waiting: {_list(waiting, asked.at)}." if waiting else "Nothing waits."]
        if others:
            said.append(f"Not done: {_list(others, asked.at)}.")
        return " ".join(said)

    async def waits_for_them(self, asked: Asked) -> list[Sender]:
        """Those of the senders who were told of something that waits."""
        told = await self._told_of(asked, await self.waiting(asked))
        return [sender for sender in asked.senders if any(known.sender is sender for known in told)]

    async def _numbered(self, number: int, asked: Asked, waiting: Sequence[Known]) -> Known | None:
        """One that was sent to them, or waits, by its whole number; else the only one that waits whose number ends so
        (of several, the only one they were told of); else the latest they were told of that somebody has."""
        message = await self._inbox.by_number(number)
        if message is not None and message.saved_at is not None and message.saved_at >= asked.at - RECENT:
            for known in [Known(message, sender) for sender in asked.senders]:
                if known.sender.business_id == message.business_id:
                    waits = any(each.message.id == message.id for each in waiting)
                    if waits or await self._went_to(known):
                        return known
        fits = [known for known in waiting if str(known.message.number).endswith(str(number))]
        if len(fits) > 1:
            fits = await self._told_of(asked, fits)
        if len(fits) == 1:
            return fits[0]
        return None if fits else await self._taken_already(number, asked)

    async def _taken_already(self, number: int, asked: Asked) -> Known | None:
        for sender in asked.senders:
            sent = [message_id for each in await self._sent(sender, asked) for message_id in _messages_in(each)]
            for message_id in list(dict.fromkeys(sent))[:MOST_LOOKED_AT]:
                known = Known(await self._inbox.message(message_id), sender)
                if str(known.message.number).endswith(str(number)) and await self._who_has(message_id):
                    return known
        return None

    async def _answered(self, asked: Asked) -> Known | None:
        """The message that their mail answers."""
        if asked.about is None or asked.about.job.message_id is None or asked.about.job.purpose is Purpose.NOTE:
            return None
        message = await self._inbox.message(asked.about.job.message_id)
        return next((Known(message, s) for s in asked.senders if s.business_id == message.business_id), None)

    async def _called_about(self, number: int | None, asked: Asked) -> Known | Reply:
        if number is not None:
            waiting = await self.waiting(asked)
            return await self._numbered(number, asked, waiting) or _unknown(number, waiting, asked.at)
        if answered := await self._answered(asked):
            return answered
        latest = [found for sender in asked.senders if (found := await self._latest_of(sender, asked.at - RECENT))]
        if not latest:
            return Reply("Whom are we to call? No message was sent to you. Text: CALL 1001 say ...")
        if len(latest) == 1:
            return latest[0][1]
        for_them = await self.waits_for_them(asked)
        if len(for_them) == 1:
            return next(known for _, known in latest if known.sender is for_them[0])
        numbers = [known.message.number for _, known in latest]
        named = [f"#{known.message.number} ({known.sender.business})" for _, known in latest]
        return Reply(f"Whose caller, {' or '.join(named)}? Text: CALL {numbers[0]} say ...")

    async def _take(self, known: Known, asked: Asked) -> Reply:
        message, sender = known.message, known.sender
        key = await self._told_as(known)
        about = asked.about.job if asked.about else None
        own_mail = about is not None and about.message_id == message.id and about.target.contact == key
        said = await self._outbox.acknowledge(
            message.id,
            asked.at,
            by=sender.named(key),
            how=asked.how,
            delivery_id=about.id if about is not None and own_mail else None,
            contact=key,
            news=news_at(asked.at, sender.reach),
        )
        who, since = await self._who_has(message.id) or (said.by, asked.at)
        return _taken(known, key, who, since, asked, others=bool(said.told))

    async def _who_has(self, message_id: str) -> tuple[str, datetime] | None:
        """Who was the first to say that they have it, and when."""
        said = [(e.at, e.by) for e in await self._outbox.escalations(message_id) if isinstance(e, Taken)]
        said += [(d.at, d.by) for d in await self._outbox.of_message(message_id) if isinstance(d, Acknowledged)]
        if not said:
            return None
        at, by = min(said)
        return by, at

    async def _told_as(self, known: Known) -> str:
        """Which of the contacts with the sender's address was told of it."""
        told = [delivery.job.target.contact for delivery in await self._went_to(known)]
        return next((key for key in known.sender.keys if key in told), known.sender.key)

    async def _went_to(self, known: Known) -> list[Delivery]:
        deliveries = await self._outbox.of_message(known.message.id)
        return [each for each in deliveries if each.job.target.contact in known.sender.keys]

    async def _told_of(self, asked: Asked, among: Sequence[Known]) -> list[Known]:
        ids: set[str] = set()
        for sender in asked.senders:
            for delivery in await self._sent(sender, asked):
                ids.update(_messages_in(delivery))
        return [known for known in among if known.message.id in ids]

    async def _sent(self, sender: Sender, asked: Asked) -> list[Delivery]:
        """What went out to them lately, the last first."""
        since = asked.at - RECENT
        return [each for key in sender.keys for each in await self._outbox.went_to(sender.business_id, key, since)]

    async def _latest(self, asked: Asked, within: timedelta) -> Known | None:
        """The message they were told of last."""
        since = asked.at - within
        found = [latest for sender in asked.senders if (latest := await self._latest_of(sender, since))]
        return max(found, key=lambda each: each[0])[1] if found else None

    async def _latest_of(self, sender: Sender, since: datetime) -> tuple[datetime, Known] | None:
        told: list[tuple[datetime, str]] = []
        for key in sender.keys:
            for delivery in await self._outbox.went_to(sender.business_id, key, since):
                if delivery.job.message_id and delivery.job.purpose is Purpose.MESSAGE:
                    told.append((delivery.job.created_at, delivery.job.message_id))
                    break
        if not told:
            return None
        at, message_id = max(told)
        return at, Known(await self._inbox.message(message_id), sender)


def _messages_in(delivery: Delivery) -> Sequence[str]:
    job = delivery.job
    return (job.message_id,) if job.message_id else job.summary_of


def _can_be_called(known: Known) -> bool:
    if known.message.caller:
        return True
    form = known.sender.plan.forms.get(known.message.form)
    fields = form.fields if form else ()
    return any(field.type == "phone" and known.message.answers.get(field.key) for field in fields)


def _taken(known: Known, key: str, who: str, since: datetime, asked: Asked, *, others: bool = False) -> Reply:
    """`who` has it since then: the sender by this very text, or before, or somebody else. `others` hear of it now."""
    sender = known.sender
    mine = who == sender.named(key)
    if mine and since == asked.at:
        told = " The others are told." if others else ""
        text = f"{_at(sender, asked)}{known.named} is yours, {who}.{told}"
        return Reply(text, sender, Did.OK, (known.message.id,))
    has = "You have" if mine else f"{who} has"
    when = clock(since, asked.at, sender.plan.time_zone)
    return Reply(f"{_at(sender, asked)}{has} {known.named} already, since {when}.", sender)


def _at(sender: Sender, asked: Asked) -> str:
    """Whose message it is, for those who work for several."""
    return f"{sender.business}: " if asked.several else ""


def _list(waiting: Sequence[Known], now: datetime) -> str:
    return some(f"{known.named} ({age(known.message.saved_at or now, now)})" for known in waiting)


def _example(waiting: Sequence[Known]) -> str:
    return f"{waiting[0].message.number}ok"


def _unknown(number: int, waiting: Sequence[Known], now: datetime) -> Reply:
    return Reply(f"No message #{number} of the last 30 days was sent to you. {_nothing_waits(waiting, now, also=True)}")


def _nothing_waits(waiting: Sequence[Known], now: datetime, *, also: bool = False) -> str:
    if not waiting:
        return "Nothing waits for an answer."
    start = "Waiting" if also else "Nothing that was sent to you waits. Waiting for others"
    return f"{start}: {_list(waiting, now)}. {_example(waiting)} takes that one."
