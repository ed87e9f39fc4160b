"""One real service, one Chromium and one telephone outside for all tests of this folder.

The service runs as `./answerline up` does, on the demo world; mail and SMS go to doubles. Everything here lives in the
session's event loop, and so do the tests (`pytestmark = in_browser`).
"""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from playwright.async_api import Error as PageError

from accounts import people
from accounts.business import Business, Number, Trunk
from app.demo import Person, StoryBroken
from app.demo_world import seed
from app.frontend import ensure_built
from app.settings import Settings, read_settings
from calls.clips import Clips
from calls.plan import parse_plan
from calls.vouching import vouch
from store.database import Database
from store.directory import SqlDirectory
from store.ways import SqlWays
from telephony.pbx_sounds import tone, write_wav
from telephony.sip_caller import SipCaller
from telephony.speech import Speech
from tests.browser.agent_tab import AgentTab
from tests.browser.caller import AGENT_HERTZ, Caller
from tests.doubles.smtp import SmtpDouble
from tests.doubles.twilio import SETTINGS, TwilioDouble
from tests.failed import has_failed
from tests.patience import PATIENCE, PATIENCE_MS, START_SECONDS
from tests.scene import scene
from tests.service_process import PASSWORD, ServiceProcess
from web.passwords import hash_password

EAR = Path(__file__).parent / "ear.js"
AGENTS = ("ana", "ben", "cara")
LOOK_SECONDS = 10.0
QUICK = "+12025550104"
CALLED_BACK = "+12025550105"
"""As Quick Couriers, but who waits a second may be called back."""

QUICK_PLAN = Path(__file__).parent / "quick.yaml"
RIVET_PLAN = Path(__file__).parent / "rivet.yaml"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
)

expect.set_options(timeout=PATIENCE_MS)

OpenTab = Callable[..., Awaitable[Page]]
AgentAt = Callable[[str], Awaitable[AgentTab]]
Dial = Callable[[str, str], Awaitable[Caller]]


@dataclass(frozen=True)
class Running:
    """A running service."""

    service: ServiceProcess
    settings: Settings

    def person(self, email: str) -> Person:
        """Somebody who uses the API; enter it to sign in."""
        return Person(self.settings, email, PASSWORD)


@dataclass(frozen=True)
class House(Running):
    """The service on the demo world, and what it sends to. Calls out reach `world`, whatever their number."""

    smtp: SmtpDouble
    twilio: TwilioDouble
    world: SipCaller


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    home = tmp_path_factory.mktemp("browser") / "home"
    home.mkdir()
    await asyncio.to_thread(ensure_built, print)
    async with SmtpDouble() as smtp, TwilioDouble() as twilio, SipCaller() as world:
        outside = {
            **SETTINGS,
            "ANSWERLINE_SMTP_URL": smtp.url,
            "ANSWERLINE_TWILIO_URL": twilio.url,
            "ANSWERLINE_WEBHOOK_PRIVATE": "true",  # the receivers are on this machine
            "ANSWERLINE_READY_SECONDS": "4",  # a page on a machine that is busy with tests
        }
        service = ServiceProcess(home, "up", more=outside)
        settings = read_settings(service.environment)
        await _seed(settings, Trunk("carrier", "carrier", host="127.0.0.1", port=world.port))
        async with service:
            await service.printed("ready: ", START_SECONDS)
            yield House(service, settings, smtp, twilio, world)


