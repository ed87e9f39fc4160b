from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from messages.context import MessageContext
from messages.delivery import Job, Purpose, Target
from messages.message import Message, MessageStatus, Source
from messages.render import About, render
from messages.short_text import SMS_LIMIT
from messages.text import Rendered
from tests.messages.cast import CONTEXT, MESSAGE, OFFICE, PLUMBER, PUBLIC_URL, a_job

MAIL = a_job()
SMS = a_job(PLUMBER)
TAKEN: dict[str, Any] = {"purpose": Purpose.TAKEN, "body": "Pat"}
SUMMARY: dict[str, Any] = {"purpose": Purpose.SUMMARY, "message_id": None}
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def told(message: Message, context: MessageContext, job: Job) -> Rendered:
    return render(About(context.business, [(message, context)]), job, PUBLIC_URL)


def test_the_sms_begins_with_the_number_and_tells_all_that_was_asked() -> None:
    sms = told(MESSAGE, CONTEXT, SMS)
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
    sms = told(message, CONTEXT, a_job(PLUMBER, asks=True, reminder=2))
    assert sms.text.splitlines() == [
        "#1042 Harbor Plumbing EMERGENCY (reminder 2)",
        "Partial: the caller hung up.",
        "Called from: number withheld",
        "Voicemail: 0:42",
        "Reply 1042ok or open https://answers.test/m/token-d1",
    ]


def test_a_long_sms_is_cut_where_it_is_long_and_keeps_number_phone_and_links() -> None:
    message = replace(MESSAGE, answers={**MESSAGE.answers, "reason": "It leaks. " * 300})
    lines = told(message, CONTEXT, a_job(PLUMBER, asks=True)).text.splitlines()
    assert sum(len(line) + 1 for line in lines) <= SMS_LIMIT
    assert lines[0].startswith("#1042")
    assert "Phone: +12025550142" in lines
    assert lines[3].endswith("...") and len(lines[3]) > 250
    assert lines[-1] == "Reply 1042ok or open https://answers.test/m/token-d1"
    plain = told(message, CONTEXT, SMS).text.splitlines()
    assert plain[-1] == "More: https://answers.test/m/token-d1"
    assert told(replace(message, voice_clip="clip-voice"), CONTEXT, SMS).text.endswith(
        "Voicemail: 0:42\nListen and more: https://answers.test/m/token-d1"
    )


def test_a_mail_that_asks_says_how_to_answer() -> None:
    mail = told(MESSAGE, CONTEXT, a_job(asks=True, reminder=1))
    assert mail.subject == "[#1042] Harbor Plumbing: Message from Ann Lee (reminder 1)"
    assert "Reply 1042ok, or open it and press the button." in mail.text
    assert "I have this message: https://answers.test/m/token-d1" in mail.text


def test_a_mail_ends_with_the_last_hash_of_the_message() -> None:
    sealed = replace(CONTEXT, head="3f2a")
    for job in (a_job(), a_job(**TAKEN), a_job(link_only=True)):
        mail = told(MESSAGE, sealed, job)
        assert mail.text.endswith("\n\nProof of #1042 up to this mail: 3f2a\n")
        assert "Proof of #1042 up to this mail: 3f2a</p>" in mail.html
        assert "Proof" not in told(MESSAGE, CONTEXT, job).text + told(MESSAGE, CONTEXT, job).html
    assert "3f2a" not in told(MESSAGE, sealed, SMS).text


@pytest.mark.parametrize("target", [OFFICE, PLUMBER, replace(OFFICE, channel="ntfy")])
def test_details_only_behind_the_link(target: Target) -> None:
    message = replace(MESSAGE, caller="+12025550149", name_clip="clip-name", name_said_as="an LEE")
    text = told(message, CONTEXT, a_job(target, link_only=True))
    whole = text.subject + text.text + text.html + repr(text.data) + repr(text.aloud)
    assert "1042" in (text.text or repr(text.aloud))
    for secret in ("Ann", "LEE", "boiler", "+12025550142", "+12025550149", "Name as spoken"):
        assert secret not in whole
    assert text.attachments == ()
    assert "https://answers.test/m/token-d1" in text.text


def test_who_was_told_hears_who_has_it() -> None:
    assert told(MESSAGE, CONTEXT, a_job(PLUMBER, **TAKEN)).text == "#1042 Harbor Plumbing is taken by Pat."
    mail = told(MESSAGE, CONTEXT, a_job(**TAKEN))
    assert mail.subject == "[#1042] Harbor Plumbing: taken by Pat"
    assert "Nothing more for you to do." in mail.text


