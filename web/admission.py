"""Whether a request comes in at all: its sign-in, where it comes from, and the permission its route needs."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import web

from accounts.access import Action, own_business_only
from accounts.directory import NotFound
from web.ask import Ask, SignIn, token_hash
from web.problem import Problem
from web.route import Open, Route
from web.services import SERVICES, Services

COOKIE = "answerline_session"
SESSION_LIFE = timedelta(hours=12)
LIFE_STEP = timedelta(minutes=10)
"""A session in use is written again at most this often."""


async def admit(request: web.Request, route: Route) -> Ask:
    """The request with its person. Raises Problem sign-in-needed, not-allowed or foreign-origin."""
    services = request.app[SERVICES]
    if route.changes or route.seconds is None:
        check_origin(request, services.settings.public_url)
    if route.needs is Open.TO_ALL:
        return Ask(request, services)
    sign_in = await signed_in(request, services)
    if sign_in is None:
        raise Problem("sign-in-needed", headers={"WWW-Authenticate": "Bearer"})
    if not isinstance(route.needs, Action):
        return Ask(request, services, sign_in)
    try:
        only = own_business_only(sign_in.person, route.needs)
    except PermissionError:
        raise Problem("not-allowed", "Your sign-in does not include this.") from None
    return Ask(request, services, sign_in, route.needs, only)


async def signed_in(request: web.Request, services: Services) -> SignIn | None:
    """The live sign-in of this request, by API key or cookie; its life is extended."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    token = key.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")
    if not token:
        return None
    now = services.clock()
    session = await services.sessions.find(token_hash(token), now)
    if session is None:
        return None
    try:
        person = await services.directory.person(session.person_id)
    except NotFound:
        return None
    if person.disabled:
        return None
    if not session.name and session.expires_at < now + SESSION_LIFE - LIFE_STEP:
        session = replace(session, expires_at=now + SESSION_LIFE)
        await services.sessions.add(session)
    return SignIn(session, person)


def check_origin(request: web.Request, public_url: str) -> None:
    """Refuse what another site's page sends with this browser's cookie (CSRF, foreign WebSocket).

    Browsers state Sec-Fetch-Site or Origin with everything but plain reading, and no script can take that away.
    A client that states neither is no browser, and nobody tricks it into using a cookie.
    A key is never sent by a browser of itself.
    """
    if "Authorization" in request.headers:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site in {"same-origin", "none"}:
        return
    origin = request.headers.get("Origin")
    if origin is None and site is None:
        return
    # Sec-Fetch-Site may be wrong behind a proxy that renames the host; the origin then has to be the public one.
    if origin is None or (origin != origin_of(public_url) and urlsplit(origin).netloc != request.host):
        raise Problem("foreign-origin")


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, as browsers write an Origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
