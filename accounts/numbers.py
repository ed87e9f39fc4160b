"""Telephone numbers: from what trunks, callers and forms write to E.164 and back.

A number need only be possible (right length for its country), not assigned: carriers hand out ranges before
libraries learn of them. Where money is at stake look at `kind_of` instead: +1 876 is Jamaica, +1 900 is premium.
"""

from collections.abc import Collection
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

PAYS_AS_USUAL = frozenset({"fixed_line", "mobile", "fixed_line_or_mobile", "voip"})
"""Kinds of numbers whose owner earns nothing by being called."""

NEIGHBOURS = {"US": frozenset({"US", "CA"}), "CA": frozenset({"US", "CA"})}
"""Countries that share one numbering plan and its ordinary rates. The rest of +1 does not: it is dear."""

NO_COUNTRY = "001"
"""The region of numbers that are in no country: satellite telephones and international services."""

_NOT_CALLED = {
    "premium_rate": "costs extra",
    "shared_cost": "costs extra",
    "personal_number": "may cost extra",
    "toll_free": "is toll-free",
    "unknown": "is not known to be in use",
}

WITHHELD = frozenset({"anonymous", "unknown", "unavailable", "private", "restricted", "withheld", "asterisk"})


class NotANumber(ValueError):
    """The text is no telephone number; the message says why in a sentence fit for a screen."""


@dataclass(frozen=True)
class NumberKind:
    """Where a number is (ISO 3166 region, None when it is in no country) and what it is, e.g. "mobile", "premium_rate".

    North American numbers do not tell fixed and mobile apart: "fixed_line_or_mobile".
    """

    region: str | None
    type: str


def to_e164(raw: str, region: str = "US") -> str:
    """Read a number as dialled in `region`, as a carrier sends it, or as a SIP address. Raises NotANumber."""
    text = _user_part(raw)
    if not text:
        raise NotANumber("There is no number.")
    number = _parse(text, region)
    if not _possible(number) and text.isdigit():
        # Carriers often send the full international number without its plus sign.
        international = _parse(f"+{text}", region)
        number = international if _possible(international) else number
    if number is None:
        raise NotANumber(f'"{text}" is not a telephone number.')
    if number.extension:
        raise NotANumber(f'"{text}" has an extension; write the number alone.')
    match phonenumbers.is_possible_number_with_reason(number):
        case ValidationResult.IS_POSSIBLE:
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
        case ValidationResult.TOO_SHORT:
            raise NotANumber(f'"{text}" is too short for a telephone number.')
        case ValidationResult.TOO_LONG:
            raise NotANumber(f'"{text}" is too long for a telephone number.')
        case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            raise NotANumber(f'"{text}" has no area code.')
        case _:
            raise NotANumber(f'"{text}" is not a telephone number.')


def caller_number(raw: str | None, region: str = "US") -> str | None:
    """The caller's number (E.164), or None when it is withheld or no number at all."""
    if raw is None or _user_part(raw).lower() in WITHHELD:
        return None
    try:
        return to_e164(raw, region)
    except NotANumber:
        return None


def dialable(raw: str, region: str = "US") -> str:
    """The number (E.164) if the service may call it at a business's cost: an ordinary one in the business's own region.

    Raises NotANumber with the reason for any other: this is what keeps a stranger's "call me back" from costing.
    """
    e164 = to_e164(raw, region)
    kind = kind_of(e164)
    if kind.type not in PAYS_AS_USUAL:
        raise NotANumber(f'"{e164}" {_NOT_CALLED.get(kind.type, "is a special number")}; it is not called back.')
    if kind.region != region:
        raise NotANumber(f'"{e164}" is in another country ({kind.region or "unknown"}); it is not called back.')
    return e164


def not_sent_to(e164: str, region: str, countries: Collection[str] = ()) -> str:
    """Why no text or call of a business in `region` goes to this number, in a sentence; "" when it may.

    `countries` are those that numbers may be in; none given: the business's own, and its neighbours at the same rates.
    """
    try:
        kind = kind_of(e164)
    except NotANumber as wrong:
        return str(wrong)
    if kind.type not in PAYS_AS_USUAL:
        return f"{e164} {_NOT_CALLED.get(kind.type, 'is a special number')}; no message goes there."
    if kind.region == NO_COUNTRY:
        return f"{e164} is a satellite telephone or an international service; no message goes there."
    if kind.region not in (countries or NEIGHBOURS.get(region, {region})):
        return f"{e164} is in a country that messages do not go to ({kind.region or 'unknown'})."
    return ""


def national(e164: str, region: str = "US") -> str:
    """For display: as written inside `region`, with the country code when the number is in another country."""
    number = _stored(e164)
    here = number.country_code == phonenumbers.country_code_for_region(region)
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if here else PhoneNumberFormat.INTERNATIONAL)


def kind_of(e164: str) -> NumberKind:
    """Region and type, by the number's own range and not by its prefix. Raises NotANumber."""
    number = _stored(e164)
    kind = PhoneNumberType.to_string(phonenumbers.number_type(number))
    return NumberKind(phonenumbers.region_code_for_number(number), kind.lower())


def _user_part(raw: str) -> str:
    """`2025550101` of `"Ann" <sip:2025550101;phone-context=+1@host:5060;transport=udp>`."""
    text = raw.strip()
    if "<" in text:
        text = text[text.index("<") + 1 :].partition(">")[0]
    for scheme in ("sip:", "sips:", "tel:"):
        if text.lower().startswith(scheme):
            text = text[len(scheme) :]
    return text.partition("@")[0].partition(";")[0].strip()


def _parse(text: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _possible(number: PhoneNumber | None) -> bool:
    if number is None:
        return False
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def _stored(e164: str) -> PhoneNumber:
    try:
        return phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        raise NotANumber(f'"{e164}" is not a number in international form.') from None
