"""Trunks and agents' telephones share one space of names at the exchange; one name twice would lose both."""

from accounts.directory import Conflict, Directory

RESERVED = frozenset({"demo", "global", "system", "transport-udp", "transport-ws"})


async def check_endpoint_name(directory: Directory, name: str, own_id: str) -> None:
    """Raises Conflict when the name belongs to another trunk or telephone than `own_id`'s, or to the exchange."""
    taken = {trunk.name for trunk in await directory.trunks() if trunk.id != own_id}
    for person in await directory.people():
        if person.sip_username is not None and person.id != own_id:
            taken |= {person.sip_username, f"{person.sip_username}-web"}
    if name in RESERVED or name in taken or f"{name}-web" in taken:
        raise Conflict(f"The name {name} is in use at the exchange; choose another.")