async def _seed(settings: Settings, carrier: Trunk) -> None:
    database = Database(settings.database)
    await database.open()
    try:
        directory = SqlDirectory(database)
        await seed(directory, SqlWays(database), hash_password, PASSWORD)
        await directory.put_business(Business("quick", "Quick Couriers", QUICK_PLAN.read_text()))
        contacts = parse_plan(QUICK_PLAN.read_text()).contacts
        for business_id in ("quick", "called-back"):
            await vouch(SqlWays(database), business_id, contacts, datetime.now(UTC), "the tests")
        await directory.put_number(Number(QUICK, "quick"))
        steps = "[{when: {waited: 1}, offer: callback}, {when: {waited: 600}, offer: message}]"
        plan = QUICK_PLAN.read_text().replace("    ask_name:", f"    overflow: {steps}\n    ask_name:")
        await directory.put_business(Business("called-back", "Patient Couriers", plan))
        await directory.put_number(Number(CALLED_BACK, "called-back"))
        await directory.put_trunk(carrier)
        password_hash = await asyncio.to_thread(hash_password, PASSWORD)
        desk = people.Person(
            "quick-desk", "desk@quick.test", "Quick desk", people.Role.BUSINESS, password_hash, "quick"
        )
        await directory.put_person(desk)
    finally:
        await database.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on PATH; `apt-get install chromium` brings it")
    microphone = tmp_path_factory.mktemp("microphone") / "agent.wav"
    write_wav(microphone, tone(AGENT_HERTZ, 0.3) + bytes(2 * 2400))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=[*ARGUMENTS, f"--use-file-for-fake-audio-capture={microphone}"]
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def speech(house: Running) -> AsyncIterator[Speech]:
    """The sentences as the service has them."""
    home = house.settings.home
    speech = Speech(home / "speech", Clips(home / "clips").path)
    yield speech
    await speech.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(request: pytest.FixtureRequest, house: Running, browser: Browser) -> AsyncIterator[OpenTab]:
    """A tab of somebody's own browser; an error that a page throws fails the test. What failed shows what was seen."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    async def open_tab(width: int = 1280, height: int = 800) -> Page:
        context = await browser.new_context(
            base_url=house.service.url,
            viewport={"width": width, "height": height},
            locale="en-US",
            color_scheme="light",
            permissions=["microphone"],
        )
        contexts.append(context)
        await context.add_init_script(path=EAR)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        return page

    yield open_tab
    if has_failed(request):
        for page in [page for context in contexts for page in context.pages]:
            print(await what_it_shows(page))
        with contextlib.suppress(Exception):  # there may be no service any more
            async with house.person("owner@answerline.test") as owner:
                print(await scene(owner, house.service))
    for context in contexts:
        await context.close()
    assert errors == []


async def what_it_shows(page: Page) -> str:
    """The page's address, what has the focus, and all that can be read on it."""
    look = "({at: location.pathname, on: document.activeElement?.outerHTML.slice(0, 80), all: document.body.innerText})"
    try:
        async with asyncio.timeout(LOOK_SECONDS):  # one that is frozen would never answer
            seen = await page.evaluate(look)
    except (PageError, TimeoutError) as error:
        return f"a page that shows nothing: {error!r}"
    return f"a page at {seen['at']}, the focus on {seen['on']}:\n{seen['all']}"


@pytest_asyncio.fixture(loop_scope="session")
async def agent_at(open_tab: OpenTab) -> AgentAt:
    """An agent signed in by the page and available in the browser."""

    async def agent_at(email: str) -> AgentTab:
        tab = AgentTab(await open_tab())
        await tab.sign_in(email)
        await tab.start_work()
        return tab

    return agent_at


@pytest_asyncio.fixture(loop_scope="session")
async def dial(house: Running, speech: Speech) -> AsyncIterator[Dial]:
    async with SipCaller() as phone:

        async def dial(number: str, caller: str) -> Caller:
            return await Caller.dial(phone, house.settings.sip_port, number, caller, speech)

        yield dial


@dataclass(frozen=True)
class Taken:
    """A message that was taken in a call: both ids, and what the list shows of it."""

    message_id: str
    call_id: str
    name: str = "Parcel Sender"
    parcel: str = "A violin, to be carried upright. " * 8


