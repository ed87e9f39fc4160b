"""Kill -9 at any moment loses nothing that was said to be saved."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from store.database import Database
from store.inbox import SqlInbox
from store.outbox import SqlOutbox

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", range(5))
async def test_everything_said_to_be_saved_is_there_after_a_kill(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "answerline.db"
    said = save_and_kill(path, after=random.Random(seed).randint(1, 400))

    db = Database(str(path))
    await db.open()
    try:
        inbox, outbox = SqlInbox(db), SqlOutbox(db)
        for number, message_id in said:
            assert (await inbox.message(message_id)).number == number
        stored = (await inbox.messages(limit=100_000)).items
        for message in stored:
            assert len(await outbox.of_message(message.id)) == 1
        assert len({message.number for message in stored}) == len(stored)
    finally:
        await db.close()


def save_and_kill(path: Path, *, after: int) -> list[tuple[int, str]]:
    """What the process said before it was killed, which was when it had said `after` lines."""
    command = [sys.executable, "-m", "tests.store.saving", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(after)]
        process.kill()
        lines += process.stdout.readlines()
    # The last line may be cut off
    whole = [line.split() for line in lines if line.endswith("\n")]
    assert len(whole) >= after
    return [(int(number), message_id) for number, message_id in whole]
