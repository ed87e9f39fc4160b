"""RTP packets (RFC 3550) with PCMU audio and telephone events (RFC 4733): bytes in, values out, no I/O."""

import struct
from dataclasses import dataclass

FRAME_SAMPLES = 160
"""20 ms at 8 kHz: one packet."""
FRAME_SECONDS = 0.02
DIGITS = "0123456789*#ABCD"
"""The place of a digit in this row is its event number."""

_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_VOLUME = 10
_END_REPEATS = 3


@dataclass(frozen=True)
class RtpPacket:
    payload_type: int
    sequence: int
    timestamp: int
    source: int
    payload: bytes
    marker: bool = False

    def encode(self) -> bytes:
        second = (0x80 if self.marker else 0) | self.payload_type
        header = _HEADER.pack(0x80, second, self.sequence & 0xFFFF, self.timestamp & 0xFFFFFFFF, self.source)
        return header + self.payload


def parse_rtp(datagram: bytes) -> RtpPacket | None:
    """None for anything that is not RTP version 2 (STUN, RTCP on the same port, rubbish)."""
    if len(datagram) < _HEADER.size or datagram[0] >> 6 != 2:
        return None
    first, second, sequence, timestamp, source = _HEADER.unpack_from(datagram)
    start = _HEADER.size + 4 * (first & 0x0F)
    if first & 0x10:
        if len(datagram) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(datagram[start + 2 : start + 4], "big")
    end = len(datagram) - (datagram[-1] if first & 0x20 else 0)
    return RtpPacket(second & 0x7F, sequence, timestamp, source, datagram[start:end], bool(second & 0x80))


def event_payloads(digit: str, seconds: float = 0.1) -> list[bytes]:
    """The payloads of one pressed key, one for each 20 ms, its end said three times. ValueError if no key."""
    event = DIGITS.index(digit.upper())
    frames = max(2, round(seconds / FRAME_SECONDS))
    pressed = [_EVENT.pack(event, _VOLUME, (index + 1) * FRAME_SAMPLES) for index in range(frames)]
    released = _EVENT.pack(event, 0x80 | _VOLUME, frames * FRAME_SAMPLES)
    return pressed + [released] * _END_REPEATS


def ended_digit(payload: bytes) -> str | None:
    """The key that a telephone-event payload says was let go."""
    if len(payload) < _EVENT.size:
        return None
    event, flags, _ = _EVENT.unpack_from(payload)
    return DIGITS[event] if flags & 0x80 and event < len(DIGITS) else None
