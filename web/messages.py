"""Messages: the agent's drafts, and what is saved."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from accounts.access import Action, may
from accounts.directory import NotFound
from calls.plan import PlanError
from calls.plan_model import HOUSE_LANGUAGE
from messages.escalation import Asking, Unanswered
from messages.form import Form, Urgency
from messages.message import Message, MessageStatus, Source
from messages.who_has import who_has
from web.ask import Ask
from web.paging import ListQuery, listed


class MessageOut(BaseModel):
    """One message. `form` describes the fields of `answers`; null when the plan has no such form any more.

    `has_it` names who said that they have it; `waiting`: somebody was asked to, and nobody has yet.

    `language` (BCP 47) is the business's own: names are said in it. Clips are heard at /api/clips/{id}.
    `revision` goes back with the next change of a draft.
    """

    id: str
    number: int
    business_id: str
    business: str
    form_key: str
    form: Form | None
    language: str
    source: Source
    status: MessageStatus
    urgency: Urgency
    answers: dict[str, str]
    name_said_as: str
    caller: str | None
    call_id: str | None
    name_clip: str | None
    voice_clip: str | None
    taken_by: str | None
    created_at: datetime
    saved_at: datetime | None
    done_at: datetime | None
    has_it: str = ""
    waiting: bool = False
    revision: int


class MessagesQuery(ListQuery):
    """`state`: those the business has yet to deal with (open), has dealt with (done), or that nobody has said they have
    (waiting). `q` finds part of an answer, of the caller's number, or the message's own number."""

    state: Literal["", "open", "done", "waiting"] = ""
    q: str = Field(default="", max_length=80)


class MessagePage(BaseModel):
    items: list[MessageOut]
    next_cursor: str


class Typed(BaseModel):
    """A draft as the agent has typed it; `revision` is the one it was read with."""

    revision: int = Field(ge=0)
    answers: dict[str, str] = Field(default_factory=dict, max_length=100)
    name_said_as: str = Field(default="", max_length=200)
    urgency: Urgency = "normal"


async def drafts(ask: Ask) -> list[MessageOut]:
    """One's own unfinished drafts, newest first."""
    return [await message_out(ask, draft) for draft in await ask.services.inbox.drafts(ask.person.id)]


async def keep_draft(ask: Ask, body: Typed) -> MessageOut:
    """Keep a draft as typed so far; nothing is checked and nothing goes out."""
    draft = await _own_draft(ask)
    kept = await ask.services.intake.keep(
        ask.person, draft.id, body.revision, body.answers, body.name_said_as, body.urgency
    )
    return await message_out(ask, kept)


async def save(ask: Ask, body: Typed) -> MessageOut:
    """Save the message and send it. Saving a saved message again returns it unchanged."""
    draft = await _own_draft(ask)
    saved = await ask.services.intake.save(
        ask.person, draft.id, body.revision, body.answers, body.name_said_as, body.urgency
    )
    return await message_out(ask, saved)


async def latest(ask: Ask, query: MessagesQuery) -> MessagePage:
    """Saved and partial messages, newest first."""
    page = await listed(
        ask.services.inbox.messages(
            ask.narrowed(query.business),
            state=query.state or None,
            search=query.q.strip(),
            cursor=query.cursor,
            limit=query.limit,
        )
    )
    return MessagePage(items=[await message_out(ask, message) for message in page.items], next_cursor=page.next_cursor)


async def show(ask: Ask) -> MessageOut:
    """One message."""
    return await message_out(ask, await reachable_message(ask))


async def mark_done(ask: Ask) -> MessageOut:
    """Say that the business has dealt with it."""
    message = await reachable_message(ask)
    return await message_out(ask, await _mark(ask, message, done=True))


async def mark_open(ask: Ask) -> MessageOut:
    """Take the mark back."""
    message = await reachable_message(ask)
    return await message_out(ask, await _mark(ask, message, done=False))


async def _mark(ask: Ask, message: Message, *, done: bool) -> Message:
    return await ask.services.inbox.mark_done(message.id, ask.services.clock(), done=done, by=ask.person.id)


async def reachable_message(ask: Ask) -> Message:
    """The message of the address. Raises NotFound for none or out of reach; drafts are for those who take messages."""
    message = await ask.services.inbox.message(ask.path("id"))
    ask.check_reach(message.business_id)
    if message.status is MessageStatus.DRAFT and not may(ask.person, Action.TAKE_MESSAGE, message.business_id):
        raise NotFound
    return message


async def _own_draft(ask: Ask) -> Message:
    """The draft to type in: one's own, or one that nobody has taken. Raises NotFound."""
    message = await reachable_message(ask)
    if message.taken_by not in (None, ask.person.id):
        raise NotFound
    return message


async def message_out(ask: Ask, message: Message) -> MessageOut:
    """The message with its business's name and its form."""
    business = await ask.services.directory.business(message.business_id)
    try:
        plan = ask.services.plans.of(business)
        form, language = plan.forms.get(message.form), plan.language
    except PlanError:
        form, language = None, HOUSE_LANGUAGE
    has_it, waiting = await _who_has(ask, message)
    return MessageOut(
        id=message.id,
        number=message.number,
        business_id=message.business_id,
        business=business.name,
        form_key=message.form,
        form=form,
        language=language,
        source=message.source,
        status=message.status,
        urgency=message.urgency,
        answers=dict(message.answers),
        name_said_as=message.name_said_as,
        caller=message.caller,
        call_id=message.call_id,
        name_clip=message.name_clip,
        voice_clip=message.voice_clip,
        taken_by=message.taken_by,
        created_at=message.created_at,
        saved_at=message.saved_at,
        done_at=message.done_at,
        has_it=has_it,
        waiting=waiting,
        revision=message.revision,
    )


async def _who_has(ask: Ask, message: Message) -> tuple[str, bool]:
    """The name of who has it, and whether somebody is still asked to say so."""
    if message.status is MessageStatus.DRAFT:
        return "", False
    outbox = ask.services.outbox
    escalations = await outbox.escalations(message.id)
    waiting = any(
        isinstance(each, Unanswered) or (isinstance(each, Asking) and each.path.rule.asks) for each in escalations
    )
    return who_has(escalations, await outbox.of_message(message.id)), waiting
