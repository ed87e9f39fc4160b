"""What doctor says of the ways by which messages go out and answers come back."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app import doctor_outside
from app.doctor_outside import messages_out
from app.finding import Finding
from app.settings import Settings

TWILIO = {
    "sms_provider": "twilio",
    "twilio_account_sid": "AC1",
    "twilio_api_key": "SK1",
    "twilio_api_secret": SecretStr("secret"),
    "twilio_from": "+12025550100",
}
TOKEN = {"twilio_auth_token": SecretStr("token")}


def looked_at(**settings: object) -> dict[str, Finding]:
    return {finding.what: finding for finding in messages_out(Settings.model_validate(settings))}


@pytest.fixture
async def self_signed(tmp_path: Path) -> AsyncIterator[int]:
    """The port of a server on loopback whose certificate nobody has signed."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl program: apt-get install openssl")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*make, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True, timeout=60)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(cert, key)
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


def test_a_house_with_outboxes_is_well() -> None:
    found = looked_at()
    assert all(finding.ok for finding in found.values())
    assert "outbox" in found["Mail"].detail and "outbox" in found["Texts"].detail


def test_without_the_token_twilios_posts_cannot_be_checked() -> None:
    posts = looked_at(**TWILIO)["Twilio's posts"]
    assert not posts.ok and "ANSWERLINE_TWILIO_AUTH_TOKEN" in posts.mend
    assert looked_at(**TWILIO, **TOKEN)["Twilio's posts"].ok


@pytest.mark.parametrize(
    ("public_url", "why"),
    [
        ("", "is not an https address"),
        ("http://answers.example.com", "is not an https address"),
        ("https://127.0.0.1:8443", "this machine or network only"),
        ("https://answers.local", "this machine or network only"),
        ("https://answers.invalid", "does not answer here"),
    ],
)
def test_where_twilio_cannot_reach_us(public_url: str, why: str) -> None:
    address = looked_at(**TWILIO, **TOKEN, public_url=public_url)["Public address"]
    assert not address.ok and why in address.detail


async def test_a_certificate_that_nobody_trusts(self_signed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_outside, "is_public", lambda host: True)
    url = f"https://localhost:{self_signed}"
    found = await asyncio.to_thread(looked_at, **TWILIO, **TOKEN, public_url=url)
    assert not found["Public address"].ok
    assert "certificate" in found["Public address"].detail


def test_a_double_of_twilio_may_be_anywhere() -> None:
    assert "Public address" not in looked_at(**TWILIO, **TOKEN, twilio_url="http://127.0.0.1:9")


def test_mail_that_comes_in_needs_an_mx_record_and_mail_that_goes_out() -> None:
    domain = {"mail_in_port": 2525, "mail_in_domain": "in.answers.example"}
    assert not looked_at(**domain)["Mail that comes in"].ok
    well = looked_at(**domain, smtp_url="smtp://mail.example")["Mail that comes in"]
    assert well.ok and "dig MX in.answers.example" in well.detail
