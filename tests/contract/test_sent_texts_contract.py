"""What every SentTexts does."""

from dataclasses import replace

from messages.outbox import SentText, SentTexts
from tests.contract.samples import MINUTE, NOON

SENT = SentText(
    id="sent-1",
    delivery_id="delivery-1",
    message_id="message-1",
    business_id="harbor",
    channel="email",
    address="office@harbor.test",
    subject="#1042 Harbor Plumbing",
    text="Siobhán called",
    html="<p>Siobhán called</p>",
    attachments=(("name.wav", "clip-name"), ("message.wav", "clip-voice")),
    at=NOON,
)


async def test_what_was_sent_is_kept_once(sent_texts: SentTexts) -> None:
    await sent_texts.add(SENT)
    await sent_texts.add(replace(SENT, at=NOON + MINUTE))
    assert await sent_texts.latest() == [SENT]


async def test_the_latest_come_first_by_business(sent_texts: SentTexts) -> None:
    moments = [NOON, NOON + MINUTE, NOON + MINUTE]
    sent = [replace(SENT, id=f"sent-{n}", at=at) for n, at in enumerate(moments)]
    other = replace(SENT, id="other", business_id="lakeside", at=NOON - MINUTE, attachments=())
    for one in (*sent, other):
        await sent_texts.add(one)
    assert await sent_texts.latest() == [sent[2], sent[1], sent[0], other]
    assert await sent_texts.latest(limit=1) == [sent[2]]
    assert await sent_texts.latest("lakeside") == [other]
    assert await sent_texts.latest("northwind") == []
