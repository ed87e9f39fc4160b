"""The whole service with the demo world in it, as the stories see it: from outside, by SIP and by the API."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp

from app.demo import Person
from app.demo_world import seed
from app.settings import read_settings
from store.database import Database
from store.directory import SqlDirectory
from store.ways import SqlWays
from telephony.pbx import PrivateAsterisk
from telephony.pbx_fetch import AsteriskBinary
from telephony.sip_caller import SipCaller
from tests.asterisk.running_pbx import HOST, free_settings, speak_tone
from tests.patience import PATIENCE, START_SECONDS
from tests.scene import scene
from tests.service_process import PASSWORD, PROJECT, ServiceProcess
from web.passwords import hash_password

HARBOR, LAKESIDE, NORTHWIND = "+12025550101", "+12025550102", "+12025550103"
OWN_SECONDS, RING_SECONDS = 3, 5
"""Harbor's emergency line: so long its own agents only, and so long each of them rings."""
OWNER = "owner@answerline.test"
READY_SECONDS = START_SECONDS
LOOK_SECONDS = 0.1

T = TypeVar("T")
Fact = dict[str, Any]


class House:
    """One running service and its owner, who sees everything."""

    def __init__(self, service: ServiceProcess, owner: Person, asterisk: AsteriskBinary) -> None:
        self.service = service
        self.owner = owner
        self._asterisk = PrivateAsterisk(asterisk, service.home / "asterisk", free_settings(), speak_tone)
        self._callers = 0
        self._key: str | None = None

    @property
    def sip_port(self) -> int:
        return self.service.sip_port

    @property
    def clips(self) -> Path:
        return self.service.home / "clips"

    def new_caller(self) -> str:
        """A number that nobody has called from yet."""
        self._callers += 1
        return f"+1415555{self._callers:04}"

    def person(self, name: str) -> Person:
        """Somebody of the demo world at the service's pages; enter to sign in."""
        return _person(self.service, f"{name}@answerline.test")

    async def call_ids(self, caller: str) -> list[str]:
        """The ended calls of that caller, newest first."""
        found, cursor = [], ""
        while True:
            page = await self.owner.get(f"/api/calls?limit=50&cursor={quote(cursor)}")
            found += [each["call_id"] for each in page["items"] if each["caller"] == caller]
            cursor = page["next_cursor"]
            if not cursor:
                return found

    async def live_facts(self, caller: str) -> list[Fact] | None:
        """The facts of that caller's call that is up now."""
        for each in (await self.owner.get("/api/floor"))["calls"]:
            facts = await self.facts(each["call_id"])
            if facts and facts[0]["data"].get("caller") == caller:
                return facts
        return None

    async def facts(self, call_id: str) -> list[Fact]:
        """All facts of a call; none while the first is not written yet."""
        try:
            facts: list[Fact] = (await self.owner.get(f"/api/calls/{call_id}"))["facts"]
        except Exception as error:
            if "404" in str(error):
                return []
            raise
        return facts

    async def has_come_to(self, caller: str, kind: str) -> list[Fact]:
        """The facts of a live call once one of that kind is among them."""

        async def look() -> list[Fact] | None:
            facts = await self.live_facts(caller)
            return facts if facts and any(fact["kind"] == kind for fact in facts) else None

        return await self.until(look, f"the call of {caller} did not come to {kind}")

    async def has(self, call_id: str, kind: str) -> list[Fact]:
        """The facts of a call, up or ended, once one of that kind is among them."""

        async def look() -> list[Fact] | None:
            facts = await self.facts(call_id)
            return facts if kind in kinds(facts) else None

        return await self.until(look, f"the call {call_id} has no {kind}")

    async def ended(self, caller: str) -> list[Fact]:
        """The facts of that caller's one call, once it has ended; fails when it ended more than once."""

        async def look() -> list[str] | None:
            return await self.call_ids(caller) or None

        ids = await self.until(look, f"the call of {caller} did not end")
        facts = await self.facts(ids[0])
        assert len(ids) == 1, f"{caller} has {len(ids)} ended calls"
        assert kinds(facts).count("call.ended") == 1
        return facts

    async def message_of(self, caller: str) -> dict[str, Any]:
        """The one message that came of that caller, once it is saved."""

        async def look() -> list[dict[str, Any]]:
            items = (await self.owner.get("/api/messages?limit=50"))["items"]
            return [each for each in items if each["caller"] == caller]

        found = await self.until(look, f"there is no message of {caller}")
        assert len(found) == 1, f"{caller} left {len(found)} messages"
        return found[0]

    async def relayed(self, message_id: str) -> list[dict[str, Any]]:
        """The message's deliveries, once all have arrived."""

        async def look() -> list[dict[str, Any]] | None:
            found = await self.owner.get(f"/api/messages/{message_id}/deliveries")
            return found if found and all(each["state"] == "delivered" for each in found) else None

        try:
            return await until(look, "")
        except AssertionError:
            found = await self.owner.get(f"/api/messages/{message_id}/deliveries")
            states = [(each["channel"], each["state"], each["detail"]) for each in found]
            raise AssertionError(f"the message {message_id} was not relayed: {states}") from None

    async def outbox(self, message_id: str) -> list[dict[str, Any]]:
        """What the built-in outbox has of this message."""
        return [each for each in await self.owner.get("/api/outbox") if each["message_id"] == message_id]

    async def channels(self) -> list[str]:
        """What Asterisk itself says is up."""
        return [line for line in (await self._asterisk.cli("core show channels concise")).splitlines() if "!" in line]

    async def hang_up_caller(self, number: str) -> None:
        """Ends the channels that show this caller's number."""
        for channel in await self.channels():
            if number.removeprefix("+") in channel:
                await self._asterisk.cli(f"channel request hangup {channel.split('!')[0]}")

    async def scene(self) -> str:
        """What the service is at, and has been at, in words."""
        return await scene(self.owner, self.service)

    async def until(self, look: Callable[[], Awaitable[T | None]], complaint: str) -> T:
        """What `look` gives once it gives something; the complaint says what the service was at instead."""
        try:
            return await until(look, complaint)
        except AssertionError as waited:
            raise AssertionError(f"{waited}\n{await self.scene()}") from None

    async def silent(self) -> None:
        """Returns once no call is up, neither here nor at Asterisk; fails when one stays."""

        async def left() -> list[Any]:
            return [*(await self.owner.get("/api/floor"))["calls"], *await self.channels()]

        async def look() -> bool:
            return not await left()

        try:
            await until(look, "")
        except AssertionError:
            raise AssertionError(f"left over: {await left()}\n{await self.scene()}") from None

    async def ask(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> bytes:
        """What the API answers the owner's program with, for what a page sends no JSON for."""
        if self._key is None:
            self._key = (await self.owner.post("/api/keys", {"name": "stories"}))["key"]
        headers = {"Authorization": f"Bearer {self._key}"} | ({"Content-Type": content_type} if content_type else {})
        async with (
            aiohttp.ClientSession(self.service.url, headers=headers) as http,
            http.request(method, path, data=body) as reply,
        ):
            answer = await reply.read()
            assert reply.status < 400, answer
            return answer

    async def trace(self, call_id: str) -> str:
        """What `./answerline trace CALL` prints."""
        arguments = (sys.executable, "-m", "app.cli", "trace", call_id)
        process = await asyncio.create_subprocess_exec(
            *arguments, env=self.service.environment, cwd=PROJECT, stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(READY_SECONDS):
            told, _ = await process.communicate()
        assert process.returncode == 0
        return told.decode()

    @contextlib.asynccontextmanager
    async def agent_at_work(self, name: str, finds: str = "available") -> AsyncIterator[tuple[Person, SipCaller]]:
        """That agent with a SIP phone, in the state they find when they sign in; signed out afterwards."""
        async with self.person(name) as agent, SipCaller(HOST) as phone:
            await phone.register(HOST, self.sip_port, name, PASSWORD)
            await agent.post("/api/agent/sign-in", {"device": "phone"})
            await self.agent_is(agent, finds)
            try:
                yield agent, phone
            finally:
                with contextlib.suppress(aiohttp.ClientConnectionError):  # a story may have killed the service
                    await agent.post("/api/agent/sign-out")

    async def agent_is(self, agent: Person, state: str) -> dict[str, Any]:
        """The agent's view once it is in that state."""
        return await self.until(lambda: agent.state_is(state), f"the agent is not {state}")

    async def health(self) -> tuple[int, dict[str, Any]]:
        """What GET /health answers."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.service.url}/health") as reply:
            return reply.status, await reply.json()


@contextlib.asynccontextmanager
async def open_house(
    home: Path, asterisk: AsteriskBinary, speech: Path, more: Mapping[str, str] | None = None
) -> AsyncIterator[House]:
    """The service in an empty home. `speech` keeps what was spoken, so that the next house finds it."""
    await furnish(home, speech)
    async with ServiceProcess(home, "up", more=more) as service, moved_in(service, asterisk) as house:
        yield house


@contextlib.asynccontextmanager
async def moved_in(service: ServiceProcess, asterisk: AsteriskBinary) -> AsyncIterator[House]:
    """The owner signed in at a service, once that is ready."""
    await service.printed("ready: ", READY_SECONDS)
    async with _person(service, OWNER) as owner:
        yield House(service, owner, asterisk)


async def furnish(home: Path, speech: Path, url: str = "") -> None:
    """The demo world in a new home; Harbor's emergency line rings shorter than the demo's, to save time. `url` is that
    of an empty database, when it is not the home's own."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "speech").symlink_to(speech)
    database = Database(url or f"sqlite:///{home / 'answerline.db'}")
    await database.open()
    try:
        directory = SqlDirectory(database)
        await seed(directory, SqlWays(database), hash_password, PASSWORD)
        harbor = await directory.business("harbor")
        plan = harbor.plan
        for theirs, ours in (
            ("ring_seconds: 15", f"ring_seconds: {RING_SECONDS}"),
            ("when: {waited: 5}, add_pool: true", f"when: {{waited: {OWN_SECONDS}}}, add_pool: true"),
        ):
            assert plan.count(theirs) == 1
            plan = plan.replace(theirs, ours)
        await directory.put_business(replace(harbor, plan=plan))
    finally:
        await database.close()


async def until(look: Callable[[], Awaitable[T | None]], complaint: str, seconds: float = PATIENCE) -> T:
    """What `look` gives once it gives something."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := await look()):
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise AssertionError(complaint) from None
    return found


def kinds(facts: list[Fact]) -> list[str]:
    return [fact["kind"] for fact in facts]


def of_kind(facts: list[Fact], kind: str) -> list[Fact]:
    return [fact for fact in facts if fact["kind"] == kind]


def at(fact: Fact) -> datetime:
    return datetime.fromisoformat(fact["at"])


def one(facts: list[Fact], kind: str) -> Fact:
    """The one fact of that kind."""
    (found,) = of_kind(facts, kind)
    return found


def how(facts: list[Fact]) -> str:
    """How the call ended."""
    return str(one(facts, "call.ended")["data"]["how"])


def _person(service: ServiceProcess, email: str) -> Person:
    return Person(read_settings(service.environment), email, PASSWORD)
