"""The service under `bench queue`, in a process of its own: `python -m app.bench_queue_service SIZE local|sip SECRET`.

Everything is as the service runs it, except that `local` agents are extensions of the exchange: those need no
telephone that registers. Prints `ready` when all agents are signed in; ends when its standard input does.
"""

import asyncio
import os
import sys
from collections.abc import Iterable

import uvloop

from accounts.contacts import Ways
from accounts.directory import Directory
from app.bench_queue_world import Size, local_agent, seed
from app.interpreter import run_evenly
from app.logs import set_up_logs
from app.service import Service
from app.settings import read_settings
from telephony.agents import AsteriskLegs
from telephony.ami import Ami


class LocalLegs(AsteriskLegs):
    """Rings extensions of the exchange in place of registered telephones."""

    def __init__(self, ami: Ami, usernames: Iterable[str]) -> None:
        super().__init__(ami)
        self._usernames = frozenset(usernames)

    def telephone(self, username: str) -> str:
        return local_agent(username)

    def online(self) -> frozenset[str]:
        return self._usernames if self._synced else frozenset()


async def _main(size: Size, secret: str) -> None:
    settings = read_settings(os.environ)
    set_up_logs(settings)

    async def put_in_place(directory: Directory, ways: Ways) -> None:
        await seed(directory, ways, size, secret)

    def legs(ami: Ami) -> AsteriskLegs:
        return AsteriskLegs(ami) if size.sip else LocalLegs(ami, size.usernames())

    service = Service(settings, seed=put_in_place, progress=lambda _line: None, legs=legs)
    await service.start()
    run_evenly()
    try:
        for username in size.usernames():
            await service.desk.agents.sign_in(username, "phone")
        print("ready", flush=True)
        await _end_of_input()
    finally:
        await service.stop()


async def _end_of_input() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


if __name__ == "__main__":
    businesses, agents = sys.argv[1].split("x")
    uvloop.run(_main(Size(int(businesses), int(agents), sip=sys.argv[2] == "sip"), sys.argv[3]))
