"""The two AGI servers that `./answerline bench calls` sets against each other, each a process of its own.

`python tests/bench/agi_servers.py ours|panoramisk COMMANDS` prints its port and serves until it is ended;
each connection is sent that many commands, one after the other. This is the one file besides `telephony.ami`
that imports panoramisk: as a yardstick.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import uvloop
from panoramisk import fast_agi

from telephony.agi_server import AgiServer
from telephony.agi_session import AgiSession

COMMAND = "WAIT FOR DIGIT"
MILLISECONDS = 1


async def serve_ours(commands: int) -> None:
    async def handler(session: AgiSession) -> None:
        for _ in range(commands):
            await session.command(COMMAND, MILLISECONDS)

    server = AgiServer(handler)
    await server.start()
    print(server.port, flush=True)
    await asyncio.Event().wait()


async def serve_panoramisk(commands: int) -> None:
    async def handler(request: fast_agi.Request) -> None:
        for _ in range(commands):
            await request.send_command(f'{COMMAND} "{MILLISECONDS}"')

    application = fast_agi.Application(loop=asyncio.get_running_loop())
    application.add_route("call", handler)
    server = await asyncio.start_server(application.handler, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    which, count = sys.argv[1], int(sys.argv[2])
    if which == "ours":
        uvloop.run(serve_ours(count))
    else:
        asyncio.run(serve_panoramisk(count))
