"""The three ways each port is stored; a suite in this folder passes on all of them."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from accounts.contacts import Ways
from accounts.directory import Directory, Sessions
from accounts.rota_changes import Rotas
from calls.attention import Concerns
from calls.callback import CallbackStore
from calls.caller_lists import CallerLists
from calls.journal import Journal
from calls.texted import TextedLog
from calls.verification import SentCodes
from calls.webhook_secrets import WebhookSecrets
from messages.inbound import InboundTexts
from messages.outbox import Inbox, Outbox, SentTexts, Tasks
from store.callbacks import SqlCallbacks
from store.callers import SqlCallerLists
from store.concerns import SqlConcerns
from store.database import Database
from store.directory import SqlDirectory
from store.inbound_texts import SqlInboundTexts
from store.inbox import SqlInbox
from store.journal import SqlJournal
from store.memory import (
    MemoryCallbacks,
    MemoryCallerLists,
    MemoryConcerns,
    MemoryDirectory,
    MemoryInboundTexts,
    MemoryInbox,
    MemoryJournal,
    MemoryOutbox,
    MemoryRotas,
    MemorySentCodes,
    MemorySentTexts,
    MemorySessions,
    MemoryTasks,
    MemoryTextedLog,
    MemoryWays,
    MemoryWebhookSecrets,
)
from store.outbox import SqlOutbox
from store.rotas import SqlRotas
from store.sent_codes import SqlSentCodes
from store.sent_texts import SqlSentTexts
from store.sessions import SqlSessions
from store.tasks import SqlTasks
from store.texted import SqlTextedLog
from store.ways import SqlWays
from store.webhook_secrets import SqlWebhookSecrets
from telephony.pbx import PrivateAsterisk

SAVED_AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Stores:
    """One implementation of every port, over the same data."""

    directory: Directory
    caller_lists: CallerLists
    sessions: Sessions
    inbox: Inbox
    outbox: Outbox
    sent_texts: SentTexts
    journal: Journal
    callbacks: CallbackStore
    inbound_texts: InboundTexts
    tasks: Tasks
    ways: Ways
    rotas: Rotas
    sent_codes: SentCodes
    webhook_secrets: WebhookSecrets
    concerns: Concerns
    texted: TextedLog


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the newest revision; copying it is faster than migrating again."""
    path = tmp_path_factory.mktemp("migrated") / "answerline.db"
    with ThreadPoolExecutor(1) as beside:  # an async test may be asking, whose loop is running in this thread
        beside.submit(asyncio.run, _migrate(path)).result()
    return path


async def _migrate(path: Path) -> None:
    db = Database(str(path))
    await db.open()
    await db.close()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    match request.param:
        case "memory":
            yield _in_memory()
        case "sqlite":
            path = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "answerline.db")
            async with _in_database(str(path)) as stores:
                yield stores
        case _:
            async with _in_database(request.getfixturevalue("emptied_postgres_url")) as stores:
                yield stores


@pytest.fixture(params=["scripted", "asterisk"])
def exchange(request: pytest.FixtureRequest) -> PrivateAsterisk | None:
    """The real Asterisk, or None for a scripted line."""
    if request.param == "scripted":
        return None
    running: PrivateAsterisk = request.getfixturevalue("pbx")
    return running


def _in_memory() -> Stores:
    journal = MemoryJournal()
    inbox = MemoryInbox(journal)
    return Stores(
        MemoryDirectory(lambda: SAVED_AT),
        MemoryCallerLists(),
        MemorySessions(),
        inbox,
        MemoryOutbox(inbox),
        MemorySentTexts(),
        journal,
        MemoryCallbacks(),
        MemoryInboundTexts(),
        MemoryTasks(inbox),
        MemoryWays(),
        MemoryRotas(),
        MemorySentCodes(),
        MemoryWebhookSecrets(),
        MemoryConcerns(),
        MemoryTextedLog(),
    )


@asynccontextmanager
async def _in_database(url: str) -> AsyncIterator[Stores]:
    db = Database(url)
    await db.open()
    journal = SqlJournal(db)
    await journal.start()
    try:
        directory = SqlDirectory(db, lambda: SAVED_AT)
        lists, texts, callbacks = SqlCallerLists(db), SqlSentTexts(db), SqlCallbacks(db)
        inbox, outbox, inbound = SqlInbox(db), SqlOutbox(db), SqlInboundTexts(db)
        others = (SqlTasks(db), SqlWays(db), SqlRotas(db), SqlSentCodes(db), SqlWebhookSecrets(db), SqlConcerns(db))
        sessions = SqlSessions(db)
        yield Stores(
            directory, lists, sessions, inbox, outbox, texts, journal, callbacks, inbound, *others, SqlTextedLog(db)
        )
    finally:
        await journal.close()
        await db.close()


@pytest.fixture
def directory(stores: Stores) -> Directory:
    return stores.directory


@pytest.fixture
def caller_lists(stores: Stores) -> CallerLists:
    return stores.caller_lists


@pytest.fixture
def sessions(stores: Stores) -> Sessions:
    return stores.sessions


@pytest.fixture
def inbox(stores: Stores) -> Inbox:
    return stores.inbox


@pytest.fixture
def outbox(stores: Stores) -> Outbox:
    return stores.outbox


@pytest.fixture
def sent_texts(stores: Stores) -> SentTexts:
    return stores.sent_texts


@pytest.fixture
def inbound_texts(stores: Stores) -> InboundTexts:
    return stores.inbound_texts


@pytest.fixture
def callbacks(stores: Stores) -> CallbackStore:
    return stores.callbacks


@pytest.fixture
def journal(stores: Stores) -> Journal:
    return stores.journal


@pytest.fixture
def tasks(stores: Stores) -> Tasks:
    return stores.tasks


@pytest.fixture
def ways(stores: Stores) -> Ways:
    return stores.ways


@pytest.fixture
def rotas(stores: Stores) -> Rotas:
    return stores.rotas


@pytest.fixture
def sent_codes(stores: Stores) -> SentCodes:
    return stores.sent_codes


@pytest.fixture
def webhook_secrets(stores: Stores) -> WebhookSecrets:
    return stores.webhook_secrets


@pytest.fixture
def texted(stores: Stores) -> TextedLog:
    return stores.texted
