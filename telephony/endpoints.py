"""Trunks and agents' devices as PJSIP sections (res_pjsip's configuration options, Asterisk 22).

Pure text from values. Nothing from outside can begin a line of its own: what is not plainly a name, an
address or a secret is refused with ValueError.
"""

import hashlib
import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

REALM = "answerline"
"""The digest realm of agents' devices; part of what is stored, so it may never change."""

CODECS = ("ulaw", "alaw", "g722", "opus")
CallerIdRule = Literal["from", "asserted"]
"""Whose word is the caller's number: the From header, or P-Asserted-Identity (RFC 3325) when it is there."""

PHONE_RTP_SECONDS = 120
BROWSER_RTP_SECONDS = 30
TRUNK_RTP_SECONDS = 300

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(?::[0-9]{1,5})?")
_USER = re.compile(r"[A-Za-z0-9+._@~-]{1,80}")
_SECRET = re.compile(r"[!-:<-\[\]-~]{1,128}")
_TAKEN = frozenset({"global", "system", "transport-udp", "transport-ws"})


@dataclass(frozen=True)
class TrunkEndpoint:
    """A carrier's trunk: who may send calls in, and how to send calls out. Raises ValueError if ill-formed."""

    name: str
    host: str | None = None
    """Where calls out and the registration go: `host` or `host:port`."""
    match: tuple[str, ...] = ()
    """Addresses, networks or host names that calls in come from."""
    username: str | None = None
    secret: str | None = None
    register: bool = False
    codecs: tuple[str, ...] = ("ulaw", "alaw")
    caller_id_rule: CallerIdRule = "from"

    def __post_init__(self) -> None:
        _checked("trunk name", self.name, _NAME)
        if self.name in _TAKEN:
            raise ValueError(f"trunk name {self.name!r} is taken")
        if self.host is not None:
            _checked("trunk host", self.host, _HOST)
        for source in self.match:
            _check_source(source)
        if self.username is not None:
            _checked("trunk user name", self.username, _USER)
        if self.secret is not None and not _SECRET.fullmatch(self.secret):
            raise ValueError("trunk secret: printable ASCII without blanks, ';' and '\\', at most 128")
        if self.register and (self.host is None or self.username is None or self.secret is None):
            raise ValueError("a trunk that registers needs host, user name and secret")
        if not self.codecs or not set(self.codecs) <= set(CODECS):
            raise ValueError(f"codecs: one or more of {', '.join(CODECS)}")
        if self.caller_id_rule not in ("from", "asserted"):
            raise ValueError("caller-id rule: from or asserted")
        if self.host is None and not self.match:
            raise ValueError("a trunk needs a host, or addresses that calls come from")


@dataclass(frozen=True)
class AgentDevice:
    """What one agent answers with: a SIP phone `username`, and a softphone in the page `username-web`."""

    username: str
    secret: str
    webrtc: bool = True

    def __post_init__(self) -> None:
        _checked("agent's SIP name", self.username, _NAME)
        if self.username.endswith("-web") or self.username in _TAKEN:
            raise ValueError(f"agent's SIP name {self.username!r} is taken")
        if not self.secret:
            raise ValueError("an agent's SIP secret cannot be empty")


def render_endpoints(trunks: Iterable[TrunkEndpoint], agents: Iterable[AgentDevice]) -> str:
    """The file that sorcery.conf names. Raises ValueError if two endpoints would share a name."""
    sections: list[str] = []
    names: list[str] = []
    for trunk in trunks:
        names.append(trunk.name)
        sections += _trunk(trunk)
    for agent in agents:
        names.append(agent.username)
        sections += _phone(agent)
        if agent.webrtc:
            names.append(f"{agent.username}-web")
            sections += _softphone(agent)
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"used twice as an endpoint's name: {', '.join(sorted(twice))}")
    return "; Written by the service; changes here are lost.\n\n" + "\n".join(sections)


