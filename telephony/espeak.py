"""The espeak-ng library, spoken to through its C interface (speak_lib.h of espeak-ng 1.52)."""

import ctypes
import threading
from functools import cache
from typing import Any, Final

import espeakng_loader

RATE_HERTZ: Final = 22050

_AUDIO_OUTPUT_SYNCHRONOUS: Final = 2
_INITIALIZE_DONT_EXIT: Final = 0x8000
_CHARS_UTF8: Final = 1
_POS_CHARACTER: Final = 1
_PHONEMES_IPA: Final = 2
_PARAMETER_RATE: Final = 1
_PARAMETER_PITCH: Final = 3
_PARAMETER_RANGE: Final = 4
_PARAMETER_WORD_GAP: Final = 7

# Words a minute, and pitch and its range on espeak's 0-100 scales: a little slower and livelier than its own
# choice (175, 50, 50), which is hard to follow on a telephone.
SPEED: Final = 155
PITCH: Final = 48
RANGE: Final = 60
WORD_GAP: Final = 1  # hundredths of a second

_Sink = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EspeakFailed(Exception):
    """The library is not there, does not know the voice or did not finish."""


class Espeak:
    """The one library of this process (it keeps its voice in C globals); calls wait for each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard = bytearray()
        try:
            self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        except OSError as error:
            raise EspeakFailed("the speech library cannot be loaded") from error
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._library.espeak_Info.restype = ctypes.c_char_p
        data = str(espeakng_loader.get_data_path()).encode()
        rate = self._library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, _INITIALIZE_DONT_EXIT)
        if rate != RATE_HERTZ:
            raise EspeakFailed("the speech library does not start")
        self._sink = _Sink(self._hear)  # kept: the library holds a bare pointer to it
        self._library.espeak_SetSynthCallback(self._sink)
        for parameter, value in (
            (_PARAMETER_RATE, SPEED),
            (_PARAMETER_PITCH, PITCH),
            (_PARAMETER_RANGE, RANGE),
            (_PARAMETER_WORD_GAP, WORD_GAP),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)

    @property
    def version(self) -> str:
        """Such as "1.52.0"; another version may sound different."""
        return str(self._library.espeak_Info(None).decode().split()[0])

    def speak(self, text: str, voice: str) -> bytes:
        """16-bit mono samples at `RATE_HERTZ`, in this machine's byte order. Raises EspeakFailed."""
        data = text.encode()
        with self._lock:
            self._choose(voice)
            self._heard = bytearray()
            done = self._library.espeak_Synth(
                data, ctypes.c_size_t(len(data) + 1), 0, _POS_CHARACTER, 0, _CHARS_UTF8, None, None
            )
            if done != 0:
                raise EspeakFailed("the speech library did not finish")
            return bytes(self._heard)

    def ipa(self, text: str, voice: str) -> str:
        """How the text is pronounced, in the International Phonetic Alphabet. Raises EspeakFailed."""
        data = ctypes.c_char_p(text.encode())
        rest = ctypes.cast(data, ctypes.c_void_p)
        clauses = []
        with self._lock:
            self._choose(voice)
            while rest.value:  # one clause a call; the library moves the pointer on, to null at the end
                clauses.append(
                    self._library.espeak_TextToPhonemes(ctypes.byref(rest), _CHARS_UTF8, _PHONEMES_IPA).decode()
                )
        return " ".join(clause for clause in clauses if clause)

    def _choose(self, voice: str) -> None:
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise EspeakFailed("the speech library does not have that voice")

    def _hear(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._heard += ctypes.string_at(samples, count * 2)
        return 0


@cache
def espeak() -> Espeak:
    """The library, started at its first use. Raises EspeakFailed."""
    return Espeak()
