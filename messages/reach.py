"""Whom a name in a delivery rule means at an instant, and by which ways they can be reached. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from accounts.contacts import Contact, Flag, Way
from accounts.rota import Changes, Duty, Rota, on_call


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
    changes: Changes = field(default_factory=Changes)
    ways: Sequence[Way] = ()

    def people(self, name: str, at: datetime) -> tuple[Reached, ...]:
        """The contacts that `name` (a contact's or a rota's key) means at this time, in the order they are asked."""
        if name in self.rotas:
            duties = self.on_call(name, at)
            return tuple(Reached(duty.contact, self.contacts[duty.contact], duty.because) for duty in duties)
        contact = self.contacts.get(name)
        return (Reached(name, contact),) if contact else ()

    def on_call(self, rota: str, at: datetime) -> tuple[Duty, ...]:
        """Who is on call on this rota (its key), of those who are contacts."""
        names = {key: contact.name for key, contact in self.contacts.items()}
        duties = on_call(self.rotas[rota], rota, self.time_zone, at, self.changes, names)
        return tuple(duty for duty in duties if duty.contact in self.contacts)

    def trouble(self, channel: str, address: str) -> str:
        """Why nothing is sent this way, in a sentence; "" when it may be used."""
        way = self._way(channel, address)
        return way.trouble if way else "It was never verified."

    def opted_out(self, channel: str, address: str) -> bool:
        """Whether the person there asked for no more texts."""
        way = self._way(channel, address)
        return way is not None and way.flag is Flag.OPTED_OUT

    def _way(self, channel: str, address: str) -> Way | None:
        for way in self.ways:
            if way.channel == channel and way.address.casefold() == address.casefold():
                return way
        return None


def on_rota(rota: Rota) -> tuple[str, ...]:
    """The keys of everybody whom the rota itself may put on call."""
    turns = rota.rotation.people if rota.rotation else ()
    shifts = [key for shift in rota.shifts for key in shift.who]
    holidays = [key for holiday in rota.holidays for key in holiday.who]
    fallback = [rota.fallback] if rota.fallback else []
    return tuple(dict.fromkeys([*shifts, *turns, *holidays, *fallback]))
