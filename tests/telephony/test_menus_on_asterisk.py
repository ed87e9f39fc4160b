"""A real caller in the demo's menus: what the plan says is what is heard, and what is pressed is where they go."""

import asyncio
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.demo_world import PLANS
from calls.plan import Plan, parse_plan
from ivr.menu import ToMenu, ToMessage, ToQueue
from ivr.prompts import Say
from ivr.runner import Left, run_menu
from telephony.agi_line import AgiLine, LineSettings
from telephony.agi_server import AgiServer
from telephony.agi_session import AgiSession
from telephony.pbx import PrivateAsterisk
from telephony.sip_caller import SipCaller
from telephony.speech import Speech
from tests.asterisk.hearing import ALIKE, likeness
from tests.patience import PATIENCE

HOST = "127.0.0.1"


@pytest.fixture
async def speech(tmp_path: Path) -> AsyncIterator[Speech]:
    made = Speech(tmp_path / "speech", lambda clip: tmp_path / f"{clip}.wav")
    yield made
    await made.close()


async def sound_of(speech: Speech, prompt: Say) -> bytes:
    with wave.open(await speech.file_for(prompt) + ".wav") as file:
        sound: bytes = file.readframes(file.getnframes())
        return sound


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not reached():
            await asyncio.sleep(0.1)


@asynccontextmanager
async def menus(pbx: PrivateAsterisk, speech: Speech, plan: Plan, start: str) -> AsyncIterator[asyncio.Future[Left]]:
    """Leads the next call through the plan's menus; the future has where it came out."""
    out: asyncio.Future[Left] = asyncio.get_running_loop().create_future()
    settings = LineSettings(speech.file_for, lambda clip: Path(clip), lambda number: number)

    async def serve(session: AgiSession) -> None:
        line = AgiLine(session, settings)
        await line.answer()
        left = await run_menu(line, plan.menus, start, plan.language, fallback=plan.fallback, heard=lambda event: None)
        out.set_result(left)
        await line.hang_up()

    server = AgiServer(serve)
    await server.start(HOST, pbx.settings.agi_port)
    try:
        yield out
    finally:
        await server.close(1.0)


async def call_through(
    pbx: PrivateAsterisk, speech: Speech, business: str, start: str, steps: list[tuple[Say, str]]
) -> Left:
    """Dial, and at each step wait until the words are heard, then press the key."""
    plan = parse_plan((PLANS / f"{business}.yaml").read_text())
    for prompt in plan.prompts():
        await speech.file_for(prompt)
    async with menus(pbx, speech, plan, start) as out, SipCaller(HOST) as caller:
        call = await caller.dial(HOST, pbx.settings.sip_port, "+12025550101", "+12025550142")
        await call.answered(PATIENCE)
        for words, key in steps:
            said = await sound_of(speech, words)
            await until(lambda said=said: likeness(call.heard, said) > ALIKE)  # type: ignore[misc]
            await call.press(key)
        async with asyncio.timeout(PATIENCE):
            left = await asyncio.shield(out)
        await call.ended(PATIENCE)
        return left


async def test_harbors_greeting_is_heard_and_two_leads_to_a_message(pbx: PrivateAsterisk, speech: Speech) -> None:
    greeting = Say("Thank you for calling Harbor Plumbing.", "en-US")
    assert await call_through(pbx, speech, "harbor", "main", [(greeting, "2")]) == Left(ToMessage("standard"), "en-US")


async def test_lakesides_caller_chooses_spanish_and_is_spoken_to_in_it(pbx: PrivateAsterisk, speech: Speech) -> None:
    steps = [
        (Say("Para español, oprima dos.", "es-US"), "2"),
        (Say("Para hablar con alguien, oprima uno.", "es-US"), "1"),
    ]
    left = await call_through(pbx, speech, "lakeside", "language", steps)
    assert left == Left(ToQueue("front-desk"), "es-US")
    assert not isinstance(left.target, ToMenu)


async def test_the_exchange_knows_both_kinds_of_file(pbx: PrivateAsterisk) -> None:
    formats = [line.split() for line in (await pbx.cli("core show file formats")).splitlines()]
    known = {(words[0], words[-1]) for words in formats if words}
    assert ("slin", "wav") in known
    assert ("slin16", "wav16") in known
