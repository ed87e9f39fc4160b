"""An open database of each kind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.database import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, SQLite or PostgreSQL."""
    if request.param == "sqlite":
        return str(tmp_path / "answerline.db")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()
