"""What Twilio posts: only what it signed is believed, and whatever else is in it breaks nothing."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from messages.channels.channel import Receipt
from messages.channels.twilio_hooks import (
    NotAForm,
    StatusCallback,
    TwilioHooks,
    inbound_text,
    read_form,
    status_callback,
)
from messages.inbound import InboundText, OptWord
from tests.doubles.twilio import AUTH_TOKEN, sign

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
SID = "SM" + "a" * 32
PATH = "/hooks/twilio/status/d1"
HOOKS = TwilioHooks(AUTH_TOKEN, "https://answers.test")
FORM = {"MessageSid": SID, "MessageStatus": "delivered", "To": "+12025550192", "New In 2030": "ü & 1=2"}


def form(**fields: str) -> MultiDict[str]:
    return MultiDict({"MessageSid": SID} | fields)


def test_what_twilio_signed_is_believed_with_fields_nobody_knows_yet() -> None:
    read = read_form(urlencode(FORM).encode())
    assert HOOKS.is_signed(PATH, read, sign("https://answers.test" + PATH, FORM))
    assert HOOKS.is_signed(PATH, read, sign("https://answers.test:443" + PATH, FORM))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "é",
        "AAAA",
        sign("https://answers.test/hooks/twilio/status/d2", FORM),
        sign("http://answers.test" + PATH, FORM),
        sign("https://evil.test" + PATH, FORM),
        sign("https://answers.test" + PATH, FORM | {"MessageStatus": "undelivered"}),
        sign("https://answers.test" + PATH, {}),
        sign("https://answers.test" + PATH, FORM, "another token"),
    ],
)
def test_nothing_else_is(signature: str) -> None:
    assert not HOOKS.is_signed(PATH, read_form(urlencode(FORM).encode()), signature)


def test_a_field_added_twice_is_not_hidden_from_the_signature() -> None:
    read = read_form(urlencode([*FORM.items(), ("MessageStatus", "undelivered")]).encode())
    assert not HOOKS.is_signed(PATH, read, sign("https://answers.test" + PATH, FORM))


def test_the_token_is_not_shown() -> None:
    assert AUTH_TOKEN not in repr(HOOKS)


def test_a_status() -> None:
    assert status_callback(form(MessageStatus="sent")) == StatusCallback(SID, None)
    assert status_callback(form(MessageStatus="delivered")) == StatusCallback(SID, Receipt(True))
    assert status_callback(form(SmsStatus="delivered")) == StatusCallback(SID, Receipt(True))
    failed = status_callback(form(MessageStatus="undelivered", ErrorCode="30005")).receipt
    assert failed == Receipt(False, "Twilio says undelivered (code 30005)", "dead")


@pytest.mark.parametrize("code", ["", "x", "-1", "٣", "9" * 5000])
def test_a_strange_error_code_is_none(code: str) -> None:
    said = status_callback(form(MessageStatus="failed", ErrorCode=code)).receipt
    assert said == Receipt(False, "Twilio says failed")


def test_a_text() -> None:
    read = form(From="+12025550192", To="+15005550006", Body=" 1ok \0")
    assert inbound_text(read, NOW) == InboundText(SID, "+12025550192", "+15005550006", "1ok", NOW)
    assert inbound_text(form(OptOutType="STOP", Body="ARRET"), NOW).opt is OptWord.STOP
    assert len(inbound_text(form(Body="x" * 9000, From="y" * 9000), NOW).body) == 1600


@pytest.mark.parametrize("sid", ["", "SM1", SID + "0", "CA" + "a" * 32, SID + "\n"])
def test_without_a_messages_name_it_is_nothing(sid: str) -> None:
    with pytest.raises(NotAForm):
        status_callback(MultiDict(MessageSid=sid))
    with pytest.raises(NotAForm):
        inbound_text(MultiDict(MessageSid=sid), NOW)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_or_are_not(body: bytes) -> None:
    try:
        read = read_form(body)
    except NotAForm:
        return
    assert not HOOKS.is_signed(PATH, read, "AAAA")


def test_a_thousand_fields_are_not_read() -> None:
    with pytest.raises(NotAForm):
        read_form(b"&".join(b"a=1" for _ in range(1000)))


@pytest.mark.parametrize(
    ("body", "opt", "means"),
    [
        ("STOP", None, "stops"),
        (" stop\n", None, "stops"),
        ("Unsubscribe", None, "stops"),
        ("stop it", None, ""),
        ("1ok", None, ""),
        ("ARRET", OptWord.STOP, "stops"),
        ("start", None, "starts"),
        ("UNSTOP", None, "starts"),
        ("JA", OptWord.START, "starts"),
        ("yes", None, "may_start"),
        ("yes", OptWord.START, "starts"),
        ("help", OptWord.HELP, ""),
        ("stop", OptWord.HELP, ""),
    ],
)
def test_what_a_text_says_of_texts(body: str, opt: OptWord | None, means: str) -> None:
    text = InboundText(SID, "+12025550192", "+15005550006", body, NOW, opt)
    said = {name for name in ("stops", "starts", "may_start") if getattr(text, name)}
    assert said == ({means} if means else set())
