"""A disk that can be full: a few megabytes of memory for the database alone where this process may mount such, else a
limit on the size of the service's files."""

import contextlib
import errno
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psutil

SIZE = "64m"
LARGE, SMALL = 1 << 20, 1 << 12
LIMIT_BYTES = 4096
MOUNT_SECONDS = 20


class Disk(Protocol):
    """Where a database is kept. `how` says how it is full."""

    how: str

    def fill(self, pid: int) -> None:
        """From now on the service of this process id cannot write to its database."""

    def empty(self, pid: int) -> None:
        """It can again."""


class SmallDisk:
    """Really full (ENOSPC). `database` is its only file but what fills it."""

    how = "no space left on its file system"

    def __init__(self, database: Path) -> None:
        self._database = database
        self._ballast = database.with_name("ballast")

    def fill(self, pid: int) -> None:
        # What was written already is written over: only a log that is as short as can be has to grow at once.
        with contextlib.closing(sqlite3.connect(self._database, timeout=MOUNT_SECONDS)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with self._ballast.open("wb", buffering=0) as file:
            for size in (LARGE, SMALL):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def empty(self, pid: int) -> None:
        self._ballast.unlink(missing_ok=True)


class LimitedFiles:
    """As good as full: no file of the service can grow."""

    how = "a limit on the size of files, for want of the right to mount a small one"

    def fill(self, pid: int) -> None:
        self._limit(pid, LIMIT_BYTES)

    def empty(self, pid: int) -> None:
        self._limit(pid, resource.getrlimit(resource.RLIMIT_FSIZE)[0])

    def _limit(self, pid: int, size: int) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            process.rlimit(psutil.RLIMIT_FSIZE, (size, process.rlimit(psutil.RLIMIT_FSIZE)[1]))


@contextlib.contextmanager
def disk_for(database: Path) -> Iterator[Disk]:
    """A disk for this file, whose folder is made; gone at the end, and the file with it."""
    folder = database.parent
    folder.mkdir()
    try:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
        subprocess.run(mount, check=True, capture_output=True, timeout=MOUNT_SECONDS)
    except (OSError, subprocess.CalledProcessError):
        yield LimitedFiles()
        return
    try:
        yield SmallDisk(database)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=MOUNT_SECONDS)
