"""`./answerline check` and `./answerline test`: what has to hold before anything lands."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from app.frontend import UI, FrontendError, ensure_built, ensure_packages
from app.settings import PROJECT

BIN = Path(sys.executable).parent
SIDE_BY_SIDE = 3


@dataclass(frozen=True)
class SystemPart:
    """A program the tests drive that no Python package carries."""

    name: str
    package: str  # Debian's
    programs: tuple[str, ...]  # any of these names on PATH or patterns below /usr will do

    def there(self) -> bool:
        return any(
            shutil.which(each) if "/" not in each else next(Path("/").glob(each), None) for each in self.programs
        )


SYSTEM_PARTS = (
    SystemPart("Chromium", "chromium", ("chromium", "chromium-browser", "google-chrome")),
    SystemPart("SIPp", "sip-tester", ("sipp",)),
    SystemPart("PostgreSQL", "postgresql", ("usr/lib/postgresql/*/bin/initdb", "usr/pgsql*/bin/initdb")),
)


def run_checks() -> int:
    """Format, lint, types, import rules, front-end types; prints what fails. Returns 0 when all is well."""
    began = time.monotonic()
    try:
        npm, environment = ensure_packages(_say)
    except FrontendError as error:
        print(error, file=sys.stderr)
        return 1
    python_checks: list[tuple[str, list[str], Path, dict[str, str]]] = [
        ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."], PROJECT, dict(os.environ)),
        ("lint", [str(BIN / "ruff"), "check", "--quiet", "."], PROJECT, dict(os.environ)),
        ("import rules", [str(BIN / "lint-imports")], PROJECT, dict(os.environ)),
        ("types", [str(BIN / "mypy")], PROJECT, dict(os.environ)),
        ("front end", [*npm, "run", "--silent", "check"], UI, environment),
    ]
    with ThreadPoolExecutor(2) as workers:
        results = list(workers.map(lambda check: _checked(*check), python_checks))
    for name, passed, seconds, output in results:
        print(f"{'ok' if passed else 'FAILED':7}{name} ({seconds:.1f} s)")
        if not passed:
            print(output)
    failed = sum(not passed for _, passed, _, _ in results)
    print(f"{len(results) - failed} passed, {failed} failed in {time.monotonic() - began:.1f} s")
    return 1 if failed else 0


def _checked(name: str, command: list[str], folder: Path, environment: dict[str, str]) -> tuple[str, bool, float, str]:
    began = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return name, done.returncode == 0, time.monotonic() - began, done.stdout + done.stderr


def run_tests(arguments: Sequence[str]) -> int:
    """Install or name what is missing, build the pages, and run pytest with these arguments; returns its exit code."""
    missing = [part for part in SYSTEM_PARTS if not part.there()]
    if missing and not _install(missing) and not arguments:
        return 1  # with arguments the caller has chosen tests, which may need none of it
    try:
        ensure_built(_say)
    except FrontendError as error:
        print(error, file=sys.stderr)
        return 1
    # Tests make homes and ports of their own: a setting of the caller's must not reach them.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSWERLINE_")}
    # The whole suite mostly waits for calls in real time, so more files than cores go side by side.
    chosen = arguments or ("-n", str(SIDE_BY_SIDE), "--dist", "loadfile", "--no-loadscope-reorder", "--tb=short")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *chosen], cwd=PROJECT, env=environment, check=False
    ).returncode


def _install(missing: Sequence[SystemPart]) -> bool:
    packages = [part.package for part in missing]
    names = ", ".join(part.name for part in missing)
    command = f"apt-get install --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(
            f"The tests need {names}. Run this once, as root: {command}\n"
            "or choose tests that do without: ./answerline test -m 'not browser and not sipp'",
            file=sys.stderr,
        )
        return False
    _say(f"Installing {names}")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", *step], env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"{names} could not be installed:\n{(done.stdout + done.stderr)[-1500:]}", file=sys.stderr)
            return False
    return True


def _say(text: str) -> None:
    print(f"answerline: {text}", file=sys.stderr, flush=True)
