"""The acknowledgement page: the link in a text or e-mail opens it; only its button acknowledges, never the opening."""

from datetime import timedelta
from html import escape

from aiohttp import web

from accounts.directory import NotFound
from messages.delivery import Acknowledged, Delivery
from web.ask import Ask
from web.deliveries import acknowledge_for

VALID_FOR = timedelta(days=30)

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title>
<style>
:root{{color-scheme:light dark}}
body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:30rem;margin:12vh auto;padding:0 1.25rem}}
button{{font:inherit;font-weight:600;padding:.9rem 1.5rem;width:100%;border:0;border-radius:.6rem;
       background:#0b57d0;color:#fff}}
button:focus-visible{{outline:3px solid #f4b400;outline-offset:3px}}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>
"""


async def show(ask: Ask) -> web.Response:
    """The page behind the link in a text or e-mail. Opening it acknowledges nothing."""
    delivery = await _delivery(ask)
    if delivery is None:
        return _unknown()
    heading, number = await _named(ask, delivery)
    if isinstance(delivery, Acknowledged):
        return _page(heading, f"<p>Message #{number} is acknowledged already. Nothing more to do.</p>")
    button = '<form method="post"><button type="submit">I have this message</button></form>'
    return _page(heading, f"<p>Message #{number} waits for somebody to say they have it.</p>{button}")


async def acknowledge(ask: Ask) -> web.Response:
    """What the page's button does: the message is acknowledged, repeats stop."""
    delivery = await _delivery(ask)
    if delivery is None:
        return _unknown()
    heading, number = await _named(ask, delivery)
    await acknowledge_for(ask.services, delivery, delivery.job.target.contact_name)
    ask.services.nudge_relay()
    return _page(heading, f"<p>Thank you. Message #{number} is acknowledged; nobody else is asked any more.</p>")


async def _delivery(ask: Ask) -> Delivery | None:
    delivery = await ask.services.outbox.by_token(ask.path("token"))
    if delivery is None or delivery.job.created_at + VALID_FOR < ask.services.clock():
        return None
    return delivery


async def _named(ask: Ask, delivery: Delivery) -> tuple[str, int]:
    message = await ask.services.inbox.message(delivery.job.message_id)
    try:
        business = await ask.services.directory.business(delivery.job.business_id)
    except NotFound:
        return "Message", message.number
    return business.name, message.number


def _unknown() -> web.Response:
    return _page(
        "This link is not valid", "<p>It is unknown or too old. The message itself is not lost.</p>", status=404
    )


def _page(title: str, body: str, status: int = 200) -> web.Response:
    return web.Response(text=PAGE.format(title=escape(title), body=body), content_type="text/html", status=status)
