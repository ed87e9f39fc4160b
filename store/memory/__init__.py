"""In-memory twins of the SQL stores for fast tests; they pass the same contract suites.

Nothing in them outlives the process.
"""

from store.memory.callbacks import MemoryCallbacks
from store.memory.caller_lists import MemoryCallerLists
from store.memory.concerns import MemoryConcerns
from store.memory.directory import MemoryDirectory
from store.memory.inbound_texts import MemoryInboundTexts
from store.memory.inbox import MemoryInbox
from store.memory.journal import MemoryJournal
from store.memory.outbox import MemoryOutbox
from store.memory.rotas import MemoryRotas
from store.memory.sent_codes import MemorySentCodes
from store.memory.sent_texts import MemorySentTexts
from store.memory.sessions import MemorySessions
from store.memory.tasks import MemoryTasks
from store.memory.texted import MemoryTextedLog
from store.memory.ways import MemoryWays
from store.memory.webhook_secrets import MemoryWebhookSecrets

__all__ = [
    "MemoryCallbacks",
    "MemoryCallerLists",
    "MemoryConcerns",
    "MemoryDirectory",
    "MemoryInboundTexts",
    "MemoryInbox",
    "MemoryJournal",
    "MemoryOutbox",
    "MemoryRotas",
    "MemorySentCodes",
    "MemorySentTexts",
    "MemorySessions",
    "MemoryTasks",
    "MemoryTextedLog",
    "MemoryWays",
    "MemoryWebhookSecrets",
]
