"""G.711 mu-law (ITU-T G.711, PCMU): 8 kHz telephone audio, one byte a sample, to and from 16-bit PCM.

Own tables, because the standard library's audioop is gone from Python 3.13.
"""

import array
import sys

SILENCE = 0xFF
"""The mu-law byte of a zero sample."""

_BIAS = 0x84
_CLIP = 32635


def _decoded(byte: int) -> int:
    flipped = ~byte & 0xFF
    magnitude = (((flipped & 0x0F) << 3) + _BIAS << ((flipped & 0x70) >> 4)) - _BIAS
    return -magnitude if flipped & 0x80 else magnitude


def _encoded(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | (magnitude >> exponent + 3) & 0x0F) & 0xFF


_LOW_BYTES = bytes(_decoded(byte) & 0xFF for byte in range(256))
_HIGH_BYTES = bytes(_decoded(byte) >> 8 & 0xFF for byte in range(256))
# mu-law keeps 14 bits, so a table by the upper 14 bits loses nothing that is heard.
_ENCODE = bytes(_encoded((index << 2) - 32768) for index in range(16384))


def ulaw_to_pcm(ulaw: bytes) -> bytes:
    """16-bit little-endian PCM of mu-law bytes."""
    pcm = bytearray(2 * len(ulaw))
    pcm[0::2] = ulaw.translate(_LOW_BYTES)
    pcm[1::2] = ulaw.translate(_HIGH_BYTES)
    return bytes(pcm)


def pcm_to_ulaw(pcm: bytes) -> bytes:
    """mu-law bytes of 16-bit little-endian PCM; an odd byte at the end is dropped."""
    samples = array.array("h", pcm[: len(pcm) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return bytes(_ENCODE[sample + 32768 >> 2] for sample in samples)
