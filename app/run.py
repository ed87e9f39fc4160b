"""`up`, `demo` and `exchange`: start, say so, run until told to stop, and leave nothing behind."""

import asyncio
import logging
import os
import secrets
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from accounts.contacts import Ways
from accounts.directory import Directory
from accounts.people import Person, Role
from app.demo import Story, demo_password
from app.demo_world import seed as seed_demo_world
from app.exchange import private_asterisk
from app.frontend import FrontendError, ensure_built
from app.home import HomeUnusable, home_lock
from app.interpreter import run_evenly
from app.logs import set_up_logs
from app.service import Seed, Service
from app.settings import Settings
from calls.clips import Clips
from ivr.prompts import Say
from store.engine import DatabaseDown
from telephony.ami import AmiDown
from telephony.pbx import PbxError
from telephony.pbx_fetch import AsteriskUnavailable
from telephony.speech import Speech
from web.passwords import hash_password

OWNER_EMAIL = "owner@answerline.test"

log = logging.getLogger(__name__)


def up(settings: Settings) -> int:
    """Run the service until SIGINT or SIGTERM."""
    password = ""

    async def seed(directory: Directory, ways: Ways) -> None:
        nonlocal password
        password = await _ensure_owner(directory, settings)

    async def ready(service: Service, stop: asyncio.Event) -> int:
        if password:
            _say(f"Sign in as {OWNER_EMAIL} with the one-time password {password} and change it under Account.")
        _ready(settings)
        await stop.wait()
        return 0

    return _main(settings, seed, ready)


def demo(settings: Settings, *, once: bool) -> int:
    """The demo world and one real call through it; then stay up, unless `once`."""
    password = ""

    async def seed(directory: Directory, ways: Ways) -> None:
        nonlocal password
        password = demo_password(settings)
        await seed_demo_world(directory, ways, hash_password, password)

    async def ready(service: Service, stop: asyncio.Event) -> int:
        async def speak(text: str) -> Path:
            return Path(await service.speech.file_for(Say(text)) + ".wav")

        if once:
            _ready(settings)
        story = asyncio.create_task(Story(settings, password, say=_say, speak=speak).tell())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({story, stopping}, return_when=asyncio.FIRST_COMPLETED)
        told = story.done() and story.result()
        story.cancel()
        await asyncio.gather(story, return_exceptions=True)
        if once or stop.is_set():
            stopping.cancel()
            return 0 if told or not once else 1
        _say("")
        _say(f"Open {settings.origin}/ and sign in; every password is {password}")
        _say("  agents      ana@answerline.test  ben@answerline.test  cara@answerline.test")
        _say(f"  supervisor  sue@answerline.test     owner  {OWNER_EMAIL}")
        _say("  businesses  office@harbor.test  desk@lakeside.test  partner@northwind.test")
        _say(f"Call sip:+12025550101@{settings.sip_host}:{settings.sip_port} from any SIP phone on this machine.")
        _ready(settings)
        await stopping
        return 0

    return _main(settings, seed, ready)


def exchange(settings: Settings) -> int:
    """Run Asterisk alone, for a service in another container that shares home and network with it."""

    async def main() -> int:
        stop = _stop_signal()
        clips = Clips(settings.home / "clips")
        speech = Speech(settings.home / "speech", clips.path)
        pbx = await private_asterisk(settings, speech, _say)
        try:
            await pbx.start()
            keeper = asyncio.create_task(pbx.keep_up(lambda: log.warning("Asterisk is back")))
            _say("Asterisk is up.")
            await stop.wait()
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            return 0
        finally:
            await pbx.stop()
            await speech.close()

    set_up_logs(settings, "exchange")
    return _guarded(settings, main)


def _main(settings: Settings, seed: Seed, ready: Callable[[Service, asyncio.Event], Awaitable[int]]) -> int:
    async def main() -> int:
        stop = _stop_signal()
        await asyncio.to_thread(ensure_built, _say)
        service = Service(settings, seed=seed, progress=_say)
        starting = asyncio.create_task(service.start())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not starting.done():
            starting.cancel()
        try:
            await starting
        except asyncio.CancelledError:
            return 0
        run_evenly()
        try:
            return await ready(service, stop)
        finally:
            _say("Stopping")
            await service.stop()

    try:
        with home_lock(settings):
            set_up_logs(settings)
            return _guarded(settings, main)
    except HomeUnusable as error:
        print(f"answerline: {error}", file=sys.stderr)
        return 1


def _guarded(settings: Settings, main: Callable[[], Awaitable[int]]) -> int:
    """Run it, and turn what commonly goes wrong into a sentence."""

    async def run() -> int:
        return await main()

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(run())
    except KeyboardInterrupt:
        return 130
    except (AsteriskUnavailable, PbxError, FrontendError, DatabaseDown, AmiDown) as error:
        print(f"answerline: {error or type(error).__name__}", file=sys.stderr)
    except OSError as error:
        print(f"answerline: {error.strerror or error} — {_which_port(settings, error)}", file=sys.stderr)
    return 1


def _which_port(settings: Settings, error: OSError) -> str:
    ports = {
        "HTTP": settings.http_port,
        "AGI": settings.agi_port,
        "AMI": settings.ami_port,
        "WS": settings.ws_port,
        "MAIL_IN": settings.mail_in_port,
    }
    for name, port in ports.items():
        if str(port) in str(error):
            return f"set ANSWERLINE_{name}_PORT to a free port."
    return "./answerline doctor may tell more."


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    return stop


async def _ensure_owner(directory: Directory, settings: Settings) -> str:
    """Make the owner at the first start; returns the password to be printed, or "" when it is known."""
    if any(person.role is Role.OWNER for person in await directory.people()):
        return ""
    given = settings.owner_password.get_secret_value() if settings.owner_password else ""
    password = given or secrets.token_urlsafe(12)
    hashed = await asyncio.to_thread(hash_password, password)
    await directory.put_person(Person("owner", OWNER_EMAIL, "Owner", Role.OWNER, hashed))
    return "" if given else password


def _ready(settings: Settings) -> None:
    _say(f"ready: {settings.origin}/")


_BEGAN = time.monotonic()


def _say(text: str) -> None:
    """A line of progress, with the seconds since the start where it is one."""
    stamped = text and not text.startswith((" ", "ready: ", "Open ", "Call ", "Sign in"))
    try:
        print(f"[{time.monotonic() - _BEGAN:6.1f} s] {text}" if stamped else text, flush=True)
    except BrokenPipeError:
        # Who read along is gone, the calls are not. https://docs.python.org/3/library/signal.html#note-on-sigpipe
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
