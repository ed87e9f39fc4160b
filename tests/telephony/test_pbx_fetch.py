"""Which Asterisk is run: the named one, one on PATH that is new enough, or else a private copy."""

from pathlib import Path

import pytest

from telephony.debian_packages import PackagesUnavailable, debian_mirror
from telephony.pbx_fetch import NEEDED_MODULES, AsteriskUnavailable, find_asterisk


def installed(prefix: Path, version: str, without: str = "") -> Path:
    """An Asterisk as a distribution lays it out, as far as it is looked at before it is run."""
    program = prefix / "sbin" / "asterisk"
    modules = prefix / "lib" / "x86_64-linux-gnu" / "asterisk" / "modules"
    for folder in (program.parent, modules, prefix / "share/asterisk/documentation"):
        folder.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho Asterisk {version}\n")
    program.chmod(0o755)
    for name in NEEDED_MODULES:
        if name != without:
            (modules / f"{name}.so").touch()
    return program


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on PATH: no Asterisk, and no apt to fetch one with."""
    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    return empty


@pytest.mark.parametrize("version", ["22.10.1", "22.10.1+dfsg+~cs6.17-1", "23.0.0", "certified/22.11", "22.11-rc1"])
def test_one_that_is_new_enough_is_used(version: str, tmp_path: Path) -> None:
    program = installed(tmp_path / "usr", version)
    found = find_asterisk(program, tmp_path / "cache", print)
    assert found.command == (str(program),)
    assert found.modules == tmp_path / "usr/lib/x86_64-linux-gnu/asterisk/modules"
    assert found.documentation == tmp_path / "usr/share/asterisk/documentation"


@pytest.mark.parametrize("version", ["22.10.0", "20.99.0", "certified/20.7-cert1", "22.9.9", "22.10"])
def test_a_named_one_that_is_too_old_is_refused(version: str, tmp_path: Path) -> None:
    program = installed(tmp_path / "usr", version)
    with pytest.raises(AsteriskUnavailable, match=r"too old, 22\.10\.1 or newer"):
        find_asterisk(program, tmp_path / "cache", print)


def test_one_without_a_needed_part_is_refused_by_its_name(tmp_path: Path) -> None:
    program = installed(tmp_path / "usr", "22.10.1", without="res_srtp")
    with pytest.raises(AsteriskUnavailable, match="lacks res_srtp"):
        find_asterisk(program, tmp_path / "cache", print)


def test_one_on_the_path_is_used(tmp_path: Path, nowhere: Path) -> None:
    program = installed(tmp_path / "usr", "22.10.2")
    (nowhere / "asterisk").symlink_to(program)
    (nowhere / "sh").symlink_to("/bin/sh")
    assert find_asterisk(None, tmp_path / "cache", print).version == "22.10.2"


def test_where_none_can_be_had_it_says_what_to_do(tmp_path: Path, nowhere: Path) -> None:
    program = installed(tmp_path / "usr", "20.1.0")
    (nowhere / "asterisk").symlink_to(program)
    said: list[str] = []
    with pytest.raises(AsteriskUnavailable) as refused:
        find_asterisk(None, tmp_path / "cache", said.append)
    assert "no apt-get" in str(refused.value)
    assert "Install Asterisk 22.10.1 or newer" in str(refused.value)
    assert "docker compose up" in str(refused.value)
    assert any("too old" in line for line in said)


def test_the_mirror_is_the_hosts_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-get"
    lines = [
        "'http://other.example/x/dists/nodistro/InRelease' a 0",
        "'http://mirror.example/debian-security/dists/bookworm-security/InRelease' b 0",
        "'https://mirror.example/debian/dists/bookworm/InRelease' c 0",
        "'https://mirror.example/debian/dists/trixie/InRelease' d 0",
        "'https://mirror.example/debian/dists/trixie/main/binary-amd64/Packages.xz' e 0",
    ]
    apt.write_text("#!/bin/sh\n" + "".join(f'echo "{line}"\n' for line in lines))
    (tmp_path / "dpkg-deb").write_text("#!/bin/sh\n")
    for program in (apt, tmp_path / "dpkg-deb"):
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    for codename in ("bookworm", "trixie"):
        assert debian_mirror(codename) == "https://mirror.example/debian"
    with pytest.raises(PackagesUnavailable, match="no mirror of Debian"):
        debian_mirror("noble")
