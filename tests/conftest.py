"""What all tests share."""

import asyncio
import inspect
import os
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.failed import FAILED
from tests.postgres import emptied_postgres_url, migrated_template, postgres_server, postgres_url, reused_database

__all__ = ["emptied_postgres_url", "migrated_template", "postgres_server", "postgres_url", "reused_database"]

GRACE_SECONDS = 3.0

# A machine that is busy with other tests may take its time: what is slow there is no fault of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI nothing may be left out quietly: a skip is a failure that says why it was skipped."""
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {call.excinfo.value if call.excinfo else 'no reason given'}"
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder of the service, empty."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def _tasks_end_with_the_test(request: pytest.FixtureRequest) -> None:
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("no_task_left_over")


@pytest.fixture
async def no_task_left_over() -> AsyncIterator[None]:
    """Fails the test whose tasks go on after it; one that is just finishing is given a moment."""
    yield
    own = asyncio.current_task()
    left = {task for task in asyncio.all_tasks() if task is not own}
    if left:
        _, left = await asyncio.wait(left, timeout=GRACE_SECONDS)
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=GRACE_SECONDS)
        pytest.fail(f"tasks left over: {', '.join(sorted(repr(task.get_coro()) for task in left))}")
