"""What the service itself says to callers, in each language it speaks. A business's own texts are in its plan."""

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from ivr.prompts import Say
from ivr.words import Primary, primary


class Phrase(Enum):
    UNKNOWN_NUMBER = auto()
    BLOCKED = auto()
    WITHHELD_MESSAGE = auto()
    WITHHELD_REFUSED = auto()
    CAPPED_MESSAGE = auto()
    CAPPED_REFUSED = auto()
    LOOP = auto()
    HOLD = auto()
    STILL_HOLDING = auto()
    WAIT = auto()
    PRESS_1_FOR_MESSAGE = auto()
    PRESS_1_FOR_CALLBACK = auto()
    PRESS_2_FOR_MESSAGE = auto()
    WILL_CALL_BACK = auto()
    CANNOT_CALL_BACK = auto()
    PLACE_KEPT = auto()
    CALLING_BACK = auto()
    PRESS_1_TO_TALK = auto()
    BACK_IN_LINE = auto()
    NO_ONE_FREE = auto()
    FORWARDING = auto()
    FORWARD_FAILED = auto()
    SAY_YOUR_NAME = auto()
    LEAVE_MESSAGE = auto()
    REVIEW = auto()
    NOTHING_RECORDED = auto()
    YOUR_NUMBER_IS = auto()
    ASK_NUMBER = auto()
    RIGHT_OR_WRONG = auto()
    YES_OR_NO = auto()
    NOT_UNDERSTOOD = auto()
    NOTHING_HEARD = auto()
    MESSAGE_TAKEN = auto()
    THANK_YOU = auto()
    GOODBYE = auto()
    WE_HAVE_MESSAGE = auto()
    WE_HAVE_MESSAGES = auto()
    WE_HAVE_NEWS = auto()
    MESSAGE_NUMBER = auto()
    EMERGENCY = auto()
    URGENT = auto()
    REMINDER = auto()
    PARTIAL_MESSAGE = auto()
    CALLED_FROM = auto()
    CALLED_WITHHELD = auto()
    CALLER_SAID = auto()
    MORE_ON_PAGE = auto()
    ALL_ON_PAGE = auto()
    TAKEN_BY = auto()
    ACCEPT_AGAIN_PASS_ON = auto()
    HEAR_AGAIN = auto()
    ACCEPTED = auto()
    PASSED_ON = auto()
    YOUR_CODE = auto()


