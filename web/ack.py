"""The secure page: the link in a text or e-mail opens it; only its button acknowledges, never the opening."""

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
    """The page behind the link in a text or e-mail. Opening it is noted and acknowledges nothing."""
    delivery = await _delivery(ask)
    if delivery is None:
        return _unknown()
    await ask.services.outbox.opened(delivery.job.id, ask.services.clock())
    heading, messages = await _named(ask, delivery)
    if isinstance(delivery, Acknowledged):
        return _page(heading, f"<p>{messages} is acknowledged already. Nothing more to do.</p>")
    if delivery.job.message_id is None:
        return _page(heading, f"<p>{messages or 'There is nothing to do here.'}</p>")
    button = '<form method="post"><button type="submit">I have this message</button></form>'
    return _page(heading, f"<p>{messages} waits for somebody to say they have it.</p>{button}")


async def acknowledge(ask: Ask) -> web.Response:
    """What the page's button does: the message is acknowledged, nobody else is asked."""
    delivery = await _delivery(ask)
    if delivery is None:
        return _unknown()
    target = delivery.job.target
    done = await acknowledge_for(ask.services, delivery, target.contact_name, "page", contact=target.contact)
    heading, messages = await _named(ask, delivery)
    if done is None:
        return _page(heading, "<p>There is nothing to do here.</p>")
    if done.by != target.contact_name:
        return _page(heading, f"<p>Thank you. {escape(done.by)} has {messages.lower()} already.</p>")
    return _page(heading, f"<p>Thank you. {messages} is acknowledged; nobody else is asked any more.</p>")


async def _delivery(ask: Ask) -> Delivery | None:
    delivery = await ask.services.outbox.by_token(ask.path("token"))
    if delivery is None or delivery.job.created_at + VALID_FOR < ask.services.clock():
        return None
    return delivery


async def _named(ask: Ask, delivery: Delivery) -> tuple[str, str]:
    """The business's name, and the messages by their numbers ("Message #12"; "" when there are none)."""
    job = delivery.job
    ids = [job.message_id] if job.message_id else job.summary_of
    numbers = [f"#{(await ask.services.inbox.message(each)).number}" for each in ids]
    messages = f"Message{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}" if numbers else ""
    try:
        business = await ask.services.directory.business(job.business_id)
    except NotFound:
        return "Message", messages
    return business.name, messages


def _unknown() -> web.Response:
    return _page(
        "This link is not valid", "<p>It is unknown or too old. The message itself is not lost.</p>", status=404
    )


def _page(title: str, body: str, status: int = 200) -> web.Response:
    return web.Response(text=PAGE.format(title=escape(title), body=body), content_type="text/html", status=status)
