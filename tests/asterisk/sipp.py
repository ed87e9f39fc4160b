"""Callers played by SIPp (sip-tester), a second opinion on our SIP beside the phone of our own.

A scenario is a row of steps; its XML is made from them. Speech is streamed as PCMU, digits go by SIP INFO.
SIPp itself is deaf and blind: a `Cue` is where it waits for the test, which sees what the service has come to.
"""

import asyncio
import itertools
import shutil
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from telephony.g711 import pcm_to_ulaw
from tests.asterisk.running_pbx import HOST
from tests.patience import PATIENCE
from tests.ports import free_port, free_ports

CUE_AGAIN_SECONDS = 0.1
MEDIA_TRIES, MEDIA_PORTS = 5, 20
PORT_TAKEN = "RTP socket"
"""In what SIPp says when a media port is not to be had; nothing was sent by then."""
INFO_GAP_MS = 300
"""SIPp sends an INFO that follows too closely before Asterisk has settled the last one."""


@dataclass(frozen=True)
class Press:
    digits: str


@dataclass(frozen=True)
class Speak:
    pcm: bytes
    """8 kHz, 16 bit, mono."""


@dataclass(frozen=True)
class Wait:
    seconds: float


@dataclass(frozen=True)
class HangUp:
    pass


@dataclass(frozen=True)
class WaitForBye:
    seconds: float


@dataclass(frozen=True)
class CancelAfter:
    """Gives up while it rings: stands for everything that would follow the answer."""

    seconds: float


@dataclass(frozen=True)
class Cue:
    """Waits until the test says to go on: an OPTIONS of the same Call-ID (`give_cue`)."""

    seconds: float = 240.0


Step = Press | Speak | Wait | HangUp | WaitForBye | CancelAfter | Cue


@dataclass(frozen=True)
class SippResult:
    exit_code: int
    seconds: float
    errors: str
    setups: tuple[float, ...] = ()
    """Seconds from INVITE to 200 of each call."""


def sipp_program() -> str | None:
    return shutil.which("sipp")


async def run_caller(
    port: int,
    number: str,
    steps: Sequence[Step],
    folder: Path,
    *,
    from_user: str = "+12025550177",
    answer_seconds: float = PATIENCE,
    calls: int = 1,
    per_second: int = 1,
    deadline: float = 280,
    local_port: int | None = None,
) -> SippResult:
    """Lets SIPp make `calls` calls of that scenario. Exit code 0 says that each went exactly so."""
    program = sipp_program()
    assert program is not None, "SIPp is missing: apt-get install sip-tester"
    folder.mkdir(parents=True, exist_ok=True)
    scenario = folder / "scenario.xml"
    scenario.write_text(render_scenario(number, from_user, steps, folder, answer_seconds))
    errors = folder / "errors.log"
    arguments = [f"{HOST}:{port}", "-sf", str(scenario), "-i", HOST, "-mi", HOST]
    own_port = local_port or free_port()
    if any(isinstance(step, Cue) for step in steps):
        # A cue is sent until it is taken; what of it comes late must not end the call.
        arguments += ["-cid_str", _cue_call_id(own_port), "-default_behaviors", "all,-abortunexp"]
    arguments += ["-p", str(own_port), "-m", str(calls), "-r", str(per_second), "-l", str(calls)]
    arguments += ["-rtp_payload", "0"]
    arguments += ["-trace_rtt", "-rtt_freq", "1"]
    arguments += ["-trace_err", "-error_file", str(errors), "-nostdin", "-timeout", f"{deadline:.0f}s"]
    for _ in range(MEDIA_TRIES - 1):
        result = await _run(program, arguments, folder, errors, deadline)
        if result.exit_code == 0 or PORT_TAKEN not in result.errors:
            return result
        errors.unlink(missing_ok=True)
    return await _run(program, arguments, folder, errors, deadline)


async def _run(program: str, arguments: Sequence[str], folder: Path, errors: Path, deadline: float) -> SippResult:
    """One go, with a media port that is free now. SIPp takes its neighbours too, and ends when it can't have them."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        "-mp",
        str(free_ports(MEDIA_PORTS)),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(deadline + 5):
            _, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = complaints.decode(errors="replace") + (errors.read_text(errors="replace") if errors.exists() else "")
    return SippResult(process.returncode or 0, time.monotonic() - began, said, _setups(folder))


def _setups(folder: Path) -> tuple[float, ...]:
    """SIPp's own measure: a line `date;milliseconds;name` for each answer."""
    lines = [line for path in folder.glob("scenario_*_rtt.csv") for line in path.read_text().splitlines()[1:]]
    return tuple(float(line.split(";")[1]) / 1000 for line in lines)