_ENGLISH: Final[Mapping[Phrase, str]] = {
    Phrase.UNKNOWN_NUMBER: (
        "We're sorry. The number you have dialed is not in service here. Please check it and try again. Goodbye."
    ),
    Phrase.BLOCKED: "We're sorry. We are not able to take your call. Goodbye.",
    Phrase.WITHHELD_MESSAGE: "We can't see your number, so I can't put you through. You can leave us a message.",
    Phrase.WITHHELD_REFUSED: (
        "We're sorry. We take no calls from withheld numbers. Please call again with your number shown. Goodbye."
    ),
    Phrase.CAPPED_MESSAGE: "You have called several times in a short while. You can leave us a message now.",
    Phrase.CAPPED_REFUSED: "You have called several times in a short while. Please try again later. Goodbye.",
    Phrase.LOOP: "We're sorry. This call was forwarded in a circle and can't be completed. Goodbye.",
    Phrase.HOLD: "Please hold while I find someone to help you.",
    Phrase.STILL_HOLDING: "Thank you for holding. Someone will be with you as soon as possible.",
    Phrase.WAIT: "The wait is {wait}.",
    Phrase.PRESS_1_FOR_MESSAGE: "To leave a message instead, press one at any time.",
    Phrase.PRESS_1_FOR_CALLBACK: "To be called back and keep your place in line, press one.",
    Phrase.PRESS_2_FOR_MESSAGE: "To leave a message, press two.",
    Phrase.WILL_CALL_BACK: "Thank you. You keep your place in line, and we will call you when it is your turn.",
    Phrase.CANNOT_CALL_BACK: "I'm sorry, we can't call you back at that number.",
    Phrase.PLACE_KEPT: "Welcome back. We kept your place in line.",
    Phrase.CALLING_BACK: "Hello, this is {business}, calling you back.",
    Phrase.PRESS_1_TO_TALK: "Someone is here to talk with you. To be connected, press one.",
    Phrase.BACK_IN_LINE: "I'm sorry, we lost the person you were talking to. Please hold, you are next in line.",
    Phrase.NO_ONE_FREE: "I'm sorry, nobody is free to take your call right now. Please leave us a message.",
    Phrase.FORWARDING: "One moment please, I'm putting you through.",
    Phrase.FORWARD_FAILED: "I'm sorry, there was no answer.",
    Phrase.SAY_YOUR_NAME: "Please say your first and last name after the tone.",
    Phrase.LEAVE_MESSAGE: "Please leave your message after the tone. When you are done, press pound.",
    Phrase.REVIEW: ("To send your message, press one. To hear it, press two. To record it again, press three."),
    Phrase.NOTHING_RECORDED: "I'm sorry, I didn't hear anything.",
    Phrase.YOUR_NUMBER_IS: "The number I have for you is {number}.",
    Phrase.ASK_NUMBER: "Please enter the number we can reach you at, area code first, and then press pound.",
    Phrase.RIGHT_OR_WRONG: "If that is right, press one. To enter another number, press two.",
    Phrase.YES_OR_NO: "For yes, press one. For no, press two.",
    Phrase.NOT_UNDERSTOOD: "I'm sorry, that's not one of the choices.",
    Phrase.NOTHING_HEARD: "I'm sorry, I didn't get that.",
    Phrase.MESSAGE_TAKEN: "Thank you. Your message is on its way.",
    Phrase.THANK_YOU: "Thank you for calling.",
    Phrase.GOODBYE: "Goodbye.",
    Phrase.WE_HAVE_MESSAGE: "This is the answering service of {business}, with message number {number}.",
    Phrase.WE_HAVE_MESSAGES: "This is the answering service of {business}. Messages for you: {count}.",
    Phrase.WE_HAVE_NEWS: "This is the answering service of {business}.",
    Phrase.MESSAGE_NUMBER: "Message number {number}.",
    Phrase.EMERGENCY: "It is an emergency.",
    Phrase.URGENT: "It is urgent.",
    Phrase.REMINDER: "This is a reminder.",
    Phrase.PARTIAL_MESSAGE: "The caller hung up before the message was complete.",
    Phrase.CALLED_FROM: "Called from: {number}.",
    Phrase.CALLED_WITHHELD: "The caller's number was withheld.",
    Phrase.CALLER_SAID: "The caller said:",
    Phrase.MORE_ON_PAGE: "There is more on the page of this message.",
    Phrase.ALL_ON_PAGE: "The details are on the page of this message only.",
    Phrase.YOUR_CODE: (
        "This is the answering service of {business}. The code for calls with messages is: {digits}. "
        "Once more: {digits}. Tell it only to the person at {business} who asked for it. If nobody did, just hang up: "
        "you will get no calls from us."
    ),
    Phrase.TAKEN_BY: "Message number {number} is taken by {who}. There is nothing more for you to do.",
    Phrase.ACCEPT_AGAIN_PASS_ON: (
        "To accept it, press one. To hear it again, press two. To pass it on to somebody else, press three."
    ),
    Phrase.HEAR_AGAIN: "To hear it again, press two.",
    Phrase.ACCEPTED: "Thank you. You have message number {number}.",
    Phrase.PASSED_ON: "Thank you. We will ask somebody else.",
}

