"""The real service as its users run it: a process of its own with a home and ports of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.asterisk.running_pbx import free_settings
from tests.patience import PATIENCE, START_SECONDS
from tests.ports import free_port

PROJECT = Path(__file__).resolve().parent.parent
PASSWORD = "only-for-tests-1"


class ServiceProcess:
    """`./answerline VERB …` with the packages that are there. Use as an async context manager; leaves nothing behind.

    `lines` is everything printed so far; `more` are settings besides the home and the ports.
    """

    def __init__(self, home: Path, *verb: str, more: Mapping[str, str] | None = None) -> None:
        pbx = free_settings()
        self.verb = verb
        self.home = home
        self.http_port = free_port()
        self.sip_port = pbx.sip_port
        self.ami_port = pbx.ami_port
        self.agi_port = pbx.agi_port
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ANSWERLINE_")},
            "PYTHONPATH": str(PROJECT),
            "ANSWERLINE_HOME": str(home),
            "ANSWERLINE_HTTP_PORT": str(self.http_port),
            "ANSWERLINE_SIP_PORT": str(pbx.sip_port),
            "ANSWERLINE_RTP_PORTS": f"{pbx.rtp_ports[0]}-{pbx.rtp_ports[1]}",
            "ANSWERLINE_AGI_PORT": str(pbx.agi_port),
            "ANSWERLINE_AMI_PORT": str(pbx.ami_port),
            "ANSWERLINE_WS_PORT": str(pbx.ws_port),
            "ANSWERLINE_OWNER_PASSWORD": PASSWORD,
            **(more or {}),
        }
        self.lines: list[str] = []
        self._printed = asyncio.Condition()
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "app.cli",
            *self.verb,
            cwd=PROJECT,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reader = asyncio.create_task(self._read(self._process))

    async def printed(self, beginning: str, deadline: float = START_SECONDS) -> str:
        """The first line that begins so (after the stamp of seconds). Fails with all that was printed."""
        try:
            async with asyncio.timeout(deadline), self._printed:
                while True:
                    for line in self.lines:
                        if line.partition("] ")[2].startswith(beginning) or line.startswith(beginning):
                            return line
                    if self._process is not None and self._process.returncode is not None:
                        break
                    await self._printed.wait()
        except TimeoutError:
            pass
        raise AssertionError(f"never printed {beginning!r}:\n" + "\n".join(self.lines))

    async def ended(self, deadline: float) -> int:
        """The exit code, once it ends by itself."""
        assert self._process is not None and self._reader is not None
        try:
            async with asyncio.timeout(deadline):
                await asyncio.shield(self._reader)
                return await self._process.wait()
        except TimeoutError:
            raise AssertionError(f"still up after {deadline:.0f} s:\n" + "\n".join(self.lines)) from None

    async def kill(self) -> None:
        """kill -9: no last word. What it started lives on, as it would."""
        assert self._process is not None
        self._process.kill()
        await self.ended(PATIENCE)

    async def stop(self) -> int:
        """Ctrl-C; then everything of this home is gone, by force if need be (and that fails the test)."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
        try:
            return await self.ended(PATIENCE)
        finally:
            if self._process.returncode is None:
                self._process.kill()
            for process in processes_of(self.home):
                process.kill()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for raw in process.stdout:
            async with self._printed:
                self.lines.append(raw.decode(errors="replace").rstrip())
                self._printed.notify_all()
        async with self._printed:
            self._printed.notify_all()


def processes_of(home: Path) -> list[psutil.Process]:
    """Every process that was told of this home, by its command line."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(str(home) in word for word in process.info["cmdline"] or ()):
            found.append(process)
    return found
