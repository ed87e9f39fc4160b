"""The built-in channel: keeps what would have been sent, readable on a page, when no provider is set up."""

from collections.abc import Callable, Sequence
from datetime import datetime

from messages.channels.channel import Sent
from messages.delivery import RETRY_DELAYS, Leased
from messages.outbox import SentText, SentTexts
from messages.text import Rendered


class OutboxChannel:
    """Stands in for any channel; the text is kept under the delivery's own channel name."""

    send_seconds = 15.0
    ladder: Sequence[float] = RETRY_DELAYS

    def __init__(self, sent_texts: SentTexts, *, clock: Callable[[], datetime]) -> None:
        self._sent_texts = sent_texts
        self._clock = clock

    async def send(self, delivery: Leased, text: Rendered) -> Sent:
        """Keep it; the same delivery sent again after a crash is kept once."""
        job = delivery.job
        sent = SentText(
            id=job.id,
            delivery_id=job.id,
            message_id=job.message_id or "",
            business_id=job.business_id,
            channel=job.target.channel,
            address=job.target.address,
            subject=text.subject,
            text=text.text,
            html=text.html,
            attachments=text.attachments,
            at=self._clock(),
        )
        await self._sent_texts.add(sent)
        return Sent(sent.id)

    async def close(self) -> None:
        """Nothing to let go of."""
