"""Logs: one line each to the home's log file, warnings and worse to the terminal too. Never anybody's words."""

import logging
import logging.handlers
import sys

from app.settings import Settings

FILE_BYTES = 10_000_000
FILES_KEPT = 5


def set_up_logs(settings: Settings, name: str = "answerline") -> None:
    """Send the process's logs to HOME/logs/NAME.log, rotated; each process has a name of its own."""
    folder = settings.home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    file = logging.handlers.RotatingFileHandler(
        folder / f"{name}.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
    )
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setLevel(logging.WARNING)
    terminal.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[file, terminal], force=True)
    # These say whole requests, commands and addresses when they talk.
    for name in ("aiohttp.access", "panoramisk", "twilio", "aiosmtplib", "alembic", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)
