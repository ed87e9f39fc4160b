"""Unpacks Debian packages into a folder as an ordinary user, without installing anything.

apt-get is given a state of its own (its own lists, cache and an empty dpkg status), so that it resolves the
whole closure, libc included; dpkg-deb then unpacks it into one folder that runs by its own loader. The
mirror's address is the host's: whatever apt on this machine is configured to use for Debian itself.
"""

import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
UPDATE_SECONDS = 300
DOWNLOAD_SECONDS = 1800
UNPACK_SECONDS = 120

_RELEASE_URI = re.compile(r"'(?P<base>[^']+?)/dists/(?P<suite>[^/']+)/InRelease'")

Progress = Callable[[str], None]


class PackagesUnavailable(Exception):
    """Packages cannot be had this way on this machine; the text says why in one sentence."""


def unpack_packages(packages: Sequence[str], suite: str, work: Path, root: Path, progress: Progress) -> None:
    """Downloads `packages` and all they depend on from Debian's `suite`, and unpacks them into `root`.

    `work` keeps what was downloaded, so that an interrupted run goes on where it stopped; the caller removes
    it. Raises PackagesUnavailable where there is no apt, no Debian, or no network.
    """
    apt = _private_apt(suite, work)
    progress("reading the list of packages")
    _run([*apt, "update"], UPDATE_SECONDS, "the list of packages could not be fetched")
    progress(f"downloading {', '.join(packages)} with all it needs (about 100 MB)")
    _run(
        [*apt, "install", "--yes", "--download-only", *packages],
        DOWNLOAD_SECONDS,
        "the packages could not be fetched",
    )
    archives = sorted((work / "cache" / "archives").glob("*.deb"))
    progress(f"unpacking {len(archives)} packages")
    if root.exists():
        shutil.rmtree(root)
    root.mkdir(parents=True)
    for archive in archives:
        _run(["dpkg-deb", "--extract", str(archive), str(root)], UNPACK_SECONDS, f"{archive.name} is damaged")


def debian_mirror(codename: str) -> str:
    """The address this host's apt uses for its own release, `codename`. Raises PackagesUnavailable."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise PackagesUnavailable("this machine has no apt-get and dpkg-deb")
    printed = _run(["apt-get", "update", "--print-uris"], UPDATE_SECONDS, "apt's configuration cannot be read")
    mirrors = {found["suite"]: found["base"] for found in _RELEASE_URI.finditer(printed)}
    for name in (codename, "stable", "testing", "unstable", "sid"):
        if name in mirrors:
            return mirrors[name]
    raise PackagesUnavailable("apt on this machine names no mirror of Debian")


def _private_apt(suite: str, work: Path) -> list[str]:
    if not KEYRING.exists():
        raise PackagesUnavailable(f"this machine is not Debian ({KEYRING.name} is missing)")
    sources, state = work / "sources", work / "state"
    for folder in (sources, state / "lists" / "partial", work / "cache" / "archives" / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    (sources / "answerline.sources").write_text(
        f"Types: deb\nURIs: {debian_mirror(_codename())}\nSuites: {suite}\nComponents: main\nSigned-By: {KEYRING}\n"
    )
    options = {
        "Dir::State": state,
        "Dir::State::status": state / "status",
        "Dir::Cache": work / "cache",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": sources,
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Install-Recommends": "false",
        # As root apt would hand the download to its own user, who may not enter our home.
        "APT::Sandbox::User": "",
        "Acquire::Retries": "3",
    }
    return ["apt-get", "--quiet", *(part for name, value in options.items() for part in ("-o", f"{name}={value}"))]


def _codename() -> str:
    """The name of this host's release, from os-release(5); empty if it does not say (Debian testing may not)."""
    try:
        return platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    except OSError:
        return ""


def _run(command: Sequence[str], seconds: int, complaint: str) -> str:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise PackagesUnavailable(f"{complaint}: no answer in {seconds} s") from late
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("E:")] or done.stderr.splitlines()
        raise PackagesUnavailable(f"{complaint}: {' '.join(said[-2:])}")
    return done.stdout
