"""A PostgreSQL server of the bench's own: a private folder, settings as they come."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

START_SECONDS = 60.0
LOOPBACK = "127.0.0.1"


def find_postgres() -> Path | None:
    """The folder with the newest server's programs."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextlib.asynccontextmanager
async def private_postgres(binaries: Path, port: int, databases: Sequence[str]) -> AsyncIterator[Sequence[str]]:
    """The URLs of empty databases that keep what they say they keep (fsync and synchronous commits, as they come)."""
    folder = Path(tempfile.mkdtemp(prefix="answerline-bench-pg-"))
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None  # it refuses to run as root
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    server: subprocess.Popen[bytes] | None = None

    def start(program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [binaries / program, *arguments],
            cwd=folder,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    try:
        making = start("initdb", "-D", "data", "-U", "bench", "--auth=trust", "--encoding=UTF8")
        if await asyncio.to_thread(making.wait) != 0:
            raise RuntimeError("initdb failed")
        options = {"port": port, "listen_addresses": LOOPBACK, "unix_socket_directories": folder}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        server = start("postgres", "-D", "data", *settings)
        await _up(port)
        connection = await asyncpg.connect(host=LOOPBACK, port=port, user="bench", database="postgres")
        try:
            for name in databases:
                await connection.execute(f'CREATE DATABASE "{name}"')
        finally:
            await connection.close()
        yield [f"postgresql+asyncpg://bench@{LOOPBACK}:{port}/{name}" for name in databases]
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)  # whoever is still connected
            await asyncio.to_thread(server.wait)
        shutil.rmtree(folder, ignore_errors=True)


async def _up(port: int) -> None:
    """Returns once it lets somebody in. Raises RuntimeError."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = await asyncpg.connect(host=LOOPBACK, port=port, user="bench", database="postgres")
        except (OSError, asyncpg.PostgresError):
            if time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start") from None
            await asyncio.sleep(0.1)
        else:
            await connection.close()
            return
