"""`./answerline doctor`: looks at what commonly goes wrong, and says the mend."""

import asyncio
import json
import os
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from asterisk.config import Config, ParseError

from app.doctor_outside import messages_out
from app.exchange import CACHE
from app.finding import Finding
from app.frontend import DIST
from app.home import is_running
from app.settings import SQLITE, Settings
from store.database import Database
from store.engine import DatabaseDown
from telephony.pbx import hostname_resolves
from telephony.pbx_config import PbxHome
from telephony.pbx_fetch import AsteriskUnavailable, find_asterisk

LEAST_FREE_BYTES = 2_000_000_000
DATABASE_SECONDS = 15.0


class _Config(Config):  # type: ignore[misc]
    """pyst2's, which knows no #include."""

    def load(self) -> None:
        lines = Path(self.filename).read_text(encoding="utf-8").splitlines()
        self.raw_lines = [line for line in lines if not line.startswith("#")]


def doctor(settings: Settings, *, as_json: bool) -> int:
    """Print all findings; returns 1 when something is wrong."""
    findings = [finding for look in LOOKS for finding in look(settings)]
    wrong = [finding for finding in findings if not finding.ok]
    if as_json:
        print(json.dumps({"ok": not wrong, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        for finding in findings:
            print(f"{'ok   ' if finding.ok else 'WRONG'} {finding.what}: {finding.detail}")
            if not finding.ok:
                print(f"      mend: {finding.mend}")
    return 1 if wrong else 0


def _python(_: Settings) -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding("Python", sys.version_info >= (3, 11), version, "Install Python 3.11 or newer.")


def _asterisk(settings: Settings) -> Iterator[Finding]:
    if settings.exchange == "separate":
        yield Finding("Asterisk", True, "runs separately (ANSWERLINE_EXCHANGE)")
        return
    try:
        binary = find_asterisk(settings.asterisk, CACHE, lambda _: None)
        yield Finding("Asterisk", True, f"version {binary.version}")
    except AsteriskUnavailable as error:
        yield Finding("Asterisk", False, "not to be had", str(error))


def _hostname(_: Settings) -> Iterator[Finding]:
    name = socket.gethostname()
    ok = hostname_resolves()
    detail = f"{name} resolves" if ok else f"{name} does not resolve; each call would wait for the look-up"
    yield Finding("Host name", ok, detail, f"Add the line '127.0.1.1 {name}' to /etc/hosts.")


def _home(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    writable = place.is_dir() and os.access(place, os.W_OK)
    mend = f"Make {place} a folder that may be written to, or set ANSWERLINE_HOME to another."
    yield Finding("Home", writable, str(home), mend)
    free = shutil.disk_usage(place).free
    yield Finding("Disk", free > LEAST_FREE_BYTES, f"{free // 1_000_000} MB free", "Make room: recordings need it.")


def _ports(settings: Settings) -> Iterator[Finding]:
    running = is_running(settings)
    tcp = {
        "ANSWERLINE_HTTP_PORT": (settings.http_host, settings.http_port),
        "ANSWERLINE_AGI_PORT": ("127.0.0.1", settings.agi_port),
        "ANSWERLINE_AMI_PORT": ("127.0.0.1", settings.ami_port),
        "ANSWERLINE_WS_PORT": ("127.0.0.1", settings.ws_port),
    }
    if settings.mail_in_port is not None:
        tcp["ANSWERLINE_MAIL_IN_PORT"] = (settings.mail_in_host, settings.mail_in_port)
    for name, (host, port) in tcp.items():
        yield _port(name, host, port, socket.SOCK_STREAM, running)
    yield _port("ANSWERLINE_SIP_PORT", settings.sip_host, settings.sip_port, socket.SOCK_DGRAM, running)


def _port(name: str, host: str, port: int, kind: socket.SocketKind, running: bool) -> Finding:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind is socket.SOCK_STREAM)
        try:
            probe.bind((host, port))
            return Finding(f"Port {port}", True, "free" if not running else "free, though the service runs")
        except OSError as error:
            ok = running
            detail = "in use by the running service" if ok else f"cannot be had: {error.strerror}"
            return Finding(f"Port {port}", ok, detail, f"Stop what uses it, or set {name}.")


def _database(settings: Settings) -> Iterator[Finding]:
    async def look() -> Finding:
        database = Database(settings.database)
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                await database.open()
                ok = await database.healthy()
                await database.close()
        except (DatabaseDown, OSError, TimeoutError, ValueError) as error:
            return Finding("Database", False, str(error) or "does not answer in time", mend)
        return Finding("Database", ok, "answers, and its tables are of this version", mend)

    if settings.database.startswith(SQLITE):
        file = settings.database.removeprefix(SQLITE)
        mend = f"Check that {file} can be written, or put a backup in its place."
    else:
        mend = "Check ANSWERLINE_DATABASE_URL, and that the server runs and lets this user in."
    yield asyncio.run(look())


def _configuration(settings: Settings) -> Iterator[Finding]:
    home = PbxHome((settings.home / "asterisk").resolve())
    files = sorted(home.etc.glob("*.conf")) if home.etc.exists() else []
    for path in files:
        try:
            _Config(str(path))
        except (ParseError, OSError, UnicodeDecodeError) as error:
            yield Finding(
                "Asterisk's configuration",
                False,
                f"{path.name}: {error}",
                "Start the service: it writes the file anew.",
            )
            return
    yield Finding(
        "Asterisk's configuration", True, f"{len(files)} files read" if files else "written at the first start"
    )


def _pages(_: Settings) -> Iterator[Finding]:
    built = (DIST / "index.html").exists()
    yield Finding("Pages", True, "built" if built else "built at the next start")


def _certificate(settings: Settings) -> Iterator[Finding]:
    for path in (settings.tls_cert, settings.tls_key):
        if path is not None:
            ok = path.is_file() and os.access(path, os.R_OK)
            yield Finding("Certificate", ok, str(path), "Give the service's user read access to the file.")
    origin = settings.origin
    safe = origin.startswith("https:") or "//127.0.0.1" in origin or "//localhost" in origin
    yield Finding(
        "Microphone",
        safe,
        f"pages come from {origin}",
        "Browsers give the microphone on localhost or over https only: set ANSWERLINE_TLS_CERT and _KEY, or put a "
        "reverse proxy before it and set ANSWERLINE_PUBLIC_URL.",
    )


def _secrets(settings: Settings) -> Iterator[Finding]:
    for path in (settings.home / "demo-password", Path(settings.home / "answerline.db")):
        if path.exists():
            private = not path.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP)
            yield Finding("Privacy", private, f"{path.name} in the home", f"chmod o-rwx {path}")


LOOKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _python,
    _asterisk,
    _hostname,
    _home,
    _ports,
    _database,
    _configuration,
    _pages,
    _certificate,
    messages_out,
    _secrets,
)
