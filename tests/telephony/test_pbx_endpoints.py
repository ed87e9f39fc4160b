"""Trunks and devices as text: nothing from outside can write a line of its own."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.endpoints import AgentDevice, TrunkEndpoint, render_endpoints
from tests.telephony.asterisk_config import read_sections

REGISTERED = TrunkEndpoint(
    "carrier",
    host="sip.example.net:5070",
    match=("192.0.2.0/24",),
    username="+12025550100",
    secret="s3cret,#!",
    register=True,
)


def sections(text: str, folder: Path) -> dict[str, dict[str, str]]:
    """The options of each section, by `name/type`."""
    path = folder / "endpoints.conf"
    path.write_text(text)
    return {f"{name}/{options['type']}": options for name, options in read_sections(path)}


def test_a_trunk_that_registers(tmp_path: Path) -> None:
    read = sections(render_endpoints([REGISTERED], []), tmp_path)
    assert read["carrier/endpoint"]["context"] == "from-trunk"
    assert read["carrier/endpoint"]["identify_by"] == "ip"
    assert read["carrier/aor"]["contact"] == "sip:sip.example.net:5070"
    assert read["carrier-auth/auth"]["password"] == "s3cret,#!"
    assert read["carrier-identify/identify"]["match"] == "192.0.2.0/24"
    assert read["carrier-registration/registration"]["client_uri"] == "sip:+12025550100@sip.example.net:5070"


def test_an_agent_has_a_phone_and_a_softphone_and_no_secret_in_the_file(
    tmp_path: Path,
) -> None:
    text = render_endpoints([], [AgentDevice("ana", "correct horse")])
    read = sections(text, tmp_path)
    assert "webrtc" not in read["ana/endpoint"]
    assert read["ana-web/endpoint"]["webrtc"] == "yes"
    assert read["ana/aor"]["max_contacts"] == read["ana-web/aor"]["max_contacts"] == "1"
    assert read["ana/endpoint"]["context"] == "from-agent"
    assert "correct horse" not in text


@pytest.mark.parametrize(
    "values",
    [
        {"name": "x\n[evil]"},
        {"name": "transport-udp"},
        {"host": "h\r\ncontext = from-agent"},
        {"host": "h;comment"},
        {"host": None, "match": ()},
        {"match": ("10.0.0.1\ntype=endpoint",)},
        {"match": ("[x]",)},
        {"username": "u@h>\n"},
        {"secret": "a;b"},
        {"secret": "a\nb"},
        {"secret": "a b"},
        {"codecs": ("ulaw\nallow=all",)},
        {"codecs": ()},
        {"caller_id_rule": "whatever"},
        {"register": True},
    ],
)
def test_what_could_break_out_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        TrunkEndpoint(**({"name": "carrier", "host": "h.example"} | values))  # type: ignore[arg-type]


def test_two_endpoints_cannot_share_a_name() -> None:
    with pytest.raises(ValueError, match="ana"):
        render_endpoints([TrunkEndpoint("ana", host="h.example")], [AgentDevice("ana", "x")])


@given(st.text(), st.text(min_size=1))
def test_any_agent_is_refused_or_stays_within_its_lines(username: str, secret: str) -> None:
    try:
        agent = AgentDevice(username, secret)
    except ValueError:
        return
    text = render_endpoints([], [agent])
    assert text.count("\n[") == 6
    assert len(text.splitlines()) == len(render_endpoints([], [AgentDevice("ana", "x")]).splitlines())


@given(st.text(), st.text(), st.text(), st.text())
def test_any_trunk_is_refused_or_stays_within_its_lines(name: str, host: str, username: str, secret: str) -> None:
    try:
        trunk = TrunkEndpoint(name, host=host, username=username, secret=secret)
    except ValueError:
        return
    assert render_endpoints([trunk], []).count("\n[") == 3
