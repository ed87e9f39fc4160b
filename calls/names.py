"""Names for the ids in facts, for people to read."""

from collections.abc import Callable, Collection
from contextlib import suppress

from accounts.directory import Directory, NotFound


async def naming(directory: Directory, businesses: Collection[str], agents: Collection[str]) -> Callable[[str], str]:
    """A function from these ids to names; an id whose owner is gone stands for itself."""
    names = {person.id: person.name for person in await directory.people() if person.id in agents} if agents else {}
    for business_id in businesses:
        with suppress(NotFound):
            names[business_id] = (await directory.business(business_id)).name
    return lambda known_as: names.get(known_as, known_as)
