"""`./answerline verify [NUMBER]`: does the log of facts still hold what was written? The service may be running."""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC

from app.settings import Settings
from messages.message import Message
from reports.facts import chain_of_message
from reports.proof import Break, Sealed, Verdict, verify
from reports.story import sentence
from reports.timeline import timeline
from store.database import Database, DatabaseDown
from store.inbox import SqlInbox
from store.journal import SqlJournal

HOUSE_CHAIN = ""
"""What happened outside of calls and messages: agents who came and went."""


class NoSuchMessage(Exception):
    """The text says so."""


@dataclass
class Count:
    """What was looked at."""

    chains: int = 0
    facts: int = 0
    unsealed: int = 0
    broken: list[dict[str, object]] = field(default_factory=list)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Check one message's chain, or all. Returns 0 when all is as it was written, 1 when not, 2 for no such message."""
    try:
        return asyncio.run(_run(settings, None if options.all else options.number, as_json=options.json))
    except NoSuchMessage as error:
        print(f"answerline: {error}", file=sys.stderr)
        return 2
    except DatabaseDown as error:
        print(f"answerline: {error}", file=sys.stderr)
        return 1


async def _run(settings: Settings, number: int | None, *, as_json: bool) -> int:
    database = Database(settings.database)
    await database.open()
    try:
        inbox, journal = SqlInbox(database), SqlJournal(database)
        if number is None:
            return await _all(journal, as_json=as_json)
        message = await inbox.by_number(number)
        if message is None:
            raise NoSuchMessage(f"there is no message {number}.")
        chain = await journal.chain(chain_of_message(message.id, message.call_id))
        return _one(message, chain, as_json=as_json)
    finally:
        await database.close()


def _one(message: Message, chain: Sequence[Sealed], *, as_json: bool) -> int:
    """Print a message's entries with their hashes, and the verdict."""
    verdict = verify(chain)
    if not chain:
        print(f"Message {message.number}: the log holds nothing of it. It was taken out.", file=sys.stderr)
        return 1
    if as_json:
        entries = [_as_data(place, sealed) for place, sealed in enumerate(chain, start=1)]
        broken = [_broken(chain_of_message(message.id, message.call_id), each) for each in verdict.breaks]
        told = {"number": message.number, "intact": verdict.holds, "head": verdict.last_hash}
        print(json.dumps({**told, "entries": entries, "broken": broken}, indent=2))
        return 0 if verdict.holds else 1
    for entry in timeline(chain, message.id).entries:
        print(f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}  {entry.hash or 'no hash yet'}  {entry.text}")
    print(f"Message {message.number}: {verdict}")
    _say_where(verdict.breaks)
    return 0 if verdict.holds else 1


async def _all(journal: SqlJournal, *, as_json: bool) -> int:
    """Check every chain there is, and say which do not hold."""
    count = Count()
    async for name, verdict in _verdicts(journal):
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


async def _verdicts(journal: SqlJournal) -> AsyncIterator[tuple[str, Verdict]]:
    yield HOUSE_CHAIN, verify(await journal.chain(HOUSE_CHAIN))
    after = HOUSE_CHAIN
    while names := await journal.chains(after):
        for name in names:
            yield name, verify(await journal.chain(name))
        after = names[-1]


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
