"""Runs the private Asterisk: start, stop, restart, take over one that outlived us, and keep it up."""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from telephony.endpoints import AgentDevice, TrunkEndpoint, render_endpoints
from telephony.pbx_config import LOOPBACK, PbxHome, PbxSettings, write_config, write_private
from telephony.pbx_fetch import NEEDED_MODULES, AsteriskBinary
from telephony.pbx_sounds import Speak, make_sounds

START_SECONDS = 30.0
CLI_SECONDS = 10.0
POLL_SECONDS = 0.02
STOP_SECONDS = 5.0
TERM_SECONDS = 5.0
TAKE_OVER_SECONDS = 5.0
RESTART_DELAYS = (0.2, 1.0, 2.0, 5.0, 10.0)
"""Seconds before each further attempt to bring Asterisk back; the last one repeats."""
STEADY_SECONDS = 60.0
"""Up this long, the next failure is taken for a new one and the delays begin again."""
LOG_TAIL_LINES = 15

ENDPOINT_MODULES = (
    "res_pjsip.so",
    "res_pjsip_authenticator_digest.so",
    "res_pjsip_endpoint_identifier_ip.so",
    "res_pjsip_outbound_registration.so",
)
"""What reads trunks and devices, in the order in which it has to read them anew."""
_PR_SET_PDEATHSIG = 1

log = logging.getLogger(__name__)


class PbxError(Exception):
    """The private Asterisk did not do what was asked; the text says what it logged."""


