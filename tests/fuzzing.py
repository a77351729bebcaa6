"""What strangers may send: any bytes in any place, carried to the pages as the server carries them."""

import io
import json
import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from a2wsgi.wsgi import build_environ
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from config import asgi, wsgi

#: Inputs for each door; in the long run 20,000 over all of them.
TRIES = int(os.environ.get("FUZZ") or (900 if os.environ.get("LONG") else 200))
fuzzed = settings(
    max_examples=TRIES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
    database=None,
    suppress_health_check=list(HealthCheck),
)
KEY = "a" * 32  # a token against forgery that fits its cookie
SURROGATE = "\ud800".encode("utf-8", "surrogatepass")
NASTY = [
    b"", b"\0", b"a\0b", SURROGATE, b"a" + SURROGATE, b"\xff\xfe", b"\xc3",
    "١٢٣".encode(), "²".encode(), b"9" * 4400,
    b"-1", b"--5", b"0", b"1e999", b"NaN", b"Infinity", b"1_0", b"9223372036854775808",
    b"99999999999999999999",
    "\u202egnp.exe".encode(), "👩‍👩‍👧".encode(), b"\r\nSet-Cookie: x=1", b"\n", b"{{7*7}}", b"%s%n%(x)s",
    b"%", b"%zz",
    b"[" * 1500, b"http://[", b"//evil.example", b"javascript:alert(1)", b"2026-13-45", b"0001-01-01",
    b"0000-00",
    b"9999-12-31", b"9999-12", b"9999-12-31T23:59:59+14:00", b"0001-01-01T00:00:00-14:00",
    b"../../etc/passwd",
    b"'\"--;", b"<script>alert(1)</script>", b"00000000-0000-0000-0000-000000000000", b"a@b", b"(" * 300,
    b"x" * 3000,
    b"\\u0000", b"null", b"true", b"on",
]  # fmt: skip
raw = st.one_of(
    st.sampled_from(NASTY),
    st.binary(max_size=40),
    st.text(st.characters(exclude_categories=[]), max_size=30).map(
        lambda text: text.encode("utf-8", "surrogatepass")
    ),
)
#: A header takes all but what ends it; the server itself sees to its length of the body.
held = raw.map(lambda value: value.translate(None, b"\0\r\n"))
CHARSETS = ["utf-8", "hex", "rot13", "unicode_escape", "utf-16", "utf-7", "idna", "nonsense", "punycode"]
TYPES = st.one_of(
    st.sampled_from(
        [
            b"application/x-www-form-urlencoded",
            b"multipart/form-data; boundary=b",
            b"multipart/form-data",
            b"application/json",
            b"text/plain; charset*=foo''%41",
        ]
    ),
    st.builds(
        lambda kind, charset: f"{kind}; charset={charset}".encode(),
        st.sampled_from(
            ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/html"]
        ),
        st.sampled_from(CHARSETS),
    ),
    held,
)
HEADERS = [
    "user-agent", "referer", "x-forwarded-for", "accept-language", "origin", "accept", "hx-request",
    "hx-current-url", "hx-target", "if-modified-since", "if-none-match", "host", "x-csrftoken",
]  # fmt: skip
COOKIES = [b"sessionid", b"csrftoken", b"theme", b"messages", b"baton_v"]
#: What cookies hold inside quotes: NUL by its number, too.
quoted = st.sampled_from([b'"abcdefgh\\000ijkl"', b'"\\377\\376abcdefgh"', b'"\\000"', b'"', b"[[[["])


def pairs(names):
    """A few boxes, mostly known ones; now and then a thousand."""
    name = st.one_of(st.sampled_from([name.encode() for name in names]), raw)
    some = st.lists(st.tuples(name, raw), max_size=6)
    return st.one_of(some, some, some, st.integers(900, 4100).map(lambda n: [(b"f%d" % n, b"x")] * n))


def escaped(told):
    return b"&".join(quote(name).encode() + b"=" + quote(value).encode() for name, value in told)


def in_parts(told):
    head = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    return b"".join(head % pair for pair in told) + b"--b--\r\n"


def deep(told):
    size = min(len(told) * 20_000, 100_000)
    return b'{"v":' * size + b"1" + b"}" * size


def as_json(told):
    return json.dumps([{repr(name): repr(value)} for name, value in told]).encode()


