"""What the private Asterisk reads: the templates of asterisk-config/ filled in for one home."""

import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from telephony.endpoints import REALM
from telephony.pbx_fetch import AsteriskBinary

TEMPLATES = Path(__file__).resolve().parent.parent / "asterisk-config"
LOOPBACK = "127.0.0.1"
SOCKET_PATH_LIMIT = 100
"""A Unix socket's path holds 108 bytes on Linux; Asterisk appends its own name to the folder."""

LEFT_AT_DEFAULTS = (
    "acl",
    "ccss",
    "cel",
    "features",
    "pjproject",
    "stasis",
    "udptl",
)
"""Files that are empty on purpose: Asterisk logs an error for each that is absent."""

_PLACE = re.compile(r"@\{([A-Z_]+)\}")
_PLAIN = re.compile(r"[^\r\n;\[\]]*")


@dataclass(frozen=True)
class PbxSettings:
    """Where the private Asterisk listens and whom it talks to."""

    sip_host: str = LOOPBACK
    sip_port: int = 5060
    rtp_ports: tuple[int, int] = (10000, 10999)
    agi_port: int = 4573
    ami_port: int = 5038
    ami_user: str = "answerline"
    ws_port: int = 8088
    external_address: str | None = None
    """The public address for SIP and media behind NAT."""
    ice_servers: tuple[str, ...] = ()
    """`stun:host[:port]`, or `turn:user:password@host[:port]`."""
    longest_call_seconds: int = 4 * 3600
    """A call that the service has not given back by then goes to the fallback."""
    outlives_service: bool = True
    """A killed service leaves Asterisk up, so that callers still leave a message; the next start takes it over."""


@dataclass(frozen=True)
class PbxHome:
    """The folders of one private Asterisk."""

    folder: Path

    @property
    def etc(self) -> Path:
        return self.folder / "etc"

    @property
    def data(self) -> Path:
        """Sounds and hold music."""
        return self.folder / "data"

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    @property
    def fallback_messages(self) -> Path:
        """What callers left while the service was down."""
        return self.spool / "answerline"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def run(self) -> Path:
        """Pid file and control socket; elsewhere when the home's own path is too long for a socket."""
        run = self.folder / "run"
        if len(str(run)) + len("/asterisk.ctl") < SOCKET_PATH_LIMIT:
            return run
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"answerline-{os.getuid()}-{name}"

    @property
    def main_config(self) -> Path:
        return self.etc / "asterisk.conf"

    @property
    def endpoints(self) -> Path:
        return self.etc / "pjsip_endpoints.conf"

    @property
    def hold_music(self) -> Path:
        """The businesses' own hold music, a folder for each class."""
        return self.data / "music"

    @property
    def hold_music_config(self) -> Path:
        return self.etc / "musiconhold_businesses.conf"

    def make(self) -> None:
        """Makes the folders, readable by their owner only."""
        folders = (self.folder, self.etc, self.data, self.fallback_messages, self.log, self.run)
        for folder in (*folders, self.folder / "db", self.data / "keys"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("monitor", "recording", "tmp"):
            (self.spool / name).mkdir(exist_ok=True)

    def ami_secret(self) -> str:
        """The secret of this home's AMI user; made at the first call, in a file of mode 0600."""
        path = self.folder / "ami-secret"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(handle, "w") as out:
            secret = secrets.token_urlsafe(32)
            out.write(secret)
        return secret


def write_config(home: PbxHome, settings: PbxSettings, binary: AsteriskBinary) -> str:
    """Fills every template into the home; returns a fingerprint that changes with any of it."""
    values = _values(home, settings, binary)
    written = hashlib.sha256("\0".join(binary.command).encode())
    for template in sorted(TEMPLATES.glob("*.conf")):
        text = fill(template.read_text(), values)
        written.update(f"{template.name}\0{text}\0".encode())
        write_private(home.etc / template.name, text)
    for name in LEFT_AT_DEFAULTS:
        write_private(home.etc / f"{name}.conf", "")
    return written.hexdigest()


def fill(template: str, values: Mapping[str, str]) -> str:
    """Puts values into `@{NAME}` places; an unknown name is a KeyError (`${…}` is Asterisk's own)."""
    return _PLACE.sub(lambda place: values[place[1]], template)


def write_private(path: Path, text: str) -> None:
    """Replaces a file in one step, mode 0600, so that a reload never reads half of it."""
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.replace(path)


def _values(home: PbxHome, settings: PbxSettings, binary: AsteriskBinary) -> dict[str, str]:
    first, last = settings.rtp_ports
    values: dict[str, object] = {
        "ETC": home.etc,
        "MODULES": binary.modules,
        "DATA": home.data,
        "DB": home.folder / "db",
        "SPOOL": home.spool,
        "RUN": home.run,
        "LOG": home.log,
        "AMI_HOST": LOOPBACK,
        "AMI_PORT": settings.ami_port,
        "AMI_USER": settings.ami_user,
        "AMI_SECRET": home.ami_secret(),
        "AGI_HOST": LOOPBACK,
        "AGI_PORT": settings.agi_port,
        "WS_HOST": LOOPBACK,
        "WS_PORT": settings.ws_port,
        "SIP_HOST": settings.sip_host,
        "SIP_PORT": settings.sip_port,
        "RTP_START": first,
        "RTP_END": last,
        "REALM": REALM,
        "CALL_SECONDS": settings.longest_call_seconds,
    }
    filled = {name: str(value) for name, value in values.items()}
    for name, value in filled.items():
        if not _PLAIN.fullmatch(value):
            raise ValueError(f"{name.lower()}: a line break, ';', '[' or ']' cannot be in Asterisk's configuration")
    return filled | {
        "SIP_HOST": f"[{settings.sip_host}]" if ":" in settings.sip_host else settings.sip_host,
        "EXTERNAL_ADDRESS": _external(settings.external_address),
        "ICE_SERVERS": _ice(settings.ice_servers),
    }


def _external(address: str | None) -> str:
    """Ends the comment its place stands in, and says its options on lines of their own."""
    if address is None:
        return "no"
    if not re.fullmatch(r"[A-Za-z0-9.:-]+", address):
        raise ValueError(f"external address {address!r}: a host name or an address is right")
    lines = [f"external_media_address = {address}", f"external_signaling_address = {address}"]
    private = ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    return "\n".join(["yes", *lines, *(f"local_net = {net}" for net in private)])


def _ice(servers: tuple[str, ...]) -> str:
    lines = []
    for server in servers:
        found = re.fullmatch(r"stun:([A-Za-z0-9.:-]+)", server)
        if found:
            lines.append(f"stunaddr = {found[1]}")
            continue
        found = re.fullmatch(r"turn:([!-9<-?A-Z^-~]+):([!-:<-?A-Z^-~]+)@([A-Za-z0-9.:-]+)", server)
        if not found:
            raise ValueError("ICE servers: stun:host:port or turn:user:password@host:port is right")
        lines += [f"turnaddr = {found[3]}", f"turnusername = {found[1]}", f"turnpassword = {found[2]}"]
    return "\n".join(["yes", *lines]) if lines else "none"
