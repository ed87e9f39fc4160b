"""The two sides of `bench queue`, each with an Asterisk of its own from the same binary, in a temporary home.

Ours is the whole service in a process of its own; theirs is app_queue. Nothing of either is left behind.
"""

import asyncio
import contextlib
import os
import re
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.bench_queue_phones import quiet_phones
from app.bench_queue_world import (
    AGENTS_DIALPLAN,
    BENCH_USER,
    QUEUES_CONTEXT,
    QUEUES_DIALPLAN,
    Size,
    devices,
    manager_conf,
    number_of,
    queues_conf,
)
from app.settings import PROJECT
from telephony.ami import Ami, AmiDown, AmiError
from telephony.pbx import PrivateAsterisk
from telephony.pbx_config import LOOPBACK, TEMPLATES, PbxSettings
from telephony.pbx_fetch import AsteriskBinary
from telephony.pbx_sounds import write_wav

READY_SECONDS: Final = 90.0
END_SECONDS: Final = 30.0
LINK_SECONDS: Final = 10.0
RTP_PORTS: Final = 2000

SERVICE_EVENTS: Final = tuple(
    re.findall(r"^eventfilter = Event: (\w+)$", (TEMPLATES / "manager.conf").read_text(), re.MULTILINE)
)
"""What the service's own link lets through; the bench counts the same."""


@dataclass(frozen=True)
class Cpu:
    """Seconds of processor time."""

    asterisk: float
    service: float = 0.0

    def __sub__(self, earlier: "Cpu") -> "Cpu":
        return Cpu(self.asterisk - earlier.asterisk, self.service - earlier.service)

    @property
    def both(self) -> float:
        return self.asterisk + self.service


@dataclass(frozen=True)
class Side:
    """One of the two, running. `way_in` is what a caller of a business (counted from 0) dials."""

    name: str
    size: Size
    ami: Ami
    ami_port: int
    secret: str
    way_in: Callable[[int], str]
    asterisk_pid: int
    service_pid: int | None = None

    def cpu(self) -> Cpu:
        """Processor time used until now."""
        return Cpu(_cpu_seconds(self.asterisk_pid), _cpu_seconds(self.service_pid) if self.service_pid else 0.0)

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """The exchange does nothing while the block runs, so that what it burns on waiting is not felt elsewhere.

        Only one without our service can be stopped: to the service it would be an exchange that is lost.
        """
        if self.service_pid is not None:
            yield
            return
        os.kill(self.asterisk_pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.asterisk_pid, signal.SIGCONT)


@contextlib.asynccontextmanager
async def ours(binary: AsteriskBinary, size: Size) -> AsyncIterator[Side]:
    """The service, with all its agents signed in."""
    ports, secret = free_ports(), secrets.token_hex(12)
    async with contextlib.AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="answerline-bench-")))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.bench_queue_service", size.name, "sip" if size.sip else "local", secret),
            cwd=PROJECT,
            env=_environment(home, ports),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us, and we stop it in order
        )
        pbx = PrivateAsterisk(binary, home / "asterisk", ports, _silence)  # run by the service; asked things by us
        stack.push_async_callback(_end_service, process, pbx)
        assert process.stdout is not None
        async with asyncio.timeout(READY_SECONDS):
            if await process.stdout.readline() != b"ready\n":
                raise RuntimeError("the service did not start")
        ami = await _link(stack, pbx, secret, AGENTS_DIALPLAN)
        if size.sip:
            await stack.enter_async_context(quiet_phones(LOOPBACK, ports.sip_port, size.usernames(), secret))
        yield Side("ours", size, ami, ports.ami_port, secret, _dial_number, _asterisk_pid(pbx), service_pid=process.pid)


