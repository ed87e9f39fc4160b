"""Ways to reach contacts that somebody of the service vouches for: they are used without a code being sent there."""

from collections.abc import Mapping
from datetime import datetime

from accounts.contacts import CHANNELS, Contact, Ways


async def vouch(ways: Ways, business_id: str, contacts: Mapping[str, Contact], at: datetime, by: str) -> None:
    """Mark every way of these contacts of which nothing is known yet as verified, on this person's word (a name).

    What is known stays: above all that somebody asked for no more texts, or that a number is dead.
    """
    known = {(way.channel, way.address.casefold()) for way in await ways.of_business(business_id)}
    for contact in contacts.values():
        for channel in CHANNELS:
            address = contact.address(channel)
            if address and (channel, address.casefold()) not in known:
                known.add((channel, address.casefold()))
                await ways.verify(business_id, channel, address, at, by)
