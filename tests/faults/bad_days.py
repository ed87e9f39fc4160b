"""Rounds of bad luck for one service: agents save messages and callers call while things are killed around them."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar
from uuid import uuid4

import aiohttp
import psutil

from app.demo import Person, StoryBroken
from app.settings import read_settings
from calls.plan import parse_plan
from calls.vouching import vouch
from messages.message import Message, Source
from store.database import Database
from store.directory import SqlDirectory
from store.inbox import SqlInbox
from store.ways import SqlWays
from telephony.sip_call import SipCall
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST
from tests.doubles.twilio import ACCOUNT_SID, API_KEY, API_SECRET, AUTH_TOKEN, SENDER
from tests.faults.gate import Gate
from tests.faults.ledger import (
    Ledger,
    Promises,
    Text,
    files_of,
    has_all_of,
    in_the_air,
    leap,
    nothing_is_due,
    open_ends,
)
from tests.faults.outside import FickleMail, FickleTwilio
from tests.service_process import PASSWORD, ServiceProcess
from tests.stories.house import HARBOR, READY_SECONDS, furnish, until
from tests.stories.sound import Voice, hears_beep, hears_speech

AGENTS = 6
AWAY_SECONDS = 900.0
"""How long the service is away each time it is killed, as far as its database knows: leases run out, retries come due,
receipts are overdue."""
FULL_BYTES = 4096
REFUSED_WHILE_FULL = 3
TRY_AGAIN_SECONDS = 0.25
CUT_SECONDS = 3.0
MOST_LEAPS = 8
SETTLED_SECONDS = 60.0
WORDS = "The cellar is full of water, please hurry."
T = TypeVar("T")
DELIVERED = """
contacts:
  office: {name: Harbor office, email: office@harbor.test, sms: "+12025550191"}
  plumber: {name: Plumber, sms: "+12025550192"}
rotas:
  on-call: {name: On call, shifts: [{who: plumber, hours: always}], fallback: office}
deliver:
  - {to: office, by: [email, sms]}
  - {forms: [emergency], to: plumber, by: [sms], until_acknowledged: true, repeat_minutes: 1, max_sends: 2}
"""


@dataclass
class Toll:
    """What was done to them."""

    kills: int = 0
    full: int = 0
    mails_in_the_air: int = 0
    texts_in_the_air: int = 0
    refused: int = 0
    shut: list[str] = field(default_factory=list)


class BadDays:
    """One service and what befalls it. Everything that is chosen is chosen by `chance`."""

    def __init__(
        self,
        service: ServiceProcess,
        mail: FickleMail,
        twilio: FickleTwilio,
        gates: Mapping[str, Gate],
        chance: Random,
    ) -> None:
        self.promises = Promises()
        self.toll = Toll()
        self._service = service
        self._mail = mail
        self._twilio = twilio
        self._gates = gates
        self._chance = chance
        self._callers = 0
        self._taken = ""
        self._told = asyncio.Condition()

    async def round(self, messages: int, callers: int, voice: Voice) -> None:
        """So many messages are saved, and so many callers are in the middle of theirs when the service is killed."""
        drafts = await self._drafts(messages)
        begin = len(self.promises.saved)
        blows = [self._cut("mail"), self._cut("twilio"), self._fill_the_disk()]
        self._chance.shuffle(blows)
        places = sorted(self._chance.sample(range(1, messages - AGENTS), len(blows) + 1))
        killed = places.pop(self._chance.randrange(len(places)))
        async with SipCaller(HOST) as telephone, asyncio.TaskGroup() as all_at_once:
            calls = await asyncio.gather(*(self._calls(telephone) for _ in range(callers)))
            for _ in range(AGENTS):
                all_at_once.create_task(self._agent(drafts))
            for place, blow in zip(places, blows, strict=True):
                all_at_once.create_task(self._after(begin + place, blow))
            await self._saved(begin + killed)
            await asyncio.sleep(self._chance.random() / 10)  # which moment of a save or a send is up to chance
            heard = [len(call.heard) for call in calls]
            await self._kill()
            words = await voice.say(WORDS)
            for call, since in zip(calls, heard, strict=True):
                all_at_once.create_task(_leaves(call, since, words))
            await self.start()

    async def settle(self) -> None:
        """Everything is well again: whatever is on its way comes to an end, however often it has to wait."""
        self._mail.calm = self._twilio.calm = True
        database = Database(files_of(self._service.home))
        await database.open()
        try:
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
        finally:
            await database.close()

    def arrived(self) -> list[Text]:
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
        return mails + texts

    @property
    def answers_lost(self) -> int:
        """After so many mails, at most, their sender could not know that the server has them."""
        return self._mail.unheard + self._gates["mail"].broken + self.toll.mails_in_the_air

    @property
    def receipts_lost(self) -> int:
        """The same of texts."""
        met = self._twilio.met
        unheard = sum(met.get(name, 0) for name in ("FailAfterAccept", "BreakAfterAccept", "Hang"))
        return unheard + self._gates["twilio"].broken + self.toll.texts_in_the_air

    @property
    def kills(self) -> int:
        return self.toll.kills

    def report(self, ledger: Ledger) -> str:
        """What was done, and what came of it."""
        return "\n".join(
            (
                f"{len(ledger.messages)} messages, {len(self.promises.spoken)} of them left with the exchange",
                f"killed {self.toll.kills} times, disk full {self.toll.full} times, "
                f"servers cut: {', '.join(self.toll.shut)}; savings refused: {self.toll.refused}",
                f"Twilio met: {self._twilio.met}; posts answered: {dict(Counter(self._twilio.posted))}",
                f"mails put off: {self._mail.put_off}; answers lost of mails: {self.answers_lost}, "
                f"of texts: {self.receipts_lost}",
                f"came twice: {ledger.twice('email')} mails, {ledger.twice('sms')} texts",
            )
        )

    async def start(self) -> None:
        self._service.lines.clear()
        await self._service.start()
        await self._service.printed("ready: ", READY_SECONDS)

    async def _kill(self) -> None:
        await self._service.kill()
        self.toll.kills += 1
        database = Database(files_of(self._service.home))
        await database.open()
        try:
            self.toll.mails_in_the_air += await in_the_air(database, "email")
            self.toll.texts_in_the_air += await in_the_air(database, "sms")
            await leap(database, AWAY_SECONDS, alive=False)
        finally:
            await database.close()

    async def _drafts(self, how_many: int) -> list[str]:
        """As calls open them for the agent who takes them."""
        database = Database(files_of(self._service.home))
        await database.open()
        try:
            inbox = SqlInbox(database)
            opened = []
            for _ in range(how_many):
                form = self._chance.choice(["standard", "standard", "standard", "emergency"])
                draft = Message(uuid4().hex, "harbor", form, Source.AGENT, datetime.now(UTC), taken_by="ben")
                opened.append((await inbox.open_draft(draft)).id)
        finally:
            await database.close()
        return opened

    async def _agent(self, drafts: list[str]) -> None:
        """Takes one draft after another, and presses "save" until it is told that the message is saved."""
        async with self._person("ben") as agent, self._person("owner") as owner:
            while drafts:
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

    async def _fill_the_disk(self) -> None:
        """No file of the service can grow any more, until some savings were refused."""
        process = psutil.Process(self._service.pid)
        before = self.toll.refused
        soft, hard = process.rlimit(psutil.RLIMIT_FSIZE)
        self.toll.full += 1
        process.rlimit(psutil.RLIMIT_FSIZE, (FULL_BYTES, hard))
        async with self._told:
            await self._told.wait_for(
                lambda: self.toll.refused >= before + REFUSED_WHILE_FULL or not process.is_running()
            )
        with contextlib.suppress(psutil.NoSuchProcess):
            process.rlimit(psutil.RLIMIT_FSIZE, (soft, hard))


async def _leaves(call: SipCall, since: int, words: bytes) -> None:
    """The caller speaks after the exchange's own tone, and hangs up."""
    await hears_beep(call, since)
    await call.say(words)
    await call.hang_up()


