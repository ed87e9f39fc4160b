"""What a provider says became of a delivery, taken in: by its callback, or when it was asked."""

from datetime import datetime

from accounts.contacts import CHANNELS, ChannelName, Flag, Ways
from accounts.directory import NotFound
from messages.channels.channel import Receipt
from messages.delivery import Delivery
from messages.outbox import Outbox


async def take_receipt(
    outbox: Outbox, ways: Ways, delivery_id: str, receipt: Receipt, now: datetime, reference: str = ""
) -> Delivery | None:
    """Store the receipt and, when the address turned out dead, flag the way. The new state, or None when nothing
    changed (a repeat, or a delivery nobody knows)."""
    try:
        target = (await outbox.delivery(delivery_id)).job.target
        # Before the state: were it after, a crash between the two would lose it, as the repeat then changes nothing.
        if receipt.dead_address and (channel := _channel(target.channel)):
            await ways.flag(channel, target.address, Flag(receipt.dead_address), now, receipt.why)
        return await outbox.receipt(delivery_id, receipt, now, reference)
    except NotFound:
        return None


def _channel(name: str) -> ChannelName | None:
    return next((channel for channel in CHANNELS if channel == name), None)
