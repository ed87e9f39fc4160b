"""The manager link: against a manager made by hand for what Asterisk seldom does, and against Asterisk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from telephony.agi_server import AgiServer
from telephony.agi_session import AgiSession
from telephony.ami import Ami, AmiDown, AmiError, Fields
from telephony.pbx import PrivateAsterisk
from tests.asterisk.manager_witness import WitnessManager
from tests.asterisk.running_pbx import HOST
from tests.patience import PATIENCE
from tests.telephony.agi_stories import STORIES, TRANSCRIPTS, manager, place_call, tell

HALF_OPEN = 1000


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


class HandMadeManager:
    """Accepts a login; answers what it is told to and notes every action that comes."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.logins = 0
        self.silent: set[str] = set()
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        try:
            while block := await reader.readuntil(b"\r\n\r\n"):
                fields = dict(line.split(": ", 1) for line in block.decode().splitlines() if ": " in line)
                name = fields["Action"]
                self.seen.append(name)
                if name in self.silent:
                    continue
                writer.write(f"Response: Success\r\nActionID: {fields['ActionID']}\r\n\r\n".encode())
                if name == "Login":
                    self.logins += 1
                    writer.write(b"Event: FullyBooted\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def hand_made(**limits: float) -> AsyncIterator[tuple[HandMadeManager, Ami]]:
    made = HandMadeManager()
    server = await asyncio.start_server(made.serve, HOST, 0)
    ami = Ami(HOST, server.sockets[0].getsockname()[1], "user", "secret", backoff=(0.01,), **limits)
    try:
        await ami.start(timeout=PATIENCE)
        yield made, ami
    finally:
        await ami.close()
        server.close()


async def test_a_character_cut_by_two_reads_arrives_whole() -> None:
    async with hand_made() as (made, ami):
        heard: list[Fields] = []
        ami.subscribe("Word", heard.append)
        message = "Event: Word\r\nText: señor €\r\n\r\n".encode()
        for at in range(len(message)):
            made.writers[-1].write(message[at : at + 1])
            await made.writers[-1].drain()
            await asyncio.sleep(0)
        made.writers[-1].write(message[:18])
        await until(lambda: len(heard) == 1)
        made.writers[-1].write(message[18:])
        await until(lambda: len(heard) == 2)
        assert [fields["Text"] for fields in heard] == ["señor €"] * 2


async def test_an_action_under_way_when_the_link_drops_fails_and_is_not_sent_again() -> None:
    async with hand_made() as (made, ami):
        changes: list[bool] = []
        ami.watch(changes.append)
        made.silent.add("Originate")
        asked = asyncio.create_task(ami.action("Originate", Channel="Local/1@x"))
        await until(lambda: "Originate" in made.seen)
        made.writers[-1].close()
        with pytest.raises(AmiDown):
            await asked
        await until(lambda: changes == [False, True])
        await ami.action("CoreStatus")
        assert made.seen.count("Originate") == 1
        assert made.logins == 2


async def test_no_answer_in_time_is_an_error_and_the_link_stays() -> None:
    async with hand_made() as (made, ami):
        made.silent.add("Redirect")
        with pytest.raises(AmiDown):
            await ami.action("Redirect", timeout=0.05, Channel="x")
        assert ami.connected
        await ami.action("CoreStatus")


async def test_a_link_that_answers_no_ping_is_made_anew() -> None:
    async with hand_made(ping_seconds=0.05) as (made, ami):
        changes: list[bool] = []
        ami.watch(changes.append)
        made.silent.add("Ping")
        await until(lambda: made.logins >= 2)
        made.silent.clear()
        await until(lambda: len(changes) >= 2 and changes[-1])
        assert changes[0] is False


async def test_closing_in_the_instant_of_a_pings_answer_ends_the_link() -> None:
    # asyncio.wait_for of Python 3.11 would swallow the cancellation here, and the stop of the service hang.
    async with hand_made(ping_seconds=5) as (made, ami):
        link = ami._link
        assert link is not None
        made.silent.add("Status")
        asking = asyncio.create_task(link.ask({"Action": "Status"}, 5, as_list=False))
        await until(lambda: "Status" in made.seen)
        (under_way,) = link.protocol.responses.values()
        under_way.future.set_result(None)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_while_down_an_action_fails_at_once() -> None:
    ami = Ami(HOST, 1, "user", "secret")
    with pytest.raises(AmiDown):
        await ami.start(timeout=0.1)
    with pytest.raises(AmiDown):
        await ami.action("Ping")
    await ami.close()


async def test_a_failing_subscriber_does_not_silence_the_others() -> None:
    async with hand_made() as (made, ami):
        heard: list[Fields] = []

        def fail(_event: Fields) -> None:
            raise RuntimeError

        ami.subscribe("Word", fail)
        ami.subscribe("Word", heard.append)
        made.writers[-1].write(b"Event: Word\r\nText: x\r\n\r\n" * 2)
        await until(lambda: len(heard) == 2)


async def test_nothing_injects_a_second_action(pbx: PrivateAsterisk) -> None:
    async with manager(pbx) as ami:
        for value in ("x\r\n\r\nAction: Originate", "x\ry", "x\ny", "x\0y"):
            for fields in ({"Channel": value}, {"Channel": ["a", value]}, {value: "x"}, {"ActionID": value}):
                with pytest.raises(ValueError):
                    await ami.action("Hangup", **fields)  # type: ignore[arg-type]
            with pytest.raises(ValueError):
                await ami.action(value)
        with pytest.raises(AmiError):
            await ami.action("Hangup", Channel="nobody")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pyst2's own
async def test_another_client_sees_what_we_did(pbx: PrivateAsterisk) -> None:
    witness = WitnessManager()
    seen: list[dict[str, str]] = []
    witness.register_event("UserEvent", lambda event, _manager: seen.append(dict(event.headers)))
    await asyncio.to_thread(witness.connect, HOST, pbx.settings.ami_port)
    try:
        await asyncio.to_thread(witness.login, pbx.settings.ami_user, pbx.ami_secret())
        async with manager(pbx) as ami:
            ours: list[Fields] = []
            ami.subscribe("UserEvent", ours.append)
            await ami.action("UserEvent", UserEvent="Probe", Word="plain", Other="Action: Originate")
            await until(lambda: bool(seen and ours))
        assert (seen[0]["UserEvent"], seen[0]["Word"]) == ("Probe", "plain")
        assert ours[0]["Other"] == "Action: Originate"
    finally:
        await asyncio.to_thread(witness.close)


async def test_the_link_comes_back_when_asterisk_restarts(pbx: PrivateAsterisk) -> None:
    async with manager(pbx) as ami:
        changes: list[bool] = []
        ami.watch(changes.append)
        await pbx.restart()
        await until(lambda: changes == [False, True])
        assert await ami.listing("CoreShowChannels") == []


async def test_calls_go_on_beside_a_thousand_half_open_connections(pbx: PrivateAsterisk) -> None:
    results: list[str] = []

    async def handler(session: AgiSession) -> None:
        results.append((await session.command("ANSWER")).result)

    server = AgiServer(handler)
    await server.start(port=pbx.settings.agi_port)
    writers = []
    try:
        for _ in range(HALF_OPEN):
            _, writer = await asyncio.open_connection(HOST, server.port)
            writer.write(b"agi_network: yes\n")
            writers.append(writer)
        async with manager(pbx) as ami:
            for _ in range(5):
                await place_call(ami)
            await until(lambda: results == ["0"] * 5)
        await until(lambda: server.half_open_count == 0)  # the sweep has cut them off
    finally:
        for writer in writers:
            writer.close()
        await server.close()


@pytest.mark.parametrize(
    "story", ["hangup_by_caller", "hangup", "stream_file_missing", "usage", "variables", "too_long"]
)
async def test_the_transcripts_are_still_what_asterisk_says(pbx: PrivateAsterisk, story: str) -> None:
    async with manager(pbx) as ami:
        call = await tell(pbx, ami, STORIES[story])
    assert "\n".join(call.lines) + "\n" == (TRANSCRIPTS / f"{story}.txt").read_text()
