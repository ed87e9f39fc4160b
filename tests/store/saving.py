"""A process that saves messages until it is killed, and prints a message's number once it was told it is saved.

Run by test_kill.py as `python -m tests.store.saving <database>`.
"""

import asyncio
import sys

from store.database import Database
from store.inbox import SqlInbox
from tests.contract.samples import finished, queued

WRITERS = 4


async def save_for_ever(inbox: SqlInbox, writer: int) -> None:
    count = 0
    while True:
        count += 1
        message = finished(id=f"{writer}-{count}")
        saved = await inbox.save(message, [], [queued(message, token=f"token-{message.id}")])
        # One write(2) per line: what is read is what was said
        sys.stdout.write(f"{saved.number} {saved.id}\n")
        sys.stdout.flush()


async def main(path: str) -> None:
    db = Database(path)
    await db.open()
    await asyncio.gather(*(save_for_ever(SqlInbox(db), writer) for writer in range(WRITERS)))


asyncio.run(main(sys.argv[1]))
