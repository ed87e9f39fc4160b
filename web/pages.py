"""The built front end: hashed assets for long, one index page for every address of the app."""

from pathlib import Path

from aiohttp import web

from web.services import SERVICES

NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Answerline</title>
<h1>The pages are not built yet</h1>
<p>Run <code>./answerline up</code>, which builds them, or <code>npm run build</code> in <code>ui</code>.
The API works: <a href="/openapi.json">/openapi.json</a>.</p></html>
"""


async def page(request: web.Request) -> web.StreamResponse:
    """A file of the front end, or its index page for an address that the front end itself understands."""
    asked = request.match_info["path"]
    if "\0" in asked:
        raise web.HTTPNotFound
    folder = request.app[SERVICES].settings.pages.resolve()
    file = _inside(folder, asked)
    if file is not None:
        fresh = "public, max-age=31536000, immutable" if asked.startswith("assets/") else "no-cache"
        return web.FileResponse(file, headers={"Cache-Control": fresh})
    if asked.partition("/")[0] in {"api", "assets", "ack", "m", "problems", "sip"} or "." in asked.rpartition("/")[2]:
        raise web.HTTPNotFound
    index = _inside(folder, "index.html")
    if index is None:
        return web.Response(text=NOT_BUILT, content_type="text/html", status=503)
    return web.FileResponse(index, headers={"Cache-Control": "no-cache"})


def _inside(folder: Path, asked: str) -> Path | None:
    """The file, if it is one and lies in the folder (no way out by dots or links)."""
    file = (folder / asked).resolve()
    return file if file.is_relative_to(folder) and file.is_file() else None
