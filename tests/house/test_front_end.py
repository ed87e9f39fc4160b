"""The front end's own unit tests are part of the suite, and its generated types are those of the API."""

import subprocess

from app.frontend import UI, ensure_packages


def npm(*words: str) -> subprocess.CompletedProcess[str]:
    command, environment = ensure_packages(print)
    return subprocess.run(
        [*command, *words], cwd=UI, env=environment, capture_output=True, text=True, timeout=280, check=False
    )


def test_the_front_ends_unit_tests_pass() -> None:
    done = npm("run", "--silent", "test")
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert "passed" in done.stdout


def test_the_generated_types_are_current() -> None:
    schema = UI / "src" / "api" / "schema.ts"
    done = npm("exec", "--", "openapi-typescript", "openapi.json")
    assert done.returncode == 0, done.stderr[-2000:]
    written = done.stdout[done.stdout.index("/**") :]
    assert written.strip() == schema.read_text().strip()
