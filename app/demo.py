"""The demo's story: one real SIP call through greeting, menu, queue and agent, told line by line.

Everything goes by the doors that anybody uses: SIP for caller and agent, HTTP for the agent's page and the business.
"""

import array
import asyncio
import math
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from app.settings import Settings
from telephony.sip_call import CallFailed, SipCall
from telephony.sip_caller import SipCaller

CALLER = "+12025550147"
NUMBER = "+12025550101"
AGENT = ("ana@answerline.test", "ana", "Ana")
OFFICE = "office@harbor.test"
NAME = "Demo Caller"
SPOKEN_NAME = "Demo caller."
SPOKEN_REASON = "Hello. The water heater in our basement is leaking. Please call me back today."
ANSWERS = {
    "name": NAME,
    "phone": CALLER,
    "address": "12 Canal Street",
    "reason": "The water heater in the basement is leaking. Please call back today.",
    "customer": "existing",
}
PATIENCE = 60.0
"""Seconds for one step of the story, on a machine that is slow or busy."""
STORY_SECONDS = 240.0
BEEP_HERTZ = 880.0
LOUD = 300.0
"""Root mean square of 16-bit samples that is surely no silence."""
RELAYED = {
    "accepted": "accepted by the carrier, which has not said yet whether it arrived",
    "delivered": "delivered",
    "acknowledged": "acknowledged",
}
STATE_WORDS = RELAYED | {"alarm": "NOT delivered"}


class StoryBroken(Exception):
    """A step of the story did not happen; the text says which."""


def demo_password(settings: Settings) -> str:
    """The password of everybody in the demo: the owner's from the settings, else one kept in the home."""
    if settings.owner_password is not None:
        return settings.owner_password.get_secret_value()
    path = settings.home / "demo-password"
    if not path.exists():
        path.touch(0o600)
        path.write_text(secrets.token_urlsafe(9))
    return path.read_text()


class Story:
    """Tells the call. `say` prints a line, `speak` gives a WAV file (8 kHz) of spoken words."""

    def __init__(
        self,
        settings: Settings,
        password: str,
        *,
        say: Callable[[str], None],
        speak: Callable[[str], Awaitable[Path]],
    ) -> None:
        self._settings = settings
        self._password = password
        self._say = say
        self._speak = speak

    async def tell(self) -> bool:
        """Make the call; True when the message was relayed by every channel asked for."""
        try:
            async with asyncio.timeout(STORY_SECONDS):
                return await self._tell()
        except (StoryBroken, CallFailed, TimeoutError, aiohttp.ClientError) as error:
            self._say(f"The story broke off: {error or type(error).__name__}")
            return False

    async def _tell(self) -> bool:
        settings = self._settings
        email, user, name = AGENT
        host, port = _own_address(settings), settings.sip_port
        async with (
            Person(settings, email, self._password) as agent,
            SipCaller() as phone,
            SipCaller() as outside,
        ):
            await phone.register(host, port, user, self._password)
            await agent.post("/api/agent/sign-in", {"device": "phone"})
            await _until(lambda: agent.state_is("available"), f"{name} did not become available")
            self._say(f"{name} signs in with a SIP phone and is available")
            try:
                message_id, call_id = await self._call(agent, phone, outside, host, port)
            finally:
                await agent.post("/api/agent/sign-out")
        return await self._relayed(message_id, call_id)

    async def _call(
        self, agent: "Person", phone: SipCaller, outside: SipCaller, host: str, port: int
    ) -> tuple[str, str]:
        name = AGENT[2]
        self._say(f"A caller at {CALLER} dials Harbor Plumbing, {NUMBER}")
        caller = await outside.dial(host, port, NUMBER, CALLER)
        await caller.answered(PATIENCE)
        await _speech(caller, 2.0)
        self._say("heard: the greeting and the menu")
        await caller.press("1")
        self._say("pressed: 1, to speak with someone")
        await _beep(caller)
        self._say('heard: "Please say your first and last name after the tone", and the tone')
        await caller.say(await self._speak(SPOKEN_NAME))
        ringing = await phone.incoming(PATIENCE)
        self._say(f"queued, and the call rings at {name}'s telephone while the caller hears hold music")
        await ringing.accept()
        view = await _until(lambda: agent.state_is("talking"), f"{name} was not connected")
        card = view["call"]
        self._say(f"answered by {name}, whose page says: “{card['answer_phrase']}”")
        before = len(ringing.heard)
        await asyncio.gather(caller.say(await self._speak(SPOKEN_REASON)), ringing.say(await self._speak("I see.")))
        if _loudness(ringing.heard[before:]) < LOUD:
            raise StoryBroken(f"{name} did not hear the caller")
        self._say(f"{name} hears the caller, and types the message")
        draft = await agent.get(f"/api/messages/{card['message_id']}")
        if not draft["name_clip"]:
            raise StoryBroken("the caller's name was not recorded")
        typed = {
            "revision": draft["revision"],
            "answers": ANSWERS,
            "name_said_as": "DEM-oh KAW-ler",
            "urgency": "normal",
        }
        draft = await agent.put(f"/api/messages/{card['message_id']}/draft", typed)
        saved = await agent.post(f"/api/messages/{card['message_id']}/save", typed | {"revision": draft["revision"]})
        self._say(f"message taken: #{saved['number']}, saved before {name} sees “saved”")
        await ringing.hang_up()
        await caller.ended(PATIENCE)
        self._say(f"{name} hangs up; the caller hears a goodbye")
        return str(saved["id"]), str(card["call_id"])

    async def _relayed(self, message_id: str, call_id: str) -> bool:
        async with Person(self._settings, OFFICE, self._password) as office:

            async def settled() -> list[dict[str, Any]] | None:
                deliveries: list[dict[str, Any]] = await office.get(f"/api/messages/{message_id}/deliveries")
                return deliveries if deliveries and all(each["state"] in STATE_WORDS for each in deliveries) else None

            try:
                deliveries = await _until(settled, "")
            except StoryBroken:
                deliveries = await office.get(f"/api/messages/{message_id}/deliveries")
            for each in deliveries:
                state = STATE_WORDS.get(each["state"], f"not delivered yet ({each['state']})")
                told = each["detail"] and each["state"] not in ("accepted", "delivered")
                detail = f": {each['detail']}" if told else ""
                self._say(f"relayed by {_channel(each['channel'])} to {each['address']}: {state}{detail}")
            story = await office.get(f"/api/calls/{call_id}")
        self._say("")
        self._say("The same call as its log of facts tells it:")
        for line in story["story"]:
            self._say(f"  {line}")
        return bool(deliveries) and all(each["state"] in RELAYED for each in deliveries)


