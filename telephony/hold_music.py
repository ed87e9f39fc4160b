"""A business's recordings as a class of Asterisk's hold music: the port `calls.hold_music.HoldMusic`.

A class is a folder of raw mu-law files, played as they lie on disk: a waiting caller costs a read and a send. What
folders there are is the whole configuration; Asterisk includes it in its own and reads it anew without a restart.
"""

import asyncio
import contextlib
import hashlib
import logging
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from calls.hold_music import HOUSE_MUSIC
from telephony.ami import Ami, AmiDown, AmiError
from telephony.g711 import pcm_to_ulaw
from telephony.pbx_config import PbxHome, write_private

log = logging.getLogger(__name__)

_MODULE: Final = "res_musiconhold.so"


def class_name(business_id: str, key: str) -> str:
    """The class for this music: safe in a file's name and a configuration's, whatever the two are."""
    return "business-" + hashlib.sha256(f"{business_id}\0{key}".encode()).hexdigest()[:20]


class AsteriskHoldMusic:
    """`calls.hold_music.HoldMusic`. `clip_path` gives the WAV file (8 kHz, 16 bit, mono) of a recording."""

    def __init__(self, home: PbxHome, ami: Ami, clip_path: Callable[[str], Path]) -> None:
        self._home = home
        self._ami = ami
        self._clip_path = clip_path
        self._one_at_a_time = asyncio.Lock()
        self._untold = False
        self._unwanted: frozenset[Path] = frozenset()
        self._telling: asyncio.Task[None] | None = None
        ami.watch(self._on_link)

    async def set(self, business_id: str, key: str, clips: Sequence[str]) -> str:
        """Have these recordings played; see the port."""
        name = class_name(business_id, key)
        folder = self._home.hold_music / name
        async with self._one_at_a_time:
            files = await asyncio.to_thread(self._put, folder, clips)
            await self._tell()
        return name if files else HOUSE_MUSIC

    async def close(self) -> None:
        """End what is under way on our own account."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    def _put(self, folder: Path, clips: Sequence[str]) -> frozenset[Path]:
        """Make the folder and the configuration say this; the files that can be played."""
        sources = [self._clip_path(clip) for clip in clips]
        before = self._files(folder)
        made = frozenset(path for source in sources if (path := _made(folder, source)))
        self._unwanted = (self._unwanted | before) - made
        if made != before or not self._home.hold_music_config.exists():
            self._untold = True
            self._describe()
        return made

    def _describe(self) -> None:
        """Write down which classes there are, if that has changed."""
        folders = sorted(self._home.hold_music.iterdir()) if self._home.hold_music.exists() else []
        text = "; Written by the service; changes here are lost.\n\n" + "\n".join(
            _section(folder) for folder in folders if self._files(folder)
        )
        config = self._home.hold_music_config
        if not config.exists() or config.read_text() != text:
            write_private(config, text)

    async def _tell(self) -> None:
        if not self._untold or not self._ami.connected:
            return
        # Until now Asterisk may have been playing them.
        await asyncio.to_thread(self._sweep)
        try:
            # Asterisk looks for classes when their file has changed, and into their folders when it has not.
            for _ in range(2):
                await self._ami.action("Reload", Module=_MODULE)
            self._untold = False
        except (AmiDown, AmiError):
            log.warning("the exchange does not know of a change of the hold music yet")

    def _files(self, folder: Path) -> frozenset[Path]:
        return frozenset(folder.glob("[!.]*.ulaw")) - self._unwanted

    def _sweep(self) -> None:
        for path in self._unwanted:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # not empty
                path.parent.rmdir()
        self._unwanted = frozenset()

    def _on_link(self, up: bool) -> None:
        if up and self._untold:
            self._telling = asyncio.create_task(self._tell_again(), name="hold music")

    async def _tell_again(self) -> None:
        async with self._one_at_a_time:
            await self._tell()


def _made(folder: Path, source: Path) -> Path | None:
    """The mu-law file of this recording, which is made unless it is there; None for what can't be played."""
    made = folder / f"{source.stem}.ulaw"
    try:
        if made.exists() and made.stat().st_mtime >= source.stat().st_mtime:
            return made
        with wave.open(str(source)) as sound:
            if (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) != (8000, 2, 1):
                raise wave.Error("not 8 kHz, 16 bit, mono")
            pcm = sound.readframes(sound.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        log.warning("a recording is left out of the hold music: %s", type(error).__name__)
        return None
    if not pcm:
        return None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = folder / f".{made.name}"
    unfinished.write_bytes(pcm_to_ulaw(pcm))
    unfinished.replace(made)
    return made


def _section(folder: Path) -> str:
    return "\n".join([f"[{folder.name}]", "mode = files", f"directory = {folder}", "sort = random", ""])
