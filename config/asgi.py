"""Two roads into one port: a few raw routes by path, and everything else Django on WSGI threads.

A stream held open costs the raw road a coroutine, and would cost the other a thread.
"""

import os
import string
import urllib.parse
from importlib import import_module
from importlib.util import find_spec
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from a2wsgi import WSGIMiddleware

from config import lengths
from config.wsgi import application as pages

THREADS = int(os.environ.get("WEB_THREADS", "12"))
RAW = {"/live/": "handoff.live", "/t/": "leads.ingest"}  # each module brings an ASGI `application`


def raw_routes() -> dict:
    found = {prefix: module for prefix, module in RAW.items() if find_spec(module)}
    return {prefix: import_module(module).application for prefix, module in found.items()}


async def answer_lifespan(receive, send) -> None:
    while True:
        word = (await receive())["type"].removeprefix("lifespan.")
        await send({"type": f"lifespan.{word}.complete"})
        if word == "shutdown":
            return


def plain(scope: Any) -> Any:
    """What WSGI can carry: an ASCII query, and no header that only looks like another (X_Forwarded_For)."""
    query = urllib.parse.quote(scope["query_string"], safe=string.punctuation)
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    return {**scope, "query_string": query.encode(), "headers": headers}


class Dispatcher:
    """Gives each connection to the road its path belongs to."""

    def __init__(self, raw: dict, pages) -> None:
        self.raw = raw
        self.threads = WSGIMiddleware(pages, workers=THREADS, send_queue_size=16)

    def road(self, path: str):
        return next((app for prefix, app in self.raw.items() if path.startswith(prefix)), self.page)

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            await answer_lifespan(receive, send)
        elif scope["type"] == "http":
            await self.road(scope["path"])(scope, receive, send)

    async def page(self, scope, receive, send) -> None:
        if lengths.is_too_long(scope):
            await lengths.refuse(send)
        else:
            await self.threads(plain(scope), receive, send)


application = Dispatcher(raw_routes(), pages)
