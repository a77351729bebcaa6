"""What browsers report, for tests: posted to the raw route in this process, on a loop of its own."""

import asyncio
import itertools
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from leads import ingest
from leads.models import Site

SITE = "https://www.kessel.example"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
_count = itertools.count(1)


def event(browser=None, **details):
    """One visit of a browser, as the script words it."""
    return {
        "v": (browser or uuid.uuid4()).hex,
        "i": f"page{next(_count)}",
        "t": int(timezone.now().timestamp() * 1000),
        "u": "/pumps/",
        "n": "Pumps",
        **details,
    }


@pytest.fixture
def site():
    return Site.objects.create(origin=SITE, at=timezone.now())


async def post(body, *, origin=SITE, agent=CHROME, method="POST", path="/t/", headers=()):
    """The answer to one request: its status, its headers and how often the body was asked for."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    sent, more = [], iter([{"type": "http.request", "body": body, "more_body": False}])
    given = {b"host": b"baton.example", b"content-length": str(len(body)).encode(), **dict(headers)}
    given |= {b"origin": origin.encode("latin-1")} if origin else {}
    given |= {b"user-agent": agent.encode("latin-1")}
    scope = {"type": "http", "method": method, "path": path, "headers": list(given.items())}

    async def receive():
        return next(more)

    async def send(message):
        sent.append(message)

    await ingest.application(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])


def played(story):
    """Run a story with an ear of its own; what waits a second is told at once at the end."""

    async def whole():
        before, ingest.ear = ingest.ear, ingest.Ear()
        try:
            return await story
        finally:
            ear, ingest.ear = ingest.ear, before
            await end(ear)

    with ThreadPoolExecutor(1) as stage:
        return stage.submit(asyncio.run, whole()).result()


async def end(ear):
    if ear.telling:
        ear.telling.cancel()
    await ingest.sync_to_async(told)(ear)
    if ear.committer.connection:
        await ear.committer.connection.close()


def told(ear):
    ingest.write_down(ear.heard, ear.committer.moved)
    connection.close()


def posted(*bodies, **request):
    """The statuses of some requests, all at once."""

    async def story():
        answers = await asyncio.gather(*(post(body, **request) for body in bodies))
        return [status for status, _headers in answers]

    return played(story())
