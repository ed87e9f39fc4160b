"""What every InboundTexts does."""

import asyncio
from dataclasses import replace

from messages.inbound import InboundText, InboundTexts, OptWord
from tests.contract.samples import MINUTE, NOON

OK = InboundText("SM1", "+12025550192", "+15005550006", "1ok Zoë 🚿", NOON)


async def test_a_text_is_kept_once_and_waits(inbound_texts: InboundTexts) -> None:
    assert await inbound_texts.add(OK)
    assert not await inbound_texts.add(replace(OK, body="another", at=NOON + MINUTE))
    assert await inbound_texts.waiting() == [OK]


async def test_of_many_at_once_one_is_new(inbound_texts: InboundTexts) -> None:
    assert sorted(await asyncio.gather(*(inbound_texts.add(OK) for _ in range(8)))) == [False] * 7 + [True]


async def test_what_was_dealt_with_waits_no_more_and_does_not_come_again(inbound_texts: InboundTexts) -> None:
    await inbound_texts.add(OK)
    await inbound_texts.handled("SM1", NOON + MINUTE)
    await inbound_texts.handled("SM1", NOON + 2 * MINUTE)
    await inbound_texts.handled("nobody's", NOON)
    assert await inbound_texts.waiting() == []
    assert not await inbound_texts.add(OK)
    assert await inbound_texts.waiting() == []


async def test_the_oldest_waits_first(inbound_texts: InboundTexts) -> None:
    stop = replace(OK, id="SM0", at=NOON + MINUTE, body="ARRET", opt=OptWord.STOP)
    later = replace(OK, id="SM2", at=NOON + MINUTE)
    for text in (later, stop, OK):
        await inbound_texts.add(text)
    assert await inbound_texts.waiting() == [OK, stop, later]
    assert await inbound_texts.waiting(limit=2) == [OK, stop]
