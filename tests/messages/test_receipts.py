"""A receipt is stored, and what it says of the address is not lost, whatever happens in between."""

from datetime import UTC, datetime

import pytest

from accounts.contacts import ChannelName, Flag, Way
from accounts.directory import NotFound
from messages.channels.channel import Receipt
from messages.delivery import Accepted, Alarm, Delivered, Delivery, Job, Target
from messages.receipts import take_receipt

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
PLUMBER = Target("plumber", "Pat", "sms", "+12025550192")
DEAD = Receipt(False, "Twilio says undelivered (code 30005)", "dead")


class Stored:
    """One accepted delivery, and the flags of ways."""

    def __init__(self) -> None:
        self.state: Delivery = Accepted(Job("d1", "m1", "harbor", PLUMBER, NOW, "token"), NOW, NOW, "SM1")
        self.flags: list[tuple[str, str, Flag]] = []
        self.down = False

    async def delivery(self, delivery_id: str) -> Delivery:
        if delivery_id != "d1":
            raise NotFound
        return self.state

    async def receipt(self, delivery_id: str, receipt: Receipt, now: datetime, reference: str = "") -> Delivery | None:
        if self.down:
            raise OSError
        if not isinstance(self.state, Accepted):
            return None
        self.state = self.state.delivered(now) if receipt.arrived else self.state.undelivered(now, receipt.why)
        return self.state

    async def flag(self, channel: ChannelName, address: str, flag: Flag, at: datetime, why: str) -> list[Way]:
        self.flags.append((channel, address, flag))
        return []


@pytest.fixture
def stored() -> Stored:
    return Stored()


async def take(stored: Stored, receipt: Receipt, delivery_id: str = "d1") -> Delivery | None:
    return await take_receipt(stored, stored, delivery_id, receipt, NOW, "SM1")  # type: ignore[arg-type]


async def test_it_arrived(stored: Stored) -> None:
    assert isinstance(await take(stored, Receipt(True)), Delivered)
    assert await take(stored, Receipt(True)) is None
    assert stored.flags == []


@pytest.mark.parametrize(("dead", "flag"), [("dead", Flag.DEAD), ("opted_out", Flag.OPTED_OUT)])
async def test_a_dead_number_is_flagged_where_the_delivery_went(stored: Stored, dead: str, flag: Flag) -> None:
    assert isinstance(await take(stored, Receipt(False, "why", dead)), Alarm)
    assert stored.flags == [("sms", "+12025550192", flag)]


async def test_one_that_only_failed_is_not(stored: Stored) -> None:
    assert isinstance(await take(stored, Receipt(False, "Twilio says undelivered (code 30003)")), Alarm)
    assert stored.flags == []


async def test_the_flag_is_there_even_when_the_state_could_not_be_stored(stored: Stored) -> None:
    stored.down = True
    with pytest.raises(OSError):
        await take(stored, DEAD)
    assert stored.flags == [("sms", "+12025550192", Flag.DEAD)]


async def test_a_delivery_nobody_knows_is_nothing(stored: Stored) -> None:
    assert await take(stored, DEAD, "d2") is None
    assert stored.flags == []
