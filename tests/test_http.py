"""A connection to the web: what comes without end, or never comes, holds nobody up."""

import socket
import subprocess
import sys
import time

import pytest

from config import embedded, parts

APP = """
async def application(scope, receive, send):
    assert scope["type"] == "http"
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    said = f"{scope['method']} {scope['path']} {len(body)}".encode()
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-length", b"%d" % len(said))]})
    await send({"type": "http.response.body", "body": said})
"""
SERVE = f"""
import uvicorn
from config import http
{APP}
http.SLOWEST_HEAD = 0.5
uvicorn.run(application, port=PORT, http=http.Connection, loop="uvloop", lifespan="off", log_level="error")
"""


@pytest.fixture(scope="module")
def port():
    number = embedded.free_port(24480)
    web = subprocess.Popen([sys.executable, "-c", SERVE.replace("PORT", str(number))])
    until = time.monotonic() + 30
    while not parts.listens(number) and time.monotonic() < until:
        time.sleep(0.1)
    yield number
    web.terminate()
    web.wait(10)


def said(port, *pieces, pause=0.0):
    """What the server answers to these bytes, to the end of the connection or for two seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
        heard = b""
        try:
            for piece in pieces:
                line.sendall(piece)
                time.sleep(pause)
            while piece := line.recv(65536):
                heard += piece
        except OSError:
            pass
        return heard.decode()


def test_a_request_in_pieces_and_two_on_one_connection_are_answered(port):
    one = [b"POST /one HT", b"TP/1.1\r\nContent-Length: 5\r\n\r\nhe", b"llo"]
    two = b"GET /two HTTP/1.1\r\nConnection: close\r\n\r\n"

    answer = said(port, *one, two, pause=0.05)

    assert (answer.count("HTTP/1.1 200 OK"), "POST /one 5" in answer, answer.endswith("GET /two 0")) == (
        2, True, True,
    )  # fmt: skip


def test_a_head_without_end_is_refused(port):
    flood = [b"GET / HTTP/1.1\r\n", *[b"X-Flood: " + b"a" * 8000 + b"\r\n"] * 9]

    assert said(port, *flood).startswith("HTTP/1.1 400 ")


def test_a_head_that_never_ends_is_waited_for_a_while(port):
    assert said(port, b"GET / HTTP/1.1\r\nX-Slow: ").startswith("HTTP/1.1 400 ")


def test_a_connection_that_says_nothing_is_ended(port):
    began = time.monotonic()

    answer = said(port)

    assert (answer.startswith("HTTP/1.1 400 "), time.monotonic() - began < 1.5) == (True, True)


def test_a_body_may_take_longer_than_a_head(port):
    slow = [b"POST /slow HTTP/1.1\r\nConnection: close\r\nContent-Length: 3\r\n\r\n", b"a", b"b", b"c"]

    assert said(port, *slow, pause=0.3).endswith("POST /slow 3")


@pytest.mark.parametrize(
    "nonsense", [b"\x00\xff\xfe\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
)
def test_nonsense_is_no_request(port, nonsense):
    assert said(port, nonsense).startswith("HTTP/1.1 400 ")
