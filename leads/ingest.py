"""Tracking: a raw ASGI route for what browsers report, beside Django's pages on the same port.

POST /t/ takes one event or a short list of them, as `navigator.sendBeacon` sends it, and answers 204 when it
is stored for good. It never answers with an error of ours: what cannot be read is 400, what is too long 413,
a site that is not on the list 403, and while the database is away 503.
"""

import asyncio
import logging
import time
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from asgiref.sync import sync_to_async
from django.db import Error, close_old_connections, transaction

from leads import following, news, partitions, sites, visitors, visits
from leads.committing import Away, Committer, Poison
from leads.grading import grade_of
from leads.models import Traffic

log = logging.getLogger(__name__)
LONGEST = 16 * 2**10  # bytes of one report
PER_MINUTE = 240  # events of one browser
PLACES = 50  # in the counts of a second; more than these are one
OLD = 5.0  # seconds after which what is known is read again
STATUS = {
    Traffic.Outcome.TAKEN: 204,
    Traffic.Outcome.MALFORMED: 400,
    Traffic.Outcome.POISON: 400,
    Traffic.Outcome.UNKNOWN_SITE: 403,
    Traffic.Outcome.TOO_LONG: 413,
    Traffic.Outcome.TOO_MANY: 429,
    Traffic.Outcome.AWAY: 503,
}
MAY_POST = (
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"86400"),
)
NOTHING = {"type": "http.response.body", "body": b""}


class Refused(Exception):
    """A report that is not taken, and what became of it."""


class Ear:
    """What one process knows of sites, hears from browsers, and has yet to tell."""

    def __init__(self) -> None:
        self.committer = Committer()
        self.known: sites.Known | None = None
        self.read_at = 0.0
        self.heard: Counter[tuple[str, str]] = Counter()
        self.budget: Counter[str] = Counter()
        self.minute = 0
        self.telling: asyncio.Task | None = None
        self.reading: asyncio.Task | None = None

    async def hear(self, scope, receive) -> tuple[str, Traffic.Outcome]:
        """The place that a report comes from, and what becomes of it."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        outcome, events = Traffic.Outcome.TAKEN, 1
        try:
            known = await self.knowledge()
            if origin not in known.origins and origin.partition("://")[2].encode() != headers.get(b"host"):
                raise Refused(Traffic.Outcome.UNKNOWN_SITE)
            body = await body_of(headers, receive)
            grade = grade_of(headers.get(b"user-agent", b""))
            reading = visits.Reading(time.time() * 1000, origin, grade, known.campaigns, known.assets)
            report = visits.read(body, reading)
            events = len(report.visits)
            self.spend(report.visits)
            for introduction in report.introductions:
                await sync_to_async(welcome)(introduction)
            if report.visits:
                await self.committer.commit(report.visits)
        except Refused as refusal:
            outcome = refusal.args[0]
        except visits.Malformed:
            outcome = Traffic.Outcome.MALFORMED
        except Poison:
            outcome = Traffic.Outcome.POISON
        except (Away, Error):
            outcome = Traffic.Outcome.AWAY
        self.note(origin, outcome, events)
        return origin, outcome

    async def known_origin(self, scope) -> str:
        """The origin that asks whether it may report, if it may."""
        origin = dict(scope["headers"]).get(b"origin", b"").decode("latin-1")
        try:
            return origin if origin in (await self.knowledge()).origins else ""
        except Away:
            return ""

    async def knowledge(self) -> sites.Known:
        """What is known, a few seconds old at most; who comes first waits for it."""
        if time.monotonic() - self.read_at > OLD:
            if self.reading is None or self.reading.done():
                self.reading = asyncio.create_task(self.learn())
            if self.known is None:
                await asyncio.shield(self.reading)
        if self.known is None:
            raise Away
        return self.known

    async def learn(self) -> None:
        try:
            self.known = await sync_to_async(apart)(prepare)
        except Error as trouble:
            log.warning("no news of sites: %s", trouble)
        self.read_at = time.monotonic()

    def spend(self, told: list[visits.Visit]) -> None:
        """No browser reads faster than this; whoever sends more is counted and not heard."""
        minute = int(time.monotonic() // 60)
        if minute != self.minute:
            self.minute = minute
            self.budget.clear()
        for visit in told:
            self.budget[visit.browser] += 1
            if self.budget[visit.browser] > PER_MINUTE:
                raise Refused(Traffic.Outcome.TOO_MANY)

    def note(self, origin: str, outcome: str, events: int) -> None:
        self.heard[origin, outcome] += events
        if self.telling is None or self.telling.done():
            self.telling = asyncio.create_task(self.tell())

    async def tell(self) -> None:
        """About once a second while there is something; what is lost here is a count or a doorbell."""
        while self.heard or self.committer.moved:
            await asyncio.sleep(1)
            heard, self.heard = self.heard, Counter()
            moved, self.committer.moved = self.committer.moved, set()
            try:
                await sync_to_async(apart)(write_down, heard, moved)
            except Error as trouble:
                log.warning("counts of visits are lost: %s", trouble)


def prepare() -> sites.Known:
    """What reports are read against; and room for the months in which they can have happened."""
    at = datetime.now(UTC)
    with transaction.atomic():
        partitions.ensure(at - timedelta(days=2), at + timedelta(days=2))
    return sites.known()


def apart(verb, *args):
    """Ask the database on Django's own connection, which may have been lost meanwhile."""
    close_old_connections()
    try:
        return verb(*args)
    finally:
        close_old_connections()


