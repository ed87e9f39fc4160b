"""The manager link (AMI): panoramisk's parsing and pairing of actions with answers, behind one guard.

The guard adds what panoramisk 1.4 lacks: nothing from outside can inject an action, every action has a
deadline, an action under way when the link drops fails at once and is never sent again, a UTF-8 character
cut by two reads survives, a link that stops answering is noticed, and whoever keeps state is told when to
read it again.
"""

import asyncio
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import panoramisk
from panoramisk.ami_protocol import AMIProtocol

log = logging.getLogger(__name__)

Fields = Mapping[str, str]
_T = TypeVar("_T")
FieldValue = str | int | Sequence[str]

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_FORBIDDEN: Final = re.compile(r"[\r\n\0]")
_NONE_FOUND: Final = re.compile(r"No [A-Za-z ]+ found")
_END_OF_MESSAGE: Final = b"\r\n\r\n"
_MAX_MESSAGE_BYTES: Final = 1_048_576


class AmiError(Exception):
    """Asterisk refused the action; the text is Asterisk's own."""


class AmiDown(Exception):
    """No answer: the link is down, went down or missed the deadline. The action may have been done or not."""


class Ami:
    """One link to Asterisk's manager interface, kept up until `close`.

    Times in seconds: `action_seconds` bounds every action, `ping_seconds` is both the pause between pings
    and the time a ping may take, `backoff` the pauses before reconnecting (the last one repeats).
    `events` is what Login asks for: "on", "off" or a list of classes.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str,
        secret: str,
        *,
        events: str = "on",
        action_seconds: float = 5.0,
        ping_seconds: float = 5.0,
        boot_seconds: float = 60.0,
        backoff: Sequence[float] = (0.1, 0.2, 0.5, 1.0, 2.0),
    ) -> None:
        for value in (username, secret, events):
            _refuse_line_breaks(value)
        self._host = host
        self._port = port
        self._login = {"username": username, "secret": secret, "events": events}
        self._action_seconds = action_seconds
        self._ping_seconds = ping_seconds
        self._boot_seconds = boot_seconds
        self._backoff = tuple(backoff)
        self._subscribers: defaultdict[str, list[Callable[[Fields], None]]] = defaultdict(list)
        self._watchers: list[Callable[[bool], None]] = []
        self._link: _Link | None = None
        self._connected = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether the link is up, signed in, and Asterisk fully booted."""
        return self._connected.is_set()

    def subscribe(self, event: str, callback: Callable[[Fields], None]) -> None:
        """Have `callback` called with the fields of every event of this name, in order.

        It is called from the reading side: it must return at once.
        """
        self._subscribers[event.lower()].append(callback)

    def watch(self, callback: Callable[[bool], None]) -> None:
        """Have `callback(True)` called each time the link came up and `callback(False)` when it went down.

        After True, read again whatever you remember of the exchange: events may have been missed.
        """
        self._watchers.append(callback)

    async def start(self, timeout: float | None = None) -> None:
        """Begin keeping the link up; with a timeout, wait for it. Raises AmiDown when it isn't up by then."""
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep_up(), name="ami link")
        if timeout is not None:
            try:
                async with asyncio.timeout(timeout):
                    await self._connected.wait()
            except TimeoutError as error:
                raise AmiDown("no link to the exchange") from error

    async def close(self) -> None:
        """Let the link go; actions under way raise AmiDown."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def action(
        self, name: str, *, timeout: float | None = None, action_id: str | None = None, **fields: FieldValue
    ) -> dict[str, str]:
        """Do one action and return the fields of its response.

        Field names are AMI's; one that isn't an identifier goes in as `**{"Some-Name": …}`; a sequence is
        sent as several lines of that name. `action_id` comes back in events the action causes later
        (OriginateResponse) and must be new each time. Raises AmiError when Asterisk refuses, AmiDown when there is
        no answer within `timeout` seconds (it is never sent twice), ValueError for a value that holds a
        line break or NUL.
        """
        if action_id is not None:
            fields = {**fields, "ActionID": action_id}
        message = await self._ask(name, fields, timeout, as_list=False)
        return _checked(name, message)

    async def listing(self, name: str, *, timeout: float | None = None, **fields: FieldValue) -> list[dict[str, str]]:
        """Do an action that answers with a list of events (CoreShowChannels …) and return those events.

        Raises as `action` does.
        """
        answer = await self._ask(name, fields, timeout, as_list=None)
        if not isinstance(answer, list):
            # The PJSIP listings call an empty list an error: "No Contacts found".
            if not _NONE_FOUND.fullmatch(answer.message):
                _checked(name, answer)
            return []
        _checked(name, answer[0])
        return [_fields(message) for message in answer[1:-1]]

    async def _ask(
        self, name: str, fields: Mapping[str, FieldValue], timeout: float | None, *, as_list: bool | None
    ) -> Any:
        action = _action(name, fields)
        link = self._link
        if link is None or not self.connected:
            raise AmiDown(f"{name}: no link to the exchange")
        return await link.ask(action, timeout or self._action_seconds, as_list)

    async def _keep_up(self) -> None:
        """Connect, serve, and connect again, until cancelled."""
        failures = 0
        while True:
            try:
                await self._hold_one_link()
                failures = 0
            except (OSError, TimeoutError, AmiDown, AmiError) as error:
                log.warning("no manager link: %s", type(error).__name__)
            await asyncio.sleep(self._backoff[min(failures, len(self._backoff) - 1)])
            failures += 1

    async def _hold_one_link(self) -> None:
        """One link from connect to its end. Raises what kept it from coming up."""
        loop = asyncio.get_running_loop()
        link = _Link(self._host, self._port, self._dispatch, loop)
        try:
            async with asyncio.timeout(self._action_seconds):
                await link.open()
                answer = await link.ask(_action("Login", self._login), self._action_seconds, as_list=False)
                _checked("Login", answer)
            async with asyncio.timeout(self._boot_seconds):
                await link.until_booted()
            self._link = link
            self._connected.set()
            log.info("manager link up")
            self._tell_watchers(True)
            await self._ping_until_lost(link)
        finally:
            self._link = None
            link.shut()
            if self._connected.is_set():
                self._connected.clear()
                if self._keeper is None:
                    log.info("manager link let go")
                else:
                    log.warning("manager link down")
                self._tell_watchers(False)

    async def _ping_until_lost(self, link: "_Link") -> None:
        while not link.lost.done():
            await asyncio.wait([link.lost], timeout=self._ping_seconds)
            if not link.lost.done():
                try:
                    await link.ask(_action("Ping", {}), self._ping_seconds, as_list=False)
                except AmiDown:
                    log.warning("the exchange did not answer a ping")
                    return

    def _tell_watchers(self, up: bool) -> None:
        for watcher in self._watchers:
            _call_safely(watcher, up)

    def _dispatch(self, message: Any) -> None:
        callbacks = self._subscribers.get(str(message.event).lower())
        if callbacks:
            fields = _fields(message)
            for callback in callbacks:
                _call_safely(callback, fields)


class _Link(panoramisk.Manager):  # type: ignore[misc]
    """A panoramisk manager for one connection only: its own reconnecting, pinging and replaying are unused."""

    def __init__(self, host: str, port: int, dispatch: Callable[[Any], None], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(host=host, port=port, loop=loop)
        self._dispatch_event = dispatch
        self._booted: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()

    async def open(self) -> None:
        _, protocol = await self.loop.create_connection(
            lambda: _GuardedProtocol(self), self.config["host"], self.config["port"]
        )
        self.protocol = protocol

    async def until_booted(self) -> None:
        """Return once Asterisk says that it is fully booted. Raises AmiDown when the link is lost first."""
        await asyncio.wait([self._booted, self.lost], return_when=asyncio.FIRST_COMPLETED)
        if not self._booted.done():
            raise AmiDown("the link was lost while the exchange was starting")

    async def ask(self, action: dict[str, FieldValue], seconds: float, as_list: bool | None) -> Any:
        name = action["Action"]
        if self.lost.done():
            raise AmiDown(f"{name}: no link to the exchange")
        future = self.send_action(action, as_list=as_list)
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError as error:
            raise AmiDown(f"{name}: no answer in time") from error
        finally:
            self.protocol.forget(future)

    def shut(self) -> None:
        """End the connection; whoever still awaits an answer gets AmiDown."""
        if self.protocol is not None:
            self.protocol.abandon()
        if not self.lost.done():
            self.lost.set_result(None)

    def dispatch(self, event: Any) -> None:
        if event.event == "FullyBooted" and not self._booted.done():
            self._booted.set_result(None)
        self._dispatch_event(event)

    def connection_lost(self, _exc: object) -> None:
        if not self.lost.done():
            self.lost.set_result(None)


class _GuardedProtocol(AMIProtocol):  # type: ignore[misc]
    """Hands panoramisk whole messages only, and fails what is under way when the link ends."""

    closed: bool

    def __init__(self, link: _Link) -> None:
        self._owner = link
        self._unread = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.factory = self._owner
        self.encoding = "utf-8"

    def data_received(self, data: bytes) -> None:
        # A message's end is ASCII, so no character is ever cut where panoramisk decodes.
        searched = max(0, len(self._unread) - len(_END_OF_MESSAGE) + 1)
        self._unread += data
        end = self._unread.rfind(_END_OF_MESSAGE, searched)
        if end >= 0:
            end += len(_END_OF_MESSAGE)
            whole = bytes(self._unread[:end])
            del self._unread[:end]
            super().data_received(whole)
        if len(self._unread) > _MAX_MESSAGE_BYTES:
            log.error("a manager message longer than the limit: link closed")
            self.connection_lost(None)

    def connection_lost(self, exc: object) -> None:
        if not self.closed:
            self.abandon()
            self._owner.connection_lost(exc)

    def forget(self, future: asyncio.Future[Any]) -> None:
        """Stop waiting for an action's answer."""
        for key in [key for key, action in self.responses.items() if action.future is future]:
            del self.responses[key]

    def abandon(self) -> None:
        """Close, failing what is under way; nothing is left that could be sent again."""
        under_way = list(self.responses.values())
        self.responses.clear()
        for action in under_way:
            if not action.future.done():
                action.future.set_exception(AmiDown("the link was lost"))
        if not self.closed:
            self.closed = True
            self.transport.abort()


