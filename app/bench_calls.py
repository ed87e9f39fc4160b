"""`./answerline bench calls`: what our way of answering costs, against the same Asterisk without us.

One Asterisk of its own, on free ports, in a temporary home. SIPp calls it; rounds of the bare dialplan and of
our service alternate, so that a slow moment of the machine meets both. Under 90 seconds in all.
"""

import asyncio
import contextlib
import gc
import json as json_text
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import uvloop

from app.bench_agi import measure_agi
from app.settings import PROJECT
from ivr.prompts import Prompt, Say
from telephony.agi_line import AgiLine, LineSettings
from telephony.agi_server import AgiServer
from telephony.agi_session import AgiSession
from telephony.ami import Ami
from telephony.endpoints import TrunkEndpoint
from telephony.pbx import PrivateAsterisk
from telephony.pbx_config import LOOPBACK, PbxSettings
from telephony.pbx_fetch import find_asterisk
from telephony.pbx_sounds import write_wav

OURS, ANSWER_ONLY, SAME_PROMPT = "12025550101", "700", "701"
MENU_SECONDS = 0.04
CALLS_A_ROUND = 1000
# Asterisk's Answer waits up to half a second for the caller's first sound, and SIPp sends none here: only
# several hundred calls at once keep it busy.
CALLS_AT_ONCE = 450
OFFERED_PER_SECOND = 900
ROUNDS = 3
ROUND_DEADLINE_SECONDS = 20.0
WAITING_CALLS = 200
WARM_UP_CALLS = 50
WAITING_DEADLINE_SECONDS = 15.0

# Longer than its pattern-matched neighbours, an exact extension wins over `_[+0-9]!`.
_BARE_DIALPLAN = f"""
[from-trunk](+)
exten => {ANSWER_ONLY},1,Answer()
 same => n,Hangup()
exten => {SAME_PROMPT},1,Answer()
 same => n,Playback({{prompt}})
 same => n,Hangup()
"""

_SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="call and be hung up on">
<send retrans="500"><![CDATA[

INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:bench@[local_ip]:[local_port]>;tag=[call_number]b
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:bench@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=bench 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200"/>
<send><![CDATA[

ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:bench@[local_ip]:[local_port]>;tag=[call_number]b
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0
]]></send>
<recv request="BYE"/>
<send><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
]]></send>
</scenario>
"""


def run(json: bool) -> int:
    """Measure, print, and return the exit code: 0 when everything could be measured."""
    if shutil.which("sipp") is None:
        print("bench calls needs SIPp: apt-get install sip-tester", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="answerline-bench-") as home:
        figures = uvloop.run(_measure(Path(home)))
    agi = {name: asdict(of_one) for name, of_one in measure_agi().items()}
    figures["agi_commands"] = {
        **agi,
        "ratio": round(agi["ours"]["per_second"] / agi["panoramisk"]["per_second"], 2),
        "ratio_per_cpu_second": round(agi["ours"]["per_cpu_second"] / agi["panoramisk"]["per_cpu_second"], 2),
    }
    print(json_text.dumps(figures, indent=2) if json else _told(figures))
    return 0


async def _measure(home: Path) -> dict[str, object]:
    async with exchange(home) as pbx:
        menu = short_prompt(home)
        with (pbx.home.etc / "extensions.conf").open("a") as dialplan:
            dialplan.write(_BARE_DIALPLAN.format(prompt=menu))
        await pbx.cli("dialplan reload")
        rates, ratio = await _call_rates(pbx, menu)
        return {
            "calls_per_second": rates,
            "ratio": ratio,
            "bytes_per_waiting_call": await _bytes_per_waiting_call(pbx, menu),
        }


@contextlib.asynccontextmanager
async def exchange(home: Path) -> AsyncIterator[PrivateAsterisk]:
    """A running Asterisk on free ports that takes calls from this machine."""
    binary = await asyncio.to_thread(
        find_asterisk, _setting(), PROJECT / ".answerline-cache", lambda line: print(line, file=sys.stderr)
    )
    pbx = PrivateAsterisk(binary, home, _free_settings(), lambda _text, path: write_wav(path, b"\0\0" * 8))
    await pbx.use_endpoints([TrunkEndpoint("bench", match=("127.0.0.1",))], ())
    await pbx.start()
    try:
        yield pbx
    finally:
        await pbx.stop()


def short_prompt(home: Path) -> Path:
    """A moment of silence to play, as Asterisk names files."""
    menu = home / "menu"
    write_wav(menu.with_suffix(".wav"), b"\0\0" * int(8000 * MENU_SECONDS))
    return menu


@contextlib.asynccontextmanager
async def answering(pbx: PrivateAsterisk, menu: Path) -> AsyncIterator[None]:
    """Our side: each call is answered, hears the menu and is hung up."""
    lines = _line_settings(menu)

    async def answer_with_menu(session: AgiSession) -> None:
        line = AgiLine(session, lines)
        await line.answer()
        await line.play([Say("menu")], interrupt="12")
        await line.hang_up()

    server = AgiServer(answer_with_menu)
    await server.start(port=pbx.settings.agi_port)
    try:
        yield
    finally:
        await server.close()


async def _call_rates(pbx: PrivateAsterisk, menu: Path) -> tuple[dict[str, float], float]:
    """Calls per second of each way (medians), and ours against the bare answer and hang-up."""
    ways = {"ours": OURS, "bare_with_prompt": SAME_PROMPT, "bare": ANSWER_ONLY}
    rates: dict[str, list[float]] = {way: [] for way in ways}
    async with answering(pbx, menu):
        for _ in range(ROUNDS):
            for way, number in ways.items():
                rates[way].append(await sipp_rate(pbx, number))
    ratios = [ours / bare for ours, bare in zip(rates["ours"], rates["bare"], strict=True)]
    medians = {way: round(statistics.median(found), 1) for way, found in rates.items()}
    return medians, round(statistics.median(ratios), 3)


async def sipp_rate(
    pbx: PrivateAsterisk,
    number: str,
    *,
    calls: int = CALLS_A_ROUND,
    per_second: float = OFFERED_PER_SECOND,
    deadline: float = ROUND_DEADLINE_SECONDS,
) -> float:
    """Calls per second of one round. Raises RuntimeError when a call went wrong or the round hung."""
    scenario = pbx.home.folder / "scenario.xml"
    scenario.write_text(_SCENARIO)
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        "sipp",
        f"{LOOPBACK}:{pbx.settings.sip_port}",
        *("-sf", str(scenario), "-s", number, "-i", LOOPBACK, "-mi", LOOPBACK, "-nostdin"),
        *("-p", str(_free_port(socket.SOCK_DGRAM)), "-m", str(calls), "-l", str(CALLS_AT_ONCE)),
        *("-r", f"{per_second:.0f}", "-timeout", f"{deadline:.0f}s", "-timeout_error"),
        cwd=pbx.home.folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(deadline + 5):
            code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code != 0:
        raise RuntimeError(f"SIPp ended with {code}: a call to {number} went wrong")
    return calls / (time.monotonic() - began)


async def _bytes_per_waiting_call(pbx: PrivateAsterisk, menu: Path) -> int:
    """What Python holds more for each call that waits for a digit, after some calls have warmed it up.

    Allocations are traced, because the process has freed memory enough at this point to take in every call
    without growing.
    """
    tracemalloc.start()
    lines = _line_settings(menu)
    waiting = 0
    all_there = asyncio.Event()
    expected = WARM_UP_CALLS

    async def wait(session: AgiSession) -> None:
        nonlocal waiting
        line = AgiLine(session, lines)
        await line.answer()
        waiting += 1
        if waiting >= expected:
            all_there.set()
        await line.digit(600.0)

    ami = Ami(LOOPBACK, pbx.settings.ami_port, pbx.settings.ami_user, pbx.ami_secret())
    server = AgiServer(wait)
    await server.start(port=pbx.settings.agi_port)
    try:
        await ami.start(timeout=10)
        await _place(ami, WARM_UP_CALLS, all_there)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        all_there.clear()
        expected += WAITING_CALLS
        await _place(ami, WAITING_CALLS, all_there)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        return (after - before) // WAITING_CALLS
    finally:
        tracemalloc.stop()
        await server.close(grace=0)
        await ami.close()


async def _place(ami: Ami, calls: int, all_there: asyncio.Event) -> None:
    """Calls without SIP: one half of a Local channel waits, the other comes in as a trunk call does."""
    for _ in range(calls):
        await ami.action(
            "Originate", Channel=f"Local/{OURS}@from-trunk/n", Application="Wait", Data="120", Async="true"
        )
    async with asyncio.timeout(WAITING_DEADLINE_SECONDS):
        await all_there.wait()


def _line_settings(menu: Path) -> LineSettings:
    async def prompt_path(_prompt: Prompt) -> str:
        return str(menu)

    return LineSettings(prompt_path, clip_path=Path, dial_string=str, digit_slice_seconds=600.0)


def _setting() -> Path | None:
    named = os.environ.get("ANSWERLINE_ASTERISK")
    return Path(named) if named else None


def _free_settings() -> PbxSettings:
    return PbxSettings(
        sip_port=_free_port(socket.SOCK_DGRAM),
        agi_port=_free_port(socket.SOCK_STREAM),
        ami_port=_free_port(socket.SOCK_STREAM),
        ws_port=_free_port(socket.SOCK_STREAM),
        rtp_ports=(20000, 21999),
        outlives_service=False,
    )


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _told(figures: dict[str, object]) -> str:
    return "\n".join(f"{name}: {json_text.dumps(value)}" for name, value in figures.items())


if __name__ == "__main__":
    sys.exit(run(json=True))
