"""The softphone's WebSocket, handed on to the exchange: one address serves a browser everything."""

import asyncio

import aiohttp
from aiohttp import WSMsgType, web

from web.ask import Ask
from web.open_links import CLOSE_SECONDS, HEARTBEAT_SECONDS, OPEN_LINKS
from web.problem import Problem

CONNECT_SECONDS = 5.0
SEND_SECONDS = 10.0
LARGEST_SIP_MESSAGE = 64 * 1024

CLIENT = web.AppKey("client", aiohttp.ClientSession)

Link = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def proxy(ask: Ask) -> web.WebSocketResponse:
    """SIP over WebSocket (RFC 7118) to the exchange, for agents who are signed in."""
    if ask.person.sip_username is None:
        raise Problem("not-now", "This sign-in has no telephone.")
    exchange = await _connect(ask)
    try:
        browser = web.WebSocketResponse(
            timeout=CLOSE_SECONDS,
            protocols=("sip",),
            heartbeat=HEARTBEAT_SECONDS,
            max_msg_size=LARGEST_SIP_MESSAGE,
        )
        await browser.prepare(ask.request)
        with ask.request.app[OPEN_LINKS].holding(ask.who.session.token_hash, browser):
            await _join(browser, exchange)
    finally:
        await exchange.close()
    return browser


async def _connect(ask: Ask) -> aiohttp.ClientWebSocketResponse:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await ask.request.app[CLIENT].ws_connect(
                ask.services.settings.sip_ws_url,
                protocols=("sip",),
                max_msg_size=LARGEST_SIP_MESSAGE,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
            )
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise Problem("exchange-down") from None


async def _join(browser: web.WebSocketResponse, exchange: aiohttp.ClientWebSocketResponse) -> None:
    """Carry messages both ways until either side ends; then both are closed."""
    ways = {asyncio.create_task(_carry(browser, exchange)), asyncio.create_task(_carry(exchange, browser))}
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        await browser.close()


async def _carry(source: Link, target: Link) -> None:
    # A slow target holds back the source: the next message is read only when this one is on its way.
    async for message in source:
        async with asyncio.timeout(SEND_SECONDS):
            match message.type:
                case WSMsgType.TEXT:
                    await target.send_str(message.data)
                case WSMsgType.BINARY:
                    await target.send_bytes(message.data)
                case _:
                    return
