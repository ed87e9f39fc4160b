"""Sending by Twilio: what arrives, which failures are told apart, and that an attempt is never made twice blindly."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from messages.channels.channel import ChannelError, Sent
from messages.channels.sms import TwilioAccount, TwilioSms
from messages.delivery import Job, Leased, Queued
from messages.text import Rendered
from tests.doubles.twilio import (
    ACCOUNT_SID,
    API_KEY,
    API_SECRET,
    SENDER,
    Answer,
    BreakAfterAccept,
    FailAfterAccept,
    Fate,
    Hang,
    Refuse,
    TwilioDouble,
)
from tests.messages.cast import PLUMBER

TEXT = Rendered("#1042 Harbor Plumbing\nName: Zoë")


def leased(*, unsure: bool = False, made: datetime | None = None, key: str = "d1") -> Leased:
    """A delivery to the plumber as the relay hands it over."""
    made = made or datetime.now(UTC)
    job = Job(key, "m1", "harbor", PLUMBER, made, f"token-{key}")
    return Queued(job, made, unsure=unsure).leased(made, 60, "lease")


async def failure(sms: TwilioSms, delivery: Leased | None = None) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await sms.send(delivery or leased(), TEXT)
    return caught.value


async def test_the_text_arrives_and_its_sid_comes_back(sms: TwilioSms, twilio: TwilioDouble) -> None:
    sent = await sms.send(leased(), TEXT)
    [seen] = twilio.messages
    assert sent == Sent(seen.sid, receipt=True)
    assert (seen.to, seen.sender, seen.body, seen.callback) == ("+12025550192", SENDER, TEXT.text, "")


async def test_twilio_is_told_to_call_back_about_this_very_delivery(twilio: TwilioDouble) -> None:
    account = TwilioAccount(ACCOUNT_SID, API_KEY, API_SECRET, SENDER, twilio.url)
    sms = TwilioSms(account, status_callback="http://127.0.0.1:1/hooks/twilio/status/")
    await sms.send(leased(key="a/b"), TEXT)
    await sms.close()
    assert twilio.messages[0].callback == "http://127.0.0.1:1/hooks/twilio/status/a%2Fb"


@pytest.mark.parametrize(
    ("answer", "permanent", "unsure", "dead", "says"),
    [
        (Refuse(400, 21610, "unsubscribed"), True, False, "opted_out", "21610"),
        (Refuse(400, 21211, "not a number"), True, False, "dead", "21211"),
        (Refuse(400, 21614, "no mobile"), True, False, "dead", "21614"),
        (Refuse(400, 21635, "a landline"), True, False, "dead", "21635"),
        (Refuse(400, 21408, "not enabled for the region"), True, False, "", "21408"),
        (Refuse(400, 21611, "queue is full"), False, False, "", "21611"),
        (Refuse(401, 20003, "Authenticate"), True, False, "", "20003"),
        (Refuse(429, 20429, "Too Many Requests"), False, False, "", "429"),
        (Refuse(503, 20503, "down"), False, True, "", "503"),
        (FailAfterAccept(), False, True, "", "500"),
        (BreakAfterAccept(), False, True, "", "broke"),
    ],
)
async def test_refusals_are_told_apart_and_asked_once(
    sms: TwilioSms, twilio: TwilioDouble, answer: Answer, permanent: bool, unsure: bool, dead: str, says: str
) -> None:
    twilio.answers.append(answer)
    error = await failure(sms)
    assert (error.permanent, error.unsure, error.dead_address) == (permanent, unsure, dead)
    assert says in error.why
    assert twilio.asked == 1


async def test_no_answer_may_have_gone_out_all_the_same(impatient_sms: TwilioSms, twilio: TwilioDouble) -> None:
    twilio.answers.append(Hang())
    error = await failure(impatient_sms)
    assert (error.permanent, error.unsure) == (False, True)
    assert "in time" in error.why


async def test_wrong_credentials_are_for_a_person_to_mend(twilio: TwilioDouble) -> None:
    sms = TwilioSms(TwilioAccount(ACCOUNT_SID, API_KEY, "wrong", SENDER, twilio.url))
    error = await failure(sms)
    await sms.close()
    assert error.permanent
    assert "20003" in error.why


async def test_nobody_there_is_temporary_and_nothing_went_out() -> None:
    sms = TwilioSms(TwilioAccount(ACCOUNT_SID, API_KEY, "s", SENDER, "http://127.0.0.1:1"))
    error = await failure(sms)
    await sms.close()
    assert (error.permanent, error.unsure) == (False, False)


async def test_neither_number_text_nor_secret_is_logged(
    sms: TwilioSms, twilio: TwilioDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    twilio.answers.append(Refuse())
    await failure(sms)
    sent = await sms.send(leased(unsure=True), TEXT)
    await sms.ask(sent.reference)
    await sms.texts_since(datetime.now(UTC))
    for word in ("5550192", "Harbor", "secret", "Basic"):
        assert word not in caplog.text
    assert "secret" not in repr(TwilioAccount(ACCOUNT_SID, API_KEY, "secret", SENDER))


async def test_a_messaging_service_can_be_the_sender(twilio: TwilioDouble) -> None:
    service = "MG" + "2" * 32
    sms = TwilioSms(TwilioAccount(ACCOUNT_SID, API_KEY, API_SECRET, service, twilio.url))
    first = await sms.send(leased(), TEXT)
    again = await sms.send(leased(unsure=True), TEXT)
    await sms.close()
    [seen] = twilio.messages
    assert (seen.sender, seen.service) == ("", service)
    assert again == first


@pytest.mark.parametrize("answer", [FailAfterAccept(), BreakAfterAccept(), FailAfterAccept(503)])
@pytest.mark.parametrize("waits", [False, True], ids=["sent on", "still at Twilio"])
async def test_an_attempt_whose_answer_was_lost_is_found_and_not_made_again(
    sms: TwilioSms, twilio: TwilioDouble, answer: Answer, waits: bool
) -> None:
    twilio.fates.append(Fate(delay=3600 if waits else 0))
    twilio.answers.append(answer)
    made = datetime.now(UTC)
    await failure(sms, leased(made=made))
    [seen] = await twilio.received(1)
    assert await sms.send(leased(unsure=True, made=made), TEXT) == Sent(seen.sid, receipt=True)
    assert len(twilio.messages) == 1


async def test_so_is_one_that_was_never_answered(
    sms: TwilioSms, impatient_sms: TwilioSms, twilio: TwilioDouble
) -> None:
    twilio.answers.append(Hang(accepts=True))
    made = datetime.now(UTC)
    await failure(impatient_sms, leased(made=made))
    [seen] = await twilio.received(1)
    assert (await sms.send(leased(unsure=True, made=made), TEXT)).reference == seen.sid
    assert len(twilio.messages) == 1


async def test_what_only_looks_like_it_is_no_earlier_attempt(sms: TwilioSms, twilio: TwilioDouble) -> None:
    made = datetime.now(UTC)
    await sms.send(leased(made=made), TEXT)
    await sms.send(leased(made=made), Rendered("#1043 Harbor Plumbing"))
    await sms.send(leased(unsure=True, made=made + timedelta(hours=1)), TEXT)  # the same words, an hour ago
    await sms.send(leased(unsure=True, made=made), Rendered("#1044 Harbor Plumbing"))
    assert len(twilio.messages) == 4


async def test_an_earlier_attempt_that_did_not_arrive_does_not_count(sms: TwilioSms, twilio: TwilioDouble) -> None:
    twilio.fates.append(Fate("undelivered", 30003))
    made = datetime.now(UTC)
    await sms.send(leased(made=made), TEXT)
    await twilio.settled()
    await sms.send(leased(unsure=True, made=made), TEXT)
    assert len(twilio.messages) == 2


async def test_a_sure_delivery_is_sent_without_looking(sms: TwilioSms, twilio: TwilioDouble) -> None:
    twilio.refusals.append(Refuse(503, 20503, "down"))
    await sms.send(leased(), TEXT)
    assert len(twilio.refusals) == 1


async def test_while_twilio_cannot_be_looked_through_nothing_is_sent_again(
    sms: TwilioSms, twilio: TwilioDouble
) -> None:
    twilio.refusals.append(Refuse(503, 20503, "down"))
    error = await failure(sms, leased(unsure=True))
    assert (error.permanent, error.unsure, twilio.asked) == (False, True, 0)


async def test_a_key_that_may_only_send_sends_rather_than_loses(sms: TwilioSms, twilio: TwilioDouble) -> None:
    twilio.refusals.append(Refuse(403, 20003, "Permission denied"))
    await sms.send(leased(unsure=True), TEXT)
    assert len(twilio.messages) == 1