@contextlib.asynccontextmanager
async def app_queue(binary: AsteriskBinary, size: Size) -> AsyncIterator[Side]:
    """Asterisk's own queues, with all agents members of all of them."""
    ports, secret = free_ports(), secrets.token_hex(12)
    async with contextlib.AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="answerline-bench-")))
        pbx = PrivateAsterisk(binary, home, ports, _silence)
        await pbx.use_endpoints((), devices(size, secret))
        stack.push_async_callback(pbx.stop)
        await pbx.start()
        ami = await _link(stack, pbx, secret, AGENTS_DIALPLAN + QUEUES_DIALPLAN)
        (pbx.home.etc / "queues.conf").write_text(queues_conf(size))
        try:
            await ami.action("ModuleLoad", Module="app_queue.so", LoadType="load", timeout=READY_SECONDS)
        except (AmiError, AmiDown) as error:
            raise RuntimeError(f"app_queue does not load: {error}") from error
        if size.sip:
            await stack.enter_async_context(quiet_phones(LOOPBACK, ports.sip_port, size.usernames(), secret))
        yield Side("app_queue", size, ami, ports.ami_port, secret, _dial_queue, _asterisk_pid(pbx))


async def _link(stack: contextlib.AsyncExitStack, pbx: PrivateAsterisk, secret: str, dialplan: str) -> Ami:
    """Tell a running Asterisk of the bench's agents and user, take its hold music away, and sign in."""
    etc = pbx.home.etc
    with (etc / "extensions.conf").open("a") as extensions, (etc / "manager.conf").open("a") as manager:
        extensions.write(dialplan)
        manager.write(manager_conf(secret, SERVICE_EVENTS))
    for command in ("dialplan reload", "manager reload", "module unload res_musiconhold.so"):
        await pbx.cli(command)
    ami = Ami(LOOPBACK, pbx.settings.ami_port, BENCH_USER, secret, ping_seconds=READY_SECONDS)
    stack.push_async_callback(ami.close)
    await ami.start(LINK_SECONDS)
    return ami


async def _end_service(process: asyncio.subprocess.Process, pbx: PrivateAsterisk) -> None:
    """The service ends with its input, and ends its Asterisk; both by force when it does not."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    with contextlib.suppress(OSError, ValueError):
        pid = _asterisk_pid(pbx)
        if os.fsencode(pbx.home.main_config) in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)


def _environment(home: Path, ports: PbxSettings) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSWERLINE_")}
    named = os.environ.get("ANSWERLINE_ASTERISK")
    if named:
        kept["ANSWERLINE_ASTERISK"] = named
    return kept | {
        "ANSWERLINE_HOME": str(home),
        "ANSWERLINE_HTTP_PORT": str(free_port(socket.SOCK_STREAM)),
        "ANSWERLINE_SIP_PORT": str(ports.sip_port),
        "ANSWERLINE_RTP_PORTS": f"{ports.rtp_ports[0]}-{ports.rtp_ports[1]}",
        "ANSWERLINE_AGI_PORT": str(ports.agi_port),
        "ANSWERLINE_AMI_PORT": str(ports.ami_port),
        "ANSWERLINE_WS_PORT": str(ports.ws_port),
        "ANSWERLINE_LOG_LEVEL": "warning",
    }


def _dial_number(business: int) -> str:
    return f"Local/{number_of(business).removeprefix('+')}@from-trunk/n"


def _dial_queue(business: int) -> str:
    return f"Local/q{business:03}@{QUEUES_CONTEXT}/n"


def _asterisk_pid(pbx: PrivateAsterisk) -> int:
    return int((pbx.home.run / "asterisk.pid").read_text())


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _silence(_text: str, path: Path) -> None:
    write_wav(path, b"\0\0" * 8)


def free_ports() -> PbxSettings:
    """Ports nothing listens on at this moment; what runs on them ends with us."""
    first_rtp = min(free_port(socket.SOCK_DGRAM), 65535 - RTP_PORTS) // 2 * 2
    return PbxSettings(
        sip_port=free_port(socket.SOCK_DGRAM),
        agi_port=free_port(socket.SOCK_STREAM),
        ami_port=free_port(socket.SOCK_STREAM),
        ws_port=free_port(socket.SOCK_STREAM),
        rtp_ports=(first_rtp, first_rtp + RTP_PORTS - 1),
        outlives_service=False,
    )


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
