"""Taking messages: drafts that survive anything, and the one save that also queues the deliveries."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from secrets import token_urlsafe

from accounts.directory import NotFound
from accounts.people import Person
from calls.fresh_ids import fresh_id
from calls.plans import Plans
from calls.reaching import Reaching
from messages.answers import clean
from messages.escalation import Mint
from messages.form import check_answers
from messages.message import Message, MessageStatus, Source
from messages.moves import begin
from messages.outbox import AlreadySaved, Inbox

log = logging.getLogger(__name__)

REMEMBER_SECONDS = 1.0
LONGEST_ANSWER = 4000
LONGEST_RESPELLING = 200
URGENCIES = ("normal", "urgent", "emergency")
MINT = Mint(new_id=fresh_id, new_token=lambda: token_urlsafe(32))


class AnswersWrong(ValueError):
    """The form cannot be saved so: a plain sentence per field key."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("some answers are missing or wrong")
        self.problems = problems


class Intake:
    """Opens, keeps and saves messages. `nudge` tells the relay that something is due; nothing here waits for it."""

    def __init__(
        self,
        inbox: Inbox,
        plans: Plans,
        reaching: Reaching,
        *,
        clock: Callable[[], datetime],
        nudge: Callable[[], None],
    ) -> None:
        self._inbox = inbox
        self._plans = plans
        self._reaching = reaching
        self._clock = clock
        self._nudge = nudge

    async def open(
        self,
        *,
        business_id: str,
        form: str,
        source: Source,
        urgency: str,
        call_id: str | None,
        caller: str | None,
        name_clip: str | None = None,
        message_id: str | None = None,
    ) -> Message:
        """A new draft, stored. With a `message_id` that is known already, what is stored under it."""
        return await self._inbox.open_draft(
            Message(
                id=message_id or fresh_id(),
                business_id=business_id,
                form=form,
                source=source,
                created_at=self._clock(),
                call_id=call_id,
                caller=caller,
                urgency=urgency,
                name_clip=name_clip,
            )
        )

    async def past(self, business_id: str, caller: str | None) -> Sequence[Message]:
        """Earlier messages of this caller to this business, newest first."""
        return await self._inbox.of_caller(business_id, caller) if caller else ()

    async def assign(self, message_id: str, agent_id: str) -> None:
        """The agent who got the call has the draft from now on."""
        await self._inbox.assign_draft(message_id, agent_id)

    async def remember_clips(self, message_id: str, name_clip: str, voice_clip: str) -> None:
        """Note in the draft which clips are being recorded, so that a crash does not lose them.

        A store that is away does not keep the caller from speaking.
        """
        try:
            async with asyncio.timeout(REMEMBER_SECONDS):
                draft = await self._inbox.message(message_id)
                await self._inbox.keep_draft(replace(draft, name_clip=name_clip, voice_clip=voice_clip))
        except (ConnectionError, TimeoutError) as error:
            log.warning("the clips of draft %s could not be noted: %s", message_id, type(error).__name__)

    async def keep(
        self,
        person: Person,
        message_id: str,
        revision: int,
        answers: Mapping[str, str],
        name_said_as: str,
        urgency: str,
    ) -> Message:
        """Store what the agent has typed so far. Raises StaleDraft, AlreadySaved, NotFound."""
        message = await self._inbox.message(message_id)
        return await self._inbox.keep_draft(self._typed(message, person, revision, answers, name_said_as, urgency))

    async def save(
        self,
        person: Person,
        message_id: str,
        revision: int,
        answers: Mapping[str, str],
        name_said_as: str,
        urgency: str,
    ) -> Message:
        """Save and send. Saving again returns the message as first saved.

        Raises AnswersWrong, StaleDraft, NotFound.
        """
        message = await self._inbox.message(message_id)
        if message.status is not MessageStatus.DRAFT:
            return message
        _, plan = await self._plans.by_id(message.business_id)
        form = plan.forms.get(message.form)
        if form is None:
            raise NotFound("the form is no longer in the business's plan")
        checked, problems = check_answers(form, answers, plan.region)
        if urgency not in URGENCIES:
            problems = {**problems, "urgency": f"Urgency is one of {', '.join(URGENCIES)}."}
        if problems:
            raise AnswersWrong(problems)
        try:
            kept = await self._inbox.keep_draft(self._typed(message, person, revision, checked, name_said_as, urgency))
        except AlreadySaved:
            return await self._inbox.message(message_id)
        return await self.finish(kept, MessageStatus.SAVED)

    async def finish(self, message: Message, status: MessageStatus) -> Message:
        """Save the message and set its deliveries going in one transaction; durable when this returns."""
        _, plan = await self._plans.by_id(message.business_id)
        reach = await self._reaching.by_plan(message.business_id, plan)
        now = self._clock()
        ready = replace(message, status=status, saved_at=now)
        begun = begin(ready, plan.deliver, plan.hours, reach, now, MINT)
        saved = await self._inbox.save(ready, begun.escalations, begun.deliveries, begun.tasks)
        self._nudge()
        return saved

    async def discard(self, message_id: str) -> None:
        """Forget a draft that nobody needs. Raises AlreadySaved."""
        await self._inbox.discard_draft(message_id)

    @staticmethod
    def _typed(
        message: Message, person: Person, revision: int, answers: Mapping[str, str], name_said_as: str, urgency: str
    ) -> Message:
        return replace(
            message,
            answers={key: clean(value, several_lines=True)[:LONGEST_ANSWER] for key, value in answers.items()},
            name_said_as=clean(name_said_as)[:LONGEST_RESPELLING],
            urgency=urgency if urgency in URGENCIES else message.urgency,
            taken_by=person.id,
            revision=revision,
        )
