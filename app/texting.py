"""Texts and mails to the service put together: who does what they say, and where mail comes in."""

from collections.abc import Callable
from datetime import datetime

from accounts.contacts import Ways
from accounts.rota_changes import Rotas
from app.settings import Settings
from calls.control import Control
from calls.notices import Notices
from calls.plans import Plans
from calls.reaching import Reaching
from calls.texted import TextedLog
from calls.texting_messages import MessageTexts
from calls.texting_people import People
from calls.texting_rotas import RotaTexts
from messages.channels.channel import Receipt
from messages.channels.mail_in import MailIn
from messages.outbox import Inbox, Outbox, Tasks
from messages.receipts import take_receipt


def make_control(
    inbox: Inbox,
    outbox: Outbox,
    tasks: Tasks,
    texted: TextedLog,
    ways: Ways,
    rotas: Rotas,
    plans: Plans,
    reaching: Reaching,
    notices: Notices,
    *,
    nudge: Callable[[], None],
) -> Control:
    """What does what people text and mail us; `nudge` wakes the relay."""
    people = People(ways, plans, reaching)
    return Control(
        people,
        MessageTexts(inbox, outbox, tasks),
        RotaTexts(rotas, people),
        tasks,
        outbox,
        texted,
        nudge=nudge,
        notice=notices.put,
    )


async def start_mail_in(
    settings: Settings,
    outbox: Outbox,
    ways: Ways,
    control: Control,
    *,
    nudge: Callable[[], None],
    clock: Callable[[], datetime],
) -> MailIn | None:
    """Mail comes in from now on; None when these settings have no port for it. Raises OSError."""
    if settings.mail_in_port is None:
        return None

    async def on_bounce(delivery_id: str, receipt: Receipt) -> None:
        if await take_receipt(outbox, ways, delivery_id, receipt, clock()) is not None:
            nudge()

    mail_in = MailIn(settings.mail_in_domain, outbox.delivery, on_bounce, control.on_mail, clock=clock)
    await mail_in.start(settings.mail_in_host, settings.mail_in_port)
    return mail_in
