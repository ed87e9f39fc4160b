"""Telephones of people that a voice channel calls."""

import asyncio
from pathlib import Path

from calls.clips import Clips
from calls.voice_channel import VoiceChannel
from messages.channels.channel import Spoken
from messages.context import MessageContext
from messages.delivery import Job, Target
from messages.message import Message
from messages.render import About, render
from store.memory import MemoryDirectory
from tests.calls.outside import ScriptedOutside
from tests.calls.scripted import HangUpAt, ScriptedLine
from tests.calls.virtual_time import wall_clock
from tests.messages.cast import CONTEXT, MESSAGE, NOW, PUBLIC_URL, a_job, held

PAT, KIM = "+12025550191", "+12025550192"
HARBOR, HARBOR_TOO = "+12025550101", "+12025550177"
TO_PAT = Target("pat", "Pat", "voice", PAT)
KEYS = "To accept it, press one"


class Telephones:
    """A voice channel, the telephones it calls, and what it hands back."""

    def __init__(self, folder: Path) -> None:
        self.clock = wall_clock(NOW)
        self.clips = Clips(folder / "clips")
        self.outside = ScriptedOutside(self.clips, clock=self.clock)
        self.directory = MemoryDirectory(self.clock)
        self.channel = VoiceChannel(self.outside, self.directory)
        self._sends: list[asyncio.Task[Spoken]] = []

    def calls(
        self, job: Job | None = None, message: Message = MESSAGE, context: MessageContext = CONTEXT
    ) -> "asyncio.Task[Spoken]":
        """A delivery goes out."""
        job = job or a_job(TO_PAT, asks=True)
        about = About(context.business, [(message, context)] if job.message_id else [])
        send = asyncio.create_task(self.channel.send(held(job), render(about, job, PUBLIC_URL)))
        self._sends.append(send)
        return send

    async def picks_up(self, number: str = PAT, *, leaves: HangUpAt | None = None) -> ScriptedLine:
        await self.outside.rings(number)
        return self.outside.answers(number, leaves=leaves)

    async def close(self) -> None:
        for send in self._sends:
            send.cancel()
        await asyncio.gather(*self._sends, return_exceptions=True)