def _trunk(trunk: TrunkEndpoint) -> list[str]:
    name = trunk.name
    options: dict[str, object] = {
        "transport": "transport-udp",
        "context": "from-trunk",
        "disallow": "all",
        "allow": ",".join(trunk.codecs),
        # Never by From user: anybody can write a trunk's name there.
        "identify_by": "ip",
        "dtmf_mode": "auto_info",
        "direct_media": "no",
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "rtp_timeout": TRUNK_RTP_SECONDS,
        "trust_id_inbound": "yes" if trunk.caller_id_rule == "asserted" else "no",
        "send_pai": "yes" if trunk.caller_id_rule == "asserted" else "no",
    }
    sections: list[str] = []
    if trunk.username is not None:
        options["from_user"] = trunk.username
    if trunk.username is not None and trunk.secret is not None:
        options["outbound_auth"] = f"{name}-auth"
        auth = {"auth_type": "userpass", "username": trunk.username, "password": trunk.secret}
        sections.append(_section(f"{name}-auth", "auth", auth))
    if trunk.host is not None:
        options["aors"] = name
        options["from_domain"] = trunk.host.partition(":")[0]
        aor = {"contact": f"sip:{trunk.host}", "qualify_frequency": 60}
        sections.append(_section(name, "aor", aor))
    sections.insert(0, _section(name, "endpoint", options))
    if trunk.match:
        identify = {"endpoint": name, "match": ",".join(trunk.match)}
        sections.append(_section(f"{name}-identify", "identify", identify))
    if trunk.register:
        registration = {
            "transport": "transport-udp",
            "outbound_auth": f"{name}-auth",
            "server_uri": f"sip:{trunk.host}",
            "client_uri": f"sip:{trunk.username}@{trunk.host}",
            "contact_user": trunk.username,
            "retry_interval": 30,
            "max_retries": 1000000,
            "forbidden_retry_interval": 300,
            "expiration": 300,
        }
        sections.append(_section(f"{name}-registration", "registration", registration))
    return sections


def _phone(agent: AgentDevice) -> list[str]:
    options = {
        "transport": "transport-udp",
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "rewrite_contact": "yes",
        "rtp_timeout": PHONE_RTP_SECONDS,
        "rtp_timeout_hold": 0,
    }
    return _device(agent, agent.username, options)


def _softphone(agent: AgentDevice) -> list[str]:
    options = {"webrtc": "yes", "rewrite_contact": "yes", "rtp_timeout": BROWSER_RTP_SECONDS}
    return _device(agent, f"{agent.username}-web", options)


def _device(agent: AgentDevice, name: str, options: Mapping[str, object]) -> list[str]:
    endpoint: dict[str, object] = {
        "context": "from-agent",
        "disallow": "all",
        "allow": "ulaw,alaw,g722",
        "identify_by": "username",
        "auth": f"{name}-auth",
        "aors": name,
        "dtmf_mode": "auto_info",
        "direct_media": "no",
        **options,
    }
    # A digest and not the secret: it is of no use elsewhere, and no secret can break out of its line.
    digest = hashlib.md5(f"{name}:{REALM}:{agent.secret}".encode(), usedforsecurity=False).hexdigest()
    auth = {"auth_type": "md5", "username": name, "realm": REALM, "md5_cred": digest}
    aor = {"max_contacts": 1, "remove_existing": "yes", "default_expiration": 120, "maximum_expiration": 600}
    return [
        _section(name, "endpoint", endpoint),
        _section(f"{name}-auth", "auth", auth),
        _section(name, "aor", aor),
    ]


def _section(name: str, kind: str, options: Mapping[str, object]) -> str:
    lines = [f"[{name}]", f"type = {kind}", *(f"{key} = {value}" for key, value in options.items())]
    return "\n".join(lines) + "\n"


def _check_source(source: str) -> None:
    try:
        ipaddress.ip_network(source, strict=False)
    except ValueError:
        _checked("address of a trunk", source, _HOST)


def _checked(what: str, value: str, pattern: re.Pattern[str]) -> None:
    if not pattern.fullmatch(value):
        raise ValueError(f"{what} {value!r} is not allowed")
