"""The built-in channel: keeps what would have been sent, readable on a page, when no provider is set up."""

from collections.abc import Callable
from datetime import datetime

from messages.delivery import Leased
from messages.outbox import SentText, SentTexts
from messages.text import Rendered


class OutboxChannel:
    """Stands in for any channel; the text is kept under the delivery's own channel name."""

    def __init__(self, sent_texts: SentTexts, *, clock: Callable[[], datetime]) -> None:
        self._sent_texts = sent_texts
        self._clock = clock

    async def send(self, delivery: Leased, text: Rendered) -> str:
        """Keep it; the same send repeated after a crash is kept once."""
        job = delivery.job
        sent = SentText(
            id=f"{job.id}.{delivery.sends}",
            delivery_id=job.id,
            message_id=job.message_id,
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
        return sent.id

    async def close(self) -> None:
        """Nothing to let go of."""
