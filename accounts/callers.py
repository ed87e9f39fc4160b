"""Listed callers: whom a business, or the whole house, wants put through first or not at all."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

NOTE_LETTERS = 200

_WRITTEN_NUMBER = re.compile(r"[\d\s()+./-]+")


class ListKind(StrEnum):
    """What becomes of a listed caller."""

    VIP = "vip"  # straight to a person
    BLOCKED = "blocked"  # politely ended


@dataclass(frozen=True)
class ListedCaller:
    """One caller on one list.

    `number` is E.164; `business_id` None is the house list, which holds for every business. `note` is for the eyes of
    people at work. After `until` (aware) the entry stays but counts no more. `added_by` is a person's id, "" when
    nobody remembers.
    """

    number: str
    business_id: str | None
    kind: ListKind
    added_at: datetime
    added_by: str = ""
    note: str = ""
    until: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Whether it holds at this (aware) time."""
        return self.until is None or now < self.until


def deciding(entries: Iterable[ListedCaller], now: datetime) -> ListedCaller | None:
    """The entry that decides about a caller, of those on the business's list and on the house's.

    A block beats a VIP entry, whichever list it is on: the house keeps a nuisance out although a business likes them,
    and a business keeps somebody out whom the house likes. Among equals the business's own entry is shown.
    """
    counting = [entry for entry in entries if entry.counts(now)]
    return min(counting, key=lambda e: (e.kind is not ListKind.BLOCKED, e.business_id is None), default=None)


def digits_searched(search: str) -> str:
    """The digits of a search that is (part of) a telephone number however written; "" for words."""
    return re.sub(r"\D", "", search) if _WRITTEN_NUMBER.fullmatch(search) else ""
