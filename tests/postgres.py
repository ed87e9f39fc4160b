"""A PostgreSQL server of the tests' own: private folder, free port, gone at the end. One database per test."""

import asyncio
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from app.bench_relay_postgres import find_postgres
from store.changes import FIRST_MESSAGE_NUMBER
from store.database import Database
from store.tables import metadata
from tests.patience import PATIENCE
from tests.ports import free_port

# Nothing here outlives the run, so nothing has to reach the disk.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "60"}


class PostgresServer:
    """`binaries` holds initdb and postgres. As root it runs under an account that may not do anything."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._folder = Path(tempfile.mkdtemp(prefix="answerline-pg-"))
        self._account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        self.port = free_port()

    def start(self) -> None:
        if self._account:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        self._run(
            "initdb", "-D", "data", "-U", "tests", "--auth=trust", "--encoding=UTF8", "--no-sync"
        ).check_returncode()
        self.resume()

    def resume(self) -> None:
        """Start the server on the data that is there."""
        settings = {**FAST, "port": str(self.port), "listen_addresses": "127.0.0.1"}
        settings["unix_socket_directories"] = str(self._folder)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", "data", *options],
                cwd=self._folder,
                user=self._account.pw_uid if self._account else None,
                group=self._account.pw_gid if self._account else None,
                extra_groups=[] if self._account else None,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
                stdout=log,
                stderr=log,
            )
        self._wait_until_up()

    def stop(self) -> None:
        """Disconnect everybody and stop; the data stays."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def new_database(self, template: str = "template1") -> str:
        """The name of a new database that begins as a copy of `template`."""
        name = f"test_{next(self._numbers)}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with self._connect() as connection:
            connection.execute(create)
        return name

    def drop_database(self, name: str) -> None:
        """Remove it, whoever is still connected."""
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def empty_database(self, name: str) -> None:
        """Leave the database as migrating an empty one does."""
        tables = [sql.Identifier(table) for table in metadata.tables if table != "counters"]
        with self._connect(name) as connection:
            connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.SQL(", ").join(tables)))
            connection.execute("UPDATE counters SET value = %s", (FIRST_MESSAGE_NUMBER - 1,))

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://tests@127.0.0.1:{self.port}/{database}"

    def _connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="tests", dbname=database, autocommit=True, connect_timeout=5
        )

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                gone = self._process is None or self._process.poll() is not None
                if gone or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start:\n{(self._folder / 'log').read_text()}") from None
                time.sleep(0.05)
            else:
                return

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [self._binaries / program, *arguments],
            cwd=self._folder,
            user=self._account.pw_uid if self._account else None,
            group=self._account.pw_gid if self._account else None,
            extra_groups=[] if self._account else None,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )


def _die_with_parent() -> None:
    """Linux: no server stays behind when the tests are killed (PR_SET_PDEATHSIG, prctl(2))."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The running server; the test is skipped where PostgreSQL is not installed (a failure in CI)."""
    binaries = find_postgres()
    if binaries is None:
        reason = "PostgreSQL is not installed: apt-get install postgresql (or: ./answerline test as root)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    server = PostgresServer(binaries)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def migrated_template(postgres_server: PostgresServer) -> str:
    """A database at the newest revision; copying it is faster than migrating again."""
    name = postgres_server.new_database()
    with ThreadPoolExecutor(1) as beside:  # an async test may be asking, whose loop is running in this thread
        beside.submit(asyncio.run, _migrate(postgres_server.url(name))).result()
    return name


async def _migrate(url: str) -> None:
    db = Database(url)
    await db.open()
    await db.close()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, migrated_template: str) -> Iterator[str]:
    """URL of a fresh database at the newest revision, for a test that does anything to it."""
    name = postgres_server.new_database(migrated_template)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def reused_database(postgres_server: PostgresServer, migrated_template: str) -> str:
    return postgres_server.new_database(migrated_template)


@pytest.fixture
def emptied_postgres_url(postgres_server: PostgresServer, reused_database: str) -> str:
    """URL of an empty database at the newest revision; quicker, for a test that leaves the schema alone."""
    postgres_server.empty_database(reused_database)
    return postgres_server.url(reused_database)
