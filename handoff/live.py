"""The live stream of an inbox: a raw ASGI route that tells an open page to look again.

One LISTEN connection per process hears the database's NOTIFY and rings the pages of the person it
names. The stream carries no lead, only "look": the page then asks for what its reader may see.
"""

import asyncio
from collections import defaultdict
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from importlib import import_module

import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.db import close_old_connections
from django.utils.crypto import constant_time_compare

CHANNEL = "inbox"
BREATH = 20.0  # seconds between signs of life, and between looks at whether the reader still may read
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class Switchboard:
    """The open pages of one process, by reader, and the one connection that hears news for them."""

    def __init__(self) -> None:
        self.pages: dict[int, set[asyncio.Event]] = defaultdict(set)
        self.hearing: asyncio.Task | None = None

    def plug_in(self, user_id: int) -> asyncio.Event:
        page = asyncio.Event()
        self.pages[user_id].add(page)
        if self.hearing is None or self.hearing.done():
            self.hearing = asyncio.create_task(self.hear())
        return page

    def unplug(self, user_id: int, page: asyncio.Event) -> None:
        self.pages[user_id].discard(page)
        if not self.pages[user_id]:
            del self.pages[user_id]

    def ring(self, user_id: int) -> None:
        for page in self.pages.get(user_id, ()):
            page.set()

    async def hear(self) -> None:
        """Listen for good; after a lost connection every page looks again, as news may have passed."""
        while True:
            with suppress(psycopg.OperationalError):
                await self._listen()
            await asyncio.sleep(1)

    async def _listen(self) -> None:
        address = settings.DATABASE_DIRECT_URL.replace("postgis://", "postgres://")
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            for user_id in list(self.pages):
                self.ring(user_id)
            async for notice in connection.notifies():
                self.ring(int(notice.payload))


switchboard = Switchboard()


def reader_of(session_key: str) -> int | None:
    """The user behind a session, as Django's own middleware would find them, or nobody."""
    close_old_connections()
    try:
        session = import_module(settings.SESSION_ENGINE).SessionStore(session_key).load()
        if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
            return None
        user = get_user_model().objects.filter(pk=session.get(SESSION_KEY), is_active=True).first()
        known = session.get(HASH_SESSION_KEY, "")
        if user and constant_time_compare(known, user.get_session_auth_hash()):
            return user.pk
        return None
    finally:
        close_old_connections()


def session_key_of(scope: dict) -> str:
    raw = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    with suppress(CookieError):
        morsel = SimpleCookie(raw.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
        return morsel.value if morsel else ""
    return ""


async def application(scope, receive, send) -> None:
    """GET /live/: 403 for a stranger, else a stream of `inbox` events until the page or the session ends."""
    key = session_key_of(scope)
    user_id = await sync_to_async(reader_of)(key) if key else None
    if user_id is None or scope["method"] != "GET":
        await refuse(send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    page = switchboard.plug_in(user_id)
    gone = asyncio.create_task(until_gone(receive))
    try:
        await stream(page, gone, key, user_id, send)
    finally:
        switchboard.unplug(user_id, page)
        gone.cancel()


async def stream(page: asyncio.Event, gone: asyncio.Task, key: str, user_id: int, send) -> None:
    await send({"type": "http.response.body", "body": b"retry: 1000\n\n", "more_body": True})
    while not gone.done():
        news = asyncio.create_task(page.wait())
        await asyncio.wait({news, gone}, timeout=BREATH, return_when=asyncio.FIRST_COMPLETED)
        heard = news.done()
        news.cancel()
        page.clear()
        if gone.done() or (not heard and await sync_to_async(reader_of)(key) != user_id):
            break
        body = b"event: inbox\ndata: look\n\n" if heard else b": still here\n\n"
        await send({"type": "http.response.body", "body": body, "more_body": True})
    with suppress(Exception):
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def until_gone(receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def refuse(send) -> None:
    await send({"type": "http.response.start", "status": 403, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b""})
