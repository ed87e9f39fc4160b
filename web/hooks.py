"""What Twilio posts to us: news of texts we sent, and texts that people send us. Only what it has signed counts.

Both may come twice, late, in any order, or about something unknown: that is answered as if all were well, for Twilio
could do nothing about it.
"""

from aiohttp import web

from messages.channels.twilio_hooks import (
    CONTENT_TYPE,
    INBOUND_PATH,
    MOST_BYTES,
    SIGNATURE,
    SIGNATURE_SETTINGS,
    STATUS_PATH,
    Form,
    NotAForm,
    inbound_text,
    read_form,
    status_callback,
)
from web.ask import Ask
from web.problem import Problem
from web.services import TwilioPosts

STATUS_ROUTE = f"{STATUS_PATH}/{{id}}"
INBOUND_ROUTE = INBOUND_PATH
FORM = CONTENT_TYPE
TWIML = "text/xml"
PROBLEMS = ("not-set-up", "wrong-signature")
NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

__all__ = ["FORM", "INBOUND_ROUTE", "MOST_BYTES", "PROBLEMS", "STATUS_ROUTE", "TWIML", "inbound", "status"]


async def status(ask: Ask, body: bytes) -> None:
    """Twilio says what became of the text of one delivery.

    Takes posts signed by Twilio only.
    """
    twilio, form = _signed(ask, body)
    try:
        news = status_callback(form)
    except NotAForm:
        raise Problem("malformed", "It names no message.") from None
    if news.receipt is not None:
        await twilio.receipt(ask.path("id"), news.receipt, news.sid)


async def inbound(ask: Ask, body: bytes) -> web.Response:
    """Somebody sent a text to the service's number; Twilio brings it.

    Takes posts signed by Twilio only. An answer to the text, if any, goes out as a text of its own.
    """
    twilio, form = _signed(ask, body)
    try:
        text = inbound_text(form, ask.services.clock())
    except NotAForm:
        raise Problem("malformed", "It names no message.") from None
    await twilio.text(text)
    return web.Response(text=NO_REPLY, content_type=TWIML)


def _signed(ask: Ask, body: bytes) -> tuple[TwilioPosts, Form]:
    """The form, if Twilio signed it. Raises Problem."""
    twilio, request = ask.services.twilio, ask.request
    if twilio is None:
        raise Problem("not-set-up", "Set ANSWERLINE_TWILIO_AUTH_TOKEN, so that Twilio's posts can be told from others.")
    try:
        form = read_form(body)
    except NotAForm:
        raise Problem("malformed", "The body is not a form.") from None
    signature, settings = (request.headers.get(name, "") for name in (SIGNATURE, SIGNATURE_SETTINGS))
    if not twilio.hooks.is_signed(request.raw_path, form, signature, settings):
        raise Problem("wrong-signature", "Twilio did not sign this for our public address.")
    return twilio, form
