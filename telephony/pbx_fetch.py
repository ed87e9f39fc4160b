"""Finds an Asterisk to run: the one named in the settings, one on PATH that is new enough, or a private copy."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from telephony.debian_packages import PackagesUnavailable, unpack_packages

OLDEST_VERSION = (22, 10, 1)
"""22.10.1 mends five security faults that 22.10.0 has."""

SUITE = "forky"
"""The Debian suite that carries a new enough Asterisk."""

PACKAGES = ("asterisk",)
NEEDED_MODULES = (
    "app_confbridge",
    "app_dial",
    "app_record",
    "app_userevent",
    "chan_pjsip",
    "codec_ulaw",
    "format_wav",
    "pbx_config",
    "res_agi",
    "res_http_websocket",
    "res_musiconhold",
    "res_pjsip",
    "res_pjsip_endpoint_identifier_user",
    "res_pjsip_outbound_registration",
    "res_pjsip_transport_websocket",
    "res_rtp_asterisk",
    "res_srtp",
)
VERSION_SECONDS = 20

Progress = Callable[[str], None]


class AsteriskUnavailable(Exception):
    """No usable Asterisk; the text says what to do about it."""


@dataclass(frozen=True)
class AsteriskBinary:
    """An Asterisk that can be run."""

    command: tuple[str, ...]
    """What to execute; a private copy is started by its own loader, so there may be arguments."""
    version: str
    modules: Path
    documentation: Path
    """Asterisk's own option texts; it does not start without them."""


def find_asterisk(setting: Path | None, cache: Path, progress: Progress) -> AsteriskBinary:
    """The Asterisk to run; fetches a private copy into `cache` if there is no other.

    `cache` may be shared by any number of homes and by starts at the same time. Raises AsteriskUnavailable.
    """
    if setting is not None:
        return _installed(setting)
    on_path = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if on_path is not None:
        try:
            return _installed(Path(on_path))
        except AsteriskUnavailable as reason:
            progress(f"not using {on_path}: {reason}")
    try:
        return _private(cache, progress)
    except (PackagesUnavailable, OSError) as reason:
        wanted = ".".join(map(str, OLDEST_VERSION))
        raise AsteriskUnavailable(
            f"No Asterisk: {reason}. Install Asterisk {wanted} or newer (or name one in ANSWERLINE_ASTERISK), "
            "or run `docker compose up`."
        ) from reason


def _installed(program: Path) -> AsteriskBinary:
    """An Asterisk somebody installed. Raises AsteriskUnavailable if it is too old or a part is missing."""
    if not os.access(program, os.X_OK):
        raise AsteriskUnavailable(f"{program} is not a program that can be run")
    return _examined((str(program),), program.resolve().parent.parent)


def _examined(command: tuple[str, ...], prefix: Path) -> AsteriskBinary:
    version = _version_of(command)
    folders = [prefix / "lib", prefix / "lib64", *sorted(prefix.glob("lib/*-linux-*"))]
    modules = next((lib / "asterisk/modules" for lib in folders if (lib / "asterisk/modules").is_dir()), None)
    if modules is None:
        raise AsteriskUnavailable(f"{command[-1]} has no folder of modules under {prefix}/lib*")
    missing = [name for name in NEEDED_MODULES if not (modules / f"{name}.so").exists()]
    if missing:
        raise AsteriskUnavailable(f"{modules} lacks {', '.join(missing)}")
    texts = (prefix / "share/asterisk/documentation", prefix.parent / "var/lib/asterisk/documentation")
    documentation = next((path for path in texts if path.is_dir()), None)
    if documentation is None:
        raise AsteriskUnavailable(f"{texts[0]} is missing")
    return AsteriskBinary(command, version, modules, documentation)


def _version_of(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run([*command, "-V"], capture_output=True, text=True, timeout=VERSION_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as reason:
        raise AsteriskUnavailable(f"{command[-1]} does not run: {reason}") from reason
    found = re.search(r"Asterisk (?:certified[-/])?((\d+)\.(\d+)(?:\.(\d+))?\S*)", done.stdout)
    if found is None:
        raise AsteriskUnavailable(f"{command[-1]} does not say its version")
    if tuple(int(part or 0) for part in found.groups()[1:]) < OLDEST_VERSION:
        wanted = ".".join(map(str, OLDEST_VERSION))
        raise AsteriskUnavailable(f"Asterisk {found[1]} is too old, {wanted} or newer is needed")
    return found[1]


def _private(cache: Path, progress: Progress) -> AsteriskBinary:
    recipe = json.dumps([SUITE, PACKAGES, OLDEST_VERSION])
    copy = cache / f"asterisk-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if not copy.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(copy.with_suffix(".lock")):
            if not copy.exists():
                _fetch(copy, progress)
    root = copy / "root"
    loader = next(iter(sorted(root.glob("usr/lib*/ld-linux-*.so.*"))), None)
    if loader is None:
        raise PackagesUnavailable("the private copy has no loader for this kind of machine")
    libraries = ":".join(str(path) for path in sorted(root.glob("usr/lib/*-linux-*")) if path.is_dir())
    command = (str(loader), "--library-path", libraries, str(root / "usr/sbin/asterisk"))
    return _examined(command, root / "usr")


def _fetch(copy: Path, progress: Progress) -> None:
    """Makes the copy beside its place and moves it there whole, so that a half copy is never seen."""
    work = copy.with_suffix(".part")
    unpack_packages(PACKAGES, SUITE, work, work / "root", lambda text: progress(f"Asterisk: {text}"))
    finished = copy.with_suffix(".new")
    if finished.exists():
        shutil.rmtree(finished)
    finished.mkdir()
    (work / "root").rename(finished / "root")
    finished.rename(copy)
    shutil.rmtree(work)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
