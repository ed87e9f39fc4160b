import logging

import pytest

from messages.channels.channel import ChannelError
from messages.channels.sms import TwilioAccount, TwilioSms
from messages.text import Rendered
from tests.doubles.twilio import ACCOUNT_SID, API_KEY, API_SECRET, SENDER, FailAfterAccept, Hang, Refuse, TwilioDouble
from tests.messages.cast import PLUMBER, a_job, held

TEXT = Rendered("#1042 Harbor Plumbing\nName: Zoë")


async def failure(sms: TwilioSms) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await sms.send(held(a_job(PLUMBER)), TEXT)
    return caught.value


async def test_the_text_arrives_and_its_sid_comes_back(sms: TwilioSms, twilio: TwilioDouble) -> None:
    sid = await sms.send(held(a_job(PLUMBER)), TEXT)
    [seen] = twilio.messages
    assert (seen.sid, seen.to, seen.sender, seen.body) == (sid, "+12025550192", SENDER, TEXT.text)


@pytest.mark.parametrize(
    ("answer", "permanent", "says"),
    [
        (Refuse(400, 21610, "unsubscribed"), True, "21610"),
        (Refuse(400, 21211, "not a number"), True, "21211"),
        (Refuse(400, 21614, "no mobile"), True, "21614"),
        (Refuse(429, 20429, "Too Many Requests"), False, "429"),
        (Refuse(503, 20503, "down"), False, "503"),
        (FailAfterAccept(), False, "500"),
        (Hang(), False, "in time"),
    ],
)
async def test_refusals_are_told_apart_and_asked_once(
    sms: TwilioSms, twilio: TwilioDouble, answer: Refuse | FailAfterAccept | Hang, permanent: bool, says: str
) -> None:
    twilio.answers.append(answer)
    error = await failure(sms)
    assert error.permanent is permanent
    assert says in error.why
    assert twilio.asked == 1


async def test_wrong_credentials_are_for_a_person_to_mend(twilio: TwilioDouble) -> None:
    sms = TwilioSms(TwilioAccount(ACCOUNT_SID, API_KEY, "wrong", SENDER, twilio.url))
    error = await failure(sms)
    await sms.close()
    assert error.permanent
    assert "20003" in error.why


async def test_nobody_there_is_temporary() -> None:
    sms = TwilioSms(TwilioAccount(ACCOUNT_SID, API_KEY, "s", SENDER, "http://127.0.0.1:1"))
    assert not (await failure(sms)).permanent
    await sms.close()


async def test_neither_number_text_nor_secret_is_logged(
    sms: TwilioSms, twilio: TwilioDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    twilio.answers.append(Refuse())
    await failure(sms)
    await sms.send(held(a_job(PLUMBER)), TEXT)
    for word in ("5550192", "Harbor", "secret", "Basic"):
        assert word not in caplog.text
    assert "secret" not in repr(TwilioAccount(ACCOUNT_SID, API_KEY, "secret", SENDER))


async def test_a_messaging_service_can_be_the_sender(twilio: TwilioDouble) -> None:
    sms = TwilioSms(TwilioAccount(ACCOUNT_SID, API_KEY, API_SECRET, "MG" + "2" * 32, twilio.url))
    await sms.send(held(a_job(PLUMBER)), TEXT)
    await sms.close()
    assert twilio.messages[0].sender == ""
