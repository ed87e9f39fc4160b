"""Calls: those that ended with their stories, those that are up now, and what the built-in outbox kept."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, field_validator

from accounts.access import Action, may
from accounts.directory import NotFound
from calls.names import naming
from reports.facts import HOUSE_ONLY, Fact, Kind
from reports.story import story
from reports.trace import agents_in, trace
from web.ask import Ask
from web.paging import BusinessQuery, ListQuery, listed


class CallRow(BaseModel):
    """One ended call. `how` is what reports.facts says of call.ended; `seconds` is the whole call's length."""

    call_id: str
    business_id: str | None
    agent_id: str | None
    started_at: datetime
    how: str
    seconds: float
    dialled: str | None
    caller: str | None


class CallPage(BaseModel):
    items: list[CallRow]
    next_cursor: str


class FactOut(BaseModel):
    at: datetime
    kind: Kind
    agent_id: str | None
    data: dict[str, Any]


class CallStory(BaseModel):
    """A call's facts in order, and the same in plain sentences."""

    call_id: str
    business_id: str | None
    facts: list[FactOut]
    story: list[str]


class TraceQuery(BaseModel):
    """`time_zone` is the IANA zone of the clock times in the sentences, such as America/New_York."""

    time_zone: str = Field(default="UTC", max_length=64)

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("there is no such time zone; write one such as America/New_York") from None
        return name


class TraceEntry(BaseModel):
    """One thing that happened, `seconds` after the call began; `details` say what was known and weighed."""

    at: datetime
    seconds: float
    text: str
    details: list[str]


class CallTrace(BaseModel):
    """Why a call went as it did, in plain sentences."""

    call_id: str
    entries: list[TraceEntry]


class Attachment(BaseModel):
    file_name: str
    clip_id: str


class SentOut(BaseModel):
    """What the built-in outbox keeps instead of sending."""

    id: str
    delivery_id: str
    message_id: str
    business_id: str
    channel: str
    address: str
    subject: str
    text: str
    html: str
    attachments: list[Attachment]
    at: datetime


async def ended(ask: Ask, query: ListQuery) -> CallPage:
    """Ended calls, newest first."""
    journal = ask.services.journal
    page = await listed(
        journal.ended_calls(ask.narrowed(query.business), cursor=query.cursor, limit=min(query.limit, 50))
    )
    rows = [_row(end, await journal.of_call(end.call_id)) for end in page.items]
    return CallPage(items=rows, next_cursor=page.next_cursor)


async def show(ask: Ask) -> CallStory:
    """One call: its facts and its story. Facts about the house's own decisions are shown to supervisors only."""
    facts = await ask.services.journal.of_call(ask.path("id"))
    if not facts:
        raise NotFound
    business_id = next((fact.business_id for fact in facts if fact.business_id), None)
    ask.check_reach(business_id)
    if not may(ask.person, Action.SEE_FLOOR):
        facts = [fact for fact in facts if fact.kind not in HOUSE_ONLY]
    name = await _namer(ask, facts, {fact.agent_id for fact in facts if fact.agent_id})
    return CallStory(
        call_id=facts[0].call_id,
        business_id=business_id,
        facts=[FactOut(at=fact.at, kind=fact.kind, agent_id=fact.agent_id, data=dict(fact.data)) for fact in facts],
        story=story(facts, name),
    )


async def why(ask: Ask, query: TraceQuery) -> CallTrace:
    """Why a call went as it did: its story, who was considered for it, what the recipe did, when it was due."""
    facts = await ask.services.journal.of_call(ask.path("id"))
    if not facts:
        raise NotFound
    entries = trace(facts, await _namer(ask, facts, agents_in(facts)), ZoneInfo(query.time_zone))
    return CallTrace(
        call_id=facts[0].call_id,
        entries=[
            TraceEntry(at=entry.at, seconds=entry.seconds, text=entry.text, details=list(entry.details))
            for entry in entries
        ],
    )


async def outbox(ask: Ask, query: BusinessQuery) -> list[SentOut]:
    """What the built-in outbox kept instead of sending, newest first."""
    return [
        SentOut(
            id=sent.id,
            delivery_id=sent.delivery_id,
            message_id=sent.message_id,
            business_id=sent.business_id,
            channel=sent.channel,
            address=sent.address,
            subject=sent.subject,
            text=sent.text,
            html=sent.html,
            attachments=[Attachment(file_name=name, clip_id=clip_id) for name, clip_id in sent.attachments],
            at=sent.at,
        )
        for sent in await ask.services.sent_texts.latest(ask.narrowed(query.business))
    ]


async def _namer(ask: Ask, facts: Sequence[Fact], agents: Collection[str]) -> Callable[[str], str]:
    return await naming(ask.services.directory, {fact.business_id for fact in facts if fact.business_id}, agents)


def _row(end: Fact, facts: Sequence[Fact]) -> CallRow:
    begun = next((fact for fact in facts if fact.kind is Kind.CALL_STARTED), None)
    said: Mapping[str, Any] = begun.data if begun else {}
    seconds = end.data.get("seconds")
    length = float(seconds) if isinstance(seconds, int | float) else 0.0
    return CallRow(
        call_id=end.call_id,
        business_id=end.business_id,
        agent_id=next((fact.agent_id for fact in facts if fact.kind is Kind.CALL_CONNECTED), end.agent_id),
        started_at=begun.at if begun else end.at - timedelta(seconds=length),
        how=str(end.data.get("how", "")),
        seconds=length,
        dialled=said.get("dialled"),
        caller=said.get("caller"),
    )
