"""What every store of agents' tasks does."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from accounts.directory import Conflict, NotFound
from calls.journal import Journal
from messages.outbox import Inbox, Tasks
from messages.task import Task, TaskKind
from reports.facts import Kind
from reports.proof import verify
from tests.contract.samples import MINUTE, NOON, finished, task

LATER = NOON + 5 * MINUTE


async def test_a_task_comes_back_whole_and_is_added_once(tasks: Tasks) -> None:
    added = task(asked_by="Pat", escalation_id="e1", words='Tell her "five" — not six.', kind=TaskKind.REPLY)
    assert await tasks.add(added) == added
    assert await tasks.add(replace(added, words="something else")) == added
    assert await tasks.task(added.id) == added
    assert await tasks.open() == [added]


async def test_open_ones_are_listed_longest_due_first_by_business(tasks: Tasks) -> None:
    late, early = task(due_at=LATER), task(due_at=NOON)
    other = task(business_id="lakeside", due_at=NOON + MINUTE)
    for each in (late, early, other):
        await tasks.add(each)
    assert await tasks.open() == [early, other, late]
    assert await tasks.open("harbor") == [early, late]
    await tasks.done(early.id, "ana", NOON, "She knows.")
    assert await tasks.open("harbor") == [late]


async def test_one_agent_takes_it_gives_it_back_and_another_does_it(tasks: Tasks) -> None:
    asked = await tasks.add(task())
    taken = await tasks.take(asked.id, "ana", NOON)
    assert taken == replace(asked, taken_by="ana", taken_at=NOON)
    assert await tasks.take(asked.id, "ana", LATER) == taken
    with pytest.raises(Conflict):
        await tasks.take(asked.id, "ben", NOON)
    assert await tasks.give_back(asked.id) == asked
    await tasks.take(asked.id, "ben", NOON)
    done = await tasks.done(asked.id, "ben", LATER, "Left word with Pat.")
    assert (done.done_by, done.done_at, done.outcome, done.taken_by) == ("ben", LATER, "Left word with Pat.", "ben")
    assert await tasks.done(asked.id, "ana", LATER + MINUTE, "me too") == done
    assert await tasks.give_back(asked.id) == done
    with pytest.raises(Conflict):
        await tasks.take(asked.id, "ana", LATER)
    assert await tasks.task(asked.id) == done


async def test_of_many_who_take_it_at_the_same_time_one_has_it(tasks: Tasks) -> None:
    asked = await tasks.add(task())
    takers = [tasks.take(asked.id, f"agent-{n}", NOON) for n in range(8)]
    results = await asyncio.gather(*takers, return_exceptions=True)
    assert sum(isinstance(result, Task) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 7


async def test_what_is_withdrawn_is_done_by_nobody(tasks: Tasks) -> None:
    asked = await tasks.add(task())
    await tasks.withdraw(asked.id, NOON)
    await tasks.withdraw(asked.id, LATER)
    await tasks.withdraw("nothing", NOON)
    assert await tasks.open() == []
    assert await tasks.task(asked.id) == replace(asked, done_at=NOON)


async def test_what_is_not_there_is_not_found(tasks: Tasks) -> None:
    attempts: list[Any] = [tasks.task("x"), tasks.take("x", "ana", NOON), tasks.give_back("x")]
    for attempt in [*attempts, tasks.done("x", "ana", NOON, "")]:
        with pytest.raises(NotFound):
            await attempt


async def test_tasks_about_a_message_are_facts_of_it(inbox: Inbox, tasks: Tasks, journal: Journal) -> None:
    message = finished()
    await inbox.save(message, [], [])
    first, second, house = task(message), task(message), task()
    for each in (first, second, house):
        await tasks.add(each)
    await tasks.add(first)
    await tasks.done(first.id, "ana", LATER, "She knows.")
    await tasks.done(first.id, "ana", LATER, "She knows.")
    await tasks.withdraw(second.id, LATER)
    assert await tasks.of_message(message.id) == [await tasks.task(first.id), await tasks.task(second.id)]
    asked, withdrawn = Kind.TASK_ASKED, Kind.TASK_WITHDRAWN
    facts = await journal.of_message(message)
    assert [fact.kind for fact in facts] == [Kind.MESSAGE_SAVED, asked, asked, Kind.TASK_DONE, withdrawn]
    assert (facts[3].agent_id, facts[3].data["task"]) == ("ana", first.id)
    chain = await journal.chain(facts[3].chain)
    assert verify(chain, {first.id: "She knows."}).holds
    assert not verify(chain, {first.id: "She does not."}).holds
