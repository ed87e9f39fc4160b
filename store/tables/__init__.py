"""The tables, cut by subject. `migrations/` makes them; a test holds the two together."""

from store.tables.accounts import (
    business_plans,
    businesses,
    listed_callers,
    numbers,
    pause_reasons,
    people,
    recordings,
    sessions,
    trunks,
)
from store.tables.addresses import sent_codes, way_checks, ways, webhook_secrets
from store.tables.calls import callbacks, concerns
from store.tables.columns import Moment, metadata
from store.tables.fact_log import facts
from store.tables.inbox import counters, deliveries, escalations, messages, summarised, tasks
from store.tables.rota import calendar_links, rota_calendars, rota_changes
from store.tables.texting import inbound_texts, sent_texts, texted

__all__ = [
    "Moment",
    "business_plans",
    "businesses",
    "calendar_links",
    "callbacks",
    "concerns",
    "counters",
    "deliveries",
    "escalations",
    "facts",
    "inbound_texts",
    "listed_callers",
    "messages",
    "metadata",
    "numbers",
    "pause_reasons",
    "people",
    "recordings",
    "rota_calendars",
    "rota_changes",
    "sent_codes",
    "sent_texts",
    "sessions",
    "summarised",
    "tasks",
    "texted",
    "trunks",
    "way_checks",
    "ways",
    "webhook_secrets",
]
