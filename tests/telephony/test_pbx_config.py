"""asterisk-config/ as an outsider reads it, and how it is filled in."""

import socket
from pathlib import Path

import pytest

from telephony.pbx import hostname_resolves
from telephony.pbx_config import TEMPLATES, PbxHome, PbxSettings, fill, write_config
from telephony.pbx_fetch import AsteriskBinary
from tests.telephony.asterisk_config import read_sections

BINARY = AsteriskBinary(
    ("/usr/sbin/asterisk",), "22.10.1", Path("/usr/lib/asterisk/modules"), Path("/usr/share/asterisk/documentation")
)


@pytest.fixture
def home(tmp_path: Path) -> PbxHome:
    made = PbxHome(tmp_path / "asterisk")
    made.make()
    return made


@pytest.mark.parametrize("name", sorted(path.name for path in TEMPLATES.glob("*.conf")))
def test_pyst2_reads_every_file_filled_in_and_as_it_is(name: str, home: PbxHome) -> None:
    write_config(home, PbxSettings(), BINARY)
    for path in (TEMPLATES / name, home.etc / name):
        assert read_sections(path)
    assert "@{" not in (home.etc / name).read_text()


def test_the_dialplan_stays_thin() -> None:
    """Architecture Invariant: Asterisk holds no business logic."""
    lines = (TEMPLATES / "extensions.conf").read_text().splitlines()
    assert len(lines) < 60
    contexts = [name for name, _ in read_sections(TEMPLATES / "extensions.conf")]
    assert contexts == ["general", "from-trunk", "service-down", "outbound", "agent-leg", "from-agent"]


def test_dangerous_modules_are_not_listed() -> None:
    listed = (TEMPLATES / "modules.conf").read_text()
    assert "autoload = no" in listed
    for module in ("app_system", "func_shell", "pbx_spool", "res_ari", "func_env", "func_curl", "app_externalivr"):
        assert f"load = {module}.so" not in listed
    assert "noload = app_queue.so" in listed


def test_the_manager_listens_on_loopback_only_with_a_secret_of_this_home(home: PbxHome, tmp_path: Path) -> None:
    write_config(home, PbxSettings(), BINARY)
    manager = (home.etc / "manager.conf").read_text()
    assert "bindaddr = 127.0.0.1" in manager
    assert f"secret = {home.ami_secret()}" in manager
    assert (home.etc / "manager.conf").stat().st_mode & 0o077 == 0
    assert (home.folder / "ami-secret").stat().st_mode & 0o077 == 0
    other = PbxHome(tmp_path / "other")
    other.make()
    assert other.ami_secret() != home.ami_secret()


def test_the_fingerprint_tells_settings_apart_and_nothing_else(home: PbxHome) -> None:
    first = write_config(home, PbxSettings(), BINARY)
    assert write_config(home, PbxSettings(), BINARY) == first
    assert write_config(home, PbxSettings(sip_port=5062), BINARY) != first


@pytest.mark.parametrize(
    "settings",
    [
        PbxSettings(sip_host="127.0.0.1\n[evil]"),
        PbxSettings(sip_host="127.0.0.1;"),
        PbxSettings(external_address="a\nb"),
        PbxSettings(ice_servers=("stun:a\nb",)),
        PbxSettings(ice_servers=("http://x",)),
    ],
)
def test_a_setting_that_could_break_out_is_refused(settings: PbxSettings, home: PbxHome) -> None:
    with pytest.raises(ValueError):
        write_config(home, settings, BINARY)


def test_nat_and_ice(home: PbxHome) -> None:
    servers = ("stun:stun.example:3478", "turn:ann:pw@turn.example:3478")
    write_config(home, PbxSettings(external_address="203.0.113.7", ice_servers=servers), BINARY)
    assert "external_media_address = 203.0.113.7" in (home.etc / "pjsip.conf").read_text()
    rtp = (home.etc / "rtp.conf").read_text()
    assert "stunaddr = stun.example:3478" in rtp
    assert "turnaddr = turn.example:3478\nturnusername = ann\nturnpassword = pw" in rtp


def test_an_unknown_place_is_an_error() -> None:
    assert fill("${EXTEN} @{A}", {"A": "1"}) == "${EXTEN} 1"
    with pytest.raises(KeyError):
        fill("@{B}", {"A": "1"})


def test_a_long_home_puts_its_socket_where_the_path_fits(tmp_path: Path) -> None:
    assert PbxHome(tmp_path / "a").run.is_relative_to(tmp_path)
    run = PbxHome(tmp_path / ("a" * 120)).run
    assert len(str(run / "asterisk.ctl")) < 108


def test_an_ipv6_address_is_bracketed(home: PbxHome) -> None:
    write_config(home, PbxSettings(sip_host="::1"), BINARY)
    assert "bind = [::1]:5060" in (home.etc / "pjsip.conf").read_text()


@pytest.mark.parametrize(("name", "expected"), [("localhost", True), ("no-such-machine.invalid", False)])
def test_whether_the_machines_own_name_has_an_address(
    name: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    assert hostname_resolves() is expected
