"""docs/twilio.md says what the code does."""

import re

from calls.incoming_texts import SWEEP_SECONDS, SWEPT_BACK
from messages.channels.twilio_hooks import INBOUND_PATH, STATUS_PATH
from messages.channels.twilio_status import DEAD, OPTED_OUT, TEMPORARY
from messages.delivery import RECEIPT_SECONDS
from tests.house.documents import read, section, table

PAGE = read("docs/twilio.md")


def test_each_code_stands_where_the_code_puts_it() -> None:
    codes = {row[0].split(" (")[0]: {int(code) for code in re.findall(r"\d{5}", row[0])} for row in table(PAGE)}
    assert codes["no such number, a landline"] == DEAD
    assert codes["the person has said STOP"] == {OPTED_OUT}
    assert codes["too many requests"] == TEMPORARY


def test_the_addresses_are_those_we_listen_at() -> None:
    assert f"https://answers.example.com{INBOUND_PATH}`" in PAGE
    assert f"`{STATUS_PATH}/…`" in PAGE


def test_the_times_are_those_we_keep() -> None:
    assert (RECEIPT_SECONDS, SWEEP_SECONDS, SWEPT_BACK.total_seconds()) == (600, 300, 6 * 3600)
    assert "within ten minutes it is asked" in PAGE
    assert "every five minutes, six hours back" in section(PAGE, "Texts from people").replace("\n", " ")
