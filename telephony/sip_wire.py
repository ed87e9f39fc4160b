"""SIP messages (RFC 3261), digest answers (RFC 2617) and a narrow SDP (RFC 4566): text in, values out, no I/O.

As much as a caller of our own needs on UDP: PCMU with telephone-event, no proxies on the way.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PCMU = 0
TELEPHONE_EVENT = 101
"""The payload type we offer for RFC 4733 digits."""

_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
}


class BadMessage(ValueError):
    """Not a SIP message."""


@dataclass(frozen=True)
class SipMessage:
    """A request or a response. Header names compare without case."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    @property
    def method(self) -> str:
        """The method of a request, or the one a response answers."""
        return self.get("cseq").partition(" ")[2].strip() if self.is_response else self.start.partition(" ")[0]

    @property
    def is_response(self) -> bool:
        return self.start.startswith("SIP/2.0 ")

    @property
    def status(self) -> int:
        """The status code of a response; 0 for a request."""
        return int(self.start.split(" ")[1]) if self.is_response else 0

    @property
    def branch(self) -> str:
        """What names the transaction: the topmost Via's branch."""
        found = re.search(r";\s*branch=([^;,\s]+)", self.get("via"))
        return found[1] if found else ""

    def get(self, name: str) -> str:
        """The first header of that name; empty if there is none."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def encode(self) -> bytes:
        body = self.body.encode()
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers), f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


def parse_message(datagram: bytes) -> SipMessage:
    """Raises BadMessage."""
    head, _, body = datagram.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    if not re.match(r"SIP/2\.0 [1-6]\d\d( |$)|[A-Z]+ \S+ SIP/2\.0$", start):
        raise BadMessage(start[:40])
    headers: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.strip()
        if not colon or not name:
            raise BadMessage(line[:40])
        if name.lower() != "content-length":
            headers.append((_COMPACT.get(name.lower(), name), value.strip()))
    return SipMessage(start, tuple(headers), body)


def response_to(request: SipMessage, status: int, reason: str, to_tag: str, **more: str) -> SipMessage:
    """A response with the headers every response copies. `more`: `content_type="…"` becomes Content-Type."""
    to = request.get("to")
    headers = [("Via", value) for value in request.all("via")]
    headers += [("From", request.get("from")), ("To", to if ";tag=" in to else f"{to};tag={to_tag}")]
    headers += [("Call-ID", request.get("call-id")), ("CSeq", request.get("cseq"))]
    body = more.pop("body", "")
    headers += [(name.replace("_", "-").title(), value) for name, value in more.items()]
    return SipMessage(f"SIP/2.0 {status} {reason}", tuple(headers), body)


def tag_of(address: str) -> str:
    """The tag of a From or To header; empty if it has none."""
    found = re.search(r";\s*tag=([^;\s]+)", address)
    return found[1] if found else ""


def uri_of(address: str) -> str:
    """The URI of a From, To or Contact header."""
    found = re.search(r"<([^>]+)>", address)
    return found[1] if found else address.partition(";")[0].strip()


def user_of(address: str) -> str:
    """The user part of a header's URI."""
    found = re.match(r"sips?:([^@;>]*)@", uri_of(address))
    return found[1] if found else ""


def digest_answer(challenge: str, method: str, uri: str, user: str, secret: str) -> str:
    """The Authorization header's value for an MD5 challenge, with or without qop=auth."""
    asked = {key.lower(): value.strip('"') for key, value in re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', challenge)}
    realm, nonce = asked.get("realm", ""), asked.get("nonce", "")
    first = _md5(f"{user}:{realm}:{secret}")
    second = _md5(f"{method}:{uri}")
    given = {"username": user, "realm": realm, "nonce": nonce, "uri": uri}
    plain = ""
    if "auth" in asked.get("qop", "").split(","):
        cnonce = secrets.token_hex(8)
        given["response"] = _md5(f"{first}:{nonce}:00000001:{cnonce}:auth:{second}")
        given["cnonce"] = cnonce
        plain = ", qop=auth, nc=00000001"
    else:
        given["response"] = _md5(f"{first}:{nonce}:{second}")
    if "opaque" in asked:
        given["opaque"] = asked["opaque"]
    return "Digest " + ", ".join(f'{key}="{value}"' for key, value in given.items()) + plain + ", algorithm=MD5"


def challenge_of(reply: SipMessage) -> tuple[str, str]:
    """The challenge of a 401 or 407, and the header its answer goes into."""
    if reply.status == 401:
        return reply.get("www-authenticate"), "Authorization"
    return reply.get("proxy-authenticate"), "Proxy-Authorization"


@dataclass(frozen=True)
class Sdp:
    """Where the other side wants audio, and its payload type for digits (None: it takes none)."""

    host: str
    port: int
    digits: int | None = None
    payloads: tuple[int, ...] = field(default=(PCMU,))


def parse_sdp(body: str) -> Sdp | None:
    """The audio stream of a description; None if there is none we can use."""
    host = re.search(r"^c=IN IP4 (\S+)", body, re.M)
    media = re.search(r"^m=audio (\d+) \S+ ([\d ]+)", body, re.M)
    if host is None or media is None:
        return None
    digits = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", body, re.M)
    payloads = tuple(int(number) for number in media[2].split())
    return Sdp(host[1], int(media[1]), int(digits[1]) if digits else None, payloads)


def render_sdp(host: str, port: int, digits: int = TELEPHONE_EVENT) -> str:
    lines = [
        "v=0",
        f"o=answerline 1 1 IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {PCMU} {digits}",
        f"a=rtpmap:{PCMU} PCMU/8000",
        f"a=rtpmap:{digits} telephone-event/8000",
        f"a=fmtp:{digits} 0-16",
        "a=ptime:20",
        "a=sendrecv",
    ]
    return "\r\n".join([*lines, ""])


def request(start: str, headers: Mapping[str, str] | Sequence[tuple[str, str]], body: str = "") -> SipMessage:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return SipMessage(start, tuple(pairs), body)


def new_branch() -> str:
    """A branch that says RFC 3261 is followed."""
    return "z9hG4bK" + secrets.token_hex(8)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