class PrivateAsterisk:
    """One Asterisk in one home. Any number of them run side by side on ports of their own."""

    def __init__(self, binary: AsteriskBinary, home: Path, settings: PbxSettings, speak: Speak) -> None:
        self.home = PbxHome(home.resolve())
        self.settings = settings
        self._binary = binary
        self._speak = speak
        self._process: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """The process that is up as far as we know."""
        return self._pid

    def ami_secret(self) -> str:
        """The secret of the AMI user named in the settings."""
        return self.home.ami_secret()

    def render(self) -> str:
        """Writes everything Asterisk reads except the endpoints; returns the fingerprint of it."""
        self.home.make()
        make_sounds(self.home.data, self._speak)
        link = self.home.data / "documentation"
        link.unlink(missing_ok=True)
        link.symlink_to(self._binary.documentation)
        if not self.home.endpoints.exists():
            write_private(self.home.endpoints, render_endpoints((), ()))
        return write_config(self.home, self.settings, self._binary)

    async def start(self) -> None:
        """Brings Asterisk up and returns when it is fully booted. Raises PbxError with the end of its log.

        One of this home that outlived a killed service is taken over with its calls, if it runs with the
        same configuration; otherwise it is stopped first.
        """
        self._stopping = False
        fingerprint = await asyncio.to_thread(self.render)
        mark = self.home.run / "fingerprint"
        running = self._running()
        if running is not None:
            same = mark.exists() and mark.read_text() == fingerprint
            self._pid = running
            if same and self.settings.outlives_service and await self._answers():
                log.info("took over the Asterisk that was running, pid %d", running)
                await self._reload()
                return
            log.info("stopping an Asterisk left by an earlier run, pid %d", running)
            await self.stop()
            self._stopping = False
        self._check_ports()
        self._spawn()
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._booted()
                await self._check_modules()
        except TimeoutError:
            await self.stop()
            raise PbxError(f"Asterisk was not up after {START_SECONDS:.0f} s. {self._log_tail()}") from None
        except BaseException:
            await self.stop()
            raise
        write_private(mark, fingerprint)

    async def stop(self) -> None:
        """Stops Asterisk and returns when its process is gone; hangs up whatever calls there are."""
        self._stopping = True
        if self._pid is None:
            return
        with contextlib.suppress(PbxError):
            await self.cli("core stop now")
        for seconds, stronger in ((STOP_SECONDS, signal.SIGTERM), (TERM_SECONDS, signal.SIGKILL)):
            try:
                async with asyncio.timeout(seconds):
                    await self.gone()
                return
            except TimeoutError:
                log.warning("Asterisk is still there, sending %s", stronger.name)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._pid, stronger)
        await self.gone()

    async def restart(self) -> None:
        """Stops and starts."""
        await self.stop()
        await self.start()

    async def cli(self, command: str) -> str:
        """What Asterisk prints for one CLI command. Raises PbxError if it cannot be asked."""
        process = await asyncio.create_subprocess_exec(
            *self._binary.command,
            *("-C", str(self.home.main_config), "-rx", command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(CLI_SECONDS):
                printed, _ = await process.communicate()
        except TimeoutError:
            raise PbxError(f"Asterisk did not answer its control socket in {CLI_SECONDS:.0f} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        text = printed.decode(errors="replace")
        if process.returncode:
            raise PbxError(f"Asterisk's control socket: {text.strip()[-200:]}")
        return text

    async def live_calls(self) -> frozenset[str]:
        """The unique ids of the channels there are; a fallback recording of one of them is not finished.

        Its file's age does not tell: it grows every two seconds, and not at all while a caller sends nothing.
        """
        listed = await self.cli("core show channels concise")
        return frozenset(line.rpartition("!")[2].strip() for line in listed.splitlines() if "!" in line)

    async def use_endpoints(self, trunks: Iterable[TrunkEndpoint], agents: Iterable[AgentDevice]) -> None:
        """Makes these the trunks and devices, at once and without disturbing calls. Raises ValueError, PbxError."""
        text = render_endpoints(trunks, agents)
        self.home.make()
        if self.home.endpoints.exists() and self.home.endpoints.read_text() == text:
            return
        write_private(self.home.endpoints, text)
        if self._pid is not None:
            await self._reload()

    async def gone(self) -> None:
        """Returns when the process has ended, however it ended."""
        if self._pid is None:
            return
        try:
            watched = os.pidfd_open(self._pid)
        except ProcessLookupError:
            self._forget()
            return
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(watched, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(watched)
            os.close(watched)
        self._forget()

    async def keep_up(self, came_back: Callable[[], None]) -> None:
        """Brings Asterisk back whenever it ends by itself; returns once it was stopped on purpose.

        `came_back` is called after each return; links to it reconnect by themselves.
        """
        loop = asyncio.get_running_loop()
        attempt = 0
        while True:
            began = loop.time()
            await self.gone()
            if self._stopping:
                return
            if loop.time() - began > STEADY_SECONDS:
                attempt = 0
            delay = RESTART_DELAYS[min(attempt, len(RESTART_DELAYS) - 1)]
            attempt += 1
            log.error("Asterisk ended by itself; starting it again in %.1f s", delay)
            await asyncio.sleep(delay)
            try:
                await self.start()
            except PbxError:
                log.exception("Asterisk does not come back")
                self._stopping = False
                continue
            came_back()

    def _check_ports(self) -> None:
        """Asterisk itself starts without a port it cannot have, and nobody would see why calls don't come."""
        settings = self.settings
        wanted = (
            ("ANSWERLINE_SIP_PORT", socket.SOCK_DGRAM, settings.sip_host, settings.sip_port),
            ("ANSWERLINE_AMI_PORT", socket.SOCK_STREAM, LOOPBACK, settings.ami_port),
            ("ANSWERLINE_WS_PORT", socket.SOCK_STREAM, LOOPBACK, settings.ws_port),
        )
        for name, kind, host, port in wanted:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
                if kind is socket.SOCK_STREAM:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                except OSError as reason:
                    raise PbxError(f"{name}: {host} port {port} cannot be had ({reason.strerror})") from reason

    def _spawn(self) -> None:
        for name in ("asterisk.ctl", "asterisk.pid"):
            (self.home.run / name).unlink(missing_ok=True)
        with (self.home.log / "console.log").open("wb") as console:
            self._process = subprocess.Popen(
                [*self._binary.command, "-f", "-C", str(self.home.main_config)],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C is for us, and we stop it in order.
                start_new_session=True,
                preexec_fn=None if self.settings.outlives_service else _end_with_parent(),
            )
        self._pid = self._process.pid

    async def _booted(self) -> None:
        control = self.home.run / "asterisk.ctl"
        while not control.exists():
            if self._process is not None and self._process.poll() is not None:
                code = self._process.returncode
                self._forget()
                raise PbxError(f"Asterisk ended at its start (exit code {code}). {self._log_tail()}")
            await asyncio.sleep(POLL_SECONDS)
        while True:
            try:
                await self.cli("core waitfullybooted")
                return
            except PbxError:
                if self._process is not None and self._process.poll() is not None:
                    raise PbxError(f"Asterisk ended at its start. {self._log_tail()}") from None
                await asyncio.sleep(POLL_SECONDS)

    async def _check_modules(self) -> None:
        """Asterisk comes up without a module that does not load, and only calls would show it."""
        shown = await self.cli("module show")
        running = {line.split(" ", 1)[0] for line in shown.splitlines() if " Running " in line}
        missing = [name for name in NEEDED_MODULES if f"{name}.so" not in running]
        if missing:
            raise PbxError(f"Asterisk runs without {', '.join(missing)}. {self._log_tail()}")

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(TAKE_OVER_SECONDS):
                await self.cli("core waitfullybooted")
        except (PbxError, TimeoutError):
            return False
        return True

    async def _reload(self) -> None:
        for module in ENDPOINT_MODULES:
            await self.cli(f"module reload {module}")

    def _running(self) -> int | None:
        """The pid of an Asterisk of this home that is up, whoever started it."""
        try:
            pid = int((self.home.run / "asterisk.pid").read_text())
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self.home.main_config) in arguments else None

    def _forget(self) -> None:
        if self._process is not None:
            self._process.wait()
        self._process = None
        self._pid = None

    def _log_tail(self) -> str:
        lines: list[str] = []
        for name in ("console.log", "messages.log"):
            with contextlib.suppress(OSError):
                lines += (self.home.log / name).read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return "Its log ends: " + " / ".join(lines) if lines else "It logged nothing."


def hostname_resolves() -> bool:
    """Whether this machine's own name has an address; without one each call set-up waits for DNS."""
    try:
        socket.getaddrinfo(socket.gethostname(), None)
    except OSError:
        return False
    return True


def _end_with_parent() -> Callable[[], None] | None:
    """What the child runs so that it ends with us, even by `kill -9` (Linux: prctl(2), PR_SET_PDEATHSIG)."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask
