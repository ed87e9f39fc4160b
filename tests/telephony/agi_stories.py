"""What is said to the real Asterisk for the golden transcripts: a short story for each verb and outcome.

Run `python -m tests.telephony.agi_stories` from the project's root to take the transcripts again.
Lines sent begin with `> `, lines heard with `< `; `= closed` is Asterisk ending the connection.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from telephony.agi_wire import command
from telephony.ami import Ami, AmiError
from telephony.pbx import PrivateAsterisk
from tests.patience import PATIENCE

TRANSCRIPTS = Path(__file__).parent / "transcripts"
DIALLED = "12025550101"
CALLER = '"Pat O\'Brien" <+12025550155>'
CLOSED = "= closed"
ASTERISK_BUFFER = 8192

# Nothing tells from outside that Asterisk has begun with a command; it takes far less than this.
UNDER_WAY_SECONDS = 0.3


class Call:
    """One call from a Local channel into our AGI port, spoken to line by line; everything is written down."""

    def __init__(
        self, pbx: PrivateAsterisk, ami: Ami, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._ami = ami
        self._reader = reader
        self._writer = writer
        self.home = pbx.home.folder
        self.long_sound = str(pbx.home.data / "moh" / "answerline")
        self.environment = b""
        self.lines: list[str] = []

    async def read_environment(self) -> None:
        self.environment = await asyncio.wait_for(self._reader.readuntil(b"\n\n"), PATIENCE)

    @property
    def caller_side(self) -> str:
        """The other half of the Local channel: the caller's."""
        for line in self.environment.decode().splitlines():
            if line.startswith("agi_channel: "):
                return line.removeprefix("agi_channel: ").removesuffix(";2") + ";1"
        raise AssertionError("no channel")

    def say(self, verb: str, *args: str | int) -> None:
        self.say_raw(command(verb, *args))

    def say_raw(self, line: bytes) -> None:
        self._writer.write(line)
        self.lines.append(f"> {line.decode().rstrip()}")

    async def hear(self, lines: int = 1) -> None:
        for _ in range(lines):
            line = await asyncio.wait_for(self._reader.readline(), PATIENCE)
            self.lines.append(f"< {line.decode().rstrip()}" if line else CLOSED)

    async def hear_until(self, end: str) -> None:
        while not self.lines[-1].startswith(f"< {end}"):
            await self.hear()

    async def ask(self, verb: str, *args: str | int) -> None:
        self.say(verb, *args)
        await self.hear()

    async def ask_pressing(self, digit: str, verb: str, *args: str | int) -> None:
        """Ask, and press the digit again and again until there is an answer."""
        self.say(verb, *args)
        answer = asyncio.ensure_future(self.hear())
        while not answer.done():
            await self._ami.action("PlayDTMF", Channel=self.caller_side, Digit=digit, Duration=100)
            await asyncio.wait([answer], timeout=0.25)
        await answer

    async def ask_and_drop(self, verb: str, *args: str | int) -> None:
        """Ask, hang up in the middle, and hear the answer and the pushed HANGUP."""
        self.say(verb, *args)
        await asyncio.sleep(UNDER_WAY_SECONDS)
        await self.drop()
        await self.hear(2)

    async def drop(self) -> None:
        await self._ami.action("Hangup", Channel=self.caller_side)


Story = Callable[[Call], Awaitable[None]]


async def answer(call: Call) -> None:
    await call.ask("ANSWER")
    await call.ask("ANSWER")


async def hangup_by_caller(call: Call) -> None:
    await call.ask("ANSWER")
    await call.drop()
    await call.hear(2)


async def stream_file(call: Call) -> None:
    await call.ask("ANSWER")
    await call.ask("STREAM FILE", "beep", "", 0)
    await call.ask("STREAM FILE", "beep", "0123456789*#D", 1000)


async def stream_file_missing(call: Call) -> None:
    await call.ask("ANSWER")
    await call.ask("STREAM FILE", "answerline/no-such-prompt", "", 0)


async def stream_file_digit(call: Call) -> None:
    await call.ask("ANSWER")
    await call.ask_pressing("5", "STREAM FILE", call.long_sound, "15", 0)


async def stream_file_hangup(call: Call) -> None:
    await call.ask("ANSWER")
    await call.ask_and_drop("STREAM FILE", call.long_sound, "", 0)


async def wait_for_digit(call: Call) -> None:
    await call.ask("ANSWER")
    await call.ask("WAIT FOR DIGIT", 50)
    await call.ask_pressing("#", "WAIT FOR DIGIT", 10000)


async def wait_for_digit_hangup(call: Call) -> None:
    await call.ask("ANSWER")
    await call.ask_and_drop("WAIT FOR DIGIT", 10000)


async def record_file(call: Call) -> None:
    with tempfile.TemporaryDirectory(dir=call.home) as folder:
        await call.ask("ANSWER")
        await call.ask("RECORD FILE", f"{folder}/time", "wav", "#", 400, 0, "BEEP")
        await call.ask_pressing("#", "RECORD FILE", f"{folder}/key", "wav", "#", 10000, 0, "s=5")
        call.lines = [line.replace(folder, "/clips") for line in call.lines]


async def record_file_silence(call: Call) -> None:
    with tempfile.TemporaryDirectory(dir=call.home) as folder:
        await call.ask("ANSWER")
        await call.ask("RECORD FILE", f"{folder}/silence", "wav", "#", 10000, 0, "s=1")
        call.lines = [line.replace(folder, "/clips") for line in call.lines]


async def record_file_hangup(call: Call) -> None:
    with tempfile.TemporaryDirectory(dir=call.home) as folder:
        await call.ask("ANSWER")
        await call.ask_and_drop("RECORD FILE", f"{folder}/hangup", "wav", "#", 10000, 0)
        call.lines = [line.replace(folder, "/clips") for line in call.lines]


