"""Headers on every answer: what a browser may do with our pages."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from web.admission import origin_of


def security_headers(public_url: str) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """A handler for `on_response_prepare`."""
    origin = origin_of(public_url)
    policy = "; ".join(
        (
            "default-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            f"connect-src 'self' {origin.replace('http', 'ws', 1)}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
    fixed = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        # "no-referrer" would also take the Origin off a form's POST, and that is what tells it from a foreign one.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if origin.startswith("https:"):
        fixed["Strict-Transport-Security"] = "max-age=31536000"

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(fixed)
        if request.path.startswith(("/api/", "/ack/")):
            response.headers.setdefault("Cache-Control", "no-store")

    return prepare
