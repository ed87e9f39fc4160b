"""The images, really built and run: Asterisk in one container, the demo in the other, one call between them."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.asterisk.running_pbx import free_settings
from tests.house.images import HOME_USER, Builder, missing
from tests.ports import free_port

DEMO_SECONDS = 200
STOP_SECONDS = 30


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[Builder]:
    if why := missing():
        pytest.skip(why)
    yield Builder(tmp_path)
    shutil.rmtree(tmp_path, ignore_errors=True)


def stop_inside(pid: int) -> None:
    """End what runs in the container rather than the builder around it, as `docker stop` does."""
    inner = psutil.Process(pid).children(recursive=True)
    for process in inner:
        if "app.cli" in process.cmdline() and "python" in process.cmdline()[0]:
            process.terminate()
    psutil.wait_procs(inner, STOP_SECONDS)


@pytest.mark.containers
@pytest.mark.timeout(3600)
def test_the_images_build_and_carry_a_call(builder: Builder, tmp_path: Path) -> None:
    builder.make_base("python:3.13-slim", "debian:forky-slim")
    builder.build("Dockerfile", "answerline-app")
    builder.build("asterisk-config/Dockerfile", "answerline-asterisk")
    home = tmp_path / "home"
    home.mkdir(0o700)
    os.chown(home, HOME_USER, HOME_USER)
    ports = free_settings()
    environment = {
        "ANSWERLINE_HTTP_PORT": str(free_port()),
        "ANSWERLINE_SIP_PORT": str(ports.sip_port),
        "ANSWERLINE_AGI_PORT": str(ports.agi_port),
        "ANSWERLINE_AMI_PORT": str(ports.ami_port),
        "ANSWERLINE_WS_PORT": str(ports.ws_port),
        "ANSWERLINE_RTP_PORTS": "{}-{}".format(*ports.rtp_ports),
        "ANSWERLINE_OWNER_PASSWORD": secrets.token_urlsafe(12),
    }
    app, asterisk = builder.container("answerline-app"), builder.container("answerline-asterisk")
    main = ("python", "-m", "app.cli")
    exchange = builder.start(asterisk, home, environment, *main, "exchange")
    try:
        assert exchange.stdout
        assert any("Asterisk is up" in line for line in iter(exchange.stdout.readline, ""))
        command = ("asterisk", "-C", "/data/asterisk/etc/asterisk.conf", "-rx", "core waitfullybooted")
        with builder.start(asterisk, home, environment, *command) as health:
            assert health.wait(STOP_SECONDS) == 0
        demo = builder.start(app, home, environment, *main, "demo", "--once")
        told, _ = demo.communicate(timeout=DEMO_SECONDS)
        assert demo.returncode == 0, told
        assert "Building the pages" not in told
    finally:
        stop_inside(exchange.pid)
        exchange.communicate(timeout=STOP_SECONDS)
