"""The sound of one call of our own: sends speech, silence and digits in real time, and keeps what it hears."""

import asyncio
import secrets
import wave
from collections import deque
from pathlib import Path

from telephony.g711 import SILENCE, pcm_to_ulaw, ulaw_to_pcm
from telephony.rtp import (
    FRAME_SAMPLES,
    FRAME_SECONDS,
    RtpPacket,
    ended_digit,
    event_payloads,
    parse_rtp,
)
from telephony.sip_wire import PCMU, Sdp

QUIET_FRAME = bytes([SILENCE]) * FRAME_SAMPLES
LONGEST_GAP_SAMPLES = 8000 * 60
"""A longer jump of the other side's clock is a new clock, not a silence."""


class CallOver(Exception):
    """Nothing more is said or heard: the call is over."""


class CallAudio(asyncio.DatagramProtocol):
    """One RTP stream each way. It sends silence when it has nothing to say, as a phone does."""

    def __init__(self) -> None:
        self.digits_heard = ""
        self._heard = bytearray()
        self._transport: asyncio.DatagramTransport | None = None
        self._peer: Sdp | None = None
        self._sender: asyncio.Task[None] | None = None
        self._speech: deque[bytes] = deque()
        self._events: deque[tuple[bytes, bool]] = deque()
        self._drained = asyncio.Event()
        self._closed = False
        self._arrived = asyncio.Event()
        self._next_timestamp: int | None = None
        self._their_source: int | None = None
        self._digit_timestamp = -1

    @property
    def heard(self) -> bytes:
        """Everything heard so far: 8 kHz, 16-bit little-endian PCM, with silence where nothing came."""
        return ulaw_to_pcm(bytes(self._heard))

    @property
    def seconds_heard(self) -> float:
        return len(self._heard) / 8000

    async def open(self, host: str) -> int:
        """Begins to listen; returns the port."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        return int(self._transport.get_extra_info("sockname")[1])

    def send_to(self, peer: Sdp) -> None:
        """Begins to send, or goes on to another address (a re-INVITE)."""
        self._peer = peer
        if self._sender is None:
            self._sender = asyncio.create_task(self._send(), name="call-audio")

    async def say(self, sound: Path | bytes) -> None:
        """Sends a WAV file (8 kHz, 16 bit, mono) or such PCM; returns when it is sent or the call over."""
        pcm = await asyncio.to_thread(_read_wav, sound) if isinstance(sound, Path) else sound
        ulaw = pcm_to_ulaw(pcm)
        for at in range(0, len(ulaw), FRAME_SAMPLES):
            self._speech.append(ulaw[at : at + FRAME_SAMPLES].ljust(FRAME_SAMPLES, bytes([SILENCE])))
        await self._all_sent()

    async def press(self, digits: str) -> None:
        """Sends digits as telephone events, 100 ms each, 80 ms apart; returns when they are sent or the call over."""
        for digit in digits:
            payloads = event_payloads(digit)
            self._events.extend((payload, index == 0) for index, payload in enumerate(payloads))
            await self._all_sent()
            await asyncio.sleep(4 * FRAME_SECONDS)

    async def hear_until(self, seconds: float) -> None:
        """Returns when that much has been heard in all. Raises CallOver; the caller sets the deadline."""
        while self.seconds_heard < seconds:
            if self._closed:
                raise CallOver
            self._arrived.clear()
            await self._arrived.wait()

    async def close(self) -> None:
        """Stops at once, even if whoever waits for it is cancelled."""
        self._closed = True
        # Whoever is still speaking, pressing or listening has nobody there any more.
        self._drained.set()
        self._arrived.set()
        if self._transport is not None:
            self._transport.close()
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens at the other end (any more); signalling tells when the call is over."""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        packet = parse_rtp(data)
        if packet is None:
            return
        if packet.payload_type == PCMU:
            self._hear(packet)
        elif self._peer is not None and packet.payload_type == self._peer.digits:
            digit = ended_digit(packet.payload)
            if digit is not None and packet.timestamp != self._digit_timestamp:
                self._digit_timestamp = packet.timestamp
                self.digits_heard += digit

    def _hear(self, packet: RtpPacket) -> None:
        if packet.source == self._their_source and self._next_timestamp is not None:
            gap = packet.timestamp - self._next_timestamp & 0xFFFFFFFF
            if gap <= LONGEST_GAP_SAMPLES:
                self._heard.extend(bytes([SILENCE]) * gap)
        self._their_source = packet.source
        self._next_timestamp = packet.timestamp + len(packet.payload) & 0xFFFFFFFF
        self._heard.extend(packet.payload)
        self._arrived.set()

    async def _all_sent(self) -> None:
        if not self._closed:
            self._drained.clear()
            await self._drained.wait()

    async def _send(self) -> None:
        """One packet every 20 ms of the loop's clock; late ones are caught up."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        source = secrets.randbits(32)
        event_began = 0
        for count in range(2**62):
            timestamp = count * FRAME_SAMPLES
            peer = self._peer
            assert peer is not None
            if self._events and peer.digits is not None:
                payload, first = self._events.popleft()
                event_began = timestamp if first else event_began
                packet = RtpPacket(peer.digits, count, event_began, source, payload, first)
            else:
                self._events.clear()
                payload = self._speech.popleft() if self._speech else QUIET_FRAME
                packet = RtpPacket(PCMU, count, timestamp, source, payload)
            if self._transport is not None and not self._transport.is_closing() and peer.port:
                self._transport.sendto(packet.encode(), (peer.host, peer.port))
            if not self._speech and not self._events:
                self._drained.set()
            await asyncio.sleep(max(0.0, begun + (count + 1) * FRAME_SECONDS - loop.time()))


def _read_wav(path: Path) -> bytes:
    with wave.open(str(path), "rb") as sound:
        if (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) != (8000, 2, 1):
            raise ValueError(f"{path.name}: a WAV file of 8 kHz, 16 bit, mono is right")
        return sound.readframes(sound.getnframes())
