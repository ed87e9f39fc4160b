"""Rounds of bad luck for one service: agents save messages and callers call while things are killed around them."""

import asyncio
import contextlib
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp

from app.demo import Person, StoryBroken
from app.settings import read_settings
from calls.plan import parse_plan
from calls.vouching import vouch
from messages.channels.webhook import new_secret
from messages.message import Message, Source
from store.database import Database
from store.directory import SqlDirectory
from store.inbox import SqlInbox
from store.ways import SqlWays
from store.webhook_secrets import SqlWebhookSecrets
from telephony.sip_call import SipCall
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.doubles.twilio import ACCOUNT_SID, API_KEY, API_SECRET, AUTH_TOKEN, SENDER
from tests.faults.disk import Disk, disk_for
from tests.faults.gate import Gate
from tests.faults.ledger import (
    Ledger,
    Promises,
    Text,
    has_all_of,
    in_the_air,
    leap,
    nothing_is_due,
    open_ends,
    read,
)
from tests.faults.outside import FickleMail, FickleSystem, FickleTwilio
from tests.service_process import PASSWORD, ServiceProcess
from tests.stories.house import HARBOR, READY_SECONDS, furnish, until
from tests.stories.sound import Voice, hears_beep, hears_speech

AGENTS = 6
AWAY_SECONDS = 900.0
"""How long the service is away each time it is killed, as far as its database knows: leases run out, retries come due,
receipts are overdue."""
REFUSED_WHILE_FULL = 3
TRY_AGAIN_SECONDS = 0.25
CUT_SECONDS = 3.0
MOST_LEAPS = 8
SETTLED_SECONDS = 180.0
WORDS = "The cellar is full of water, please hurry."
T = TypeVar("T")
DELIVERED = """
contacts:
  office: {name: Harbor office, email: office@harbor.test, sms: "+12025550191"}
  plumber: {name: Plumber, sms: "+12025550192"}
  system: {name: Harbor's own system, webhook: "@{SYSTEM}"}
rotas:
  on-call: {name: On call, shifts: [{who: plumber, hours: always}], fallback: office}
deliver:
  - {to: office, by: [email, sms]}
  - {to: system, by: webhook}
  - {forms: [emergency], to: plumber, by: [sms], until_acknowledged: true, repeat_minutes: 1, max_sends: 2}
"""


@dataclass
class Toll:
    """What was done to them."""

    kills: int = 0
    full: int = 0
    refused: int = 0
    shut: list[str] = field(default_factory=list)
    cut_off: Counter[str] = field(default_factory=Counter)
    """How often each delivery was in the air when the service was killed, or its outcome could not be stored."""


