"""What a mail that came to us is: a bounce, the answer of a machine, or a person's words. Pure."""

import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from html.parser import HTMLParser

from messages.channels.channel import Receipt
from messages.channels.email import no_such_mailbox
from messages.text import one_line

LONGEST_WORDS = 2000
LOOKED_AT = 100_000
"""Characters of a text that are looked at; what people write to us is far shorter."""


@dataclass(frozen=True)
class Read:
    """`bounce` when it says that a mail did not arrive; `automatic` when no person wrote it. `words` without what they
    quote."""

    sender: str
    message_id: str
    words: str
    automatic: bool
    bounce: Receipt | None


def read(content: bytes) -> Read:
    """Raises anything for what is no mail at all."""
    mail = BytesParser(policy=policy.default).parsebytes(content)
    assert isinstance(mail, EmailMessage)
    bounce = _bounce(mail)
    automatic = _automatic(mail)
    words = "" if automatic else _without_quotes(_text(mail))
    return Read(_sender(mail), one_line(str(mail["Message-ID"] or "")), words, automatic, bounce)


def _sender(mail: EmailMessage) -> str:
    addresses = [str(each.addr_spec) for each in getattr(mail["From"], "addresses", ())]
    return addresses[0] if len(addresses) == 1 else ""


def _automatic(mail: EmailMessage) -> bool:
    """RFC 3834, and what is in use besides."""
    submitted = str(mail["Auto-Submitted"] or "no").split(";")[0].strip().casefold()
    precedence = str(mail["Precedence"] or "").strip().casefold()
    return (
        submitted != "no"
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or any(mail[name] is not None for name in ("List-Id", "X-Autoreply", "X-Autorespond"))
        or mail.get_content_type() == "multipart/report"
    )


def _bounce(mail: EmailMessage) -> Receipt | None:
    """What a delivery status notification (RFC 3464) says, when it says that a mail is lost for good."""
    if mail.get_content_type() != "multipart/report":
        return None
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            for recipient in part.get_payload():
                if isinstance(recipient, Message) and (lost := _lost(recipient)):
                    return lost
    return None


def _lost(recipient: Message) -> Receipt | None:
    action = str(recipient["Action"] or "").strip().casefold()
    status = str(recipient["Status"] or "").strip()
    if action != "failed" or not status.startswith("5"):
        return None
    said = str(recipient["Diagnostic-Code"] or "")
    why = one_line(f"The mail came back ({status}): {said}" if said else f"The mail came back ({status}).")[:300]
    dead = no_such_mailbox(550, status) or no_such_mailbox(550, said)
    return Receipt(arrived=False, why=why, dead_address="dead" if dead else "")


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    if body is None:
        return ""
    try:
        text = str(body.get_content())
    except (LookupError, UnicodeError):  # a character set that nobody knows
        payload = body.get_payload(decode=True)
        text = payload.decode("latin-1") if isinstance(payload, bytes) else ""
    text = text[:LOOKED_AT]
    return _plain(text) if body.get_content_type() == "text/html" else text


_ATTRIBUTION = re.compile(
    r"^[ \t]*(?:On|Am|Le|El)\b[^\n]{1,200}(?:\n[^\n]{1,200}){0,2}?"
    r"\b(?:wrote|schrieb[^\n]{0,80}|a écrit|escribió)\s?:[ \t]*$",
    re.MULTILINE,
)
_END = re.compile(r"\s*(?:-{2,}\s*(?:original message|forwarded message)|_{10,}\s*$|--\s*$)", re.IGNORECASE)
_HEADER = re.compile(r"\s*(?:\*?(?:from|von|de):\*?\s.*@)", re.IGNORECASE)


def _without_quotes(text: str) -> str:
    """Their own words, above or below what they quote."""
    kept: list[str] = []
    for line in _ATTRIBUTION.sub("", text.replace("\r\n", "\n")).split("\n"):
        if _END.match(line) or _HEADER.match(line):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line.strip())
    return "\n".join(kept).strip()[:LONGEST_WORDS]


_LINES = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote", "hr"})
_UNSEEN = frozenset({"script", "style", "head", "title", "blockquote"})


class _Words(HTMLParser):
    """What a page says, without what is quoted (blockquote) and what nobody sees."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _LINES:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN and self._unseen:
            self._unseen -= 1
        if tag in _LINES:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.said.append(data.replace("\n", " "))


def _plain(html: str) -> str:
    words = _Words()
    words.feed(html)
    words.close()
    return "".join(words.said)
