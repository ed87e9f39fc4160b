from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from messages.message import MessageStatus, Source
from messages.text import SMS_LIMIT, render
from tests.messages.cast import CONTEXT, MESSAGE, PLUMBER, PUBLIC_URL, a_job

MAIL = a_job()
SMS = a_job(PLUMBER)
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def test_the_sms_begins_with_the_number_and_tells_all_that_was_asked() -> None:
    sms = render(MESSAGE, CONTEXT, SMS, 0, PUBLIC_URL)
    assert sms.text.splitlines() == [
        "#1042 Harbor Plumbing",
        "Name: Ann Lee",
        "Phone: +12025550142",
        "Reason: The boiler leaks.",
        "Owns the house: Yes",
    ]
    assert (sms.subject, sms.html, sms.attachments) == ("", "", ())


def test_the_sms_says_urgency_hang_up_voicemail_reminder_and_where_to_acknowledge() -> None:
    message = replace(
        MESSAGE,
        urgency="emergency",
        status=MessageStatus.PARTIAL,
        source=Source.VOICEMAIL,
        voice_clip="clip-voice",
        caller=None,
        answers={},
    )
    sms = render(message, CONTEXT, a_job(PLUMBER, until_acknowledged=True), 2, PUBLIC_URL)
    assert sms.text.splitlines() == [
        "#1042 Harbor Plumbing EMERGENCY (reminder 2)",
        "Partial: the caller hung up.",
        "Called from: number withheld",
        "Voicemail: 0:42. Listen: https://answers.test/messages/m1",
        "Got it? https://answers.test/ack/token-d1",
    ]


def test_a_long_sms_is_cut_where_it_is_long_and_keeps_number_phone_and_links() -> None:
    message = replace(MESSAGE, answers={**MESSAGE.answers, "reason": "It leaks. " * 300})
    lines = render(message, CONTEXT, a_job(PLUMBER, until_acknowledged=True), 0, PUBLIC_URL).text.splitlines()
    assert sum(len(line) + 1 for line in lines) <= SMS_LIMIT
    assert lines[0].startswith("#1042")
    assert "Phone: +12025550142" in lines
    assert lines[3].endswith("...") and len(lines[3]) > 250
    assert lines[-2:] == ["More: https://answers.test/messages/m1", "Got it? https://answers.test/ack/token-d1"]


def test_the_mail_says_when_in_the_businesss_own_time() -> None:
    mail = render(replace(MESSAGE, name_clip="clip-name", name_said_as="an LEE"), CONTEXT, MAIL, 0, PUBLIC_URL)
    assert mail.subject == "[#1042] Harbor Plumbing: Message from Ann Lee"
    assert "Taken: Sunday, 22 November 2026, 09:06 EST" in mail.text
    assert "Sounds like: an LEE" in mail.text
    assert "Name as spoken: 0:02 (attached; also on the message's page)" in mail.text
    assert mail.attachments == (("1042-name.wav", "clip-name"),)
    rows = BeautifulSoup(mail.html, "html.parser").find_all("tr")
    assert ["Reason", "The boiler leaks."] in [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in rows]


def test_only_what_the_rule_includes_is_told() -> None:
    message = replace(MESSAGE, caller="+12025550149", name_clip="clip-name", name_said_as="an LEE")
    for job in (a_job(include=("reason",)), a_job(PLUMBER, include=("reason",))):
        told = render(message, CONTEXT, job, 0, PUBLIC_URL)
        whole = told.subject + told.text + told.html
        assert "The boiler leaks." in whole
        for secret in ("Ann", "LEE", "+12025550142", "+12025550149", "Name as spoken"):
            assert secret not in whole
        assert told.attachments == ()
    everything = render(message, CONTEXT, a_job(include=("caller_number", "recordings")), 0, PUBLIC_URL)
    assert "+12025550149" in everything.text
    assert everything.attachments


def test_a_message_whose_form_is_gone_still_tells_its_answers() -> None:
    assert "Reason: The boiler leaks." in render(MESSAGE, replace(CONTEXT, form=None), SMS, 0, PUBLIC_URL).text


@pytest.mark.parametrize("where", ["business", "name"])
def test_no_line_break_reaches_the_subject_or_the_first_line(where: str) -> None:
    evil = "Ann\r\nBcc: thief@evil.test\r\n\r\n<b>hi"
    context = replace(CONTEXT, business=evil) if where == "business" else CONTEXT
    message = replace(MESSAGE, answers={**MESSAGE.answers, "name": evil}) if where == "name" else MESSAGE
    mail = render(message, context, MAIL, 0, PUBLIC_URL)
    assert "Bcc" in mail.subject
    assert not set("\r\n\x0b\x0c\x85\u2028\u2029") & set(mail.subject)
    assert not any(line.startswith("Bcc") for line in render(message, context, SMS, 0, PUBLIC_URL).text.splitlines())


@given(business=ANYTHING, name=ANYTHING, reason=ANYTHING, said_as=ANYTHING)
def test_whatever_was_typed_the_html_holds_no_tag_of_it_and_the_sms_stays_short(
    business: str, name: str, reason: str, said_as: str
) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=y>'
    message = replace(
        MESSAGE, answers={"name": name + evil, "reason": evil + reason}, name_said_as=said_as + evil, urgency="urgent"
    )
    context = replace(CONTEXT, business=business + evil)
    mail = render(message, context, MAIL, 0, PUBLIC_URL)
    page = BeautifulSoup(mail.html, "html.parser")
    assert page.find_all(["script", "img"]) == []
    assert {a["href"] for a in page.find_all("a")} == {"https://answers.test/messages/m1"}
    assert evil in page.get_text()
    assert not set("\r\n\u2028\u2029") & set(mail.subject)
    assert len(mail.subject) <= 180
    assert len(render(message, context, SMS, 0, PUBLIC_URL).text) <= SMS_LIMIT
