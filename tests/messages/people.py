"""Three people at Harbor Plumbing and their ways, and ids that count."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count

from accounts.contacts import CHANNELS, Contact, Flag, Way
from accounts.hours import Hours
from accounts.rota import Rota
from messages.escalation import Mint
from messages.reach import Reach

ZONE = "America/New_York"
HOURS = Hours.model_validate(
    {"time_zone": ZONE, "weekly": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}}
)
CONTACTS = {
    "pat": Contact(name="Pat", sms="+12025550191", voice="+12025550191", email="pat@harbor.test"),
    "kim": Contact(name="Kim", sms="+12025550192", voice="+12025550192"),
    "office": Contact(name="Office", email="office@harbor.test", sms="+12025550191"),  # Pat carries this telephone
}


def counting() -> Mint:
    ids: Iterator[int] = count(1)
    tokens: Iterator[int] = count(1)
    return Mint(lambda: f"id{next(ids)}", lambda: f"token{next(tokens)}")


def verified(
    contacts: Mapping[str, Contact], *, but: Collection[tuple[str, str]] = (), flagged: Collection[tuple[str, str]] = ()
) -> list[Way]:
    """All ways of these contacts; those named (channel, address) in `but` were never verified, or are flagged."""
    since = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Way(
            "harbor",
            channel,
            address,
            None if (channel, address) in but else since,
            flag=Flag.DEAD if (channel, address) in flagged else None,
        )
        for contact in contacts.values()
        for channel in CHANNELS
        if (address := contact.address(channel))
    ]


def reach(
    contacts: Mapping[str, Contact] = CONTACTS,
    rotas: Mapping[str, Rota] | None = None,
    **ways: Collection[tuple[str, str]],
) -> Reach:
    return Reach(ZONE, contacts, rotas or {}, ways=verified(contacts, **ways))
