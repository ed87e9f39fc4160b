"""A recording that was brought in, on a real Asterisk: the caller hears it."""

import asyncio
import struct
from pathlib import Path

import numpy as np

from calls.clips import Clips
from calls.plan import parse_plan
from telephony.agi_line import AgiLine, LineSettings
from telephony.agi_server import AgiServer
from telephony.agi_session import AgiSession
from telephony.pbx import PrivateAsterisk
from telephony.phone_sound import phone_sound
from telephony.sip_caller import SipCaller
from telephony.speech import Speech
from tests.asterisk.hearing import RATE, purity, when_heard
from tests.patience import PATIENCE

HOST = "127.0.0.1"
HERTZ = 700.0
SECONDS = 1.5
PLAN = """
answer_phrase: Hello.
hours: {time_zone: America/New_York}
open: {greeting: {clip: harbor-welcome}, message: note}
closed: {message: note}
forms: {note: {title: Note, fields: [{key: name, label: Name, type: name}]}}
contacts: {desk: {name: Desk, email: desk@harbor.test}}
deliver: [{to: desk, by: [email]}]
"""


def stereo_24_bit(rate: int) -> bytes:
    """What a recording studio hands over: the tone, louder on one side, as WAV."""
    tone = 0.4 * 2**23 * np.sin(2 * np.pi * HERTZ * np.arange(round(rate * SECONDS)) / rate)
    both = np.stack([tone, tone / 2], axis=1).astype("<i4")
    data = both.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    form = struct.pack("<HHIIHH", 1, 2, rate, rate * 6, 6, 24)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks


async def test_a_caller_hears_the_recording_that_the_plan_names(pbx: PrivateAsterisk, tmp_path: Path) -> None:
    clips = Clips(tmp_path / "clips")
    clips.keep_sound("harbor-welcome", await phone_sound(stereo_24_bit(44_100)))
    speech = Speech(tmp_path / "speech", clips.path)
    plan = parse_plan(PLAN)
    assert plan.open.greeting is not None
    prompts = plan.open.greeting.prompts(plan.language)
    played: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async def serve(session: AgiSession) -> None:
        line = AgiLine(session, LineSettings(speech.file_for, clips.path, lambda number: number))
        await line.answer()
        played.set_result(await line.play(prompts))
        await line.hang_up()

    server = AgiServer(serve)
    await server.start(HOST, pbx.settings.agi_port)
    try:
        async with SipCaller(HOST) as caller:
            call = await caller.dial(HOST, pbx.settings.sip_port, "+12025550101", "+12025550142")
            await call.answered(PATIENCE)
            async with asyncio.timeout(PATIENCE):
                await asyncio.shield(played)
            await call.ended(PATIENCE)
    finally:
        await server.close(1.0)
        await speech.close()
    begins = when_heard(call.heard, HERTZ)
    assert begins is not None
    tone = call.heard[round(begins * RATE) * 2 :][: round((SECONDS - 0.2) * RATE) * 2]
    assert len(tone) > RATE * 2
    assert purity(tone, HERTZ) > 0.9