ODD_PARTS = st.sampled_from(
    [
        b"--b\r\nContent-Disposition: form-data; name*=foo''%41\r\n\r\nx\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="email"; filename="a\0b"\r\n\r\nx\r\n--b--\r\n',
        b'--b\r\nContent-Disposition: form-data; name="e"\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n',
        b"--b\r\nContent-Disposition: form-data",
    ]
)


def bodies(names):
    written = st.builds(
        lambda write, told: write(told),
        st.sampled_from([escaped, escaped, in_parts, in_parts, deep, as_json]),
        pairs(names),
    )
    return st.one_of(written, written, ODD_PARTS, raw)


@st.composite
def asked(draw, places, names, methods=("GET", "POST"), known=()):
    """One request; a place may hold a gap, which holds anything. `known` are pairs that a sender may add."""
    given = draw(pairs(names))
    body = draw(bodies(names))
    if draw(st.booleans()):
        body = escaped([*((name, draw(value)) for name, value in known), *given[:6]])
    headers = draw(st.dictionaries(st.sampled_from(HEADERS), held, max_size=3))
    crumbs = draw(st.lists(st.tuples(st.sampled_from(COOKIES), st.one_of(quoted, held)), max_size=2))
    return Asked(
        method=draw(st.sampled_from([*methods, "HEAD", "OPTIONS"] if draw(st.booleans()) else methods)),
        path=draw(st.sampled_from(places)).replace("{}", quote(draw(raw), safe="")[:4000]),
        query=draw(st.one_of(st.just(escaped(given)), st.just(escaped(given)), raw)),
        headers=headers,
        cookies=crumbs,
        kind=draw(TYPES) if draw(st.booleans()) else b"application/x-www-form-urlencoded",
        body=body,
    )


@dataclass(repr=False)
class Asked:
    """One request as bytes."""

    path: str
    method: str = "GET"
    query: bytes = b""
    headers: dict = field(default_factory=dict)
    cookies: list = field(default_factory=list)
    kind: bytes = b"application/x-www-form-urlencoded"
    body: bytes = b""

    def __repr__(self):
        said = (f"{name}={repr(value)[:600]}" for name, value in vars(self).items() if value)
        return f"Asked({', '.join(said)})"

    def _repr_pretty_(self, printer, _cycle):
        printer.text(repr(self))

    def scope(self, session=""):
        crumbs = [(b"csrftoken", KEY.encode()), *self.cookies]
        crumbs += [(b"sessionid", session.encode())] if session else []
        given = {"host": b"testserver", "content-length": str(len(self.body)).encode(), **self.headers}
        given |= {"content-type": self.kind, "cookie": b"; ".join(b"=".join(pair) for pair in crumbs)}
        return {
            "type": "http",
            "method": self.method,
            "path": unquote(self.path),
            "query_string": self.query,
            "http_version": "1.1",
            "client": ("203.0.113.9", 4711),
            "headers": [(name.encode(), value) for name, value in given.items()],
        }


def answer_of(one, session=""):
    """The status of the whole way in: what asks, through what WSGI can carry, to Django and back."""
    said = []
    environ = build_environ(asgi.plain(one.scope(session)), io.BytesIO(one.body))
    answer = wsgi.application(environ, lambda status, headers, *more: said.append((status, headers)))
    for _part in answer:
        pass
    answer.close()
    return int(said[0][0][:3])


class Trouble(logging.Handler):
    """What reaches the log as an exception of ours; that somebody was refused is none."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.heard = []

    def emit(self, record):
        if record.exc_info and not record.name.startswith("django.security"):
            self.heard.append(repr(record.exc_info[1]))


@contextmanager
def connected():
    """The connection stays, as it stands in the test's own transaction."""
    ends = (request_started, request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    try:
        yield
    finally:
        for end in ends:
            end.connect(close_old_connections)


@contextmanager
def listening():
    trouble, root = Trouble(), logging.getLogger()
    root.addHandler(trouble)
    try:
        yield trouble.heard
    finally:
        root.removeHandler(trouble)


def outcome(one, session=""):
    """Is it answered without an error of ours? Nothing of it stays in the database."""
    with listening() as heard, connected(), transaction.atomic():
        status = answer_of(one, session)
        transaction.set_rollback(True)
    return status < 500, heard
