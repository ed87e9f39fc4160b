"""Prompts a business has recorded itself: brought in, heard, and played by its plan as `{clip: ID}`."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import datetime
from typing import Final

from aiohttp import web
from pydantic import BaseModel, Field

from accounts.business import Recording
from accounts.directory import Conflict, NotFound
from calls.clips import UnreadableSound
from calls.plan import PlanError
from web.ask import Ask
from web.ids import id_from
from web.problem import Problem
from web.sound import wav_file

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_RECORDINGS: Final = 200
"""Of one business."""

ID_LETTERS: Final = 64
"""`calls.clips` takes no longer ids."""


class RecordingOut(BaseModel):
    """`used` says whether the plan plays it now."""

    id: str
    name: str
    seconds: float
    created_at: datetime
    used: bool


class RecordingName(BaseModel):
    """What people call it; its id is made of this."""

    name: str = Field(min_length=1, max_length=80, pattern=r"\S")


async def recordings(ask: Ask) -> list[RecordingOut]:
    """The recordings of a business, by name."""
    business_id = await _business(ask)
    used = await _used(ask, business_id)
    return [_out(each, used) for each in await ask.services.directory.recordings(business_id)]


async def add(ask: Ask, query: RecordingName, body: bytes) -> RecordingOut:
    """Bring a recording in: a WAV file, uncompressed, of any sample rate and number of channels.

    Its id in the answer is what a plan plays it by: `{clip: ID}`.
    """
    business_id = await _business(ask)
    directory, clips = ask.services.directory, ask.services.clips
    if len(await directory.recordings(business_id)) >= MAX_RECORDINGS:
        raise Conflict(f"There are {MAX_RECORDINGS} recordings already; delete what is no longer used.")
    try:
        sound = await ask.services.phone_sound(body)
    except UnreadableSound as error:
        raise Problem("invalid", str(error)) from None
    name = query.name.strip()
    recording = await _put(ask, Recording("", business_id, name, sound.seconds, ask.services.clock()))
    try:
        await asyncio.to_thread(clips.keep_sound, recording.id, sound)
    except BaseException:
        await directory.delete_recording(recording.id)
        clips.delete(recording.id)
        raise
    return _out(recording, frozenset())


async def audio(ask: Ask) -> web.FileResponse:
    """A recording as callers hear it, as WAV; parts of it by Range."""
    recording = await _reachable(ask)
    return wav_file(ask.services.clips.path(recording.id))


async def delete(ask: Ask) -> None:
    """Delete a recording that the plan does not play."""
    recording = await _reachable(ask)
    if recording.id in await _used(ask, recording.business_id):
        raise Conflict("The plan plays this recording. Take it out of the plan first.")
    await ask.services.directory.delete_recording(recording.id)
    ask.services.clips.delete(recording.id)


async def _business(ask: Ask) -> str:
    """The id in the address. Raises NotFound for a business that is not there or out of reach."""
    ask.check_reach(ask.path("id"))
    return (await ask.services.directory.business(ask.path("id"))).id


async def _reachable(ask: Ask) -> Recording:
    business_id = await _business(ask)
    recording = await ask.services.directory.recording(ask.path("recording"))
    if recording.business_id != business_id:
        raise NotFound
    return recording


async def _used(ask: Ask, business_id: str) -> frozenset[str]:
    """The ids of what the plan plays; none when it can no longer be read, for then it plays nothing."""
    with contextlib.suppress(PlanError):
        _, plan = await ask.services.plans.by_id(business_id)
        return frozenset(clip for _, clip in plan.clips())
    return frozenset()


async def _put(ask: Ask, recording: Recording) -> Recording:
    """Store it under the first id that is free. The row comes before the file: it is what keeps an id from others."""
    stem = f"{recording.business_id}-{id_from(recording.name) or 'recording'}"[: ID_LETTERS - 5].rstrip("-")
    for number in range(1, 1000):
        numbered = replace(recording, id=stem if number == 1 else f"{stem}-{number}")
        with contextlib.suppress(Conflict):
            await ask.services.directory.put_recording(numbered)
            return numbered
    raise Conflict("There are too many recordings of this name; choose another.")


def _out(recording: Recording, used: frozenset[str]) -> RecordingOut:
    return RecordingOut(
        id=recording.id,
        name=recording.name,
        seconds=recording.seconds,
        created_at=recording.created_at,
        used=recording.id in used,
    )