class Person:
    """Somebody with a browser: signed in while entered."""

    def __init__(self, settings: Settings, email: str, password: str) -> None:
        self._origin = settings.origin
        scheme = "https" if settings.tls_cert else "http"
        self._base = f"{scheme}://{_own_address(settings, settings.http_host)}:{settings.http_port}"
        self._email = email
        self._password = password

    async def __aenter__(self) -> "Person":
        jar = aiohttp.CookieJar(unsafe=True)
        # Our own certificate is checked by browsers; on loopback we know whom we talk to.
        connector = aiohttp.TCPConnector(ssl=False)
        self._http = aiohttp.ClientSession(
            self._base,
            cookie_jar=jar,
            connector=connector,
            headers={"Origin": self._origin},
            timeout=aiohttp.ClientTimeout(total=PATIENCE),
        )
        try:
            await self.post("/api/session", {"email": self._email, "password": self._password})
        except BaseException:
            await self._http.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def get(self, path: str) -> Any:
        return await self._ask("GET", path)

    async def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        return await self._ask("POST", path, body)

    async def put(self, path: str, body: Mapping[str, object]) -> Any:
        return await self._ask("PUT", path, body)

    async def state_is(self, state: str) -> dict[str, Any] | None:
        """The agent's view, once it is in that state."""
        view: dict[str, Any] = (await self.get("/api/agent"))["view"]
        return view if view["state"] == state else None

    async def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        async with self._http.request(method, path, json=body) as reply:
            if reply.status >= 400:
                raise StoryBroken(f"{method} {path} answered {reply.status}: {(await reply.text())[:300]}")
            return await reply.json() if reply.content_type.endswith("json") else None


async def _until(look: Callable[[], Awaitable[Any]], complaint: str, deadline: float = PATIENCE) -> Any:
    """What `look` gives once it gives something; looks five times a second. Raises StoryBroken."""
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline
    while loop.time() < end:
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.2)
    raise StoryBroken(complaint)


async def _speech(call: SipCall, seconds: float) -> None:
    """Return once so much sound that is no silence was heard."""
    while _loudness(await call.listen(seconds, PATIENCE)) < LOUD:
        pass


async def _beep(call: SipCall) -> None:
    """Return once the recording tone was heard."""
    async with asyncio.timeout(PATIENCE):
        while _tone_share(await call.listen(0.1)) < 0.5:
            pass
        await call.listen(0.3)


def _loudness(pcm: bytes) -> float:
    samples = array.array("h", pcm)
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) if samples else 0.0


def _tone_share(pcm: bytes) -> float:
    """The part of the sound's energy at the tone's pitch (Goertzel's algorithm); 0.0 for silence."""
    samples = array.array("h", pcm)
    energy = sum(sample * sample for sample in samples)
    if not samples or energy < LOUD**2 * len(samples):
        return 0.0
    turn = 2 * math.pi * BEEP_HERTZ / 8000
    real = sum(sample * math.cos(turn * at) for at, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(turn * at) for at, sample in enumerate(samples))
    return 2 * (real * real + imaginary * imaginary) / (len(samples) * energy)


def _own_address(settings: Settings, host: str | None = None) -> str:
    chosen = host or settings.sip_host
    return "127.0.0.1" if chosen in ("0.0.0.0", "::") else chosen  # noqa: S104


def _channel(name: str) -> str:
    return {"email": "e-mail", "sms": "SMS"}.get(name, name)
