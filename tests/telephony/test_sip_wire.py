"""Our own phone's messages and packets, without a network."""

import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony import rtp, sip_wire
from telephony.g711 import pcm_to_ulaw, ulaw_to_pcm

INVITE = (
    b"INVITE sip:ana@127.0.0.1:5062 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKabc\r\n"
    b'f: "Pat" <sip:+12025550177@127.0.0.1>;tag=77\r\n'
    b"t: <sip:ana@127.0.0.1>\r\n"
    b"Call-ID: x1\r\nCSeq: 7 INVITE\r\nContent-Length: 0\r\n\r\n"
)


def test_a_request_is_read_with_its_compact_headers() -> None:
    message = sip_wire.parse_message(INVITE)
    assert (message.method, message.branch, message.status) == ("INVITE", "z9hG4bKabc", 0)
    assert sip_wire.user_of(message.get("From")) == "+12025550177"
    assert sip_wire.tag_of(message.get("from")) == "77"
    assert sip_wire.parse_message(message.encode()) == message


def test_a_response_copies_what_names_the_transaction() -> None:
    reply = sip_wire.response_to(sip_wire.parse_message(INVITE), 180, "Ringing", "mine")
    again = sip_wire.parse_message(reply.encode())
    assert (again.status, again.method, again.branch) == (180, "INVITE", "z9hG4bKabc")
    assert sip_wire.tag_of(again.get("to")) == "mine"


@given(st.binary(max_size=300))
def test_rubbish_is_refused_plainly(datagram: bytes) -> None:
    try:
        sip_wire.parse_message(datagram)
    except sip_wire.BadMessage:
        pass
    rtp.parse_rtp(datagram)


def test_the_digest_of_rfc_2617() -> None:
    """The example of RFC 2617, section 3.5, without qop (RFC 2069's form)."""
    challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"'
    answer = sip_wire.digest_answer(challenge, "GET", "/dir/index.html", "Mufasa", "Circle Of Life")
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in answer
    assert 'opaque="5ccc"' in answer


def test_sdp_goes_round() -> None:
    assert sip_wire.parse_sdp(sip_wire.render_sdp("127.0.0.1", 4000)) == sip_wire.Sdp("127.0.0.1", 4000, 101, (0, 101))
    assert sip_wire.parse_sdp("v=0\r\nm=video 9 RTP/AVP 99\r\n") is None


@given(st.integers(0, 127), st.integers(0, 65535), st.integers(0, 2**32 - 1), st.binary(max_size=200), st.booleans())
def test_rtp_goes_round(kind: int, sequence: int, timestamp: int, payload: bytes, marker: bool) -> None:
    packet = rtp.RtpPacket(kind, sequence, timestamp, 5, payload, marker)
    assert rtp.parse_rtp(packet.encode()) == packet


def test_a_key_is_pressed_then_let_go() -> None:
    payloads = rtp.event_payloads("#", 0.1)
    assert [rtp.ended_digit(payload) for payload in payloads] == [None] * 5 + ["#"] * 3
    with pytest.raises(ValueError):
        rtp.event_payloads("x")


@given(st.binary())
def test_mu_law_goes_round(ulaw: bytes) -> None:
    # 0x7F is mu-law's negative zero; it comes back as the positive one.
    assert pcm_to_ulaw(ulaw_to_pcm(ulaw)) == ulaw.replace(b"\x7f", b"\xff")


@given(st.lists(st.integers(-32768, 32767), max_size=50))
def test_mu_law_is_never_far_off(samples: list[int]) -> None:
    back = array.array("h", ulaw_to_pcm(pcm_to_ulaw(array.array("h", samples).tobytes())))
    assert all(abs(one - other) <= 16 + abs(one) / 16 for one, other in zip(samples, back, strict=True))
