"""What callers left with the bare exchange becomes a message each, exactly once."""

import asyncio
import contextlib
import math
import struct
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app import spool
from app.demo_world import seed
from app.service import now
from app.spool import SpoolPickup
from calls.clips import Clips
from calls.intake import Intake
from calls.plans import Plans
from calls.reaching import Reaching
from messages.message import MessageStatus, Source
from store.memory import MemoryDirectory, MemoryInbox, MemoryOutbox, MemoryRotas, MemoryWays
from tests.patience import PATIENCE


def record(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as clip:
        clip.setnchannels(1)
        clip.setsampwidth(2)
        clip.setframerate(8000)
        clip.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(at / 5))) for at in range(int(8000 * seconds))))


class House:
    """The spool with everything behind it in memory; `live` are the calls the exchange says are up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "spool"
        self.folder.mkdir()
        self.directory = MemoryDirectory()
        self.inbox = MemoryInbox()
        self.outbox = MemoryOutbox(self.inbox)
        self.live: frozenset[str] | None = frozenset()
        plans = Plans(self.directory)
        self.clips = Clips(folder / "clips")
        self.ways = MemoryWays()
        reaching = Reaching(plans, MemoryRotas(), self.ways, clock=now)
        intake = Intake(self.inbox, plans, reaching, clock=now, nudge=lambda: None)
        self.looked = asyncio.Condition()
        self.pickup = SpoolPickup(self.folder, self.directory, plans, intake, self.clips, live_calls=self.live_calls)

    async def live_calls(self) -> frozenset[str] | None:
        async with self.looked:
            self.looked.notify_all()
        return self.live

    async def look_twice(self) -> None:
        """Two whole rounds have begun, so what the first one did is over."""
        for _ in range(2):
            async with asyncio.timeout(PATIENCE), self.looked:
                await self.looked.wait()


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(spool, "LOOK_SECONDS", 0.02)
    house = House(tmp_path)
    await seed(house.directory, house.ways, lambda password: password, "secret one")
    yield house


@contextlib.asynccontextmanager
async def running(house: House) -> AsyncIterator[None]:
    task = asyncio.create_task(house.pickup.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_finished_recording_becomes_a_message_and_goes_from_the_spool(house: House) -> None:
    path = house.folder / "1770000000_+12025550101_12025550147_asterisk-1.1.wav"
    record(path, 3)
    async with running(house):
        async with asyncio.timeout(PATIENCE):
            while path.exists():
                await asyncio.sleep(0.01)
    (message,) = (await house.inbox.messages("harbor")).items
    assert (message.source, message.status, message.caller) == (Source.FALLBACK, MessageStatus.SAVED, "+12025550147")
    assert message.voice_clip is not None and house.clips.seconds(message.voice_clip) == pytest.approx(3)
    assert len(await house.outbox.of_message(message.id)) == 2


async def test_the_same_file_again_after_a_crash_makes_no_second_message(house: House) -> None:
    path = house.folder / "1770000000_2025550101_2025550147_asterisk-1.2.wav"
    for _ in range(2):
        record(path, 2)
        async with running(house), asyncio.timeout(PATIENCE):
            while path.exists():
                await asyncio.sleep(0.01)
    assert len((await house.inbox.messages("harbor")).items) == 1


async def test_a_call_that_is_up_or_an_exchange_that_cannot_tell_leaves_the_file_alone(house: House) -> None:
    path = house.folder / "1770000000_+12025550101__asterisk-1.3.wav"
    record(path, 2)
    house.live = frozenset({"asterisk-1.3"})
    async with running(house):
        await house.look_twice()
        assert path.exists()
        house.live = None
        await house.look_twice()
        assert path.exists()
    assert list((await house.inbox.messages()).items) == []


async def test_a_recording_for_nobody_is_kept_aside(house: House) -> None:
    path = house.folder / "1770000000_+12025559999_12025550147_asterisk-1.4.wav"
    record(path, 2)
    async with running(house), asyncio.timeout(PATIENCE):
        while path.exists():
            await asyncio.sleep(0.01)
    assert path.with_suffix(".unknown").exists()


async def test_silence_of_a_moment_is_no_message(house: House) -> None:
    path = house.folder / "1770000000_+12025550101_12025550147_asterisk-1.5.wav"
    record(path, 0.2)
    async with running(house), asyncio.timeout(PATIENCE):
        while path.exists():
            await asyncio.sleep(0.01)
    assert list((await house.inbox.messages()).items) == []