def _action(name: str, fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """An action as panoramisk takes it. Raises ValueError for what could inject a second one."""
    action: dict[str, FieldValue] = {"Action": name}
    for key, value in fields.items():
        if not _NAME.fullmatch(key) or key.lower() in {"action", "command", "commandid"}:
            raise ValueError("not a field's name")
        values = [str(value)] if isinstance(value, str | int) else list(value)
        for one in values:
            _refuse_line_breaks(one)
        action[key] = values[0] if len(values) == 1 else values
    if not _NAME.fullmatch(name):
        raise ValueError("not an action's name")
    return action


def _refuse_line_breaks(value: str) -> None:
    if _FORBIDDEN.search(value):
        raise ValueError("an AMI value may hold no line break and no NUL")


def _checked(name: object, message: Any) -> dict[str, str]:
    if not message.success:
        raise AmiError(f"{name}: {message.message}")
    return _fields(message)


def _fields(message: Any) -> dict[str, str]:
    """A message's fields; of a repeated one, the values joined by line feeds."""
    return {
        key: "\n".join(value) if isinstance(value, list) else value
        for key, value in message.items()
        if key != "content"
    }


def _call_safely(callback: Callable[[_T], None], value: _T) -> None:
    try:
        callback(value)
    except Exception as error:
        log.error("a manager callback failed with %s", type(error).__name__)
