"""`./answerline trace [CALL]`: why a call went as it did, read from the database. The service may be running."""

import argparse
import asyncio
import json
from datetime import UTC, datetime, tzinfo

from app.asking import WrongQuestion, answered, stored
from app.settings import Settings
from calls.names import naming
from reports.facts import Kind
from reports.trace import Entry, agents_in, lines, trace
from store.directory import SqlDirectory
from store.journal import SqlJournal

LATEST = 20
SHOWN_OF_ID = 12


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print one call's trace or, without a call, the latest calls. Returns 2 when there is no such call."""
    return answered(lambda: asyncio.run(_run(settings, options.call.strip(), as_json=options.json)))


async def _run(settings: Settings, call: str, *, as_json: bool) -> int:
    async with stored(settings) as database:
        directory, journal = SqlDirectory(database), SqlJournal(database)
        if call:
            await _show(directory, journal, call, as_json=as_json)
        else:
            await _list(directory, journal, as_json=as_json)
    return 0


async def _show(directory: SqlDirectory, journal: SqlJournal, call: str, *, as_json: bool) -> None:
    facts = await journal.of_call(await _one(journal, call))
    zone = _zone_of(facts[0].at)
    name = await naming(directory, {fact.business_id for fact in facts if fact.business_id}, agents_in(facts))
    entries = trace(facts, name, zone)
    if as_json:
        print(json.dumps({"call_id": facts[0].call_id, "entries": [_as_data(entry) for entry in entries]}, indent=2))
        return
    print(
        f"Call {facts[0].call_id}, {facts[0].at.astimezone(zone):%d %B %Y}, times in {facts[0].at.astimezone(zone):%Z}"
    )
    for line in lines(entries, zone):
        print(line)


async def _one(journal: SqlJournal, call: str) -> str:
    """The one call whose id is this or begins so. Raises WrongQuestion."""
    if await journal.of_call(call):
        return call
    found = [fact.call_id for fact in await journal.started_calls(call, 2)]
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongQuestion(f"more than one call begins with {call}: write more of its id.")
    raise WrongQuestion(f"there is no call {call}; `./answerline trace` lists the latest calls.")


async def _list(directory: SqlDirectory, journal: SqlJournal, *, as_json: bool) -> None:
    started = await journal.started_calls("", LATEST)
    name = await naming(directory, {fact.business_id for fact in started if fact.business_id}, ())
    rows = [(fact, await _how(journal, fact.call_id)) for fact in started]
    if as_json:
        calls = [
            {"call_id": fact.call_id, "at": fact.at.isoformat(), "business_id": fact.business_id, "how": how}
            for fact, how in rows
        ]
        print(json.dumps({"calls": calls}, indent=2))
        return
    if not rows:
        print("No call has come yet.")
    for fact, how in rows:
        at = fact.at.astimezone(_zone_of(fact.at))
        business = name(fact.business_id) if fact.business_id else "no business"
        caller = str(fact.data.get("caller") or "withheld")
        print(f"{fact.call_id[:SHOWN_OF_ID]:{SHOWN_OF_ID}}  {at:%Y-%m-%d %H:%M:%S}  {caller:16}  {how:10}  {business}")


async def _how(journal: SqlJournal, call_id: str) -> str:
    """How the call ended; "going on" while it has not."""
    facts = await journal.of_call(call_id)
    return next((str(fact.data.get("how", "ended")) for fact in facts if fact.kind is Kind.CALL_ENDED), "going on")


def _zone_of(at: datetime) -> tzinfo:
    """The machine's own time zone as it was at that moment."""
    return at.astimezone().tzinfo or UTC


def _as_data(entry: Entry) -> dict[str, object]:
    return {"at": entry.at.isoformat(), "seconds": entry.seconds, "text": entry.text, "details": list(entry.details)}