_SPANISH: Final[Mapping[Phrase, str]] = {
    Phrase.UNKNOWN_NUMBER: (
        "Lo sentimos. El número que marcó no está en servicio. Por favor, verifíquelo e intente de nuevo. Adiós."
    ),
    Phrase.BLOCKED: "Lo sentimos. No podemos atender su llamada. Adiós.",
    Phrase.WITHHELD_MESSAGE: "No vemos su número y no puedo comunicarle. Puede dejarnos un mensaje.",
    Phrase.WITHHELD_REFUSED: (
        "Lo sentimos. No atendemos llamadas de números ocultos. Por favor, llame de nuevo mostrando su número. Adiós."
    ),
    Phrase.CAPPED_MESSAGE: "Usted ha llamado varias veces en poco tiempo. Ahora puede dejarnos un mensaje.",
    Phrase.CAPPED_REFUSED: "Usted ha llamado varias veces en poco tiempo. Por favor, intente más tarde. Adiós.",
    Phrase.LOOP: "Lo sentimos. Esta llamada fue desviada en círculo y no se puede completar. Adiós.",
    Phrase.HOLD: "Por favor, espere mientras busco a alguien que le atienda.",
    Phrase.STILL_HOLDING: "Gracias por esperar. Le atenderemos lo antes posible.",
    Phrase.WAIT: "El tiempo de espera es de {wait}.",
    Phrase.PRESS_1_FOR_MESSAGE: "Si prefiere dejar un mensaje, oprima uno en cualquier momento.",
    Phrase.PRESS_1_FOR_CALLBACK: "Para que le llamemos sin perder su lugar en la fila, oprima uno.",
    Phrase.PRESS_2_FOR_MESSAGE: "Para dejar un mensaje, oprima dos.",
    Phrase.WILL_CALL_BACK: "Gracias. Conserva su lugar en la fila y le llamaremos cuando sea su turno.",
    Phrase.CANNOT_CALL_BACK: "Lo siento, no podemos llamarle a ese número.",
    Phrase.PLACE_KEPT: "Bienvenido de nuevo. Le guardamos su lugar en la fila.",
    Phrase.CALLING_BACK: "Hola, le llamamos de {business}, como nos pidió.",
    Phrase.PRESS_1_TO_TALK: "Hay alguien para atenderle. Para hablar, oprima uno.",
    Phrase.BACK_IN_LINE: "Disculpe, se cortó la comunicación. Por favor espere, usted sigue en la fila.",
    Phrase.NO_ONE_FREE: "Lo siento, nadie puede atenderle en este momento. Por favor, déjenos un mensaje.",
    Phrase.FORWARDING: "Un momento, por favor, le comunico.",
    Phrase.FORWARD_FAILED: "Lo siento, no contestaron.",
    Phrase.SAY_YOUR_NAME: "Por favor, diga su nombre y apellido después del tono.",
    Phrase.LEAVE_MESSAGE: "Por favor, deje su mensaje después del tono. Cuando termine, oprima la tecla numeral.",
    Phrase.REVIEW: (
        "Para enviar su mensaje, oprima uno. Para escucharlo, oprima dos. Para grabarlo de nuevo, oprima tres."
    ),
    Phrase.NOTHING_RECORDED: "Lo siento, no escuché nada.",
    Phrase.YOUR_NUMBER_IS: "El número que tengo para usted es {number}.",
    Phrase.ASK_NUMBER: (
        "Por favor, marque el número donde podemos llamarle, con código de área, y después oprima la tecla numeral."
    ),
    Phrase.RIGHT_OR_WRONG: "Si es correcto, oprima uno. Para marcar otro número, oprima dos.",
    Phrase.YES_OR_NO: "Para sí, oprima uno. Para no, oprima dos.",
    Phrase.NOT_UNDERSTOOD: "Lo siento, esa opción no es válida.",
    Phrase.NOTHING_HEARD: "Lo siento, no le entendí.",
    Phrase.MESSAGE_TAKEN: "Gracias. Su mensaje va en camino.",
    Phrase.THANK_YOU: "Gracias por llamar.",
    Phrase.GOODBYE: "Adiós.",
    Phrase.WE_HAVE_MESSAGE: "Le llama el servicio de atención de {business}, con el mensaje número {number}.",
    Phrase.WE_HAVE_MESSAGES: "Le llama el servicio de atención de {business}. Mensajes para usted: {count}.",
    Phrase.WE_HAVE_NEWS: "Le llama el servicio de atención de {business}.",
    Phrase.MESSAGE_NUMBER: "Mensaje número {number}.",
    Phrase.EMERGENCY: "Es una emergencia.",
    Phrase.URGENT: "Es urgente.",
    Phrase.REMINDER: "Es un recordatorio.",
    Phrase.PARTIAL_MESSAGE: "La persona colgó antes de terminar el mensaje.",
    Phrase.CALLED_FROM: "Llamó desde: {number}.",
    Phrase.CALLED_WITHHELD: "La persona que llamó ocultó su número.",
    Phrase.CALLER_SAID: "La persona que llamó dijo:",
    Phrase.MORE_ON_PAGE: "Hay más en la página de este mensaje.",
    Phrase.ALL_ON_PAGE: "Los detalles están solamente en la página de este mensaje.",
    Phrase.YOUR_CODE: (
        "Le llama el servicio de atención de {business}. El código para las llamadas con mensajes es: {digits}. "
        "Otra vez: {digits}. Dígalo solamente a la persona de {business} que lo pidió. Si nadie lo pidió, cuelgue: "
        "no recibirá llamadas nuestras."
    ),
    Phrase.TAKEN_BY: "Del mensaje número {number} se encarga {who}. Usted no tiene que hacer nada más.",
    Phrase.ACCEPT_AGAIN_PASS_ON: (
        "Para aceptarlo, oprima uno. Para escucharlo otra vez, oprima dos. Para pasarlo a otra persona, oprima tres."
    ),
    Phrase.HEAR_AGAIN: "Para escucharlo otra vez, oprima dos.",
    Phrase.ACCEPTED: "Gracias. Usted se encarga del mensaje número {number}.",
    Phrase.PASSED_ON: "Gracias. Se lo pediremos a otra persona.",
}

TABLE: Final[Mapping[Primary, Mapping[Phrase, str]]] = MappingProxyType({"en": _ENGLISH, "es": _SPANISH})


def phrase(what: Phrase, language: str, **values: str) -> Say:
    """A phrase in the call's language (BCP 47), its blanks filled in. Raises KeyError when a blank has no value."""
    return Say(TABLE[primary(language)][what].format(**values), language)


def fixed_phrases(language: str) -> Iterator[Say]:
    """The phrases without blanks, which are always the same words."""
    for what, words in TABLE[primary(language)].items():
        if "{" not in words:
            yield phrase(what, language)