class BadDays:
    """One service and what befalls it. Everything that is chosen is chosen by `chance`."""

    def __init__(
        self,
        service: ServiceProcess,
        url: str,
        disk: Disk | None,
        mail: FickleMail,
        twilio: FickleTwilio,
        system: FickleSystem,
        gates: Mapping[str, Gate],
        chance: Random,
    ) -> None:
        """`url` leads straight to the database; `disk` is what it is on, None when a server has it."""
        self.promises = Promises()
        self.toll = Toll()
        self._service = service
        self._url = url
        self._disk = disk
        self._mail = mail
        self._twilio = twilio
        self._system = system
        self._gates = gates
        self._chance = chance
        self._stands = asyncio.Lock()
        """Held while the service is down, while its database is, and while callers are on their way to a message."""
        self._callers = 0
        self._all = 0
        self._kept_back = 0
        """So many drafts are left until callers are on their way too: the service is busy when it is killed."""
        self._taken = ""
        self._told = asyncio.Condition()

    async def round(self, messages: int, callers: int, voice: Voice) -> None:
        """So many messages are saved, and so many callers are in the middle of theirs when the service is killed."""
        drafts = await self._drafts(messages)
        begin = len(self.promises.saved)
        self._kept_back = messages // 3
        self._all = begin + messages - self._kept_back
        blows = [self._cut(name) for name in ("mail", "twilio", "system")]
        blows.append(self._take_the_database_away() if self._disk is None else self._fill(self._disk))
        self._chance.shuffle(blows)
        places = self._chance.sample(range(1, messages // 2), len(blows))
        killed = self._chance.randint(1, messages // 3)
        async with SipCaller(HOST) as telephone, asyncio.TaskGroup() as all_at_once:
            for _ in range(AGENTS):
                all_at_once.create_task(self._agent(drafts))
            for place, blow in zip(places, blows, strict=True):
                all_at_once.create_task(self._after(begin + place, blow))
            await self._saved(begin + killed)
            async with self._stands:
                # Only now: a caller who has to wait long says nothing, and is done with.
                calls = await asyncio.gather(*(self._calls(telephone) for _ in range(callers)))
                self._kept_back, self._all = 0, begin + messages
                async with self._told:
                    self._told.notify_all()
                await asyncio.sleep(self._chance.random() / 2)  # which moment of a save or a send is up to chance
                heard = [len(call.heard) for call in calls]
                await self._kill()
                words = await voice.say(WORDS)
                for call, since in zip(calls, heard, strict=True):
                    all_at_once.create_task(_leaves(call, since, words))
                await self.start()

    async def settle(self) -> None:
        """Everything is well again: whatever is on its way comes to an end, however often it has to wait."""
        self._mail.calm = self._twilio.calm = self._system.calm = True
        async with self._database() as database:
            await until(partial(has_all_of, database, self.promises.spoken), "a caller's message is missing", 60)
            async with self._person("owner") as owner:
                for _ in range(MOST_LEAPS):
                    await until(
                        partial(nothing_is_due, database), "the relay leaves undone what is due", SETTLED_SECONDS
                    )
                    if not await open_ends(database):
                        return
                    await leap(database, AWAY_SECONDS, alive=True)
                    await owner.post(f"/api/messages/{self._taken}/acknowledge")  # has the relay look at once

    async def ledger(self) -> Ledger:
        """To be read when nothing is on its way any more."""
        self._count_unsettled()
        async with self._database() as database:
            return await read(database, self._arrived())

    def _arrived(self) -> list[Text]:
        """Whatever the providers took."""
        mails = [
            Text(
                str(seen.mail["Message-ID"]).strip("<>").partition("@")[0],
                seen.recipients[0],
                f"{seen.mail['Subject']}",
            )
            for seen in self._mail.mails
        ]
        texts = [Text(seen.callback.rpartition("/")[2], seen.to, seen.body) for seen in self._twilio.messages]
        posts = [
            Text(post.headers["webhook-id"], post.path, f"#{json.loads(post.body)['data']['number']}")
            for post in self._system.taken
        ]
        return mails + texts + posts

    def report(self, ledger: Ledger) -> str:
        """What was done, and what came of it."""
        return "\n".join(
            (
                f"{len(ledger.messages)} messages, {len(self.promises.spoken)} of them left with the exchange",
                f"killed {self.toll.kills} times, with {self.toll.cut_off.total()} deliveries in the air; "
                f"savings refused: {self.toll.refused}; servers cut: {', '.join(self.toll.shut)}",
                f"disk full {self.toll.full} times ({self._disk.how if self._disk else 'a server has the database'})",
                f"Twilio met: {self._twilio.met}; posts answered: {dict(Counter(self._twilio.posted))}",
                f"mails put off: {self._mail.put_off}; taken, and the sender never heard so: {self._mail.unheard}",
                f"Harbor's own system was asked {len(self._system.posts)} times and took {len(self._system.taken)}",
                "came twice: " + ", ".join(f"{ledger.twice(by)} by {by}" for by in ("email", "sms", "webhook")),
            )
        )

    async def start(self) -> None:
        self._count_unsettled()
        self._service.lines.clear()
        await self._service.start()
        await self._service.printed("ready: ", READY_SECONDS)

    async def _kill(self) -> None:
        await self._service.kill()
        self.toll.kills += 1
        async with self._database() as database:
            self.toll.cut_off.update(await in_the_air(database))
            await leap(database, AWAY_SECONDS, alive=False)

    def _count_unsettled(self) -> None:
        """What the service could not store for as long as it held the delivery, by its own log."""
        self.toll.cut_off.update(
            found[1] for line in self._service.lines if (found := re.search(r"delivery (\S+) was left unsettled", line))
        )

    @contextlib.asynccontextmanager
    async def _database(self) -> AsyncIterator[Database]:
        """By a way of our own, which nobody cuts."""
        database = Database(self._url)
        await database.open()
        try:
            yield database
        finally:
            await database.close()

    async def _drafts(self, how_many: int) -> list[str]:
        """As calls open them for the agent who takes them."""
        async with self._database() as database:
            inbox = SqlInbox(database)
            opened = []
            for _ in range(how_many):
                form = self._chance.choice(["standard", "standard", "standard", "emergency"])
                draft = Message(uuid4().hex, "harbor", form, Source.AGENT, datetime.now(UTC), taken_by="ben")
                opened.append((await inbox.open_draft(draft)).id)
        return opened

    async def _agent(self, drafts: list[str]) -> None:
        """Takes one draft after another, and presses "save" until it is told that the message is saved."""
        async with self._person("ben") as agent, self._person("owner") as owner:
            while drafts:
                async with self._told:
                    await self._told.wait_for(lambda: len(drafts) > self._kept_back or not drafts)
                if not drafts:
                    break
                message_id = drafts.pop()
                number = await self._until_told(partial(self._save, agent, message_id))
                async with self._told:
                    self.promises.saved[message_id] = number
                    self._told.notify_all()
                if self._chance.random() < 0.2:
                    await self._until_told(partial(owner.post, f"/api/messages/{message_id}/acknowledge"))
                    self._taken = message_id

    @contextlib.asynccontextmanager
    async def _person(self, name: str) -> AsyncIterator[Person]:
        """Signed in, however often that takes."""
        while True:
            person = Person(read_settings(self._service.environment), f"{name}@answerline.test", PASSWORD)
            try:
                await person.__aenter__()
                break
            except (StoryBroken, aiohttp.ClientError, OSError):
                await asyncio.sleep(TRY_AGAIN_SECONDS)
        try:
            yield person
        finally:
            await person.__aexit__()

    async def _save(self, agent: Person, message_id: str) -> int:
        path = f"/api/messages/{message_id}"
        draft = await agent.get(path)
        answers = {"name": "Rosa Diaz", "phone": "+12025550147", "reason": "No heat.", "address": "12 Canal Street"}
        saved = await agent.post(f"{path}/save", {"revision": draft["revision"], "answers": answers})
        assert saved["status"] == "saved"
        return int(saved["number"])

    async def _until_told(self, do: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await do()
            except (StoryBroken, aiohttp.ClientError, OSError):
                async with self._told:
                    self.toll.refused += 1
                    self._told.notify_all()
            await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def _calls(self, telephone: SipCaller) -> SipCall:
        """A caller on the way to leaving a message."""
        self._callers += 1
        caller = f"+1415555{self._callers:04}"
        call = await telephone.dial(HOST, self._service.sip_port, HARBOR, caller)
        await call.answered(20)
        await hears_speech(call)
        await call.press("2")
        self.promises.spoken.append(caller)
        return call

    async def _saved(self, how_many: int) -> None:
        async with self._told:
            await self._told.wait_for(lambda: len(self.promises.saved) >= how_many)

    async def _after(self, how_many: int, blow: Awaitable[None]) -> None:
        await self._saved(how_many)
        await blow

    async def _cut(self, which: str) -> None:
        """The server is killed, and is back after a few more messages."""
        gate, back = self._gates[which], len(self.promises.saved) + self._chance.randint(2, 10)
        self.toll.shut.append(which)
        await gate.shut()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CUT_SECONDS):
                await self._saved(back)
        await gate.open()

    async def _take_the_database_away(self) -> None:
        """From a service that runs: without its database it does not start."""
        async with self._stands:
            await self._cut("database")

    async def _fill(self, disk: Disk) -> None:
        """The service cannot write to its database, until some savings were refused."""
        async with self._stands:
            pid, enough = self._service.pid, self.toll.refused + REFUSED_WHILE_FULL
            self.toll.full += 1
            try:
                await asyncio.to_thread(disk.fill, pid)
                async with self._told:
                    await self._told.wait_for(
                        lambda: self.toll.refused >= enough or len(self.promises.saved) >= self._all
                    )
            finally:
                disk.empty(pid)


async def _leaves(call: SipCall, since: int, words: bytes) -> None:
    """The caller speaks after the exchange's own tone, and hangs up."""
    await hears_beep(call, since)
    await call.say(words)
    await call.hang_up()


@contextlib.asynccontextmanager
async def bad_days(home: Path, spoken: Path, seed: int, server: str = "") -> AsyncIterator[BadDays]:
    """A furnished home, fickle providers behind gates, and the service. Its database is a file, or at `server`, the URL
    of an empty one on PostgreSQL."""
    chance = Random(seed)
    async with contextlib.AsyncExitStack() as stack:
        file = home.with_name("disk") / "answerline.db"
        disk = None if server else stack.enter_context(disk_for(file))
        url = server or f"sqlite:///{file}"
        mail = await stack.enter_async_context(FickleMail(Random(chance.random())))
        twilio = await stack.enter_async_context(FickleTwilio(Random(chance.random())))
        system = await stack.enter_async_context(FickleSystem(Random(chance.random())))
        behind = {"mail": mail.port, "twilio": _port(twilio.url), "system": _port(system.url)}
        if server:
            behind["database"] = _port(server)
        gates = {name: await stack.enter_async_context(Gate(port)) for name, port in behind.items()}
        outside = {
            "ANSWERLINE_DATABASE_URL": _at(gates["database"].port, url) if server else url,
            "ANSWERLINE_SMTP_URL": f"smtp://{HOST}:{gates['mail'].port}",
            "ANSWERLINE_MAIL_FROM": "Answerline <messages@answerline.test>",
            "ANSWERLINE_SMS_PROVIDER": "twilio",
            "ANSWERLINE_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "ANSWERLINE_TWILIO_API_KEY": API_KEY,
            "ANSWERLINE_TWILIO_API_SECRET": API_SECRET,
            "ANSWERLINE_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "ANSWERLINE_TWILIO_FROM": SENDER,
            "ANSWERLINE_TWILIO_URL": _at(gates["twilio"].port, twilio.url),
            "ANSWERLINE_WEBHOOK_PRIVATE": "1",
            "ANSWERLINE_SMS_PER_DAY": "1000000",  # many rounds are one day
        }
        await furnish(home, spoken, url)
        await _deliver_so(url, DELIVERED.replace("@{SYSTEM}", _at(gates["system"].port, system.url)))
        service = ServiceProcess(home, "up", more=outside)
        days = BadDays(service, url, disk, mail, twilio, system, gates, chance)
        await days.start()
        try:
            yield days
        finally:
            await service.stop()


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def _at(port: int, url: str) -> str:
    """The same address by way of another port."""
    return url.replace(f":{_port(url)}", f":{port}")


async def _deliver_so(url: str, delivered: str) -> None:
    """Harbor's messages go out by rules of the test's own, to contacts of its own."""
    database = Database(url)
    await database.open()
    try:
        directory = SqlDirectory(database)
        harbor = await directory.business("harbor")
        written = harbor.plan[: harbor.plan.index("\ncontacts:")] + delivered
        await directory.put_business(replace(harbor, plan=written))
        contacts = parse_plan(written).contacts
        await vouch(SqlWays(database), "harbor", contacts, datetime.now(UTC), "the test")
        address = contacts["system"].webhook
        assert address is not None
        await SqlWebhookSecrets(database).renew("harbor", address, new_secret(), datetime.now(UTC))
    finally:
        await database.close()