async def record_file_refused(call: Call) -> None:
    await call.ask("ANSWER")
    await call.ask("RECORD FILE", "/no/such/folder/clip", "wav", "#", 1000, 0)


async def set_music(call: Call) -> None:
    await call.ask("ANSWER")
    await call.ask("SET MUSIC", "ON", "default")
    await call.ask("SET MUSIC", "OFF")


async def exec_(call: Call) -> None:
    await call.ask("ANSWER")
    await call.ask("EXEC", "Bridge", "PJSIP/nobody-00000000")
    await call.ask("GET VARIABLE", "BRIDGERESULT")
    await call.ask("EXEC", "Dial", "PJSIP/nobody,1,g")
    await call.ask("GET VARIABLE", "DIALSTATUS")
    await call.ask("EXEC", "NoSuchApplication", "x")


async def exec_hangup(call: Call) -> None:
    await call.ask("ANSWER")
    await call.ask_and_drop("EXEC", "Wait", "10")


async def variables(call: Call) -> None:
    await call.ask("GET VARIABLE", "NOT_SET")
    await call.ask("SET VARIABLE", "WORDS", 'a "b" \\ c (d) ñ')
    await call.ask("GET VARIABLE", "WORDS")
    await call.ask("SET VARIABLE", "WORDS", "")
    await call.ask("GET VARIABLE", "WORDS")


async def hangup(call: Call) -> None:
    await call.ask("ANSWER")
    call.say("HANGUP")
    await call.hear(3)


async def channel_status(call: Call) -> None:
    await call.ask("ANSWER")
    await call.ask("CHANNEL STATUS")


async def unknown_command(call: Call) -> None:
    await call.ask("NO SUCH VERB")


async def usage(call: Call) -> None:
    call.say("STREAM FILE")
    await call.hear()
    await call.hear_until("520 ")
    await call.ask("GET VARIABLE", "NOT_SET")


async def too_long(call: Call) -> None:
    """Why `command` bounds its length: what is beyond Asterisk's buffer runs as a command of its own."""
    begin = b'SET VARIABLE LONG "'
    fill = b"x" * (ASTERISK_BUFFER - 1 - len(begin))
    call.say_raw(begin + fill + b"SET VARIABLE INJECTED yes\n")
    await call.hear(2)
    await call.ask("GET VARIABLE", "INJECTED")
    call.lines = [line.replace(fill.decode(), "x*") for line in call.lines]


STORIES: dict[str, Story] = {
    "answer": answer,
    "hangup_by_caller": hangup_by_caller,
    "stream_file": stream_file,
    "stream_file_missing": stream_file_missing,
    "stream_file_digit": stream_file_digit,
    "stream_file_hangup": stream_file_hangup,
    "wait_for_digit": wait_for_digit,
    "wait_for_digit_hangup": wait_for_digit_hangup,
    "record_file": record_file,
    "record_file_silence": record_file_silence,
    "record_file_hangup": record_file_hangup,
    "record_file_refused": record_file_refused,
    "set_music": set_music,
    "exec": exec_,
    "exec_hangup": exec_hangup,
    "variables": variables,
    "hangup": hangup,
    "channel_status": channel_status,
    "unknown_command": unknown_command,
    "usage": usage,
    "too_long": too_long,
}


@asynccontextmanager
async def manager(pbx: PrivateAsterisk) -> AsyncIterator[Ami]:
    """A manager link to this Asterisk, up."""
    ami = Ami("127.0.0.1", pbx.settings.ami_port, pbx.settings.ami_user, pbx.ami_secret())
    await ami.start(timeout=PATIENCE)
    try:
        yield ami
    finally:
        await ami.close()


async def place_call(ami: Ami, *, silent: bool = False) -> None:
    """A caller without SIP: one half of a Local channel hums, the other is in the dialplan as a trunk call."""
    await ami.action(
        "Originate",
        Channel=f"Local/{DIALLED}@from-trunk/n",
        Application="Wait" if silent else "MusicOnHold",
        Data="60" if silent else "default",
        CallerID=CALLER,
        Async="true",
    )


async def tell(pbx: PrivateAsterisk, ami: Ami, story: Story) -> Call:
    """One story told to the real Asterisk: the call with its environment and lines."""
    told: asyncio.Future[Call] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = Call(pbx, ami, reader, writer)
        try:
            await call.read_environment()
            await story(call)
            call.lines = [line.replace(str(pbx.home.folder), "/asterisk") for line in call.lines]
            told.set_result(call)
        except BaseException as error:
            told.set_exception(error)
        finally:
            with suppress(AmiError):
                await call.drop()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", pbx.settings.agi_port)
    try:
        await place_call(ami, silent=story is record_file_silence)
        return await asyncio.wait_for(told, 4 * PATIENCE)
    finally:
        server.close()


async def take_all() -> None:
    """Write every transcript anew."""
    from telephony.pbx_fetch import find_asterisk
    from tests.asterisk.running_pbx import AGENTS, CACHE, DEMO_TRUNK, free_settings, speak_tone

    TRANSCRIPTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        pbx = PrivateAsterisk(find_asterisk(None, CACHE, print), Path(home), free_settings(), speak_tone)
        await pbx.use_endpoints([DEMO_TRUNK], AGENTS)
        await pbx.start()
        try:
            async with manager(pbx) as ami:
                for name, story in STORIES.items():
                    print(name)
                    call = await tell(pbx, ami, story)
                    (TRANSCRIPTS / f"{name}.txt").write_text("\n".join(call.lines) + "\n")
                (TRANSCRIPTS / "environment.txt").write_bytes(call.environment)
        finally:
            await pbx.stop()


if __name__ == "__main__":
    asyncio.run(take_all())
