"""What is heard on pages: recorded clips, and words said by the speech program."""

from pathlib import Path

from aiohttp import web
from pydantic import BaseModel, Field

from accounts.directory import NotFound
from messages.message import MessageStatus
from web.ask import Ask

WAV = "audio/wav"


class Words(BaseModel):
    """`language` is a BCP 47 tag."""

    text: str = Field(min_length=1, max_length=200)
    language: str = Field(default="en-US", pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")


async def clip(ask: Ask) -> web.FileResponse:
    """A recording as WAV; parts of it by Range."""
    clip_id = ask.path("id")
    try:
        path = ask.services.clips.path(clip_id)
    except ValueError:
        raise NotFound from None
    if ask.only_business is not None:
        message = await ask.services.inbox.with_clip(clip_id)
        if message is None or message.status is MessageStatus.DRAFT:
            raise NotFound
        ask.check_reach(message.business_id)
    return wav_file(path)


def wav_file(path: Path) -> web.FileResponse:
    """A WAV file as an answer. Raises NotFound when it is not there."""
    if not path.is_file():
        raise NotFound
    response = web.FileResponse(path, headers={"Cache-Control": "private, no-cache"})
    response.content_type = WAV
    return response


async def say(ask: Ask, body: Words) -> web.Response:
    """Words as a WAV, to hear how a respelled name sounds."""
    return web.Response(body=await ask.services.speak(body.text, body.language), content_type=WAV)
