"""Which addresses are outside our network."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.outside import check_outside, name_in, url_trouble, why_inside

OUTSIDE = ["8.8.8.8", "1.1.1.1", "99.255.255.255", "172.32.0.1", "2606:4700::1111", "2001:4860:4860::8888"]
OUTSIDE_BY_OTHER_MEANS = ["::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
PRIVATE = [
    "127.0.0.1",
    "127.255.0.9",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b::7f00:1",
    "2002:a00:1::",
    "2002:c0a8:101::1",
]
NEVER = [
    "0.0.0.0",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "169.254.169.254",
    "169.254.170.2",
    "168.63.129.16",
    "100.100.100.200",
    "::",
    "ff02::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "::127.0.0.1x",
    "localhost",
    "",
]


@pytest.mark.parametrize("address", OUTSIDE + OUTSIDE_BY_OTHER_MEANS)
def test_addresses_on_the_internet_are_outside(address: str) -> None:
    assert why_inside(address) == ""


@pytest.mark.parametrize("address", [*PRIVATE, "::7f00:1", "::10.0.0.1", "64:ff9b:1::a00:1", "2001:0:1::1", "100::1"])
def test_private_addresses_are_inside_however_they_are_written(address: str) -> None:
    assert why_inside(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_house_may_allow_its_own_network(address: str) -> None:
    assert why_inside(address, allow_private=True) == ""


@pytest.mark.parametrize("address", [a for a in NEVER if a != "fec0::1"])
def test_some_addresses_are_never_written_to(address: str) -> None:
    assert why_inside(address, allow_private=True)
    assert why_inside(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_each_of_its_ipv6_clothes(address: object) -> None:
    bare = why_inside(str(address))
    assert why_inside(f"::ffff:{address}") == bare
    assert why_inside(f"64:ff9b::{address}") == bare


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/messages",
        "https://hooks.example.com:8443/a?b=c",
        "https://bücher.example/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
    ],
)
def test_good_urls(url: str) -> None:
    assert url_trouble(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https://",
        "https:///path",
        "not a url",
        "https://exa mple.com/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com/\r\nX: y",
        "https://user:pass@example.com/",
        "https://@example.com/",
        "https://example.com:99999/",
        "https://example.com:port/",
        "https://[::1/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://１２７.0.0.1/",
        "https://127。0。0。1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "https://localhost./",
        "https://LOCALHOST:8080/",
        "https://ⓛocalhost/",
        "https://db.localhost/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://router/",
        "https://a..b.example/",
        "https://" + "a" * 600 + ".example/",
    ],
)
def test_urls_refused_by_their_looks(url: str) -> None:
    assert url_trouble(url).endswith(".")


def test_a_house_that_allows_its_own_network_needs_no_https() -> None:
    for url in ("http://127.0.0.1:9000/hook", "http://router/", "https://localhost/", "http://[::1]:80/"):
        assert url_trouble(url, allow_private=True) == ""
    assert url_trouble("http://169.254.169.254/", allow_private=True)


@given(st.text(max_size=80))
def test_any_text_gets_an_answer(typed: str) -> None:
    url_trouble(typed)
    url_trouble(f"https://{typed}/")
    why_inside(typed)


def test_a_name_is_looked_up_before_it_is_saved() -> None:
    asked: list[str] = []

    def resolve(host: str) -> Sequence[str]:
        asked.append(host)
        return {"inside.example": ["8.8.8.8", "10.1.2.3"], "outside.example": ["8.8.8.8"]}.get(host, [])

    assert "internal network" in check_outside("https://inside.example/hook", resolve)
    assert check_outside("https://outside.example/hook", resolve) == ""
    assert check_outside("https://not-there-yet.example/hook", resolve) == ""
    assert check_outside("https://inside.example/hook", resolve, allow_private=True) == ""
    assert check_outside("https://127.0.0.1/", resolve)
    assert check_outside("https://8.8.8.8/", resolve) == ""
    assert asked == ["inside.example", "outside.example", "not-there-yet.example", "inside.example"]


def test_the_name_to_look_up() -> None:
    assert name_in("https://hooks.example.com:8443/a") == "hooks.example.com"
    assert name_in("https://hooks.example.com./a") == "hooks.example.com"
    for url in ("https://8.8.8.8/", "https://[::1]/", "https://[::1/", "nothing"):
        assert name_in(url) == ""
