"""Settings: right values are taken, each wrong one is named with what is right."""

from pathlib import Path

import pytest

from app.settings import PREFIX, Settings, SettingsError, read_settings


def test_nothing_set_gives_the_defaults_of_the_contract() -> None:
    settings = read_settings({"PATH": "/bin", "ANSWERLINE_HTTP_PORT": ""})
    assert (settings.http_port, settings.sip_port, settings.agi_port) == (8080, 5060, 4573)
    assert settings.origin == "http://127.0.0.1:8080"
    assert settings.database == f"sqlite:///{settings.home}/answerline.db"
    assert settings.rtp_range == (10000, 10999)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HTTP_PORT", "http", "ANSWERLINE_HTTP_PORT: "),
        ("HTTP_PORT", "70000", "ANSWERLINE_HTTP_PORT: "),
        ("RTP_PORTS", "10999-10000", "use LOW-HIGH"),
        ("DATABASE_URL", "mysql://here/db", "use sqlite:///PATH or postgresql+asyncpg://"),
        ("SMTP_URL", "mail.example", "use smtp://"),
        ("PUBLIC_URL", "answers.example/path", "use http://HOST"),
        ("SMS_PROVIDER", "pigeon", "'outbox' or 'twilio'"),
        ("SMS_PROVIDER", "twilio", "ANSWERLINE_TWILIO_ACCOUNT_SID"),
        ("TLS_CERT", "/cert.pem", "go together"),
        ("OWNER_PASSWORD", "short", "at least 8 characters"),
        ("ALLOWED_COUNTRIES", "US Canada", '"Canada" is not a country'),
        ("SMS_PER_DAY", "0", "ANSWERLINE_SMS_PER_DAY: "),
        ("WEBHOOK_PRIVATE", "perhaps", "ANSWERLINE_WEBHOOK_PRIVATE: "),
        ("MAIL_IN_DOMAIN", "@here", "the name of a mail domain"),
        ("MAIL_IN_PORT", "2525", "ANSWERLINE_MAIL_IN_DOMAIN go together"),
        ("HTPP_PORT", "80", "there is no such setting"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_right(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        read_settings({PREFIX + name: value})
    assert sentence.lower() in str(wrong.value).lower()


def test_every_wrong_setting_gets_its_own_line() -> None:
    with pytest.raises(SettingsError) as wrong:
        read_settings({"ANSWERLINE_HTTP_PORT": "x", "ANSWERLINE_AGI_PORT": "y", "ANSWERLINE_NONSENSE": "z"})
    assert len(str(wrong.value).splitlines()) == 3


def test_a_secret_comes_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("correct horse battery\n")
    settings = read_settings({"ANSWERLINE_OWNER_PASSWORD_FILE": str(secret)})
    assert settings.owner_password is not None
    assert settings.owner_password.get_secret_value() == "correct horse battery"
    assert "horse" not in repr(settings)


def test_a_wrong_secret_is_not_quoted() -> None:
    with pytest.raises(SettingsError) as wrong:
        read_settings({"ANSWERLINE_SMTP_URL": "me:hunter2@mail.example"})
    assert "hunter2" not in str(wrong.value)


def test_file_and_value_together_are_refused(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("12345678")
    with pytest.raises(SettingsError, match="not both"):
        read_settings({"ANSWERLINE_OWNER_PASSWORD_FILE": str(tmp_path / "p"), "ANSWERLINE_OWNER_PASSWORD": "12345678"})


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ANSWERLINE_OWNER_PASSWORD_FILE"):
        read_settings({"ANSWERLINE_OWNER_PASSWORD_FILE": str(tmp_path / "absent")})


def test_relative_paths_are_the_callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERLINE_CALLED_FROM", str(tmp_path))
    assert read_settings({"ANSWERLINE_HOME": "data"}).home == tmp_path / "data"
    assert read_settings({"ANSWERLINE_DATABASE_URL": "sqlite:///here.db"}).database == f"sqlite:///{tmp_path}/here.db"
    assert read_settings({"ANSWERLINE_DATABASE_URL": "sqlite:////srv/a.db"}).database == "sqlite:////srv/a.db"
    (tmp_path / "secret").write_text("12345678\n")
    password = read_settings({"ANSWERLINE_OWNER_PASSWORD_FILE": "secret"}).owner_password
    assert password is not None and password.get_secret_value() == "12345678"


def test_the_public_address_decides_the_origin() -> None:
    behind_proxy = read_settings({"ANSWERLINE_PUBLIC_URL": "https://answers.example/", "ANSWERLINE_HTTP_PORT": "81"})
    assert behind_proxy.origin == "https://answers.example"
    assert Settings(http_host="0.0.0.0", http_port=81).origin == "http://127.0.0.1:81"


def test_countries_are_read_one_by_one() -> None:
    assert read_settings({}).countries == frozenset()
    assert read_settings({"ANSWERLINE_ALLOWED_COUNTRIES": "US CA  MX"}).countries == {"US", "CA", "MX"}