@contextlib.asynccontextmanager
async def bad_days(home: Path, spoken: Path, seed: int) -> AsyncIterator[BadDays]:
    """A furnished home, fickle providers behind gates, and the service."""
    await furnish(home, spoken)
    await _deliver_so(home)
    chance = Random(seed)
    async with contextlib.AsyncExitStack() as stack:
        mail = await stack.enter_async_context(FickleMail(Random(chance.random())))
        twilio = await stack.enter_async_context(FickleTwilio(Random(chance.random())))
        gates = {
            "mail": await stack.enter_async_context(Gate(mail.port)),
            "twilio": await stack.enter_async_context(Gate(int(twilio.url.rpartition(":")[2]))),
        }
        outside = {
            "ANSWERLINE_SMTP_URL": f"smtp://{HOST}:{gates['mail'].port}",
            "ANSWERLINE_MAIL_FROM": "Answerline <messages@answerline.test>",
            "ANSWERLINE_SMS_PROVIDER": "twilio",
            "ANSWERLINE_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "ANSWERLINE_TWILIO_API_KEY": API_KEY,
            "ANSWERLINE_TWILIO_API_SECRET": API_SECRET,
            "ANSWERLINE_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "ANSWERLINE_TWILIO_FROM": SENDER,
            "ANSWERLINE_TWILIO_URL": f"http://{HOST}:{gates['twilio'].port}",
            "ANSWERLINE_SMS_PER_DAY": "1000000",  # many rounds are one day
        }
        service = ServiceProcess(home, "up", more=outside)
        days = BadDays(service, mail, twilio, gates, chance)
        await days.start()
        try:
            yield days
        finally:
            await service.stop()


async def _deliver_so(home: Path) -> None:
    """Harbor's messages go out by rules of the test's own, to contacts of its own."""
    database = Database(files_of(home))
    await database.open()
    try:
        directory = SqlDirectory(database)
        harbor = await directory.business("harbor")
        written = harbor.plan[: harbor.plan.index("\ncontacts:")] + DELIVERED
        await directory.put_business(replace(harbor, plan=written))
        await vouch(SqlWays(database), "harbor", parse_plan(written).contacts, datetime.now(UTC), "the test")
    finally:
        await database.close()
