"""The secure page: the link in a text or e-mail leads to its cover, one button shows the message, another acknowledges.

Programs that look into mails and texts follow every link. So following it shows nothing and is no opening: only a press
of a button is. Whoever has the link may see what the text was allowed to tell, and nothing else. It works without
scripts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from aiohttp import web

from accounts.directory import NotFound
from calls.plan import PlanError
from messages.context import MessageContext
from messages.delivery import Delivery, Purpose
from messages.message import Message, MessageStatus
from messages.text import PARTIAL, clips, lines, urgent, when
from messages.who_has import who_has
from web.ask import Ask
from web.deliveries import acknowledge_for
from web.secure_html import Part, Recording, cover, page
from web.sound import wav_file

VALID_FOR = timedelta(days=30)
HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}


@dataclass(frozen=True)
class Opened:
    """What a link leads to: the delivery, the business's name, time zone and language, and the messages it may show."""

    delivery: Delivery
    business: str
    time_zone: str
    language: str
    told: Sequence[tuple[Message, MessageContext]]


async def show(ask: Ask) -> web.Response:
    """The cover behind the link in a text or e-mail. It shows nothing of the message, and nothing is noted."""
    opened = await _opened(ask)
    if opened is None:
        return _unknown()
    return _html(cover(opened.business, f"/m/{opened.delivery.job.token}/message", opened.language))


async def open_message(ask: Ask) -> web.Response:
    """What the cover's button does: the message is shown. That it was opened is noted and acknowledges nothing."""
    opened = await _opened(ask)
    if opened is None:
        return _unknown()
    await ask.services.outbox.opened(opened.delivery.job.id, ask.services.clock())
    return await _page(ask, opened)


async def acknowledge(ask: Ask) -> web.Response:
    """What the page's button does: the message is acknowledged, nobody else is asked."""
    opened = await _opened(ask)
    if opened is None:
        return _unknown()
    target = opened.delivery.job.target
    done = await acknowledge_for(ask.services, opened.delivery, target.contact_name, "page", contact=target.contact)
    if done is None:
        return await _page(ask, opened, "There is nothing to acknowledge here.")
    number = f"message #{opened.told[0][0].number}"
    if done.by != target.contact_name:
        return await _page(ask, opened, f"Thank you. {done.by} has {number} already.")
    return await _page(ask, opened, f"Thank you. You have {number}: it is acknowledged, nobody else is asked any more.")


async def clip(ask: Ask) -> web.FileResponse:
    """A recording of the page: "name" or "voice", with the message's number in front in a summary (1012-voice)."""
    opened = await _opened(ask)
    if opened is None:
        raise NotFound
    for message, context in opened.told:
        for each in _recordings(opened, message, context):
            if each.address.endswith(f"/{ask.path('clip')}"):
                file = wav_file(ask.services.clips.path(each.clip_id))
                file.headers.update(HEADERS)
                return file
    raise NotFound


async def _opened(ask: Ask) -> Opened | None:
    """None for a link that is unknown or too old."""
    services = ask.services
    delivery = await services.outbox.by_token(ask.path("token"))
    if delivery is None or delivery.job.created_at + VALID_FOR < services.clock():
        return None
    job = delivery.job
    ids = [job.message_id] if job.message_id else job.summary_of
    messages = [await services.inbox.message(each) for each in ids]
    try:
        business, plan = await services.plans.by_id(job.business_id)
    except (NotFound, PlanError):
        # Its questions are not known any more; what was answered is.
        name, zone, language, forms = "Your message", "UTC", "en", {}
    else:
        name, zone, language, forms = business.name, plan.time_zone, plan.language, dict(plan.forms)
    told = []
    for message in messages:
        kept = [each for each in (message.name_clip, message.voice_clip) if each]
        seconds = {each: services.clips.seconds(each) for each in kept}
        told.append((message, MessageContext(name, zone, forms.get(message.form), seconds)))
    return Opened(delivery, name, zone, language, told)


async def _page(ask: Ask, opened: Opened, thanks: str = "") -> web.Response:
    job = opened.delivery.job
    parts = [await _part(ask, opened, message, context) for message, context in opened.told]
    asks = job.message_id is not None and not thanks and parts[0].has_it == ""
    acknowledge_at = f"/m/{job.token}" if asks else ""
    note = job.body if job.purpose is Purpose.NOTE else ""
    until = when(job.created_at + VALID_FOR, opened.time_zone)
    return _html(page(opened.business, parts, thanks=thanks, note=note, acknowledge_at=acknowledge_at, until=until))


async def _part(ask: Ask, opened: Opened, message: Message, context: MessageContext) -> Part:
    shown = replace(opened.delivery.job, link_only=False)
    notes = [PARTIAL] if message.status is MessageStatus.PARTIAL else []
    return Part(
        number=message.number,
        urgency=urgent(message, ""),
        notes=notes,
        lines=lines(message, context, shown),
        recordings=_recordings(opened, message, context),
        saved=when(message.saved_at or message.created_at, opened.time_zone),
        has_it=await _who_has(ask, message.id),
    )


async def _who_has(ask: Ask, message_id: str) -> str:
    outbox = ask.services.outbox
    return who_has(await outbox.escalations(message_id), await outbox.of_message(message_id))


def _recordings(opened: Opened, message: Message, context: MessageContext) -> list[Recording]:
    """What may be heard. The address does not give away the recording's own id."""
    job = opened.delivery.job
    before = "" if job.message_id else f"{message.number}-"
    found = []
    for each in clips(message, context, replace(job, link_only=False)):
        which = "name" if each.id == message.name_clip else "voice"
        address = f"/m/{job.token}/clips/{before}{which}"
        found.append(Recording(each.label, each.length, address, each.id))
    return found


def _unknown() -> web.Response:
    text = "This link is unknown or too old: links work for 30 days. The message itself is not lost."
    return _html(page("This link is not valid", (), note=text), status=404)


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)
