"""What Twilio says became of a text, and the texts it has for us, when it is asked."""

from datetime import UTC, datetime, timedelta

import pytest

from messages.channels.channel import ChannelError, Receipt
from messages.channels.sms import TwilioAccount, TwilioSms
from messages.channels.twilio_status import dead_address, receipt
from messages.inbound import NoAnswer
from tests.doubles.twilio import ACCOUNT_SID, API_KEY, API_SECRET, SENDER, Fate, Refuse, TwilioDouble
from tests.messages.test_sms_channel import TEXT, leased


@pytest.mark.parametrize("status", ["accepted", "scheduled", "queued", "sending", "sent", "new-in-2030", ""])
def test_on_its_way_is_no_receipt(status: str) -> None:
    assert receipt(status, None) is None


@pytest.mark.parametrize("status", ["delivered", "read"])
def test_arrived(status: str) -> None:
    assert receipt(status, None) == Receipt(True)


@pytest.mark.parametrize("status", ["undelivered", "failed", "canceled"])
@pytest.mark.parametrize(
    ("code", "dead"),
    [(21610, "opted_out"), (30005, "dead"), (30006, "dead"), (30003, ""), (30007, ""), (30008, ""), (None, "")],
)
def test_not_arrived_says_why_and_whether_the_number_is_dead(status: str, code: int | None, dead: str) -> None:
    said = receipt(status, code, "Line\ntwo")
    assert said is not None
    assert (said.arrived, said.dead_address) == (False, dead)
    assert status in said.why
    assert "\n" not in said.why
    assert (str(code) in said.why) is (code is not None)


def test_an_unknown_code_kills_no_number() -> None:
    assert dead_address(99999) == dead_address(None) == ""


@pytest.mark.parametrize(
    ("fate", "expected"),
    [
        (Fate("delivered"), Receipt(True)),
        (Fate("sent"), None),
        (Fate("undelivered", 30003), Receipt(False, "Twilio says undelivered (code 30003)")),
        (Fate("failed", 21610), Receipt(False, "Twilio says failed (code 21610)", "opted_out")),
    ],
)
async def test_twilio_can_be_asked(sms: TwilioSms, twilio: TwilioDouble, fate: Fate, expected: Receipt | None) -> None:
    twilio.fates.append(fate)
    sent = await sms.send(leased(), TEXT)
    await twilio.settled()
    assert await sms.ask(sent.reference) == expected


async def test_a_text_twilio_does_not_know_has_not_arrived(sms: TwilioSms) -> None:
    said = await sms.ask("SM" + "f" * 32)
    assert said is not None
    assert not said.arrived
    assert said.dead_address == ""


async def test_when_twilio_is_down_nothing_is_known(sms: TwilioSms, twilio: TwilioDouble) -> None:
    sent = await sms.send(leased(), TEXT)
    twilio.refusals.append(Refuse(503, 20503, "down"))
    with pytest.raises(ChannelError) as caught:
        await sms.ask(sent.reference)
    assert not caught.value.permanent
    assert not caught.value.unsure
    twilio.refusals.append(Refuse(503, 20503, "down"))
    with pytest.raises(NoAnswer):
        await sms.texts_since(datetime.now(UTC))


async def test_texts_to_us_are_listed_oldest_first_however_many(sms: TwilioSms, twilio: TwilioDouble) -> None:
    began = datetime.now(UTC)
    await sms.send(leased(), TEXT)
    sids = [await twilio.text("", "+12025550192", f"{n}ok", lost=True) for n in range(130)]
    came = await sms.texts_since(began - timedelta(minutes=1))
    assert [text.id for text in came] == sids
    assert (came[0].sender, came[0].to, came[0].body) == ("+12025550192", SENDER, "0ok")
    assert abs(came[0].at - began) < timedelta(minutes=1)
    assert await sms.texts_since(datetime.now(UTC) + timedelta(minutes=1)) == []


@pytest.mark.parametrize(("sender", "ours"), [("MG" + "2" * 32, ["to ours"]), ("Answerline", [])])
async def test_texts_to_other_numbers_of_the_account_are_not_ours(
    twilio: TwilioDouble, sender: str, ours: list[str]
) -> None:
    await twilio.text("", "+12025550192", "to ours", lost=True, service="MG" + "2" * 32)
    await twilio.text("", "+12025550192", "to another", lost=True, service="MG" + "3" * 32)
    sms = TwilioSms(TwilioAccount(ACCOUNT_SID, API_KEY, API_SECRET, sender, twilio.url))
    came = await sms.texts_since(datetime.now(UTC) - timedelta(minutes=1))
    await sms.close()
    assert [text.body for text in came] == ours
