"""Prompts as sound files: spoken offline, once for each text and language, and kept.

Asterisk picks among the files of one base name the one that suits the call: `.wav` is 8 kHz and `.wav16` is 16 kHz
(format_wav.c names them so).
"""

import asyncio
import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeVar, assert_never
from uuid import uuid4

import numpy as np

from ivr.line import LineFault
from ivr.prompts import PlayClip, Prompt, Say, Silence
from telephony import espeak
from telephony.resample import Samples, resample
from telephony.wav_files import as_wav

log = logging.getLogger(__name__)

T = TypeVar("T")

HERTZ: Final = {".wav": 8000, ".wav16": 16000}
MAX_CHARACTERS: Final = 4000
DEADLINE_SECONDS: Final = 15.0
USED_SECONDS: Final = 3600.0

# BCP 47 tags (in small letters) to espeak's voices; a primary tag stands for its other dialects.
VOICES: Final = {
    "en": "en-us",
    "en-gb": "en-gb-x-rp",
    "es": "es-419",
    "es-es": "es",
    "fr": "fr-fr",
    "pt": "pt-br",
    "de": "de",
    "it": "it",
    "zh": "cmn",
    "vi": "vi",
}


class SpeechError(LineFault):
    """A prompt could not be made into sound."""


class Speech:
    """Speaks into a folder of its own, which it keeps below `max_bytes` by forgetting what was longest unused.

    What is private is in another folder beside it, each file until `forget`.
    `clip_path` gives the file of a recorded clip. Speaking is done by one thread: the library knows no other way,
    and the calls' event loop goes on meanwhile.
    """

    def __init__(self, folder: Path, clip_path: Callable[[str], Path], *, max_bytes: int = 512 * 1024 * 1024) -> None:
        self._folder = folder.absolute()
        self._clip_path = clip_path
        self._max_bytes = max_bytes
        self._version = version("espeakng-loader")
        self._bytes = -1  # not counted yet
        self._thread = ThreadPoolExecutor(1, "speech")
        self._making: dict[str, asyncio.Task[None]] = {}
        self._private = self._folder.with_name(f"{self._folder.name}-private")
        self._folder.mkdir(parents=True, exist_ok=True)

    async def file_for(self, prompt: Prompt) -> str:
        """The sound file of a prompt, without its suffix, made when it is not there. Raises SpeechError."""
        match prompt:
            case PlayClip(clip_id):
                path = self._clip_path(clip_id)
                if not path.exists():
                    raise SpeechError("a recorded prompt is missing")
                return str(path.with_suffix(""))
            case Say(text, language, private=True):
                return await self._private_file(text, voice_of(language))
            case Say(text, language):
                voice = voice_of(language)
                name = _name(self._version, espeak.SPEED, espeak.PITCH, espeak.RANGE, voice, _speakable(text))
                return await self._kept(name, lambda: _spoken(text, voice))
            case Silence(seconds):
                milliseconds = max(20, min(60_000, round(seconds * 1000)))
                return await self._kept(f"silence-{milliseconds}", lambda: _silence(milliseconds))
            case _:
                assert_never(prompt)

    def forget(self, base: str) -> None:
        """Delete a private file that was heard; others are left alone."""
        path = Path(base)
        if path.parent != self._private:
            return
        # After a stop the thread takes nothing more; the next start forgets what is left.
        with suppress(RuntimeError):
            self._thread.submit(_delete, path)

    def forget_all(self) -> None:
        """Delete every private file: what a crash left behind."""
        shutil.rmtree(self._private, ignore_errors=True)

    async def wav(self, text: str, language: str) -> bytes:
        """A text as a WAV file for a browser. Raises SpeechError."""
        voice = voice_of(language)
        return await self._in_thread(lambda: as_wav(_spoken(text, voice), espeak.RATE_HERTZ))

    async def ipa(self, text: str, language: str) -> str:
        """How a text is pronounced, in the International Phonetic Alphabet. Raises SpeechError."""
        voice = voice_of(language)
        return await self._in_thread(lambda: espeak.espeak().ipa(_speakable(text), voice))

    async def prewarm(self, prompts: Iterable[Prompt]) -> int:
        """Make the files of prompts that will be wanted, one by one; returns how many. Failures are only logged.

        Stops when the folder is three quarters full, so as not to push out what is in use.
        """
        made = 0
        for prompt in prompts:
            if isinstance(prompt, PlayClip):
                continue
            if self._bytes > self._max_bytes * 3 // 4:
                break
            try:
                await self.file_for(prompt)
                made += 1
            except SpeechError as error:
                log.warning("a prompt could not be made beforehand: %s", error)
        return made

    async def close(self) -> None:
        """Let what is being made be finished."""
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        self._thread.shutdown(wait=False)

    async def _private_file(self, text: str, voice: str) -> str:
        base = str(self._private / uuid4().hex)
        try:
            await self._in_thread(lambda: _store_private(Path(base), _spoken(text, voice)))
        except BaseException:
            self.forget(base)  # it may be made yet: the one thread deletes it behind that
            raise
        return base

    async def _kept(self, name: str, make: Callable[[], Samples]) -> str:
        base = self._folder / name
        if not (_touch(base.with_suffix(".wav")) and _touch(base.with_suffix(".wav16"))):
            task = self._making.get(name)
            if task is None:
                task = self._making[name] = asyncio.create_task(self._in_thread(lambda: self._write(base, make())))
                task.add_done_callback(lambda done: self._made(name, done))
            # Shielded: several calls may wait for one text, and one of them may hang up.
            await asyncio.shield(task)
        return str(base)

    def _made(self, name: str, task: asyncio.Task[None]) -> None:
        del self._making[name]
        if not task.cancelled():
            task.exception()  # seen by whoever still waits; nobody may be left

    async def _in_thread(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return await loop.run_in_executor(self._thread, work)
        except (espeak.EspeakFailed, OSError) as error:
            raise SpeechError(str(error) or type(error).__name__) from error

    def _write(self, base: Path, samples: Samples) -> None:
        size = _store(base, samples)
        if self._bytes >= 0:
            self._bytes += size
        if self._bytes < 0 or self._bytes > self._max_bytes:
            self._bytes = self._swept(base)

    def _swept(self, newest: Path) -> int:
        """Delete the longest unused files until a tenth of the folder is free; returns the bytes left."""
        files = [(path.stat(), path) for path in self._folder.iterdir() if path.suffix in HERTZ]
        total = sum(stat.st_size for stat, _ in files)
        if total <= self._max_bytes:
            return total
        for stat, path in sorted(files, key=lambda item: item[0].st_mtime):
            if total <= self._max_bytes * 9 // 10:
                break
            if path.with_suffix("") != newest:
                path.unlink(missing_ok=True)
                total -= stat.st_size
        return total


def voice_of(language: str) -> str:
    """The library's voice for a BCP 47 tag. Raises SpeechError for a language it is not to speak."""
    tag = language.lower()
    voice = VOICES.get(tag) or VOICES.get(tag.partition("-")[0])
    if voice is None:
        raise SpeechError("there is no voice for that language")
    return voice


def _speakable(text: str) -> str:
    """Without control characters (a NUL would end the text for the library), on one line, bounded."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MAX_CHARACTERS]


def _spoken(text: str, voice: str) -> Samples:
    return np.frombuffer(espeak.espeak().speak(_speakable(text), voice), np.int16)


def _store(base: Path, samples: Samples) -> int:
    """Write the files of a prompt that are not there yet; returns their bytes."""
    size = 0
    for suffix, hertz in HERTZ.items():
        data = as_wav(resample(samples, espeak.RATE_HERTZ, hertz), hertz)
        draft = base.with_name(f".{uuid4().hex}")
        try:
            draft.write_bytes(data)
            size += len(data) if _is_first(draft, base.with_suffix(suffix)) else 0
        finally:
            draft.unlink(missing_ok=True)
    return size


def _is_first(draft: Path, path: Path) -> bool:
    """Give a whole file its name, unless another process has had the same to say meanwhile: no two recordings of one
    text are the same, and what is there may be playing."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without links: the last one speaks for all
        draft.replace(path)
    return True


def _store_private(base: Path, samples: Samples) -> None:
    base.parent.mkdir(exist_ok=True)
    _store(base, samples)


def _delete(base: Path) -> None:
    for suffix in HERTZ:
        base.with_suffix(suffix).unlink(missing_ok=True)


def _silence(milliseconds: int) -> Samples:
    return np.zeros(espeak.RATE_HERTZ * milliseconds // 1000, np.int16)


def _name(*parts: str | int) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _touch(path: Path) -> bool:
    """Mark a file as used, to within an hour; False when it is not there.

    Reading a file's time costs nothing, but setting it may wait as long as the disk writes for somebody else, and with
    it every call.
    """
    try:
        if time.time() - path.stat().st_mtime > USED_SECONDS:
            os.utime(path)
    except FileNotFoundError:
        return False
    return True
