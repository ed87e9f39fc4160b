"""Samples as a WAV file."""

import io
import wave

from telephony.resample import Samples


def as_wav(samples: Samples, hertz: int) -> bytes:
    """16 bit, mono."""
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(hertz)
        file.writeframes(samples.tobytes())
    return whole.getvalue()
