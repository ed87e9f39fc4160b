"""Numbers, telephone numbers, times and waits as words for the speech program, in English and Spanish.

Written out in words rather than in figures: what a speech program makes of "0101" or "1:05" differs by language
and version, what it makes of words does not.
"""

import datetime as dt
from typing import Final, Literal

import phonenumbers
from babel.dates import format_date
from num2words import num2words
from phonenumbers import PhoneNumberFormat

from ivr.prompts import Say

Primary = Literal["en", "es"]

LANGUAGES: Final[tuple[Primary, ...]] = ("en", "es")

_ENGLISH_KEYS: Final = "zero one two three four five six seven eight nine star pound plus"
_SPANISH_KEYS: Final = "cero uno dos tres cuatro cinco seis siete ocho nueve asterisco numeral más"
_KEYS: Final = "0123456789*#+"


def primary(language: str) -> Primary:
    """The language of the tables for a BCP 47 tag: Spanish for any Spanish, English for everything else."""
    return "es" if language.partition("-")[0].lower() == "es" else "en"


def speaks(language: str) -> bool:
    """Has the service words of its own in this language (BCP 47)?"""
    return language.partition("-")[0].lower() in LANGUAGES


def say(text: str, language: str) -> Say:
    """Words made here, as a prompt in the call's language."""
    return Say(text, language)


def number(value: int, language: str) -> str:
    """A count: 21 → "twenty-one", "veintiuno"."""
    return str(num2words(value, lang=primary(language)))


def keys(digits: str, language: str) -> str:
    """Keys one by one: "20#" → "two zero pound". Anything that is not a key is left out."""
    names = (_SPANISH_KEYS if primary(language) == "es" else _ENGLISH_KEYS).split()
    return " ".join(names[_KEYS.index(key)] for key in digits if key in _KEYS)


def yes_no(yes: bool, language: str) -> str:
    """ "yes", "no"; "sí", "no"."""
    if not yes:
        return "no"
    return "sí" if primary(language) == "es" else "yes"


def telephone(e164: str, language: str, region: str = "US") -> str:
    """A number digit by digit in the groups its country writes it in; the country code only for abroad."""
    try:
        parsed = phonenumbers.parse(e164, region)
    except phonenumbers.NumberParseException:
        return keys(e164, language)
    home = parsed.country_code == phonenumbers.country_code_for_region(region)
    style = PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    written = phonenumbers.format_number(parsed, style)
    groups = "".join(c if c in _KEYS else " " for c in written).split()
    return ", ".join(keys(group, language) for group in groups)


def wait(seconds: float, language: str) -> str:
    """A wait as one would say it, never more exact than it can be: "about two minutes", "menos de un minuto"."""
    minutes = _rough(max(1, round(seconds / 60)))
    match primary(language):
        case "en":
            if seconds < 50:
                return "less than a minute"
            if minutes >= 60:
                return "more than an hour" if minutes > 70 else "about an hour"
            return "about a minute" if minutes == 1 else f"about {number(minutes, 'en')} minutes"
        case "es":
            if seconds < 50:
                return "menos de un minuto"
            if minutes >= 60:
                return "más de una hora" if minutes > 70 else "cerca de una hora"
            return f"cerca de {_masculine(minutes)} minuto{'s' if minutes > 1 else ''}"


def length(seconds: float, language: str) -> str:
    """A length exactly: 75 → "one minute and fifteen seconds", "un minuto y quince segundos"."""
    minutes, rest = divmod(round(seconds), 60)
    match primary(language):
        case "en":
            parts = [(minutes, "minute"), (rest, "second")]
            said = [f"{number(n, 'en')} {unit}{'s' if n != 1 else ''}" for n, unit in parts if n or unit == "second"]
            return " and ".join(said[:1] if minutes and not rest else said)
        case "es":
            parts = [(minutes, "minuto"), (rest, "segundo")]
            said = [f"{_masculine(n)} {unit}{'s' if n != 1 else ''}" for n, unit in parts if n or unit == "segundo"]
            return " y ".join(said[:1] if minutes and not rest else said)


def position(place: int, language: str) -> str:
    """A place in the queue, from 1: "You are next in line.", "Usted es la persona número cuatro en la fila."."""
    match primary(language):
        case "en":
            return "You are next in line." if place <= 1 else f"You are number {number(place, 'en')} in line."
        case "es":
            if place <= 1:
                return "Usted es la siguiente persona en la fila."
            return f"Usted es la persona número {number(place, 'es')} en la fila."


def clock(time: dt.time, language: str) -> str:
    """A time of day: "nine oh five a.m.", "las nueve y cinco de la mañana"."""
    match primary(language):
        case "en":
            return _clock_english(time)
        case "es":
            return _clock_spanish(time)


def day(date: dt.date, language: str) -> str:
    """A day: "Monday, November twenty-third", "lunes veintitrés de noviembre"."""
    weekday = format_date(date, "EEEE", locale=primary(language))
    month = format_date(date, "MMMM", locale=primary(language))
    match primary(language):
        case "en":
            return f"{weekday}, {month} {num2words(date.day, to='ordinal', lang='en')}"
        case "es":
            return f"{weekday} {'primero' if date.day == 1 else number(date.day, 'es')} de {month}"


def press(digits: str, language: str) -> str:
    """The end of a menu line: ", press one.", ", oprima uno."."""
    match primary(language):
        case "en":
            return f", press {keys(digits, language)}."
        case "es":
            return f", oprima {keys(digits, language)}."


def _rough(minutes: int) -> int:
    """Above ten minutes nobody believes a single minute: round to five."""
    return minutes if minutes <= 10 else round(minutes / 5) * 5


def _masculine(value: int) -> str:
    """Before a masculine noun: "un minuto", "veintiún minutos"."""
    word = number(value, "es")
    if word.endswith("veintiuno"):
        return word.removesuffix("veintiuno") + "veintiún"
    return word.removesuffix("uno") + "un" if word.endswith("uno") else word


def _clock_english(time: dt.time) -> str:
    if (time.hour, time.minute) in {(0, 0), (12, 0)}:
        return "noon" if time.hour else "midnight"
    hour = number((time.hour + 11) % 12 + 1, "en")
    half = "a.m." if time.hour < 12 else "p.m."
    if time.minute == 0:
        return f"{hour} {half}"
    minutes = f"oh {number(time.minute, 'en')}" if time.minute < 10 else number(time.minute, "en")
    return f"{hour} {minutes} {half}"


def _clock_spanish(time: dt.time) -> str:
    if (time.hour, time.minute) in {(0, 0), (12, 0)}:
        return "mediodía" if time.hour else "medianoche"
    twelve = (time.hour + 11) % 12 + 1
    hour = "la una" if twelve == 1 else f"las {number(twelve, 'es')}"
    part = "de la mañana" if time.hour < 12 else "de la tarde" if time.hour < 20 else "de la noche"
    minutes = {0: "", 15: " y cuarto", 30: " y media"}.get(time.minute, f" y {number(time.minute, 'es')}")
    return f"{hour}{minutes} {part}"
