"""Contacts of a business and their ways, as the API shows them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel

from accounts.contacts import CHANNELS, ChannelName, Contact, Way


class WayOut(BaseModel):
    """One way to reach a contact. Only what is `usable` is used for messages; `trouble` says why it is not."""

    channel: ChannelName
    address: str
    verified_at: datetime | None = None
    verified_by: str = ""
    usable: bool = False
    trouble: str = ""


class ContactOut(BaseModel):
    """`has_secret`: its webhook's signing secret is there."""

    key: str
    name: str
    ways: list[WayOut]
    has_secret: bool = False


def contact_out(key: str, contact: Contact, known: Sequence[Way], *, has_secret: bool = False) -> ContactOut:
    """The contact with what is known of its ways."""
    by_place = {(way.channel, way.address.casefold()): way for way in known}
    return ContactOut(
        key=key,
        name=contact.name,
        ways=[way_out(channel, address, by_place) for channel in CHANNELS if (address := contact.address(channel))],
        has_secret=has_secret,
    )


def way_out(channel: ChannelName, address: str, known: Mapping[tuple[ChannelName, str], Way]) -> WayOut:
    """What is known of an address; nothing known means never verified."""
    way = known.get((channel, address.casefold()), Way("", channel, address))
    return WayOut(
        channel=channel,
        address=address,
        verified_at=way.verified_at,
        verified_by=way.verified_by,
        usable=way.usable,
        trouble=way.trouble,
    )