@dataclass(frozen=True)
class Rivet:
    """A business that asks until somebody has an emergency: first Pat, who is its manager here, then Kim."""

    number: str = "+12025550106"
    manager: str = "pat@rivet.test"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def taken(house: House, speech: Speech) -> Taken:
    """A call to Quick Couriers that an agent answered by SIP phone, and its message."""
    answers = {"name": Taken.name, "parcel": Taken.parcel}
    return Taken(*await take_message(house, speech, QUICK, "+12025550161", answers, "urgent"))


async def take_message(
    house: Running, speech: Speech, number: str, caller: str, answers: dict[str, str], urgency: str = "normal"
) -> tuple[str, str]:
    """A call that Cara takes by SIP phone, saves the message of and stops work after; both their ids."""
    async with SipCaller() as phone, SipCaller() as outside, house.person("cara@answerline.test") as cara:
        await phone.register("127.0.0.1", house.settings.sip_port, "cara", PASSWORD)
        await cara.post("/api/agent/sign-in", {"device": "phone"})
        await Caller.dial(outside, house.settings.sip_port, number, caller, speech)
        ringing = await phone.incoming(PATIENCE)
        await ringing.accept()
        card = await _card(cara)
        draft = await cara.get(f"/api/messages/{card['message_id']}")
        await cara.post(
            f"/api/messages/{card['message_id']}/save",
            {"revision": draft["revision"], "answers": answers, "name_said_as": "", "urgency": urgency},
        )
        await ringing.hang_up()
        await _in_state(cara, "wrap-up")
        await cara.post("/api/agent/sign-out")
    return card["message_id"], card["call_id"]


async def _card(agent: Person) -> dict[str, str]:
    """The call the agent is in."""
    card: dict[str, str] = (await _in_state(agent, "talking"))["call"]
    return card


async def _in_state(agent: Person, state: str) -> dict[str, Any]:
    """The agent's view, once it is in that state."""
    try:
        async with asyncio.timeout(PATIENCE):
            while (view := await agent.state_is(state)) is None:
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"the agent is not {state}: {(await agent.get('/api/agent'))['view']}") from None
    return view


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def rivet(house: House) -> Rivet:
    """Rivet Plumbing on the service, with its manager."""
    async with house.person("owner@answerline.test") as owner:
        await owner.post("/api/businesses", {"id": "rivet", "name": "Rivet Plumbing", "plan": RIVET_PLAN.read_text()})
        await owner.put(f"/api/numbers/{Rivet.number}", {"business_id": "rivet"})
        person = {"email": Rivet.manager, "name": "Pat", "role": "business", "business_id": "rivet"}
        await owner.post("/api/people", {**person, "password": PASSWORD})
    return Rivet()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def staff(house: House) -> AsyncIterator[dict[str, Person]]:
    """The API sessions by which a test is cleared up: the supervisor's and the agents'."""
    async with contextlib.AsyncExitStack() as stack:
        names = ("sue", *AGENTS)
        yield {name: await stack.enter_async_context(house.person(f"{name}@answerline.test")) for name in names}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def nobody_at_work_afterwards(house: House, staff: dict[str, Person]) -> AsyncIterator[None]:
    """Each test finds the floor empty."""
    yield
    if _is_empty(await staff["sue"].get("/api/floor")):
        return
    for name in AGENTS:
        for move in ("hang-up", "resume", "sign-out"):
            with contextlib.suppress(StoryBroken):  # not in a call, or not at work
                await staff[name].post(f"/api/agent/{move}")
    try:
        async with asyncio.timeout(PATIENCE):
            while not _is_empty(await staff["sue"].get("/api/floor")):
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"left over: {await scene(staff['sue'], house.service)}") from None


def _is_empty(floor: dict[str, list[dict[str, str]]]) -> bool:
    return not floor["calls"] and all(agent["state"] == "offline" for agent in floor["agents"])


@pytest.fixture(autouse=True)
def _tasks_end_with_the_test() -> None:
    """In place of the check for loops of one test: here the loop goes on, with the browser's and the doubles' tasks."""
