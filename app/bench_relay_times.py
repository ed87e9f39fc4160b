"""How long "save" takes, and from there to the provider: the service's own parts, put together as the service does."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from accounts.business import Business
from app.bench_relay_provider import Provider
from app.relaying import Describing, make_relay
from calls.clips import Clips
from calls.intake import Intake
from calls.plan import parse_plan
from calls.plans import Plans
from calls.reaching import Reaching
from calls.vouching import vouch
from messages.channels.sms import TwilioAccount, TwilioSms
from messages.message import MessageStatus, Source
from store.database import Database
from store.directory import SqlDirectory
from store.inbox import SqlInbox
from store.journal import SqlJournal
from store.outbox import SqlOutbox
from store.rotas import SqlRotas
from store.ways import SqlWays

PER_SECOND = 20
PLAN = """
answer_phrase: Bench.
hours: {time_zone: UTC}
open: {message: standard}
closed: {message: standard}
forms:
  standard:
    title: Message
    fields:
      - {key: name, label: Name, required: true}
contacts:
  office: {name: Office, sms: "+12025550191"}
deliver:
  - {to: office, by: [sms]}
"""
ARRIVED_SECONDS = 60.0


@dataclass(frozen=True)
class Times:
    """Seconds of each message: from "save" to the word that it is saved, and from there to the provider."""

    saved: Sequence[float]
    handed_over: Sequence[float]

    def told(self) -> dict[str, object]:
        return {
            "messages": len(self.saved),
            "saved_milliseconds": milliseconds(self.saved),
            "handed_over_milliseconds": milliseconds(self.handed_over),
        }


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """The median and what 99 of 100 stay below."""
    return {
        "median": round(1000 * statistics.median(seconds), 2),
        "p99": round(1000 * statistics.quantiles(seconds, n=100, method="inclusive")[98], 2),
    }


async def measure_times(database: Database, folder: Path, messages: int) -> Times:
    """Save messages at an even pace, whatever the ones before take, while the relay sends them."""
    async with Provider() as provider, _house(database, folder, provider) as intake:
        began: dict[int, float] = {}
        ended: dict[int, float] = {}

        async def take(place: int, begin: float) -> None:
            await asyncio.sleep(max(0.0, begin + place / PER_SECOND - time.perf_counter()))
            draft = await intake.open(
                business_id="bench", form="standard", source=Source.AGENT, urgency="normal", call_id=None, caller=None
            )
            began[draft.number] = time.perf_counter()
            await intake.finish(draft, MessageStatus.SAVED)
            ended[draft.number] = time.perf_counter()

        begin = time.perf_counter()
        await asyncio.gather(*(take(place, begin) for place in range(messages)))
        await provider.has_taken(messages, ARRIVED_SECONDS)
        return Times(
            [ended[number] - began[number] for number in began],
            [max(0.0, provider.taken[number] - ended[number]) for number in began],
        )


@contextlib.asynccontextmanager
async def _house(database: Database, folder: Path, provider: Provider) -> AsyncIterator[Intake]:
    """One business, whose messages go out by text, and a relay at work."""
    directory, ways, rotas = SqlDirectory(database), SqlWays(database), SqlRotas(database)
    await directory.put_business(Business("bench", "Bench", PLAN))
    await vouch(ways, "bench", parse_plan(PLAN).contacts, _now(), "the bench")
    plans = Plans(directory)
    reaching = Reaching(plans, rotas, ways, clock=_now)
    inbox, outbox = SqlInbox(database), SqlOutbox(database)
    sms = TwilioSms(TwilioAccount("AC" + "0" * 32, "bench", "bench", "+15005550006", provider.url))
    relay = make_relay(
        inbox,
        outbox,
        ways,
        reaching,
        Describing(directory, plans, Clips(folder / "clips"), SqlJournal(database)),
        {"sms": sms},
        public_url="http://127.0.0.1",
        clock=_now,
        tell=lambda state: None,
    )
    running = asyncio.create_task(relay.run())
    try:
        yield Intake(inbox, plans, reaching, clock=_now, nudge=relay.nudge)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await sms.close()


def _now() -> datetime:
    return datetime.now(UTC)
