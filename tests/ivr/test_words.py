"""Numbers, times and waits in words; the service's own phrases in every language."""

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import words
from ivr.phrases import TABLE, Phrase, fixed_phrases, phrase

EN, ES = "en-US", "es-US"


@pytest.mark.parametrize(
    ("seconds", "english", "spanish"),
    [
        (0, "less than a minute", "menos de un minuto"),
        (49, "less than a minute", "menos de un minuto"),
        (55, "about a minute", "cerca de un minuto"),
        (120, "about two minutes", "cerca de dos minutos"),
        (21 * 60, "about twenty minutes", "cerca de veinte minutos"),
        (58 * 60, "about an hour", "cerca de una hora"),
        (65 * 60, "about an hour", "cerca de una hora"),
        (3 * 3600, "more than an hour", "más de una hora"),
    ],
)
def test_waits(seconds: float, english: str, spanish: str) -> None:
    assert (words.wait(seconds, EN), words.wait(seconds, ES)) == (english, spanish)


@pytest.mark.parametrize(
    ("seconds", "english", "spanish"),
    [
        (0, "zero seconds", "cero segundos"),
        (1, "one second", "un segundo"),
        (60, "one minute", "un minuto"),
        (75, "one minute and fifteen seconds", "un minuto y quince segundos"),
        (21 * 60 + 31, "twenty-one minutes and thirty-one seconds", "veintiún minutos y treinta y un segundos"),
    ],
)
def test_lengths(seconds: float, english: str, spanish: str) -> None:
    assert (words.length(seconds, EN), words.length(seconds, ES)) == (english, spanish)


@pytest.mark.parametrize(
    ("time", "english", "spanish"),
    [
        (dt.time(0, 0), "midnight", "medianoche"),
        (dt.time(12, 0), "noon", "mediodía"),
        (dt.time(0, 30), "twelve thirty a.m.", "las doce y media de la mañana"),
        (dt.time(1, 0), "one a.m.", "la una de la mañana"),
        (dt.time(9, 5), "nine oh five a.m.", "las nueve y cinco de la mañana"),
        (dt.time(13, 15), "one fifteen p.m.", "la una y cuarto de la tarde"),
        (dt.time(21, 45), "nine forty-five p.m.", "las nueve y cuarenta y cinco de la noche"),
    ],
)
def test_times_of_day(time: dt.time, english: str, spanish: str) -> None:
    assert (words.clock(time, EN), words.clock(time, ES)) == (english, spanish)


def test_days() -> None:
    assert words.day(dt.date(2026, 11, 23), EN) == "Monday, November twenty-third"
    assert words.day(dt.date(2026, 11, 1), ES) == "domingo primero de noviembre"
    assert words.day(dt.date(2026, 11, 23), ES) == "lunes veintitrés de noviembre"


@pytest.mark.parametrize(
    ("e164", "english", "spanish"),
    [
        (
            "+12025550101",
            "two zero two, five five five, zero one zero one",
            "dos cero dos, cinco cinco cinco, cero uno cero uno",
        ),
        (
            "+442079460958",
            "plus four four, two zero, seven nine four six, zero nine five eight",
            "más cuatro cuatro, dos cero, siete nueve cuatro seis, cero nueve cinco ocho",
        ),
    ],
)
def test_telephone_numbers_are_read_digit_by_digit_in_their_countrys_groups(
    e164: str, english: str, spanish: str
) -> None:
    assert (words.telephone(e164, EN), words.telephone(e164, ES)) == (english, spanish)


def test_places_in_the_queue() -> None:
    assert words.position(1, EN) == "You are next in line."
    assert words.position(4, EN) == "You are number four in line."
    assert words.position(1, ES) == "Usted es la siguiente persona en la fila."
    assert words.position(4, ES) == "Usted es la persona número cuatro en la fila."


@given(st.integers(0, 10**6), st.sampled_from([EN, ES]))
def test_nothing_is_left_in_figures_for_the_speech_program_to_guess(value: int, language: str) -> None:
    time = dt.time(value // 60 % 24, value % 60)
    said = [
        words.number(value, language),
        words.wait(value, language),
        words.length(value, language),
        words.clock(time, language),
        words.position(value, language),
        words.telephone(f"+1202555{value % 10_000:04}", language),
        words.press(str(value), language),
    ]
    assert all(text and not any(c.isdigit() for c in text) for text in said)


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_phrase_is_there_in_every_language_with_the_same_blanks() -> None:
    assert set(TABLE) == set(words.LANGUAGES)
    for language, table in TABLE.items():
        assert set(table) == set(Phrase), language
        for what, text in table.items():
            assert text.strip()
            assert blanks(text) == blanks(TABLE["en"][what]), (language, what)


def test_no_language_borrows_the_words_of_another() -> None:
    assert not set(TABLE["en"].values()) & set(TABLE["es"].values())


def test_a_phrase_is_said_in_the_dialect_of_the_call_and_a_missing_value_is_noticed() -> None:
    assert phrase(Phrase.GOODBYE, "es-MX").language == "es-MX"
    assert phrase(Phrase.WAIT, EN, wait="about a minute").text == "The wait is about a minute."
    with pytest.raises(KeyError):
        phrase(Phrase.WAIT, EN)
    assert len(list(fixed_phrases(ES))) == len([text for text in TABLE["es"].values() if not blanks(text)])
