"""AGI commands per second: our server and panoramisk's, in turn, against the same peer.

The peer stands for Asterisk and is as cheap as Python can make it, so that the server is what is measured.
"""

import os
import select
import socket
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

SERVERS = Path(__file__).resolve().parent.parent / "tests" / "bench" / "agi_servers.py"
CONNECTIONS = 20
COMMANDS_EACH = 500
ROUNDS = 3
DEADLINE_SECONDS = 30.0

_ENVIRONMENT = b"agi_network: yes\nagi_network_script: call\nagi_request: agi://127.0.0.1/call\n\n"
_REPLY = b"200 result=0\n"


@dataclass(frozen=True)
class AgiFigures:
    """Medians over the rounds: commands per second of the clock, and of the server's own processor time."""

    per_second: float
    per_cpu_second: float


def measure_agi() -> dict[str, AgiFigures]:
    """Figures of `ours` and of `panoramisk`, their rounds interleaved. Raises RuntimeError if one hangs."""
    servers = {name: _Server(name) for name in ("ours", "panoramisk")}
    try:
        rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in servers}
        for server in servers.values():
            server.round()  # the first one warms up
        for _ in range(ROUNDS):
            for name, server in servers.items():
                rounds[name].append(server.round())
    finally:
        for server in servers.values():
            server.end()
    return {
        name: AgiFigures(statistics.median(wall for wall, _ in figures), statistics.median(cpu for _, cpu in figures))
        for name, figures in rounds.items()
    }


class _Server:
    """One server process."""

    def __init__(self, name: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(SERVERS), name, str(COMMANDS_EACH)], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())

    def round(self) -> tuple[float, float]:
        """Commands per second of the clock and of the server's processor time."""
        cpu, began = self._cpu_seconds(), time.monotonic()
        commands = _answer_all(self._port)
        wall, used = time.monotonic() - began, self._cpu_seconds() - cpu
        return commands / wall, commands / max(used, 0.01)

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _answer_all(port: int) -> int:
    """Make the connections, answer every command until the server closes them all; how many there were."""
    poll = select.epoll()
    open_sockets: dict[int, socket.socket] = {}
    commands = 0
    deadline = time.monotonic() + DEADLINE_SECONDS
    try:
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            open_sockets[connection.fileno()] = connection
            poll.register(connection, select.EPOLLIN)
            connection.sendall(_ENVIRONMENT)
        while open_sockets:
            if time.monotonic() > deadline:
                raise RuntimeError("an AGI server did not end its calls in time")
            for number, _ in poll.poll(1.0):
                data = open_sockets[number].recv(4096)
                if data:
                    count = data.count(b"\n")
                    commands += count
                    open_sockets[number].sendall(_REPLY * count)
                else:
                    open_sockets.pop(number).close()
    finally:
        for connection in open_sockets.values():
            connection.close()
        poll.close()
    return commands