def render_scenario(
    number: str, from_user: str, steps: Sequence[Step], folder: Path, answer_seconds: float = PATIENCE
) -> str:
    """The scenario's XML; speech goes to files in `folder`."""
    names = _Names(number, from_user)
    body = [_send(names.request("INVITE", 1, sdp=True, to_tag=False), retransmit=True)]
    body.append('<recv response="100" optional="true"/>')
    cancel = next((step for step in steps if isinstance(step, CancelAfter)), None)
    body.append('<recv response="180" optional="true"/>')
    body.append('<recv response="183" optional="true"/>')
    if cancel is not None:
        body.append(_pause(cancel.seconds))
        body.append(_send(names.request("CANCEL", 1, to_tag=False, same_branch=True), retransmit=True))
        body.append('<recv response="200"/>')
        body.append('<recv response="487"/>')
        body.append(_send(names.request("ACK", 1, same_branch=True)))
        return _document(body)
    body.append(f'<recv response="200" rtd="true" timeout="{answer_seconds * 1000:.0f}"/>')
    body.append(_send(names.request("ACK", 1)))
    sequence = 1
    for place, step in enumerate(steps):
        match step:
            case Press(digits):
                for digit in digits:
                    sequence += 1
                    body.append(_pause(INFO_GAP_MS / 1000))
                    body.append(_send(names.request("INFO", sequence, digit=digit), retransmit=True))
                    body.append('<recv response="200"/>')
            case Speak(pcm):
                sound = folder / f"speech-{place}.ulaw"
                sound.write_bytes(pcm_to_ulaw(pcm))
                action = f"<exec rtp_stream={quoteattr(f'{sound},1,0')}/>"
                body.append(f"<nop><action>{action}</action></nop>")
                body.append(_pause(len(pcm) / 16000 + 0.2))
            case Wait(seconds):
                body.append(_pause(seconds))
            case HangUp():
                sequence += 1
                body.append(_send(names.request("BYE", sequence), retransmit=True))
                body.append('<recv response="200"/>')
            case WaitForBye(seconds):
                body.append(f'<recv request="BYE" timeout="{seconds * 1000:.0f}"/>')
                body.append(_send(_BYE_ANSWER))
            case Cue(seconds):
                taken = quoteattr(f"touch cue-{place}")
                action = f"<action><exec command={taken}/></action>"
                body.append(f'<recv request="OPTIONS" timeout="{seconds * 1000:.0f}">{action}</recv>')
            case CancelAfter():
                pass
    return _document(body)


async def give_cue(local_port: int, place: int, folder: Path, deadline: float = PATIENCE) -> None:
    """Has the caller on that port go on from the `Cue` at `place` in its steps. Raises TimeoutError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as prompter:
        async with asyncio.timeout(deadline):
            # SIPp takes the same bytes for a repetition, so each differs.
            for number in itertools.count(1):
                prompter.sendto(_cue(local_port, number), (HOST, local_port))
                await asyncio.sleep(CUE_AGAIN_SECONDS)
                if (folder / f"cue-{place}").exists():
                    return


def _cue(local_port: int, number: int) -> bytes:
    target = f"sip:caller@{HOST}:{local_port}"
    lines = [
        f"OPTIONS {target} SIP/2.0",
        f"Via: SIP/2.0/UDP {HOST}:9;branch=z9hG4bK-cue-{number}",
        f"From: <sip:test@{HOST}>;tag=cue",
        f"To: <{target}>",
        f"Call-ID: {_cue_call_id(local_port)}",
        f"CSeq: {number} OPTIONS",
        "Content-Length: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _cue_call_id(local_port: int) -> str:
    return f"cued-{local_port}@{HOST}"


_BYE_ANSWER = """SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
"""

_SDP = """v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
a=ptime:20
"""


@dataclass(frozen=True)
class _Names:
    number: str
    from_user: str

    def request(
        self,
        method: str,
        sequence: int,
        *,
        sdp: bool = False,
        to_tag: bool = True,
        same_branch: bool = False,
        digit: str | None = None,
    ) -> str:
        target = f"sip:{self.number}@[remote_ip]:[remote_port]"
        branch = "[branch-1]" if same_branch and method == "ACK" else "[branch]"
        lines = [
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}",
            f"From: <sip:{self.from_user}@[local_ip]:[local_port]>;tag=[call_number]s",
            f"To: <{target}>{'[peer_tag_param]' if to_tag else ''}",
            "Call-ID: [call_id]",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:{self.from_user}@[local_ip]:[local_port]>",
            "Max-Forwards: 70",
        ]
        if sdp:
            return "\n".join([*lines, "Content-Type: application/sdp", "Content-Length: [len]", "", _SDP])
        if digit is not None:
            press = f"Signal={digit}\nDuration=160\n"
            return "\n".join([*lines, "Content-Type: application/dtmf-relay", "Content-Length: [len]", "", press])
        return "\n".join([*lines, "Content-Length: 0", ""])


def _send(message: str, *, retransmit: bool = False) -> str:
    again = ' retrans="500"' if retransmit else ""
    return f"<send{again}><![CDATA[\n\n{message}\n]]></send>"


def _pause(seconds: float) -> str:
    return f'<pause milliseconds="{seconds * 1000:.0f}"/>'


def _document(body: list[str]) -> str:
    lines = "\n".join(body)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="caller">\n{lines}\n</scenario>\n'