def write_down(heard: Counter[tuple[str, str]], moved: set[int]) -> None:
    told: Counter[tuple[str, str]] = Counter()
    places = {origin for (origin, _outcome), _events in heard.most_common(PLACES)}
    for (origin, outcome), events in heard.items():
        told[visits.shown(origin, 200) if origin in places else "", str(outcome)] += events
    at = datetime.now(UTC)
    sites.count(told, at)
    news.tell(sorted(moved), at=at)


def welcome(introduction: visits.Introduction) -> None:
    """Whoever came by a link in their own mail is who the link was made for, unless a machine came."""

    def identify() -> None:
        if found := visitors.introduced(introduction.words):
            key, hands = uuid.UUID(introduction.browser), introduction.hands
            following.arrive(key, *found, hands=hands, at=datetime.now(UTC))

    apart(identify)


async def body_of(headers: dict, receive) -> bytes:
    said = headers.get(b"content-length", b"0")
    if not said.isdigit() or len(said) > 9 or int(said) > LONGEST:
        raise Refused(Traffic.Outcome.TOO_LONG)
    message = await receive()
    body = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LONGEST:
            raise Refused(Traffic.Outcome.TOO_LONG)
    return body


ear = Ear()


async def application(scope, receive, send) -> None:
    if scope["path"] != "/t/":
        await answer(send, 404)
    elif scope["method"] == "POST":
        origin, outcome = await ear.hear(scope, receive)
        allowed = outcome != Traffic.Outcome.UNKNOWN_SITE
        await answer(send, STATUS[outcome], origin if allowed else "")
    elif scope["method"] == "OPTIONS":
        origin = await ear.known_origin(scope)
        await answer(send, 204, origin, MAY_POST if origin else ())
    else:
        await answer(send, 405, more=((b"allow", b"POST, OPTIONS"),))


@lru_cache(maxsize=1024)
def start(status: int, origin: str, more: tuple) -> dict:
    headers = [(b"cache-control", b"no-store"), (b"vary", b"origin"), *more]
    if origin:
        headers.append((b"access-control-allow-origin", origin.encode("latin-1")))
        headers.append((b"access-control-allow-credentials", b"true"))
    if status == 503:
        headers.append((b"retry-after", b"2"))
    return {"type": "http.response.start", "status": status, "headers": headers}


async def answer(send, status: int, origin: str = "", more: tuple = ()) -> None:
    await send(start(status, origin, more))
    await send(NOTHING)
