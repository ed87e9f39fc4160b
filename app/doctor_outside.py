"""What `./answerline doctor` looks at between the service and those who carry its messages."""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from app.finding import Finding
from app.settings import Settings
from app.twilio import is_public

CONNECT_SECONDS = 5.0


def messages_out(settings: Settings) -> Iterator[Finding]:
    """Mail, texts, and the way back for receipts and people's answers."""
    mail = bool(settings.smtp_url.get_secret_value())
    yield Finding("Mail", True, "goes out by SMTP" if mail else "goes to the built-in outbox (ANSWERLINE_SMTP_URL)")
    yield from _twilio(settings)
    yield from _mail_in(settings, mail)


def _twilio(settings: Settings) -> Iterator[Finding]:
    if settings.sms_provider != "twilio":
        yield Finding("Texts", True, "go to the built-in outbox (ANSWERLINE_SMS_PROVIDER)")
        return
    token = bool(settings.twilio_auth_token.get_secret_value())
    yield Finding(
        "Twilio's posts",
        token,
        "can be checked" if token else "cannot be checked, so receipts come late and people's answers later still",
        "Set ANSWERLINE_TWILIO_AUTH_TOKEN, also beside an API key: Twilio signs with it (docs/twilio.md).",
    )
    if not settings.twilio_url:
        trouble = _https_trouble(settings.origin)
        yield Finding(
            "Public address",
            not trouble,
            trouble or f"{settings.origin} answers by https",
            "Set ANSWERLINE_PUBLIC_URL to an https address that Twilio can reach, and put a certificate there: "
            "receipts and people's answers come by it, and links in texts lead to it.",
        )


def _mail_in(settings: Settings, mail: bool) -> Iterator[Finding]:
    if settings.mail_in_port is None:
        return
    domain, place = settings.mail_in_domain, f"{settings.mail_in_host}:{settings.mail_in_port}"
    yield Finding(
        "Mail that comes in",
        mail,
        f"for {domain} at {place}; its MX record has to lead there (dig MX {domain})" if mail else "answers no mail",
        "Set ANSWERLINE_SMTP_URL: only mail that goes out by SMTP can come back.",
    )


def _https_trouble(url: str) -> str:
    """Why nobody outside reaches this address by https; "" when it answers, with a certificate that is good."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https":
        return f"{url} is not an https address"
    if not is_public(host):
        return f"{url} is an address of this machine or network only"
    try:
        with socket.create_connection((host, parts.port or 443), CONNECT_SECONDS) as link:
            ssl.create_default_context().wrap_socket(link, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        return f"the certificate at {url} is not good: {error.verify_message}"
    except OSError as error:
        return f"{url} does not answer here ({error.strerror or type(error).__name__})"
    return ""