def test_a_summary_names_every_message_by_its_number() -> None:
    messages = [(replace(MESSAGE, id=f"m{n}", number=n), CONTEXT) for n in range(1, 31)]
    about = About("Harbor Plumbing", messages)
    few = render(About("Harbor Plumbing", messages[:2]), a_job(PLUMBER, **SUMMARY), PUBLIC_URL).text
    assert few.splitlines() == [
        "Harbor Plumbing: 2 messages",
        "#1 Ann Lee, +12025550142, The boiler leaks., Yes",
        "#2 Ann Lee, +12025550142, The boiler leaks., Yes",
        "All: https://answers.test/m/token-d1",
    ]
    many = render(about, a_job(PLUMBER, **SUMMARY), PUBLIC_URL).text
    assert len(many) <= SMS_LIMIT
    assert "more" in many.splitlines()[-2]
    mail = render(about, a_job(**SUMMARY), PUBLIC_URL)
    assert mail.subject == "[#1 to #30] Harbor Plumbing: 30 messages"
    assert all(f"#{n}: Name: Ann Lee" in mail.text for n in range(1, 31))
    bare = render(about, a_job(PLUMBER, link_only=True, **SUMMARY), PUBLIC_URL).text
    assert "Ann" not in bare and "#1\n#2\n" in bare


def test_a_note_is_the_services_own_words() -> None:
    note = a_job(PLUMBER, message_id=None, purpose=Purpose.NOTE, body="Your code is 123456.")
    assert render(About("Harbor Plumbing"), note, PUBLIC_URL).text == "Your code is 123456."
    mail = render(About("Harbor Plumbing"), replace(note, target=OFFICE), PUBLIC_URL)
    assert mail.subject == "Harbor Plumbing: a note from your answering service"
    assert "Your code is 123456." in mail.text


def test_the_mail_says_when_in_the_businesss_own_time() -> None:
    mail = told(replace(MESSAGE, name_clip="clip-name", name_said_as="an LEE"), CONTEXT, MAIL)
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
        text = told(message, CONTEXT, job)
        whole = text.subject + text.text + text.html + repr(text.data)
        assert "The boiler leaks." in whole
        for secret in ("Ann", "LEE", "+12025550142", "+12025550149", "Name as spoken"):
            assert secret not in whole
        assert text.attachments == ()
    everything = told(message, CONTEXT, a_job(include=("caller_number", "recordings")))
    assert "+12025550149" in everything.text
    assert everything.attachments


def test_a_message_whose_form_is_gone_still_tells_its_answers() -> None:
    assert "Reason: The boiler leaks." in told(MESSAGE, replace(CONTEXT, form=None), SMS).text


@pytest.mark.parametrize("where", ["business", "name"])
def test_no_line_break_reaches_the_subject_or_the_first_line(where: str) -> None:
    evil = "Ann\r\nBcc: thief@evil.test\r\n\r\n<b>hi"
    context = replace(CONTEXT, business=evil) if where == "business" else CONTEXT
    message = replace(MESSAGE, answers={**MESSAGE.answers, "name": evil}) if where == "name" else MESSAGE
    mail = told(message, context, MAIL)
    assert "Bcc" in mail.subject
    assert not set("\r\n\x0b\x0c\x85\u2028\u2029") & set(mail.subject)
    assert not any(line.startswith("Bcc") for line in told(message, context, SMS).text.splitlines())


@given(business=ANYTHING, name=ANYTHING, reason=ANYTHING, said_as=ANYTHING)
def test_whatever_was_typed_the_html_holds_no_tag_of_it_and_the_sms_stays_short(
    business: str, name: str, reason: str, said_as: str
) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=y>'
    message = replace(
        MESSAGE, answers={"name": name + evil, "reason": evil + reason}, name_said_as=said_as + evil, urgency="urgent"
    )
    context = replace(CONTEXT, business=business + evil)
    mail = told(message, context, MAIL)
    page = BeautifulSoup(mail.html, "html.parser")
    assert page.find_all(["script", "img"]) == []
    assert {a["href"] for a in page.find_all("a")} == {"https://answers.test/m/token-d1"}
    assert evil in page.get_text()
    assert not set("\r\n\u2028\u2029") & set(mail.subject)
    assert len(mail.subject) <= 180
    assert len(told(message, context, SMS).text) <= SMS_LIMIT
