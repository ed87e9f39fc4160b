"""`./answerline number` and `./answerline trunk`: set-up data from the command line, in force without a restart."""

import argparse
import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable
from uuid import uuid4

from accounts.business import Number, Trunk
from accounts.directory import Conflict, NotFound
from accounts.numbers import NotANumber, to_e164
from app.asking import answered, stored
from app.exchange import AMI_USER, LOOPBACK, StoredExchange, endpoint_of, separate_endpoints
from app.named_files import UnreadableFile, read_named
from app.settings import Settings
from calls.legs import ExchangeDown
from store.database import DatabaseDown
from store.directory import SqlDirectory
from telephony.ami import Ami, AmiDown
from telephony.pbx_config import PbxHome

LINK_SECONDS = 3.0

Verb = Callable[[SqlDirectory], Awaitable[bool]]


def number(settings: Settings, options: argparse.Namespace) -> int:
    """List, add or remove numbers; calls find the change at once."""

    async def verb(directory: SqlDirectory) -> bool:
        match options.action:
            case "list":
                for each in await directory.numbers():
                    print(f"{each.e164}  {each.business_id}")
            case "add":
                business = await directory.business(options.business)
                await directory.put_number(Number(to_e164(options.number), business.id))
                print(f"{to_e164(options.number)} leads to {business.name}.")
            case "remove":
                await directory.delete_number(to_e164(options.number))
                print(f"{to_e164(options.number)} leads nowhere now.")
        return False

    return answered(lambda: asyncio.run(_with_directory(settings, verb)))


def trunk(settings: Settings, options: argparse.Namespace) -> int:
    """List, add or remove trunks; a running Asterisk is told."""

    async def verb(directory: SqlDirectory) -> bool:
        known = {each.name: each for each in await directory.trunks()}
        match options.action:
            case "list":
                for each in known.values():
                    way = (
                        f"registers with {each.host}" if each.register else f"from {', '.join(each.match) or each.host}"
                    )
                    print(f"{each.name}  {way}")
                return False
            case "add":
                new = Trunk(
                    id=known[options.name].id if options.name in known else uuid4().hex,
                    name=options.name,
                    host=options.host,
                    port=options.port,
                    match=tuple(options.match),
                    username=options.username,
                    secret=_secret(options.secret_file),
                    register=options.register,
                    codecs=tuple(options.codecs.split(",")),
                    caller_id_from=options.caller_id,
                )
                endpoint_of(new)
                await directory.put_trunk(new)
                print(f"Trunk {options.name} is stored.")
            case "remove":
                if options.name not in known:
                    raise NotFound(f"There is no trunk {options.name}.")
                await directory.delete_trunk(known[options.name].id)
                print(f"Trunk {options.name} is removed.")
        return True

    return answered(lambda: asyncio.run(_with_directory(settings, verb)))


def _secret(file: str | None) -> str | None:
    """What is in it. Raises ValueError."""
    try:
        return read_named(file).strip() if file else None
    except UnreadableFile as error:
        raise ValueError(f"The file {file} {error}.") from None


async def _with_directory(settings: Settings, verb: Verb) -> int:
    async with stored(settings) as database:
        directory = SqlDirectory(database)
        try:
            if await verb(directory):
                await _tell_asterisk(settings, directory)
        except DatabaseDown:
            raise
        except (NotFound, Conflict, NotANumber, ValueError, OSError) as error:
            print(f"answerline: {error}", file=sys.stderr)
            return 1
    return 0


async def _tell_asterisk(settings: Settings, directory: SqlDirectory) -> None:
    home = PbxHome((settings.home / "asterisk").resolve())
    home.make()
    ami = Ami(LOOPBACK, settings.ami_port, AMI_USER, home.ami_secret())
    told = False
    try:
        if _somebody_listens(settings.ami_port):
            await ami.start(LINK_SECONDS)
            told = ami.connected
    except (AmiDown, OSError, TimeoutError):
        pass
    try:
        await StoredExchange(directory, separate_endpoints(home, ami)).apply_endpoints()
        print("Asterisk has it." if told else "Asterisk is not running; it has it at its next start.")
    except ExchangeDown:
        print("Asterisk did not take it over; the service does at its next start.")
    finally:
        await ami.close()


def _somebody_listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(LINK_SECONDS)
        return probe.connect_ex((LOOPBACK, port)) == 0
