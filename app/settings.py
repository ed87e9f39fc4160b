"""Settings from the environment (`ANSWERLINE_*`, `ANSWERLINE_*_FILE` for secrets in files).

A wrong value stops the start with a sentence that says what is right.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from app.named_files import UnreadableFile, read_named, where_called

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "ANSWERLINE_"
SQLITE = "sqlite:///"
NOT_SETTINGS = {"CALLED_FROM", "PYTHON", "DB_PASSWORD"}
"""Names with our prefix that are the launcher's or docker compose's own."""


class SettingsError(ValueError):
    """One or more settings are wrong; the text has a line for each."""


def _database(url: str) -> str:
    if url and not url.startswith((SQLITE, "postgresql+asyncpg://")):
        raise ValueError("use sqlite:///PATH or postgresql+asyncpg://USER:PASSWORD@HOST/NAME")
    return f"{SQLITE}{where_called(url.removeprefix(SQLITE))}" if url.startswith(SQLITE) else url


def _public_url(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/")):
        raise ValueError("use http://HOST[:PORT] or https://HOST[:PORT], without a path")
    return url.rstrip("/")


def _smtp_url(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if url.get_secret_value() and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
        raise ValueError("use smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://…")
    return url


def _rtp(ports: str) -> str:
    low, _, high = ports.partition("-")
    if not (low.isdigit() and high.isdigit() and 1024 <= int(low) < int(high) <= 65535):
        raise ValueError("use LOW-HIGH with ports from 1024 to 65535, such as 10000-10999")
    return ports


def _countries(names: str) -> str:
    for name in names.split():
        if name not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError(f'"{name}" is not a country; use two capital letters for each, like US CA MX')
    return names


def _domain(name: str) -> str:
    if name and not _DOMAIN.fullmatch(name):
        raise ValueError("use the name of a mail domain, like in.answerline.example")
    return name.lower()


_DOMAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,200}[A-Za-z0-9]")

Port = Annotated[int, Field(ge=1, le=65535)]
ADay = Annotated[int, Field(ge=1, le=1_000_000)]
FilePath = Annotated[Path, AfterValidator(where_called)]


class Settings(BaseModel):
    """All settings; names are those of README.md without the prefix, in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    home: FilePath = PROJECT / ".answerline"
    database_url: Annotated[str, AfterValidator(_database)] = Field(default="", repr=False)
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    public_url: Annotated[str, AfterValidator(_public_url)] = ""
    sip_host: str = "127.0.0.1"
    sip_port: Port = 5060
    rtp_ports: Annotated[str, AfterValidator(_rtp)] = "10000-10999"
    agi_port: Port = 4573
    ami_port: Port = 5038
    ws_port: Port = 8088
    tls_cert: FilePath | None = None
    tls_key: FilePath | None = None
    external_address: str | None = None
    ice_servers: str = ""
    asterisk: FilePath | None = None
    exchange: Literal["private", "separate"] = "private"
    smtp_url: Annotated[SecretStr, AfterValidator(_smtp_url)] = SecretStr("")
    mail_from: str = "Answerline <answerline@localhost>"
    sms_provider: Literal["outbox", "twilio"] = "outbox"
    twilio_account_sid: str = ""
    twilio_api_key: str = ""
    twilio_api_secret: SecretStr = SecretStr("")
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_from: str = ""
    twilio_url: Annotated[str, AfterValidator(_public_url)] = ""
    allowed_countries: Annotated[str, AfterValidator(_countries)] = ""
    sms_per_day: ADay = 500
    calls_per_day: ADay = 100
    webhook_private: bool = False
    mail_in_host: str = "127.0.0.1"
    mail_in_port: Port | None = None
    mail_in_domain: Annotated[str, AfterValidator(_domain)] = ""
    ready_seconds: Annotated[float, Field(ge=0.5, le=10)] = 1.0
    owner_password: SecretStr | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _go_together(self) -> "Settings":
        if self.sms_provider == "twilio":
            if not self.twilio_account_sid or not self.twilio_from:
                raise ValueError(
                    "ANSWERLINE_SMS_PROVIDER=twilio needs ANSWERLINE_TWILIO_ACCOUNT_SID and ANSWERLINE_TWILIO_FROM"
                )
            keyed = self.twilio_api_key and self.twilio_api_secret.get_secret_value()
            if not keyed and not self.twilio_auth_token.get_secret_value():
                raise ValueError(
                    "ANSWERLINE_SMS_PROVIDER=twilio needs ANSWERLINE_TWILIO_API_KEY with ANSWERLINE_TWILIO_API_SECRET, "
                    "or ANSWERLINE_TWILIO_AUTH_TOKEN"
                )
        if bool(self.tls_cert) != bool(self.tls_key):
            raise ValueError("ANSWERLINE_TLS_CERT and ANSWERLINE_TLS_KEY go together")
        if bool(self.mail_in_port) != bool(self.mail_in_domain):
            raise ValueError("ANSWERLINE_MAIL_IN_PORT and ANSWERLINE_MAIL_IN_DOMAIN go together")
        if self.owner_password is not None and len(self.owner_password.get_secret_value()) < 8:
            raise ValueError("ANSWERLINE_OWNER_PASSWORD needs at least 8 characters")
        return self

    @property
    def origin(self) -> str:
        """The public address of pages and links, without a slash at the end."""
        if self.public_url:
            return self.public_url
        host = "127.0.0.1" if self.http_host in ("0.0.0.0", "::") else self.http_host  # noqa: S104
        return f"{'https' if self.tls_cert else 'http'}://{host}:{self.http_port}"

    @property
    def database(self) -> str:
        return self.database_url or f"{SQLITE}{self.home / 'answerline.db'}"

    @property
    def countries(self) -> frozenset[str]:
        """Where texts and calls may go (ISO 3166 regions); empty: to each business's own country."""
        return frozenset(self.allowed_countries.split())

    @property
    def rtp_range(self) -> tuple[int, int]:
        low, high = self.rtp_ports.split("-")
        return int(low), int(high)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises SettingsError with one line for each wrong or unknown name."""
    given: dict[str, str] = {}
    wrong: list[str] = []
    for name, value in sorted(environment.items()):
        key = name.removeprefix(PREFIX)
        if key == name or key in NOT_SETTINGS or value == "":
            continue
        if key.endswith("_FILE") and key.removesuffix("_FILE").lower() in Settings.model_fields:
            if name.removesuffix("_FILE") in environment:
                wrong.append(f"{name}: set this or {name.removesuffix('_FILE')}, not both.")
                continue
            try:
                given[key.removesuffix("_FILE").lower()] = read_named(value).strip()
            except UnreadableFile as error:
                wrong.append(f"{name}: the file {error}.")
        elif key.lower() in Settings.model_fields:
            given[key.lower()] = value
        else:
            wrong.append(f"{name}: there is no such setting; README.md lists them.")
    settings = None
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            place = "".join(f"{PREFIX}{str(part).upper()}: " for part in problem["loc"][:1])
            text = problem["msg"].removeprefix("Value error, ")
            wrong.append(f"{place}{text[:1].upper()}{text[1:]}.")
    if wrong or settings is None:
        raise SettingsError("\n".join(wrong))
    return settings
