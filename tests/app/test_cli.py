"""The command line: verbs, their help, and plain words for what is wrong."""

import json
import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from app import cli
from app.doctor import doctor
from app.settings import PROJECT, Settings
from tests.asterisk.running_pbx import free_port
from tests.service_process import ServiceProcess


def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSWERLINE_")}
    environment |= {"PYTHONPATH": str(PROJECT)} | settings
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_help_names_every_verb_in_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    shown = capsys.readouterr().out
    assert end.value.code == 0
    for verb in ("demo", "up", "test", "check", "doctor", "bench", "number", "trunk", "trace", "exchange"):
        assert any(line.strip().startswith(f"{verb} ") for line in shown.splitlines()), verb


def test_an_unknown_verb_is_refused() -> None:
    done = run("dance")
    assert done.returncode == 2
    assert "dance" in done.stderr


def test_a_wrong_setting_stops_the_start_with_a_sentence() -> None:
    done = run("up", ANSWERLINE_HTTP_PORT="eighty")
    assert done.returncode == 2
    assert "ANSWERLINE_HTTP_PORT" in done.stderr and "Traceback" not in done.stderr


def test_numbers_and_trunks_from_the_command_line(tmp_path: Path) -> None:
    home = {"ANSWERLINE_HOME": str(tmp_path), "ANSWERLINE_AMI_PORT": str(free_port())}
    assert run("number", "add", "+12025550107", "nobody", **home).returncode == 1
    assert run("trunk", "add", "carrier", "--match", "192.0.2.7", **home).returncode == 0
    assert "carrier  from 192.0.2.7" in run("trunk", "list", **home).stdout
    endpoints = tmp_path / "asterisk" / "etc" / "pjsip_endpoints.conf"
    assert "192.0.2.7" in endpoints.read_text()
    bad = run("trunk", "add", "carrier2", "--match", "192.0.2.8\nexten", **home)
    assert bad.returncode == 1 and "Traceback" not in bad.stderr
    assert "carrier2" not in run("trunk", "list", **home).stdout
    assert run("trunk", "remove", "carrier", **home).returncode == 0
    assert "192.0.2.7" not in endpoints.read_text()
    assert run("trunk", "remove", "carrier", **home).returncode == 1


def test_doctor_is_content_with_a_healthy_machine_and_names_a_taken_port(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    free = {name: free_port() for name in ("http_port", "agi_port", "ami_port", "ws_port", "sip_port")}
    well = Settings(home=tmp_path, **free)
    code = doctor(well, as_json=True)
    found = json.loads(capsys.readouterr().out)
    wrong = [finding for finding in found["findings"] if not finding["ok"]]
    assert (code, wrong) == (0, [])

    ill = Settings(home=tmp_path, **free | {"tls_cert": tmp_path / "none.pem", "tls_key": tmp_path / "none.key"})
    assert doctor(ill, as_json=False) == 1
    shown = capsys.readouterr().out
    assert "WRONG Certificate" in shown and "mend:" in shown


async def test_a_second_service_in_the_same_home_is_refused(home: Path) -> None:
    async with ServiceProcess(home, "up") as service:
        await service.printed("ready: ")
        second = ServiceProcess(home, "up")
        await second.start()
        assert await second.ended(30) == 1
        assert "is running already" in "\n".join(second.lines)


async def test_pages_over_tls(home: Path, tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl program: apt-get install openssl")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*make, *names], check=True, capture_output=True, timeout=60)
    more = {"ANSWERLINE_TLS_CERT": str(cert), "ANSWERLINE_TLS_KEY": str(key)}
    async with ServiceProcess(home, "up", more=more) as service:
        assert await service.printed("ready: ") == f"ready: https://127.0.0.1:{service.http_port}/"
        trusting = ssl.create_default_context(cafile=str(cert))
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting)) as http,
            http.get(f"https://127.0.0.1:{service.http_port}/health") as reply,
        ):
            assert reply.status == 200
            assert (await reply.json())["status"] == "ok"
