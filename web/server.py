"""The web application, put together from what it is given."""

from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from web.attempts import Attempts
from web.dispatch import handler_for
from web.errors import problems_middleware
from web.headers import security_headers
from web.open_links import OPEN_LINKS, OpenLinks
from web.openapi import document
from web.pages import page
from web.passwords import Passwords
from web.route import MAX_BODY
from web.routes import ROUTES
from web.service import API, LAG, LoopLag
from web.services import SERVICES, IceServer, Services, WebSettings
from web.session import ATTEMPTS, PASSWORDS
from web.sip import CLIENT

__all__ = ["IceServer", "Services", "WebSettings", "make_app"]


def make_app(services: Services) -> web.Application:
    """The application: API, live links, softphone's WebSocket and pages under one address."""
    app = web.Application(middlewares=[problems_middleware], client_max_size=MAX_BODY)
    app[SERVICES] = services
    app[ATTEMPTS] = Attempts()
    app[PASSWORDS] = Passwords()
    app[OPEN_LINKS] = OpenLinks()
    app[LAG] = LoopLag()
    app[API] = document(ROUTES)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, handler_for(route))
    app.router.add_get("/{path:.*}", page)
    app.on_response_prepare.append(security_headers(services.settings.public_url))
    app.on_shutdown.append(app[OPEN_LINKS].close_all)
    app.cleanup_ctx.extend((app[LAG].measuring, _client))
    return app


async def _client(app: web.Application) -> AsyncIterator[None]:
    async with aiohttp.ClientSession() as client:
        app[CLIENT] = client
        yield
