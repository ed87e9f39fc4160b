"""Ports for the servers of tests, none handed out twice.

They lie below those that the system gives to whoever connects or asks for any, so that nothing takes one between its
choice and its use. Of test processes side by side (pytest-xdist) each has a share of its own.
"""

import os
import random
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

_HOST: Final = "127.0.0.1"
LOWEST: Final = 10_240
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A port that nothing uses, neither by TCP nor by UDP."""
    while not _is_free(port := _ports.next_of(1)):
        pass
    return port


def free_ports(count: int) -> int:
    """The first, an even one, of so many in a row; single ones among them may be taken."""
    return (_ports.next_of(count + 1) + 1) // 2 * 2


class _Ports:
    """This process's share, gone through from a place by chance: other runs may be on the machine."""

    def __init__(self) -> None:
        highest = 65_535
        with suppress(OSError, ValueError):
            given_by_system = int(_RANGE.read_text().split()[0])
            if given_by_system > 2 * LOWEST:
                highest = given_by_system - 1
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        size = (highest - LOWEST) // workers
        self._first, self._end = LOWEST + worker * size, LOWEST + (worker + 1) * size
        self._place = random.randrange(self._first, self._end)

    def next_of(self, count: int) -> int:
        """The first of the next so many; after the last of the share comes the first again."""
        if self._place + count > self._end:
            self._place = self._first
        port = self._place
        self._place += count
        return port


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((_HOST, port))
            except OSError:
                return False
    return True


_ports = _Ports()
