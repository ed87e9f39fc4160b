"""The AGI server with a peer that behaves as Asterisk does, or doesn't."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from ivr.line import Hangup
from telephony.agi_server import AgiServer
from telephony.agi_session import AgiSession, CommandRefused, LinkLost
from tests.patience import PATIENCE

ENVIRONMENT = (Path(__file__).parent / "transcripts" / "environment.txt").read_bytes()
HALF_OPEN = 1000


class Peer:
    """Asterisk's side of one connection, by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def expect(self, command: str) -> None:
        line = await asyncio.wait_for(self.reader.readline(), PATIENCE)
        assert line.decode() == command + "\n"

    def send(self, text: str) -> None:
        self.writer.write(text.encode())

    async def closed(self) -> None:
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(self.reader.read(), PATIENCE) == b""


@asynccontextmanager
async def serving(
    handler: Callable[[AgiSession], Awaitable[None]], **limits: float
) -> AsyncIterator[tuple[AgiServer, Callable[..., Awaitable[Peer]]]]:
    server = AgiServer(handler, sweep_seconds=0.02, **limits)
    await server.start()
    writers: list[asyncio.StreamWriter] = []

    async def connect(greeting: bytes = ENVIRONMENT) -> Peer:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writers.append(writer)
        writer.write(greeting)
        return Peer(reader, writer)

    try:
        yield server, connect
    finally:
        for writer in writers:
            writer.close()
        await server.close(grace=0.1)
        assert server.call_count == server.half_open_count == 0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)


class Script:
    """A handler that keeps what happened to it."""

    def __init__(self, body: Callable[[AgiSession], Awaitable[object]]) -> None:
        self._body = body
        self.outcome: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async def __call__(self, session: AgiSession) -> None:
        try:
            self.outcome.set_result(await self._body(session))
        except BaseException as error:
            self.outcome.set_exception(error)
            raise

    async def ended(self) -> object:
        return await asyncio.wait_for(self.outcome, PATIENCE)


async def test_a_call_is_a_conversation() -> None:
    async def body(session: AgiSession) -> object:
        first = await session.command("GET VARIABLE", "A")
        return session.env["agi_extension"], first.data, (await session.command("ANSWER")).result

    script = Script(body)
    async with serving(script) as (_, connect):
        peer = await connect()
        await peer.expect('GET VARIABLE "A"')
        peer.send("200 result=1 (x)\n")
        await peer.expect("ANSWER")
        peer.send("200 result=0\n")
        assert await script.ended() == ("12025550101", "x", "0")
        await peer.closed()


@pytest.mark.parametrize(
    ("said", "raised"),
    [
        ("HANGUP\n", Hangup),
        ("511 Command Not Permitted on a dead channel or intercept routine\n", Hangup),
        ("200 what\n" * 2, LinkLost),
        ("garbage\n", LinkLost),
        ("510 Invalid or unknown command\n", CommandRefused),
        ("520-Usage:\nthis\n520 End of proper usage.\n", CommandRefused),
    ],
)
async def test_what_ends_a_command(said: str, raised: type[Exception]) -> None:
    async def body(session: AgiSession) -> object:
        await session.command("ANSWER")
        return await session.command("ANSWER")

    script = Script(body)
    async with serving(script) as (_, connect):
        peer = await connect()
        await peer.expect("ANSWER")
        peer.send(said)
        with pytest.raises(raised):
            await script.ended()


async def test_a_closed_connection_is_a_lost_link() -> None:
    script = Script(lambda session: session.command("ANSWER"))
    async with serving(script) as (_, connect):
        peer = await connect()
        await peer.expect("ANSWER")
        peer.writer.close()
        with pytest.raises(LinkLost):
            await script.ended()


async def test_a_hang_up_is_noticed_without_a_command() -> None:
    async def body(session: AgiSession) -> object:
        await until(lambda: session.hung_up)
        with pytest.raises(Hangup):
            await session.command("ANSWER")
        return (await session.command("SET VARIABLE", "DONE", "1", needs_live=False)).result

    script = Script(body)
    async with serving(script) as (_, connect):
        peer = await connect()
        peer.send("HANGUP\n")
        await peer.expect('SET VARIABLE "DONE" "1"')
        peer.send("200 result=1\n")
        assert await script.ended() == "1"


