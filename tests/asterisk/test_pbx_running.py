"""The private Asterisk as a process: up, down, side by side, and after a `kill -9`."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import psutil
import pytest

from telephony.pbx import PbxError, PrivateAsterisk
from telephony.pbx_fetch import AsteriskBinary
from tests.asterisk.running_pbx import DEMO_TRUNK, free_settings, speak_tone
from tests.patience import PATIENCE

QUICK_SECONDS = 30.0
KILLED_PARENT = """
import asyncio
from pathlib import Path, PosixPath
from telephony.pbx import PrivateAsterisk
from telephony.pbx_config import PbxSettings
from telephony.pbx_fetch import AsteriskBinary
from tests.asterisk.running_pbx import speak_tone

async def main():
    asterisk = PrivateAsterisk({binary!r}, Path({home!r}), {settings!r}, speak_tone)
    await asterisk.start()
    print(asterisk.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_it_is_fully_booted_and_runs_only_what_is_listed(pbx: PrivateAsterisk) -> None:
    modules = await pbx.cli("module show")
    assert "res_agi.so" in modules
    assert "app_queue.so" not in modules
    assert "app_system.so" not in modules
    assert "Not Running" not in modules


@pytest.mark.parametrize("name", ["System", "TrySystem", "ExternalIVR", "Queue"])
async def test_nothing_runs_a_program_or_queues(pbx: PrivateAsterisk, name: str) -> None:
    assert "not registered" in await pbx.cli(f"core show application {name}")
    assert "No function by that name" in await pbx.cli("core show function SHELL")


async def test_it_starts_without_an_error_in_its_log(asterisk_binary: AsteriskBinary, tmp_path: Path) -> None:
    asterisk = PrivateAsterisk(asterisk_binary, tmp_path / "home", free_settings(), speak_tone)
    await asterisk.start()
    await asterisk.stop()
    complaints = [
        line
        for line in (asterisk.home.log / "messages.log").read_text().splitlines()
        if "ERROR" in line or "WARN" in line
    ]
    assert complaints == []


async def test_two_run_side_by_side_and_a_second_start_is_quick(
    asterisk_binary: AsteriskBinary, tmp_path: Path
) -> None:
    loop = asyncio.get_running_loop()
    both = [PrivateAsterisk(asterisk_binary, tmp_path / name, free_settings(), speak_tone) for name in "ab"]
    try:
        for asterisk in both:
            await asterisk.start()
        assert both[0].pid != both[1].pid
        await both[0].stop()
        began = loop.time()
        await both[0].start()
        assert loop.time() - began < QUICK_SECONDS
        assert "Asterisk 22" in await both[1].cli("core show version")
    finally:
        for asterisk in both:
            await asterisk.stop()
    assert not left_over(tmp_path)


async def test_one_that_cannot_start_says_why(asterisk_binary: AsteriskBinary, tmp_path: Path) -> None:
    nowhere = AsteriskBinary(asterisk_binary.command, asterisk_binary.version, tmp_path, asterisk_binary.documentation)
    asterisk = PrivateAsterisk(nowhere, tmp_path / "home", free_settings(), speak_tone)
    with pytest.raises(PbxError, match=r"runs without .*chan_pjsip.*Its log ends: .*\.so"):
        await asterisk.start()
    assert not left_over(tmp_path)


async def test_a_port_that_is_taken_is_named(asterisk_binary: AsteriskBinary, tmp_path: Path) -> None:
    settings = free_settings()
    asterisk = PrivateAsterisk(asterisk_binary, tmp_path / "home", settings, speak_tone)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((settings.sip_host, settings.sip_port))
        with pytest.raises(PbxError, match="ANSWERLINE_SIP_PORT"):
            await asterisk.start()
    assert not left_over(tmp_path)


async def test_it_comes_back_when_it_dies(asterisk_binary: AsteriskBinary, tmp_path: Path) -> None:
    asterisk = PrivateAsterisk(asterisk_binary, tmp_path / "home", free_settings(), speak_tone)
    back = asyncio.Event()
    await asterisk.start()
    keeping = asyncio.create_task(asterisk.keep_up(back.set))
    first = asterisk.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        await back.wait()
    assert asterisk.pid not in (None, first)
    await asterisk.stop()
    async with asyncio.timeout(PATIENCE):
        await keeping
    assert not left_over(tmp_path)


async def test_a_killed_parent_leaves_no_asterisk_if_so_set(asterisk_binary: AsteriskBinary, tmp_path: Path) -> None:
    asterisk = PrivateAsterisk(asterisk_binary, tmp_path / "home", free_settings(), speak_tone)
    await start_in_a_process_that_is_killed(asterisk, asterisk_binary)
    async with asyncio.timeout(PATIENCE):
        while left_over(tmp_path):
            await asyncio.sleep(0.05)


async def test_one_that_outlived_its_service_is_taken_over(asterisk_binary: AsteriskBinary, tmp_path: Path) -> None:
    settings = free_settings(outlives_service=True)
    asterisk = PrivateAsterisk(asterisk_binary, tmp_path / "home", settings, speak_tone)
    survivor = await start_in_a_process_that_is_killed(asterisk, asterisk_binary)
    try:
        await asterisk.use_endpoints([DEMO_TRUNK], [])
        await asterisk.start()
        assert asterisk.pid == survivor
        assert "demo-trunk" in await asterisk.cli("pjsip show endpoints")
    finally:
        await asterisk.stop()
    assert not left_over(tmp_path)


async def test_one_left_with_other_settings_is_replaced(asterisk_binary: AsteriskBinary, tmp_path: Path) -> None:
    left = PrivateAsterisk(asterisk_binary, tmp_path / "home", free_settings(outlives_service=True), speak_tone)
    survivor = await start_in_a_process_that_is_killed(left, asterisk_binary)
    asterisk = PrivateAsterisk(asterisk_binary, tmp_path / "home", free_settings(outlives_service=True), speak_tone)
    try:
        await asterisk.start()
        assert asterisk.pid != survivor
        assert len(left_over(tmp_path)) == 1
    finally:
        await asterisk.stop()
    assert not left_over(tmp_path)


async def start_in_a_process_that_is_killed(asterisk: PrivateAsterisk, binary: AsteriskBinary) -> int:
    """Starts it from another process, which is then killed; the pid of that Asterisk."""
    code = KILLED_PARENT.format(binary=binary, home=str(asterisk.home.folder), settings=asterisk.settings)
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert parent.stdout is not None
    async with asyncio.timeout(PATIENCE):
        pid = int(await parent.stdout.readline())
    assert psutil.pid_exists(pid)
    parent.kill()
    await parent.wait()
    return pid


def left_over(folder: Path) -> list[int]:
    """Processes that run with anything in that folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(folder) in line and "-f" in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found
