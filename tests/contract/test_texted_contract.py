"""What every TextedLog does."""

import asyncio
from dataclasses import replace

from calls.texted import Did, Texted, TextedLog
from tests.contract.samples import MINUTE, NOON

PAT = "sms:+12025550191"
OUT = Texted("SM1", PAT, NOON, Did.OUT, True, "harbor", ("absence-1", "absence-0"))


async def test_what_was_made_of_a_text_comes_back_and_is_kept_once(texted: TextedLog) -> None:
    await texted.add(OUT)
    await texted.add(replace(OUT, did=Did.IN))
    assert await texted.by_id("SM1") == OUT
    assert await texted.by_id("SM2") is None


async def test_a_sender_s_own_texts_newest_first(texted: TextedLog) -> None:
    later = replace(OUT, id="SM0", at=NOON + MINUTE, did=Did.TOLD, changed=())
    together = replace(OUT, id="SM2")
    for entry in (OUT, later, together, replace(OUT, id="SM3", sender="sms:+12025550192")):
        await texted.add(entry)
    assert await texted.of_sender(PAT, NOON) == [later, together, OUT]
    assert await texted.of_sender(PAT, NOON + MINUTE) == [later]


async def test_the_first_to_undo_it_is_the_one(texted: TextedLog) -> None:
    await texted.add(OUT)
    undone = await asyncio.gather(*(texted.undo("SM1", f"SM{n}") for n in range(2, 6)))
    assert sorted(undone) == [False, False, False, True]
    by = f"SM{undone.index(True) + 2}"
    assert await texted.by_id("SM1") == replace(OUT, undone_by=by)
    assert await texted.undo("SM1", by)  # the same text again, after a crash
    assert not await texted.undo("SM9", by)


async def test_what_is_old_is_forgotten(texted: TextedLog) -> None:
    later = replace(OUT, id="SM2", at=NOON + MINUTE)
    for entry in (OUT, later):
        await texted.add(entry)
    await texted.forget_before(NOON)
    assert await texted.of_sender(PAT, NOON) == [later, OUT]
    await texted.forget_before(later.at)
    assert await texted.of_sender(PAT, NOON) == [later]
