"""What strangers may send to the raw routes: reports that are none, in pieces, with headers that lie."""

import asyncio
import json
import threading
import time

from hypothesis import strategies as st

from config import asgi
from handoff import live
from leads import ingest
from tests import fuzzing
from tests.fuzzing import connected, held, listening, quoted, raw
from tests.tracking import CHROME, SITE, end

NOW = int(time.time() * 1000)
NAMES = ["v", "i", "t", "u", "n", "k", "s", "a", "r", "x"]
#: Whatever JSON can say, and what Python's reader takes beside it.
SAYS = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.integers(10**300, 10**301),
        st.text(st.characters(exclude_categories=[]), max_size=30),
        st.sampled_from(["\0", "\ud800", "h", "d", "x" * 20_000, "/\ud800?utm_source=\0", "//", "a" * 32]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip
METHODS = st.sampled_from(["POST", "POST", "POST", "POST", "GET", "HEAD", "OPTIONS", "PUT", "X\x00"])
PLACES = st.sampled_from(["/t/", "/t/", "/t/", "/t/", "/t/x", "/live/", "/live/x", "/t/\ud800"])
ORIGINS = st.one_of(st.just(SITE.encode()), st.just(SITE.encode()), st.just(b"x://testserver"), held)
LENGTHS = st.one_of(
    st.none(), st.none(), st.sampled_from([b"0", b"1", b"-1", b"52428800", b"9" * 30, b"\xb2", b"1e3", b""])
)


@st.composite
def reports(draw):
    """The body of a report, nearly as a browser would send it or nothing like it."""
    kind = draw(st.sampled_from(["near", "near", "near", "many", "deep", "junk", "json"]))
    if kind == "junk":
        return draw(raw)
    if kind == "json":
        return json.dumps(draw(SAYS)).encode("utf-8", "surrogatepass")
    if kind == "deep":
        return draw(st.sampled_from([b"[" * 16_000, b'{"v":' * 3_000, b"[" * 8_000 + b"]" * 8_000]))
    bent = draw(st.dictionaries(st.sampled_from(NAMES), SAYS, max_size=3))
    gone = draw(st.sets(st.sampled_from(NAMES), max_size=1))
    near = {"v": draw(st.uuids()).hex, "i": "page1", "t": NOW, "u": "/pumps/", "n": "Pumps", **bent}
    told = {name: value for name, value in near.items() if name not in gone}
    events = [told] * draw(st.sampled_from([1, 2, 20, 21, 1000])) if kind == "many" else told
    return json.dumps(events).encode("utf-8", "surrogatepass")


@st.composite
def requests(draw):
    """One request to a raw route: its scope, and its body in pieces."""
    body = draw(reports())
    cut = draw(st.lists(st.integers(0, len(body)), max_size=3).map(sorted))
    pieces = [body[a:b] for a, b in zip([0, *cut], [*cut, len(body)], strict=True)]
    said = draw(LENGTHS)
    headers = [(b"host", b"testserver"), (b"origin", draw(ORIGINS))]
    headers += [(b"user-agent", draw(st.one_of(st.just(CHROME.encode()), held)))]
    headers += [] if said == b"" else [(b"content-length", said or str(len(body)).encode())]
    headers += [(b"cookie", b"sessionid=" + draw(st.one_of(quoted, held)))] if draw(st.booleans()) else []
    for name in draw(st.lists(st.sampled_from([*fuzzing.HEADERS, "\x80", "origin"]), max_size=3)):
        headers.append((name.encode("latin-1"), draw(held)))
    scope = {"type": "http", "method": draw(METHODS), "path": draw(PLACES), "http_version": "1.1"}
    scope |= {"query_string": draw(held), "client": ("203.0.113.9", 4711), "headers": headers}
    return scope, pieces


class Stage:
    """A loop on a thread of its own, with an ear and a switchboard that live as long as it."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.was = ingest.ear, live.switchboard

    def __enter__(self):
        self.thread.start()
        ingest.ear, live.switchboard = ingest.Ear(), live.Switchboard()
        return self

    def __exit__(self, *_trouble):
        self.play(end(ingest.ear))
        ingest.ear, live.switchboard = self.was
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()

    def play(self, story):
        return asyncio.run_coroutine_threadsafe(story, self.loop).result(30)

    def outcome(self, scope, pieces):
        """Is it answered without an error of ours?"""
        with listening() as heard, connected():
            status = self.play(answered(scope, pieces))
        return status < 500, heard


async def answered(scope, pieces) -> int:
    """The status of the answer; whoever is asked for more than was sent hears that the sender has gone."""
    sent, waiting = [], list(pieces)

    async def receive():
        if not waiting:
            return {"type": "http.disconnect"}
        piece = waiting.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    async def send(message):
        sent.append(message)

    await asgi.application(scope, receive, send)
    return sent[0]["status"]
