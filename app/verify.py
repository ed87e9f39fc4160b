"""`./answerline verify [NUMBER]`: does the log of facts still hold what was written? The service may be running.

With `--head HASH`, from a mail or a printed timeline: is what it ended with still in the message's chain?
"""

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC

from accounts.directory import NotFound
from app.asking import WrongQuestion, answered, stored
from app.settings import Settings
from messages.message import Message
from reports.facts import Kind, chain_of_message
from reports.proof import Break, Sealed, Verdict, place_of, verify
from reports.story import sentence
from reports.timeline import timeline
from store.inbox import SqlInbox
from store.journal import SqlJournal
from store.tasks import SqlTasks

HOUSE_CHAIN = ""
"""What happened outside of calls and messages: agents who came and went."""


@dataclass
class Count:
    """What was looked at."""

    chains: int = 0
    facts: int = 0
    unsealed: int = 0
    broken: list[dict[str, object]] = field(default_factory=list)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Check one message's chain, or all. Returns 0 when all is as it was written, 1 when not, 2 for no such message."""
    number = None if options.all else options.number
    return answered(lambda: asyncio.run(_run(settings, number, options.head.strip().lower(), as_json=options.json)))


async def _run(settings: Settings, number: int | None, head: str, *, as_json: bool) -> int:
    if head and number is None:
        raise WrongQuestion("say which message the hash is of, like: verify 1012 --head HASH")
    async with stored(settings) as database:
        inbox, journal, tasks = SqlInbox(database), SqlJournal(database), SqlTasks(database)
        if number is None:
            return await _all(journal, tasks, as_json=as_json)
        message = await inbox.by_number(number)
        if message is None:
            raise WrongQuestion(f"there is no message {number}.")
        chain = await journal.chain(chain_of_message(message.id, message.call_id))
        return _one(message, chain, await _outcomes(tasks, chain), head, as_json=as_json)


def _one(message: Message, chain: Sequence[Sealed], outcomes: Mapping[str, str], head: str, *, as_json: bool) -> int:
    """Print a message's entries with their hashes, and the verdict; with `head` also where that stands."""
    verdict = verify(chain, outcomes)
    place = place_of(head, chain)
    good = verdict.holds and (place is not None or not head)
    if not chain:
        print(f"Message {message.number}: the log holds nothing of it. It was taken out.", file=sys.stderr)
        return 1
    if as_json:
        entries = [_as_data(place, sealed) for place, sealed in enumerate(chain, start=1)]
        broken = [_broken(chain_of_message(message.id, message.call_id), each) for each in verdict.breaks]
        told: dict[str, object] = {"number": message.number, "intact": verdict.holds, "head": verdict.last_hash}
        if head:
            told["head_place"] = place
        print(json.dumps({**told, "entries": entries, "broken": broken}, indent=2))
        return 0 if good else 1
    for entry in timeline(chain, message.id).entries:
        print(f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}  {entry.hash or 'no hash yet'}  {entry.text}")
    print(f"Message {message.number}: {verdict}")
    _say_where(verdict.breaks)
    if head:
        print(_about_head(place, len(chain)))
    return 0 if good else 1


def _about_head(place: int | None, length: int) -> str:
    if place is None:
        return (
            "That hash is not in it: what was written up to then was cut off or changed, or it is of another message."
        )
    return f"That hash is the one of fact {place} of {length}: all up to there is in it."


async def _outcomes(tasks: SqlTasks, chain: Sequence[Sealed]) -> dict[str, str]:
    """What agents noted about the tasks of this chain, by the task's id; nothing of a task that is gone."""
    found = {}
    for sealed in chain:
        if sealed.fact.kind is Kind.TASK_DONE:
            task_id = str(sealed.fact.data.get("task"))
            with contextlib.suppress(NotFound):
                found[task_id] = (await tasks.task(task_id)).outcome
    return found


async def _all(journal: SqlJournal, tasks: SqlTasks, *, as_json: bool) -> int:
    """Check every chain there is, and say which do not hold."""
    count = Count()
    async for name, verdict in _verdicts(journal, tasks):
        count.chains += 1
        count.facts += verdict.facts
        count.unsealed += verdict.unsealed
        count.broken += [_broken(name, each) for each in verdict.breaks]
        if verdict.breaks and not as_json:
            print(f"{_called(name, verdict.breaks)}: {verdict}")
            _say_where(verdict.breaks)
    if as_json:
        print(json.dumps({"intact": not count.broken, **vars(count)}, indent=2))
    elif not count.broken:
        before = f", {count.unsealed} of them from before the chains began" if count.unsealed else ""
        print(f"{count.facts} facts in {count.chains} chains{before}: all as they were written.")
    return 1 if count.broken else 0


async def _verdicts(journal: SqlJournal, tasks: SqlTasks) -> AsyncIterator[tuple[str, Verdict]]:
    names: Sequence[str] = [HOUSE_CHAIN]
    while names:
        for name in names:
            chain = await journal.chain(name)
            yield name, verify(chain, await _outcomes(tasks, chain))
        names = await journal.chains(names[-1])


def _called(chain: str, breaks: Sequence[Break]) -> str:
    """What people call a chain: by its message's number, else by its call."""
    numbers = sorted({str(each.fact.data["number"]) for each in breaks if "number" in each.fact.data})
    if numbers:
        return f"Message {', '.join(numbers)}"
    if chain == HOUSE_CHAIN:
        return "What agents did"
    return chain.capitalize().replace(":", " ") if chain.startswith("message:") else f"Call {chain}"


def _say_where(breaks: Sequence[Break]) -> None:
    for each in breaks:
        print(f"  {each.place}. {each.fact.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}  {sentence(each.fact)}")


def _as_data(place: int, sealed: Sealed) -> dict[str, object]:
    fact = sealed.fact
    return {"place": place, "at": fact.at.isoformat(), "kind": fact.kind.value, "hash": sealed.hash}


def _broken(chain: str, found: Break) -> dict[str, object]:
    return {
        "chain": chain,
        "number": found.fact.data.get("number"),
        "place": found.place,
        "at": found.fact.at.isoformat(),
        "kind": found.fact.kind.value,
        "reason": found.reason,
    }
