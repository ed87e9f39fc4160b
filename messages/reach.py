"""Whom a name in a delivery rule means at an instant, and by which ways they can be reached. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from accounts.contacts import ChannelName, Contact, Way
from accounts.rota import Changes, Rota, on_call


@dataclass(frozen=True)
class Reached:
    """A contact that is meant: its key, what the plan says of it, and why it is this one ("" when named itself)."""

    key: str
    contact: Contact
    because: str = ""


@dataclass(frozen=True)
class Reach:
    """A business's people as they are now: contacts and rotas of its plan, changes to the rotas, the state of ways."""

    time_zone: str
    contacts: Mapping[str, Contact]
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    changes: Changes = Changes()
    ways: Sequence[Way] = ()

    def people(self, name: str, at: datetime) -> tuple[Reached, ...]:
        """The contacts that `name` (a contact's or a rota's key) means at this time, in the order they are asked."""
        if name in self.rotas:
            duties = on_call(self.rotas[name], name, self.time_zone, at, self.changes)
            return tuple(
                Reached(duty.contact, self.contacts[duty.contact], duty.because)
                for duty in duties
                if duty.contact in self.contacts
            )
        contact = self.contacts.get(name)
        return (Reached(name, contact),) if contact else ()

    def trouble(self, channel: ChannelName, address: str) -> str:
        """Why nothing is sent this way, in a sentence; "" when it may be used."""
        for way in self.ways:
            if way.channel == channel and way.address.casefold() == address.casefold():
                return way.trouble
        return "It was never verified."
