"""Ways to reach contacts that somebody of the service vouches for: they are used without a code being sent there."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from accounts.contacts import CHANNELS, ChannelName, Contact, Flag, Ways


async def vouch(
    ways: Ways,
    business_id: str,
    contacts: Mapping[str, Contact],
    at: datetime,
    by: str,
    before: Mapping[str, Contact] | None = None,
) -> None:
    """Mark every way of these contacts of which nothing is known yet as verified, on this person's word (a name).

    What is known stays: above all that somebody asked for no more texts (whichever business had texted them), or that a
    number is dead. So do the ways of the contacts `before`, which this person did not put there.
    """
    known = {(way.channel, way.address.casefold()) for way in await ways.of_business(business_id)}
    known |= {(channel, address.casefold()) for channel, address in _ways(before or {})}
    for channel, address in _ways(contacts):
        if (channel, address.casefold()) not in known:
            known.add((channel, address.casefold()))
            if not await said_stop(ways, channel, address):
                await ways.verify(business_id, channel, address, at, by)


async def said_stop(ways: Ways, channel: ChannelName, address: str) -> bool:
    """Whether the person there asked for no more texts, of whatever business. Nobody but they can take that back."""
    return any(way.flag is Flag.OPTED_OUT for way in await ways.by_address(channel, address))


def _ways(contacts: Mapping[str, Contact]) -> Iterator[tuple[ChannelName, str]]:
    for contact in contacts.values():
        for channel in CHANNELS:
            if address := contact.address(channel):
                yield channel, address
