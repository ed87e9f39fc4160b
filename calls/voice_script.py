"""What somebody who is called with a message hears, from `messages.aloud.Aloud`. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time

from accounts.numbers import NotANumber, to_e164
from ivr import words
from ivr.phrases import Phrase, phrase
from ivr.prompts import PlayClip, Prompt, Say
from messages.aloud import Aloud, Answer, SpokenMessage
from messages.delivery import Purpose


def script(aloud: Aloud) -> list[Prompt]:
    """From who calls to which keys there are. What is said of messages and the words of notes are private."""
    said = [*_opening(aloud), *_told(aloud)]
    return [*(replace(each, private=True) if isinstance(each, Say) else each for each in said), _keys(aloud)]


def goodbye(aloud: Aloud, said: str) -> list[Prompt]:
    """The end, as `messages.channels.channel.Spoken` names what the person said."""
    language = aloud.language
    thanks: list[Prompt] = []
    if said == "accepted":
        thanks = [phrase(Phrase.ACCEPTED, language, number=_digits(aloud.messages[0], language))]
    elif said == "passed_on":
        thanks = [phrase(Phrase.PASSED_ON, language)]
    return [*thanks, phrase(Phrase.GOODBYE, language)]


def words_of(prompts: list[Prompt]) -> str:
    """What is spoken, to be read; recordings are only named."""
    return " ".join(each.text if isinstance(each, Say) else "(…)" for each in prompts)


def _opening(aloud: Aloud) -> Iterator[Prompt]:
    language, business = aloud.language, aloud.business
    match aloud.purpose:
        case Purpose.MESSAGE:
            number = _digits(aloud.messages[0], language)
            yield phrase(Phrase.WE_HAVE_MESSAGE, language, business=business, number=number)
        case Purpose.SUMMARY:
            count = words.number(len(aloud.messages), language)
            yield phrase(Phrase.WE_HAVE_MESSAGES, language, business=business, count=count)
        case Purpose.TAKEN:
            yield phrase(Phrase.WE_HAVE_NEWS, language, business=business)
        case Purpose.NOTE:
            return  # its words say who speaks
    if aloud.reminder:
        yield phrase(Phrase.REMINDER, language)


def _told(aloud: Aloud) -> Iterator[Prompt]:
    language = aloud.language
    match aloud.purpose:
        case Purpose.NOTE:
            yield Say(aloud.words, language)
        case Purpose.TAKEN:
            number = _digits(aloud.messages[0], language)
            yield phrase(Phrase.TAKEN_BY, language, number=number, who=aloud.words)
        case Purpose.SUMMARY:
            for message in aloud.messages:
                yield phrase(Phrase.MESSAGE_NUMBER, language, number=_digits(message, language))
                yield from _message(message, language)
        case Purpose.MESSAGE:
            yield from _message(aloud.messages[0], language)


def _message(message: SpokenMessage, language: str) -> Iterator[Prompt]:
    if message.urgency == "emergency":
        yield phrase(Phrase.EMERGENCY, language)
    elif message.urgency == "urgent":
        yield phrase(Phrase.URGENT, language)
    if message.partial:
        yield phrase(Phrase.PARTIAL_MESSAGE, language)
    for answer in message.answers:
        yield from _answer(answer, language)
    if message.called_from:
        yield phrase(Phrase.CALLED_FROM, language, number=words.telephone(message.called_from, language))
    elif message.called_from is not None:
        yield phrase(Phrase.CALLED_WITHHELD, language)
    if message.recording:
        yield phrase(Phrase.CALLER_SAID, language)
        yield PlayClip(message.recording)
    if message.hidden:
        yield phrase(Phrase.ALL_ON_PAGE, language)
    elif message.more:
        yield phrase(Phrase.MORE_ON_PAGE, language)


def _answer(answer: Answer, language: str) -> Iterator[Prompt]:
    if answer.clip:
        if answer.label:
            yield Say(f"{answer.label}:", language)
        yield PlayClip(answer.clip)
    else:
        said = _read_out(answer, language)
        yield Say(f"{answer.label}: {said}" + ("" if said.endswith((".", "!", "?")) else "."), language)


def _read_out(answer: Answer, language: str) -> str:
    """Numbers, dates and times in words. An answer that did not fit its question stands as it was typed."""
    try:
        match answer.kind:
            case "phone":
                return words.telephone(to_e164(answer.words), language)
            case "date":
                return words.day(date.fromisoformat(answer.words), language)
            case "time":
                return words.clock(time.fromisoformat(answer.words), language)
            case "yes_no":
                return words.yes_no({"yes": True, "no": False}[answer.words], language)
            case _:
                return answer.words
    except (NotANumber, ValueError, KeyError):
        return answer.words


def _keys(aloud: Aloud) -> Say:
    return phrase(Phrase.ACCEPT_AGAIN_PASS_ON if aloud.asks else Phrase.HEAR_AGAIN, aloud.language)


def _digits(message: SpokenMessage, language: str) -> str:
    """One by one: a number that is read out is written down."""
    return words.keys(str(message.number), language)