async def test_a_cancelled_command_leaves_the_line_usable_and_its_late_reply_known() -> None:
    late: list[str] = []

    async def body(session: AgiSession) -> object:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await session.command("WAIT FOR DIGIT", 9000, late=lambda reply: late.append(reply.result))
        return (await session.command("GET VARIABLE", "A")).data

    script = Script(body)
    async with serving(script) as (_, connect):
        peer = await connect()
        await peer.expect('WAIT FOR DIGIT "9000"')
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(peer.reader.readline(), 0.1)  # nothing more while Asterisk is busy
        peer.send("200 result=53\n")
        await peer.expect('GET VARIABLE "A"')
        peer.send("200 result=1 (mine)\n")
        assert await script.ended() == "mine"
        assert late == ["53"]


async def test_a_hang_up_is_said_at_once_though_the_command_it_ended_is_not_answered_yet() -> None:
    async def body(session: AgiSession) -> object:
        with pytest.raises(Hangup):
            await session.command("STREAM FILE", "long", "1")
        for again in (session.settled(), session.command("ANSWER")):
            async with asyncio.timeout(PATIENCE):
                with pytest.raises(Hangup):
                    await again
        return "told"

    script = Script(body)
    async with serving(script) as (_, connect):
        peer = await connect()
        await peer.expect('STREAM FILE "long" "1"')
        peer.send("HANGUP\n")
        assert await script.ended() == "told"


async def test_a_command_without_an_answer_ends_the_link() -> None:
    script = Script(lambda session: session.command("ANSWER", timeout=0.05))
    async with serving(script) as (_, connect):
        peer = await connect()
        with pytest.raises(LinkLost):
            await script.ended()
        await peer.expect("ANSWER")
        await peer.closed()


async def test_an_idle_call_ends() -> None:
    async def body(session: AgiSession) -> object:
        await until(lambda: session.hung_up)
        return session.hung_up

    script = Script(body)
    async with serving(script, idle_seconds=0.05) as (_, connect):
        peer = await connect()
        assert await script.ended() is True
        await peer.closed()


async def test_a_handler_that_goes_on_after_the_hang_up_is_cancelled() -> None:
    script = Script(lambda _session: asyncio.Event().wait())
    async with serving(script, cleanup_seconds=0.05) as (_, connect):
        peer = await connect()
        peer.send("HANGUP\n")
        with pytest.raises(asyncio.CancelledError):
            await script.ended()


async def test_a_failing_handler_is_logged_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    words = "+12025550155 said a secret"

    async def handler(_session: AgiSession) -> None:
        raise ValueError(words)

    async with serving(handler) as (_, connect):
        await (await connect()).closed()
    assert "ValueError" in caplog.text
    assert words not in caplog.text


async def test_closing_lets_calls_end_and_then_cancels_them() -> None:
    script = Script(lambda _session: asyncio.Event().wait())
    async with serving(script) as (server, connect):
        peer = await connect()
        await until(lambda: server.call_count == 1)
        await server.close(grace=0.05)
        with pytest.raises(asyncio.CancelledError):
            await script.ended()
        await peer.closed()


async def test_a_slow_environment_is_cut_off_and_nonsense_at_once() -> None:
    script = Script(lambda session: session.command("ANSWER"))
    async with serving(script, header_seconds=0.1) as (server, connect):
        nonsense = await connect(b"GET / HTTP/1.1\r\n\r\n")
        await nonsense.closed()
        slow = await connect(ENVIRONMENT[:-1])
        await slow.closed()
        await until(lambda: server.half_open_count == 0)
        assert not script.outcome.done()
        script.outcome.cancel()


async def test_a_thousand_half_open_connections_cost_no_task_and_little_memory() -> None:
    script = Script(lambda session: session.command("ANSWER"))
    async with serving(script, header_seconds=60.0) as (server, connect):
        tasks = len(asyncio.all_tasks())
        tracemalloc.start()
        before = tracemalloc.take_snapshot()
        peers = [await connect(ENVIRONMENT[:400]) for _ in range(HALF_OPEN)]
        await until(lambda: server.half_open_count == HALF_OPEN)
        ours = [tracemalloc.Filter(True, "*/telephony/*")]
        grown = tracemalloc.take_snapshot().filter_traces(ours).compare_to(before.filter_traces(ours), "filename")
        tracemalloc.stop()
        assert len(asyncio.all_tasks()) == tasks
        assert sum(entry.size_diff for entry in grown) < HALF_OPEN * 4096
        peer = await connect()
        await peer.expect("ANSWER")
        peer.send("200 result=0\n")
        await script.ended()
        assert len(peers) == server.half_open_count
