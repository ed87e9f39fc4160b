"""The service's one HTTP address: what the pages are told of the settings, and the port they are served on."""

import ssl
from collections.abc import Awaitable, Callable

from aiohttp import web

from app.exchange import LOOPBACK
from app.settings import Settings
from web.services import IceServer, WebSettings


def web_settings(settings: Settings) -> WebSettings:
    return WebSettings(
        public_url=settings.origin,
        sip_ws_url=f"ws://{LOOPBACK}:{settings.ws_port}/ws",
        secure_cookies=settings.origin.startswith("https:"),
        ice_servers=_ice_servers(settings.ice_servers),
        sip_address=f"{settings.external_address or settings.sip_host}:{settings.sip_port}",
        private_targets=settings.webhook_private,
    )


async def serve_site(app: web.Application, settings: Settings, goodbye_seconds: float) -> Callable[[], Awaitable[None]]:
    """Listen; returns what stops it, which gives requests under way `goodbye_seconds`. Raises OSError."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=goodbye_seconds)
    await runner.setup()
    tls = None
    try:
        if settings.tls_cert is not None:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(settings.tls_cert, settings.tls_key)
        await web.TCPSite(runner, settings.http_host, settings.http_port, ssl_context=tls).start()
    except BaseException:
        await runner.cleanup()
        raise
    return runner.cleanup


def _ice_servers(text: str) -> tuple[IceServer, ...]:
    """`stun:host[:port]` and `turn:user:password@host[:port]`, apart by blanks, as the browser wants them."""
    servers = []
    for each in text.split():
        scheme, _, rest = each.partition(":")
        login, at, host = rest.rpartition("@")
        username, _, credential = login.partition(":")
        servers.append(IceServer(urls=[f"{scheme}:{host if at else rest}"], username=username, credential=credential))
    return tuple(servers)
