"""One request as a handler sees it: who asks, what they may reach, and the services."""

import hashlib
from dataclasses import dataclass

from aiohttp import web

from accounts.access import Action, may
from accounts.directory import NotFound, Session
from accounts.people import Person
from web.services import Services


def token_hash(token: str) -> str:
    """What is stored of a session's token or an API key. (256 random bits need no slow hash.)"""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class SignIn:
    """The session or key a request came with, and whose it is."""

    session: Session
    person: Person


@dataclass(frozen=True)
class Ask:
    """`only_business` narrows lists: the one business the person belongs to, None when they may see all.

    `action` is what the route is for; None on routes that need no permission of their own.
    """

    request: web.Request
    services: Services
    sign_in: SignIn | None = None
    action: Action | None = None
    only_business: str | None = None

    @property
    def person(self) -> Person:
        """Who asks. Routes open to everybody must not use it."""
        return self.who.person

    @property
    def who(self) -> SignIn:
        if self.sign_in is None:
            raise RuntimeError("a public route has no person")
        return self.sign_in

    def path(self, name: str) -> str:
        """A variable part of the address."""
        return self.request.match_info[name]

    def check_reach(self, business_id: str | None) -> None:
        """Raises NotFound when what belongs to `business_id` is out of this person's reach."""
        if self.action is None or not may(self.person, self.action, business_id):
            raise NotFound

    def narrowed(self, business_id: str | None) -> str | None:
        """The business to list: the one asked for or, when none is, the only one allowed. Raises NotFound."""
        if business_id:
            self.check_reach(business_id)
            return business_id
        return self.only_business
