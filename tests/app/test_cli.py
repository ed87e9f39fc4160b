"""The command line: verbs, their help, and plain words for what is wrong."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from app import cli
from app.doctor import doctor
from app.home import home_lock
from app.settings import PROJECT, Settings
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.service_process import ServiceProcess, processes_of


def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSWERLINE_")}
    environment |= {"PYTHONPATH": str(PROJECT)} | settings
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
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


Verb = Callable[..., tuple[int, str, str]]


@pytest.fixture
def verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Verb:
    """Runs a verb for the home `tmp_path` without Asterisk: its exit code and what it printed on both streams."""
    monkeypatch.setenv("ANSWERLINE_HOME", str(tmp_path))
    monkeypatch.setenv("ANSWERLINE_AMI_PORT", str(free_port()))

    def run_verb(*words: str) -> tuple[int, str, str]:
        code = cli.main(words)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run_verb


def test_numbers_and_trunks_from_the_command_line(verb: Verb, tmp_path: Path) -> None:
    assert verb("number", "add", "+12025550107", "nobody")[0] == 1
    stored = "Trunk carrier is stored.\nAsterisk is not running; it has it at its next start.\n"
    assert verb("trunk", "add", "carrier", "--match", "192.0.2.7") == (0, stored, "")
    assert "carrier  from 192.0.2.7" in verb("trunk", "list")[1]
    endpoints = tmp_path / "asterisk" / "etc" / "pjsip_endpoints.conf"
    assert "192.0.2.7" in endpoints.read_text()
    code, _, told = verb("trunk", "add", "carrier2", "--match", "192.0.2.8\nexten")
    assert code == 1 and told.startswith("answerline: ")
    assert "carrier2" not in verb("trunk", "list")[1]
    assert verb("trunk", "remove", "carrier")[0] == 0
    assert "192.0.2.7" not in endpoints.read_text()
    assert verb("trunk", "remove", "carrier")[0] == 1


def test_files_on_the_command_line_are_the_callers(verb: Verb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("the-carriers-own\n")
    add = ("trunk", "add", "carrier", "--host", "192.0.2.7", "--username", "us", "--secret-file", "secret")
    sentence = "answerline: The file secret cannot be read (No such file or directory).\n"
    assert verb(*add) == (1, "", sentence)
    monkeypatch.setenv("ANSWERLINE_CALLED_FROM", str(tmp_path))
    assert verb(*add)[0] == 0
    assert "the-carriers-own" in (tmp_path / "asterisk/etc/pjsip_endpoints.conf").read_text()


@pytest.mark.parametrize(
    "words", [["number", "list"], ["trace"], ["who", "+12025550101"], ["verify"], ["up"], ["demo", "--once"]], ids=str
)
def test_a_home_that_cannot_be_used_is_said_in_a_sentence(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ANSWERLINE_HOME", str(tmp_path / "file" / "home"))
    assert cli.main(words) == 1
    told = capsys.readouterr().err
    assert told.startswith("answerline: ") and "Not a directory" in told and told.count("\n") == 1


def test_doctor_says_what_to_do_about_a_home_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert doctor(Settings(home=tmp_path / "file" / "home"), as_json=False) == 1
    assert f"Make {tmp_path / 'file'} a folder" in capsys.readouterr().out


def test_doctor_tells_the_service_of_this_home_from_a_stranger_on_its_port(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        settings = Settings(home=tmp_path, http_port=port)
        doctor(settings, as_json=False)
        assert f"WRONG Port {port}: cannot be had" in capsys.readouterr().out
        with home_lock(settings):
            doctor(settings, as_json=False)
            assert f"ok    Port {port}: in use by the running service" in capsys.readouterr().out


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
        assert await second.ended(100) == 1
        assert "is running already" in "\n".join(second.lines)


def test_a_service_whose_output_nobody_reads_any_more_ends_as_any_other(home: Path) -> None:
    settings = ServiceProcess(home, "up").environment
    command = [sys.executable, "-m", "app.cli", "up"]
    with subprocess.Popen(command, cwd=PROJECT, env=settings, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        try:
            assert any(line.startswith("ready: ") for line in service.stdout)
            service.stdout.close()
            service.terminate()
            assert service.wait(PATIENCE) == 0
            assert processes_of(home) == []
        finally:
            service.kill()
            for left in processes_of(home):
                left.kill()


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
