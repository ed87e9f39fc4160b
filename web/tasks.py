"""What agents do for businesses outside of calls: reach somebody by hand, call a caller back with an answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from pydantic import BaseModel, Field

from accounts.access import Action, may
from accounts.directory import Conflict, NotFound
from messages.answers import clean
from messages.news import news_at
from messages.task import Task, TaskKind
from web.ask import Ask
from web.messages import reachable_message
from web.paging import BusinessQuery
from web.problem import Problem
from web.wall_times import moment

LATEST = timedelta(days=31)
MOST_WORDS = 1000


class TaskOut(BaseModel):
    """`words` is what to say (reply) or to do (escalation), `caller` whom to call back, `due_at` when to begin.

    `taken_by` is the id of the agent who does it. A done one has `done_at` and, unless it was not wanted any more,
    `done_by` (an id) and `outcome`.
    """

    id: str
    kind: TaskKind
    business_id: str
    business: str
    message_id: str | None
    number: int | None
    caller: str | None
    words: str
    created_at: datetime
    due_at: datetime
    asked_by: str
    taken_by: str | None
    taken_by_name: str
    taken_at: datetime | None
    done_by: str | None
    done_by_name: str
    done_at: datetime | None
    outcome: str


class Reply(BaseModel):
    """`words` is what the caller is to hear; `when`: from this time on, by the business's clock (2026-11-26T17:00) or
    with an offset; left out: now."""

    words: str = Field(min_length=1, max_length=MOST_WORDS)
    when: str = Field(default="", max_length=40)


class Outcome(BaseModel):
    """What came of it, for the business to read. `has_it`: who was reached and has the message now, for a task to reach
    somebody; nobody else is asked then."""

    outcome: str = Field(min_length=1, max_length=MOST_WORDS)
    has_it: str = Field(default="", max_length=80)


async def to_do(ask: Ask, query: BusinessQuery) -> list[TaskOut]:
    """What agents are to do, longest due first."""
    return await _out(ask, await ask.services.tasks.open(ask.narrowed(query.business)))


async def of_message(ask: Ask) -> list[TaskOut]:
    """What agents were asked to do about a message, and what came of it."""
    message = await reachable_message(ask)
    return await _out(ask, await ask.services.tasks.of_message(message.id))


async def reply(ask: Ask, body: Reply) -> TaskOut:
    """Have an agent call the caller back with the business's answer."""
    message, services = await reachable_message(ask), ask.services
    now = services.clock()
    due = now
    if body.when:
        _, plan = await services.plans.by_id(message.business_id)
        due = moment(body.when, plan.time_zone, "when")
        if not now - timedelta(minutes=5) <= due <= now + LATEST:
            raise Problem("invalid", errors={"when": "Choose a time from now on, within a month."})
    words = clean(body.words, several_lines=True)
    if not words:
        raise Problem("invalid", errors={"words": "Say what the caller is to hear."})
    task = Task(
        id=uuid4().hex,
        business_id=message.business_id,
        message_id=message.id,
        kind=TaskKind.REPLY,
        words=words,
        created_at=now,
        due_at=due,
        asked_by=ask.person.name,
    )
    (out,) = await _out(ask, [await services.tasks.add(task)])
    return out


async def take(ask: Ask) -> TaskOut:
    """Say that one does it."""
    task = await ask.services.tasks.task(ask.path("id"))
    try:
        return await _one(ask, await ask.services.tasks.take(task.id, ask.person.id, ask.services.clock()))
    except Conflict:
        raise Problem("conflict", await _why_not(ask, task.id)) from None


async def give_back(ask: Ask) -> TaskOut:
    """Leave it to somebody else."""
    task = await _own(ask)
    return await _one(ask, await ask.services.tasks.give_back(task.id))


async def done(ask: Ask, body: Outcome) -> TaskOut:
    """Say that it is done, what came of it and, when somebody was reached, who has the message."""
    task = await _own(ask)
    outcome = clean(body.outcome, several_lines=True)
    if not outcome:
        raise Problem("invalid", errors={"outcome": "Say what came of it."})
    now, services = ask.services.clock(), ask.services
    finished = await services.tasks.done(task.id, ask.person.id, now, outcome)
    reached = clean(body.has_it)
    if reached and task.kind is TaskKind.ESCALATION and task.message_id:
        news = news_at(now, await services.reaching.of(task.business_id))
        await services.outbox.acknowledge(
            task.message_id, now, by=reached, how="agent", person_id=ask.person.id, news=news
        )
        services.nudge_relay()
    return await _one(ask, finished)


async def _own(ask: Ask) -> Task:
    """The task, if nobody else does it; supervisors may see to anybody's. Raises Problem conflict."""
    task = await ask.services.tasks.task(ask.path("id"))
    somebody_elses = task.taken_by not in (None, ask.person.id)
    if task.done_at is not None or (somebody_elses and not may(ask.person, Action.DIRECT_AGENTS)):
        raise Problem("conflict", await _why_not(ask, task.id))
    return task


async def _why_not(ask: Ask, task_id: str) -> str:
    task = await ask.services.tasks.task(task_id)
    names = await _names(ask)
    if task.done_at is not None:
        return f"{names.get(task.done_by, 'Somebody')} has done this." if task.done_by else "It is not wanted any more."
    return f"{names.get(task.taken_by or '', 'Somebody else')} has taken this already."


async def _one(ask: Ask, task: Task) -> TaskOut:
    (out,) = await _out(ask, [task])
    return out


async def _names(ask: Ask) -> Mapping[str, str]:
    return {person.id: person.name for person in await ask.services.directory.people()}


async def _out(ask: Ask, tasks: Sequence[Task]) -> list[TaskOut]:
    names = await _names(ask)
    return [await _told(ask, task, names) for task in tasks]


async def _told(ask: Ask, task: Task, names: Mapping[str, str]) -> TaskOut:
    services = ask.services
    try:
        business = (await services.directory.business(task.business_id)).name
    except NotFound:
        business = task.business_id
    message = await services.inbox.message(task.message_id) if task.message_id else None
    return TaskOut(
        id=task.id,
        kind=task.kind,
        business_id=task.business_id,
        business=business,
        message_id=task.message_id,
        number=message.number if message else None,
        caller=message.caller if message else None,
        words=task.words,
        created_at=task.created_at,
        due_at=task.due_at,
        asked_by=task.asked_by,
        taken_by=task.taken_by,
        taken_by_name=names.get(task.taken_by or "", ""),
        taken_at=task.taken_at,
        done_by=task.done_by,
        done_by_name=names.get(task.done_by or "", ""),
        done_at=task.done_at,
        outcome=task.outcome,
    )
