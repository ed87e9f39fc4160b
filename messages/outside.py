"""Which web addresses are outside our network: only those may be written to at a business's word. Pure.

A business chooses the address of its webhook. Without a guard it could choose one of ours: the database's, the
router's, the cloud's page of passwords. So a URL is looked at when it is saved (`url_trouble`, `check_outside`), and
the address itself again when it is connected to (`why_inside`, by `messages.channels.web_post`), whatever its name
means by then.

Sources: the registries of special-purpose addresses (https://www.iana.org/assignments/iana-ipv4-special-registry and
iana-ipv6-special-registry), RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4291 (IPv6 addresses).
"""

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Resolve = Callable[[str], Sequence[str]]
"""The IP addresses of a host name; none when it is unknown."""

_NEVER = "is no address of one computer on the internet"
_OWN = "belongs to an internal network"
_METADATA = "is an internal address of the hosting company"

# What Python's own tables (`is_global`) leave out in the versions we run on.
_INSIDE_4 = tuple(IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24"))
_METADATA_4 = tuple(IPv4Network(net) for net in ("169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32"))
_METADATA_6 = (IPv6Address("fd00:ec2::254"), IPv6Address("fd20:ce::254"))
_UNICAST_6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")

_INSIDE_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa")
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NUMERIC = re.compile(r"\d+|0x[0-9a-f]*")


def why_inside(address: str, *, allow_private: bool = False) -> str:
    """Why nothing is sent to this IP address, to follow its name in a sentence; "" when it is outside.

    With `allow_private` this machine and private networks are allowed, but never link-local and metadata addresses.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return _NEVER
    return _why_inside_4(ip, allow_private) if isinstance(ip, IPv4Address) else _why_inside_6(ip, allow_private)


def _why_inside_4(ip: IPv4Address, allow_private: bool) -> str:
    if any(ip in net for net in _METADATA_4):
        return _METADATA
    if ip.is_multicast or ip.is_unspecified or ip.is_reserved:
        return _NEVER
    if not ip.is_global or any(ip in net for net in _INSIDE_4):
        return "" if allow_private else _OWN
    return ""


def _why_inside_6(ip: IPv6Address, allow_private: bool) -> str:
    carried = ip.ipv4_mapped or ip.sixtofour
    if ip in _NAT64:
        carried = IPv4Address(int(ip) & 0xFFFFFFFF)
    if carried is not None:
        return _why_inside_4(carried, allow_private)
    if ip in _METADATA_6 or ip.is_link_local:
        return _METADATA
    if ip.is_multicast or ip.is_unspecified:
        return _NEVER
    if ip not in _UNICAST_6 or not ip.is_global:
        return "" if allow_private and (ip.is_loopback or ip.is_private) else _OWN
    return ""


def url_trouble(url: str, *, allow_private: bool = False) -> str:
    """What is wrong with a URL by its looks alone, in a sentence; "" when nothing is.

    `allow_private`: a test, or a house that wants its own network reached; plain http will do then, too.
    """
    if len(url) > 500 or not url.isprintable() or any(sign in url for sign in ' \\"<>'):
        return "This is not a web address."
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "This is not a web address."
    if parts.scheme not in ("https", "http") or not host:
        return "Write a web address like https://example.com/messages."
    if parts.scheme == "http" and not allow_private:
        return "Use an address that begins with https: messages hold people's names and numbers."
    if parts.username is not None or parts.password is not None:
        return "Leave name and password out of the address: it is shown on pages."
    return _host_trouble(host, allow_private)


def check_outside(url: str, resolve: Resolve, *, allow_private: bool = False) -> str:
    """Why this URL may not be saved, in a sentence; "" when it may. Also looks where its name leads to.

    A name that is unknown (yet) passes: it is looked at again with every message.
    """
    if trouble := url_trouble(url, allow_private=allow_private):
        return trouble
    host = name_in(url)
    for address in resolve(host) if host else ():
        if why := why_inside(address, allow_private=allow_private):
            return f'"{host}" leads to an address that {why}. Use one that can be reached from the internet.'
    return ""


def name_in(url: str) -> str:
    """The host name that has to be looked up to know where a URL leads; "" when there is none (an IP address)."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    return "" if _literal(host) else host


def _host_trouble(host: str, allow_private: bool) -> str:
    if _literal(host):
        why = why_inside(host, allow_private=allow_private)
        return f"{host} {why}. Use an address that can be reached from the internet." if why else ""
    try:
        # As look-ups read it: full-width digits and dots become plain ones.
        host = host.encode("idna").decode().lower()
    except UnicodeError:
        return f'"{host}" is not the name of a server.'
    # 127.1, 0x7f.1 and 2130706433 are ways to write an IPv4 address that only the operating system would see through.
    if not _HOST.fullmatch(host) or _NUMERIC.fullmatch(host.rsplit(".", 1)[-1]):
        return f'"{host}" is not the name of a server.'
    inside = "." not in host or any(host == name or host.endswith(f".{name}") for name in _INSIDE_NAMES)
    if inside and not allow_private:
        return f'"{host}" is a name within a network. Use one that can be reached from the internet.'
    return ""


def _literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
