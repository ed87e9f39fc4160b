"""`./answerline demo --once`: the whole main job, with the message arriving outside by mail and SMS."""

from pathlib import Path

from tests.doubles.smtp import Say, SmtpDouble
from tests.doubles.twilio import ACCOUNT_SID, API_KEY, API_SECRET, SENDER, TwilioDouble
from tests.patience import PATIENCE, START_SECONDS
from tests.service_process import ServiceProcess, processes_of

TOLD_SECONDS = START_SECONDS + PATIENCE


async def test_the_story_ends_well_and_its_message_arrives_once_by_each_channel(home: Path) -> None:
    async with SmtpDouble() as smtp, TwilioDouble() as twilio:
        outside = {
            "ANSWERLINE_SMTP_URL": smtp.url,
            "ANSWERLINE_MAIL_FROM": "Harbor answering <desk@answerline.test>",
            "ANSWERLINE_SMS_PROVIDER": "twilio",
            "ANSWERLINE_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "ANSWERLINE_TWILIO_API_KEY": API_KEY,
            "ANSWERLINE_TWILIO_API_SECRET": API_SECRET,
            "ANSWERLINE_TWILIO_FROM": SENDER,
            "ANSWERLINE_TWILIO_URL": twilio.url,
        }
        async with ServiceProcess(home, "demo", "--once", more=outside) as service:
            code = await service.ended(TOLD_SECONDS)
            told = "\n".join(service.lines)
        assert code == 0, told
        for step in ("heard:", "pressed: 1", "queued", "answered by Ana", "message taken: #1001", "relayed by SMS"):
            assert step in told

        assert [seen.recipients for seen in smtp.mails] == [("office@harbor.test",)]
        mail = smtp.mails[0].mail
        body = mail.get_body(("plain",))
        assert body is not None and "water heater" in body.get_content()
        assert "1001" in mail["Subject"]
        clips = [part for part in mail.iter_attachments() if part.get_content_maintype() == "audio"]
        assert len(clips) == 1 and len(clips[0].get_content()) > 8000

        assert [sms.to for sms in twilio.messages] == ["+12025550191"]
        assert "1001" in twilio.messages[0].body and "water heater" in twilio.messages[0].body
    assert processes_of(home) == []


async def test_on_postgresql_a_channel_that_does_not_take_the_message_fails_the_story(
    home: Path, postgres_url: str
) -> None:
    async with SmtpDouble() as smtp:
        smtp.troubles.append(Say("rcpt", "550 5.1.1 There is nobody of that name here"))
        outside = {"ANSWERLINE_SMTP_URL": smtp.url, "ANSWERLINE_DATABASE_URL": postgres_url}
        async with ServiceProcess(home, "demo", "--once", more=outside) as service:
            code = await service.ended(TOLD_SECONDS)
            told = "\n".join(service.lines)
    assert not (home / "answerline.db").exists()
    assert code == 1, told
    assert "relayed by e-mail to office@harbor.test: NOT delivered" in told
    assert "relayed by SMS to +12025550191: delivered" in told
