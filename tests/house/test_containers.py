"""docker-compose.yml and the Dockerfiles, read: complete, no default secrets, only settings that exist."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.settings import NOT_SETTINGS, PREFIX, Settings
from tests.house.documents import PROJECT, read

DOCKERFILES = ("Dockerfile", "asterisk-config/Dockerfile")
INSTRUCTIONS = {
    *("FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"),
}
KNOWN = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


def compose() -> dict[str, Any]:
    composed: dict[str, Any] = YAML(typ="safe", pure=True).load(read("docker-compose.yml"))
    return composed


def instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    """Each instruction with what follows it, continued lines joined and comments left out."""
    lines = [line for line in read(dockerfile).splitlines() if line.strip() and not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.partition(" ")
        yield word, re.sub(r"\s+", " ", rest)


def test_there_are_the_three_services_each_with_a_health_check() -> None:
    services = compose()["services"]
    assert set(services) == {"app", "asterisk", "postgres"}
    for name, service in services.items():
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["restart"] == "unless-stopped", name
        assert {"interval", "timeout", "start_period", "retries"} <= set(service["healthcheck"]), name


def test_what_is_kept_is_in_named_volumes() -> None:
    composed = compose()
    mounted = {volume for service in composed["services"].values() for volume in service["volumes"]}
    assert mounted == {"home:/data", "database:/var/lib/postgresql/data"}
    assert set(composed["volumes"]) == {"home", "database"}


def test_the_exchange_owns_the_network_and_the_service_waits_for_it_and_the_database() -> None:
    services = compose()["services"]
    assert services["app"]["network_mode"] == "service:asterisk"
    waits = services["app"]["depends_on"]
    assert {name: each["condition"] for name, each in waits.items()} == dict.fromkeys(
        ("asterisk", "postgres"), "service_healthy"
    )
    assert services["app"]["environment"]["ANSWERLINE_EXCHANGE"] == "separate"


def test_only_what_comes_from_outside_is_published_and_pages_and_mail_on_loopback() -> None:
    services = compose()["services"]
    assert "ports" not in services["app"]
    assert "ports" not in services["postgres"]
    pages, sip, sound, mail = services["asterisk"]["ports"]
    assert pages.startswith("${ANSWERLINE_HTTP_HOST:-127.0.0.1}:")
    assert sip.endswith("/udp")
    assert sound.endswith("/udp")
    assert mail.startswith("127.0.0.1:")


def test_no_secret_has_a_default() -> None:
    text = read("docker-compose.yml")
    for name, operator, default in re.findall(r"\$\{([A-Z_]+)(:?[-?])?([^}]*)\}", text):
        if re.search(r"PASSWORD|SECRET|TOKEN|KEY|SMTP_URL|SID", name):
            assert operator == ":?" or default == "", name
    required = re.findall(r"(?:POSTGRES_PASSWORD|DATABASE_URL)[^$]*\$\{ANSWERLINE_DB_PASSWORD(..)", text)
    assert required == [":?", ":?"]


def test_every_setting_named_exists() -> None:
    text = "\n".join(read(name) for name in ("docker-compose.yml", *DOCKERFILES))
    named = set(re.findall(r"\bANSWERLINE_[A-Z_]+", text))
    assert named - {f"{PREFIX}{name}" for name in NOT_SETTINGS} <= KNOWN
    for service in ("app", "asterisk"):
        assert set(compose()["services"][service]["environment"]) <= KNOWN


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_a_dockerfile_is_sound(dockerfile: str) -> None:
    steps = list(instructions(dockerfile))
    assert {word for word, _ in steps} <= INSTRUCTIONS
    assert steps[0][0] == "FROM"
    final = steps[max(index for index, (word, _) in enumerate(steps) if word == "FROM") :]
    last = dict(final)
    assert last["USER"] == "answerline"
    assert last["VOLUME"] == "/data"
    assert last["ENTRYPOINT"].startswith('["python", "-m", "app.cli"')
    assert "CMD [" in last["HEALTHCHECK"]
    pip = [rest for word, rest in steps if word == "RUN" and "pip install" in rest]
    assert pip
    assert all("--require-hashes" in rest for rest in pip)
    for word, rest in steps:
        if word == "FROM":
            assert re.fullmatch(r"[a-z]+(:[\w.-]+)?( AS [a-z]+)?", rest), rest
        if word == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (PROJECT / source).exists(), source


def test_the_build_takes_only_what_it_needs_along() -> None:
    lines = read(".dockerignore").splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")}
    assert packages | {"ui", "asterisk-config", "requirements.lock", "requirements-node.lock"} <= allowed
    assert not allowed & {"tests", ".git", ".answerline", ".env", ".venv"}
