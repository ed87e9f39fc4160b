"""What we ask of Twilio, and what its double answers, held against Twilio's published OpenAPI description."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from messages.channels.sms import TwilioAccount, TwilioSms
from tests.doubles.twilio import ACCOUNT_SID, API_KEY, API_SECRET, SENDER, Exchange, Fate, TwilioDouble
from tests.messages.test_sms_channel import TEXT, leased
from tests.messages.twilio_description import Judge, description

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(description())


@pytest.mark.parametrize("sender", [SENDER, "MG" + "2" * 32], ids=["number", "messaging service"])
async def test_every_request_is_one_that_twilio_describes(twilio: TwilioDouble, judge: Judge, sender: str) -> None:
    account = TwilioAccount(ACCOUNT_SID, API_KEY, API_SECRET, sender, twilio.url)
    sms = TwilioSms(account, status_callback="http://127.0.0.1:1/hooks/twilio/status")
    twilio.fates.append(Fate("sent", None))
    sent = await sms.send(leased(), TEXT)
    await twilio.settled()
    await sms.ask(sent.reference)
    assert await sms.send(leased(unsure=True), TEXT) == sent
    for number in range(130):
        await twilio.text("", "+12025550192", f"{number}ok", lost=True, service=sender if sender != SENDER else "")
    assert len(await sms.texts_since(datetime(2026, 1, 1, tzinfo=UTC))) == 130
    await sms.close()
    asked = [(exchange.method, exchange.path.removeprefix(MESSAGES)) for exchange in twilio.exchanges]
    page = ("GET", ".json")
    assert asked == [("POST", ".json"), ("GET", f"/{sent.reference}.json"), page, page, page]
    for exchange in twilio.exchanges:
        assert judge.mistakes(exchange) == []


CREATE = Exchange(
    "POST", f"{MESSAGES}.json", (), (("To", "+12025550192"),), "application/x-www-form-urlencoded", 400, b""
)
LIST = Exchange("GET", f"{MESSAGES}.json", (), (), "", 200, b'{"messages": []}')


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (replace(CREATE, path="/2010-04-01/Accounts/AC1/Messages.json"), "AccountSid"),
        (replace(CREATE, path="/2010-04-01/Messages.json"), "no operation"),
        (replace(CREATE, method="PUT"), "no operation"),
        (replace(CREATE, form=()), "To is missing"),
        (replace(CREATE, form=(("To", "the plumber"),)), "phone-number"),
        (replace(CREATE, form=(*CREATE.form, ("Boddy", "x"))), "Boddy is not known"),
        (replace(CREATE, form=(*CREATE.form, ("StatusCallback", "nowhere"))), "uri"),
        (replace(CREATE, form=(*CREATE.form, ("MessagingServiceSid", "MG1"))), "MessagingServiceSid"),
        (replace(CREATE, form=(*CREATE.form, ("RiskCheck", "perhaps"))), "RiskCheck"),
        (replace(CREATE, form=(*CREATE.form, *CREATE.form)), "more than once"),
        (replace(CREATE, content_type="application/json"), "sent as"),
        (replace(LIST, query=(("PageSize", "5000"),)), "PageSize"),
        (replace(LIST, query=(("DateSent>", "yesterday"),)), "date-time"),
        (replace(LIST, form=(("To", "x"),)), "where there is none"),
        (replace(LIST, status=202), "none of its statuses"),
        (replace(LIST, answer=b'{"messages": [{"status": "lost"}]}'), "lost"),
        (replace(LIST, answer=b'{"messages": [{"sid": "SM1"}]}'), "SM1"),
    ],
)
def test_the_judge_finds_what_is_wrong(judge: Judge, wrong: Exchange, says: str) -> None:
    assert any(says in mistake for mistake in judge.mistakes(wrong)), judge.mistakes(wrong)


def test_the_judge_has_nothing_to_say_of_what_is_right(judge: Judge) -> None:
    assert judge.mistakes(CREATE) == judge.mistakes(LIST) == []
