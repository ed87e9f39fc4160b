"""What every store of ways to reach people does."""

from datetime import timedelta

import pytest

from accounts.contacts import CodeWrong, Flag, Way, Ways
from tests.contract.samples import MINUTE, NOON

PHONE = "+12025550191"
MAIL = "Office@Harbor.test"


async def test_a_way_is_verified_and_comes_back(ways: Ways) -> None:
    assert await ways.of_business("harbor") == []
    way = await ways.verify("harbor", "sms", PHONE, NOON, "Pat")
    assert way == Way("harbor", "sms", PHONE, NOON, "Pat")
    assert way.usable
    again = await ways.verify("harbor", "sms", PHONE, NOON + MINUTE, "code")
    assert await ways.of_business("harbor") == [again]
    assert await ways.of_business("lakeside") == []


async def test_addresses_are_compared_without_regard_to_case_and_by_channel(ways: Ways) -> None:
    mine = await ways.verify("harbor", "email", MAIL, NOON, "Pat")
    theirs = await ways.verify("lakeside", "email", MAIL.lower(), NOON, "Pat")
    await ways.verify("harbor", "voice", PHONE, NOON, "Pat")
    assert await ways.by_address("email", MAIL.upper()) == [mine, theirs]
    assert await ways.by_address("sms", PHONE) == []
    assert mine.address == MAIL


async def test_a_flag_is_set_wherever_the_address_is_and_told_once(ways: Ways) -> None:
    for business in ("harbor", "lakeside"):
        await ways.verify(business, "email", MAIL, NOON, "Pat")
    other = await ways.verify("harbor", "sms", PHONE, NOON, "Pat")
    changed = await ways.flag("email", MAIL.lower(), Flag.DEAD, NOON, "No such mailbox.")
    assert [(way.business_id, way.flag, way.flagged_at, way.flag_why) for way in changed] == [
        ("harbor", Flag.DEAD, NOON, "No such mailbox."),
        ("lakeside", Flag.DEAD, NOON, "No such mailbox."),
    ]
    assert not changed[0].usable
    assert await ways.flag("email", MAIL, Flag.DEAD, NOON + MINUTE, "again") == []
    assert await ways.of_business("harbor") == [changed[0], other]
    assert len(await ways.flag("email", MAIL, Flag.OPTED_OUT, NOON, "STOP")) == 2
    assert await ways.flag("email", "nobody@harbor.test", Flag.DEAD, NOON, "?") == []


async def test_a_flag_is_taken_away(ways: Ways) -> None:
    way = await ways.verify("harbor", "sms", PHONE, NOON, "Pat")
    assert await ways.unflag("sms", PHONE) == []
    await ways.flag("sms", PHONE, Flag.OPTED_OUT, NOON, "STOP")
    assert await ways.unflag("sms", PHONE) == [way]
    await ways.flag("sms", PHONE, Flag.DEAD, NOON, "gone")
    assert (await ways.verify("harbor", "sms", PHONE, NOON + MINUTE, "code")).usable
    assert [way.flag for way in await ways.of_business("harbor")] == [None]


async def test_the_code_that_was_sent_verifies_once(ways: Ways) -> None:
    await ways.begin_check("harbor", "email", MAIL, "hash", NOON + 10 * MINUTE)
    with pytest.raises(CodeWrong, match="No code"):
        await ways.end_check("lakeside", "email", MAIL, "hash", NOON)
    with pytest.raises(CodeWrong, match="not the code"):
        await ways.end_check("harbor", "email", MAIL, "other", NOON)
    assert await ways.of_business("harbor") == []
    way = await ways.end_check("harbor", "email", MAIL.lower(), "hash", NOON)
    assert way == Way("harbor", "email", MAIL, NOON, "code")
    assert await ways.of_business("harbor") == [way]
    with pytest.raises(CodeWrong, match="No code"):
        await ways.end_check("harbor", "email", MAIL, "hash", NOON)


async def test_a_code_that_is_too_old_verifies_nothing(ways: Ways) -> None:
    await ways.begin_check("harbor", "sms", PHONE, "hash", NOON + MINUTE)
    with pytest.raises(CodeWrong, match="too old"):
        await ways.end_check("harbor", "sms", PHONE, "hash", NOON + MINUTE)
    assert await ways.of_business("harbor") == []


async def test_after_five_wrong_goes_a_new_code_is_needed(ways: Ways) -> None:
    until = NOON + timedelta(hours=1)
    await ways.begin_check("harbor", "sms", PHONE, "hash", until)
    for _ in range(5):
        with pytest.raises(CodeWrong, match="not the code"):
            await ways.end_check("harbor", "sms", PHONE, "guess", NOON)
    with pytest.raises(CodeWrong, match="too often"):
        await ways.end_check("harbor", "sms", PHONE, "hash", NOON)
    await ways.begin_check("harbor", "sms", PHONE, "new hash", until)
    assert (await ways.end_check("harbor", "sms", PHONE, "new hash", NOON)).usable
