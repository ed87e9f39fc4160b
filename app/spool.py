"""Picks up what callers left with the bare exchange while the service was down."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from accounts.directory import Directory
from accounts.numbers import NotANumber, caller_number, to_e164
from calls.clips import Clips
from calls.intake import Intake
from calls.plans import Plans
from calls.voicemail import LEAST_SPEECH_SECONDS
from messages.message import MessageStatus, Source

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0

_NAME = re.compile(r"(?P<at>\d+)_(?P<dialled>[+0-9]*)_(?P<caller>[+0-9]*)_(?P<unique>[^/]+)\.wav")


class SpoolPickup:
    """Makes a message of every finished recording in the folder; a file goes only when its message is durable."""

    def __init__(
        self,
        folder: Path,
        directory: Directory,
        plans: Plans,
        intake: Intake,
        clips: Clips,
        *,
        live_calls: Callable[[], Awaitable[frozenset[str] | None]],
    ) -> None:
        """`live_calls` gives the exchange's ids of the calls that are up, or None when it cannot tell."""
        self._folder = folder
        self._directory = directory
        self._plans = plans
        self._intake = intake
        self._clips = clips
        self._live_calls = live_calls

    async def run(self) -> None:
        """Look again and again, until cancelled; a file that makes trouble is left where it is."""
        while True:
            paths = sorted(self._folder.glob("*.wav"))
            live = await self._live_calls() if paths else None
            if live is not None:
                for path in paths:
                    await self._consider(path, live)
            await asyncio.sleep(LOOK_SECONDS)

    async def _consider(self, path: Path, live: frozenset[str]) -> None:
        parts = _NAME.fullmatch(path.name)
        if parts is not None and parts["unique"] in live:
            return  # still being recorded
        try:
            await self._pick_up(path, parts)
        except Exception:
            log.exception("a recording of the fallback could not be taken over; it stays in the spool")

    async def _pick_up(self, path: Path, parts: re.Match[str] | None) -> None:
        try:
            dialled = to_e164(parts["dialled"]) if parts else ""
        except NotANumber:
            dialled = ""
        business = await self._directory.business_by_number(dialled) if dialled else None
        if parts is None or business is None:
            path.rename(path.with_suffix(".unknown"))
            log.error("a recording of the fallback belongs to no business; it is kept in the spool")
            return
        # The same file gives the same ids, so a crash between saving and deleting makes no second message.
        message_id = uuid5(NAMESPACE_URL, path.name).hex
        self._clips.keep(message_id, await asyncio.to_thread(path.read_bytes))
        if self._clips.speech_seconds(message_id) >= LEAST_SPEECH_SECONDS:
            plan = self._plans.of(business)
            form = plan.fallback.form
            draft = await self._intake.open(
                business_id=business.id,
                form=form,
                source=Source.FALLBACK,
                urgency=plan.forms[form].urgency,
                call_id=None,
                caller=caller_number(parts["caller"]),
                message_id=message_id,
            )
            await self._intake.finish(replace(draft, voice_clip=message_id), MessageStatus.SAVED)
        path.unlink()
