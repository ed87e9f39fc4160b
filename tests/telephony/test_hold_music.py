"""A business's recordings as hold music, on a real Asterisk with a caller who listens."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from calls.clips import Clips
from calls.hold_music import HOUSE_MUSIC
from ivr.line import LineFault
from telephony.ami import Ami
from telephony.hold_music import AsteriskHoldMusic, class_name
from telephony.pbx import PrivateAsterisk
from telephony.pbx_sounds import tone, write_wav
from tests.asterisk.hearing import PURE, purity, when_heard
from tests.asterisk.running_pbx import HOST
from tests.contract.lines import SipFarEnd, sip_far_end
from tests.patience import PATIENCE

DEADLINE = PATIENCE
LOW, HIGH = 600.0, 900.0
WINDOW = 800  # bytes: a twentieth of a second
BUSINESS, QUEUE = "harbor; [x]\n", "../people"


class Studio:
    """The hold music of one business, and its recordings: `low` and `high` are tones, `empty` and `broken` are not."""

    def __init__(self, pbx: PrivateAsterisk, folder: Path) -> None:
        self.pbx = pbx
        self.ami = Ami(HOST, pbx.settings.ami_port, pbx.settings.ami_user, pbx.ami_secret())
        self.clips = Clips(folder / "recordings")
        self.music = AsteriskHoldMusic(pbx.home, self.ami, self.clips.path)
        for name, hertz in (("low", LOW), ("high", HIGH)):
            write_wav(self.clips.path(name), tone(hertz, 1.0))
        write_wav(self.clips.path("empty"), b"")
        self.clips.path("broken").write_bytes(b"RIFF")

    async def set(self, *clips: str) -> str:
        return await self.music.set(BUSINESS, QUEUE, clips)

    async def classes(self) -> str:
        return await self.pbx.cli("moh show classes")


@pytest.fixture
async def studio(pbx: PrivateAsterisk, tmp_path: Path) -> AsyncIterator[Studio]:
    studio = Studio(pbx, tmp_path)
    await studio.ami.start(DEADLINE)
    yield studio
    await studio.set()
    assert class_name(BUSINESS, QUEUE) not in await studio.classes()
    await studio.music.close()
    await studio.ami.close()


@pytest.fixture
async def caller(pbx: PrivateAsterisk, tmp_path: Path) -> AsyncIterator[SipFarEnd]:
    async with sip_far_end(pbx, tmp_path) as far:
        yield far


async def hears(caller: SipFarEnd, hertz: float) -> None:
    """Return once this tone is heard; what comes before does not matter."""
    async with asyncio.timeout(DEADLINE):
        while when_heard(await caller.hear(0.5), hertz) is None:
            pass


async def test_a_caller_hears_the_recordings_and_every_change_of_them(studio: Studio, caller: SipFarEnd) -> None:
    name = await studio.set("low")
    await caller.line.hold_music(True, name)
    await hears(caller, LOW)
    assert await studio.set("high") == name
    await hears(caller, HIGH)
    await caller.line.hold_music(True)
    async with asyncio.timeout(DEADLINE):
        while when_heard(heard := await caller.hear(1.0), HIGH) is not None or max(heard) == 0:
            pass
    await caller.line.hold_music(True, name)
    await hears(caller, HIGH)


async def test_a_class_that_is_gone_is_the_house_music(studio: Studio, caller: SipFarEnd) -> None:
    await caller.line.hold_music(True, class_name("nobody", "nothing"))
    await caller.hears_sound()
    with pytest.raises(LineFault):
        await caller.line.hold_music(True, "default ON\nEXEC Hangup")


async def test_the_recordings_come_in_no_fixed_order(studio: Studio, caller: SipFarEnd) -> None:
    await caller.line.hold_music(True, await studio.set("low", "high"))
    await hears(caller, LOW)
    await hears(caller, HIGH)
    async with asyncio.timeout(DEADLINE):  # one after the other would never bring the same twice
        while not twice_in_a_row(await caller.hear(4.0), HIGH):
            pass


def twice_in_a_row(heard: bytes, hertz: float) -> bool:
    """Whether a second of this tone follows another; in between it fades for a moment."""
    pure = "".join("+" if purity(heard[at : at + WINDOW], hertz) > PURE else "-" for at in range(0, len(heard), WINDOW))
    return any(len(run) > 1.2 / 0.05 for run in pure.replace("+-+", "+++").split("-"))


async def test_what_cannot_be_played_is_left_out(studio: Studio) -> None:
    folder = studio.pbx.home.hold_music / class_name(BUSINESS, QUEUE)
    assert await studio.set("gone", "empty", "broken", "low") != HOUSE_MUSIC
    assert [path.name for path in folder.iterdir()] == ["low.ulaw"]
    studio.clips.delete("low")
    assert await studio.set("gone", "low") == HOUSE_MUSIC
    assert not folder.exists()
    with pytest.raises(ValueError):
        await studio.set("../../etc/passwd")


async def test_a_new_recording_under_an_old_name_is_made_anew(studio: Studio) -> None:
    made = studio.pbx.home.hold_music / await studio.set("low") / "low.ulaw"
    before = made.read_bytes()
    made.touch()
    write_wav(studio.clips.path("low"), tone(HIGH, 1.0))
    await studio.set("low")
    assert made.read_bytes() != before


async def test_an_exchange_that_was_away_learns_of_it(studio: Studio) -> None:
    await studio.ami.close()
    name = await studio.set("low")
    assert f"Class: {name}" not in await studio.classes()
    assert await studio.set() == HOUSE_MUSIC
    assert await studio.set("low") == name
    await studio.ami.start(DEADLINE)
    async with asyncio.timeout(DEADLINE):
        while f"Class: {name}" not in await studio.classes():
            await asyncio.sleep(0.05)
    told_once = studio.pbx.home.hold_music_config.stat().st_mtime_ns
    assert await studio.set("low") == name
    assert studio.pbx.home.hold_music_config.stat().st_mtime_ns == told_once
