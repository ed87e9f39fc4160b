"""How long a test waits for what must come."""

PATIENCE = 60.0
"""Seconds: enough for a machine that is busy with other tests. Only what never comes costs it; a test that asks that
something comes soon says so by the facts' own times."""
PATIENCE_MS = PATIENCE * 1000
START_SECONDS = 180.0
"""A whole service with its exchange."""
