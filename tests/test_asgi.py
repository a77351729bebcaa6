"""Two roads into one port."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from config import asgi


def ask(dispatcher, path, *, query=b"", headers=(), messages=()):
    """Send one request through the dispatcher; the messages that came back."""
    scope = {"type": "http", "method": "POST", "path": path, "query_string": query, "http_version": "1.1"}
    waiting, answers = list(messages) or [{"type": "http.request"}], []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        answers.append(message)

    story = dispatcher({**scope, "headers": list(headers)}, receive, send)
    with ThreadPoolExecutor(1) as elsewhere:  # a browser's loop may be running on this thread
        elsewhere.submit(asyncio.run, story).result()
    return answers


def echo(environ, start_response):
    body = environ["wsgi.input"].read(8)
    start_response("200 OK", [])
    return [
        body,
        b"|",
        environ["QUERY_STRING"].encode(),
        b"|",
        environ.get("HTTP_X_FORWARDED_FOR", "-").encode(),
    ]


def body_of(answers):
    return b"".join(message.get("body", b"") for message in answers)


def test_a_page_reads_a_body_that_comes_in_pieces():
    pieces = [
        {"type": "http.request", "body": b"half", "more_body": True},
        {"type": "http.request", "body": b"full"},
    ]

    answers = ask(asgi.Dispatcher({}, echo), "/", messages=pieces)

    assert body_of(answers) == b"halffull||-"


def test_a_query_that_is_not_ascii_reaches_the_page_quoted():
    answers = ask(asgi.Dispatcher({}, echo), "/", query="q=Jürgen&x=%20+1".encode())

    assert body_of(answers) == b"|q=J%C3%BCrgen&x=%20+1|-"


def test_a_header_with_an_underscore_cannot_pass_for_another():
    answers = ask(asgi.Dispatcher({}, echo), "/", headers=[(b"x_forwarded_for", b"10.0.0.1")])

    assert body_of(answers) == b"||-"


def test_a_raw_route_gets_its_own_paths_and_no_others():
    async def live(scope, receive, send):
        await send({"type": "http.response.body", "body": b"live"})

    dispatcher = asgi.Dispatcher({"/live/": live}, echo)

    assert [body_of(ask(dispatcher, path)) for path in ("/live/7", "/lively")] == [b"live", b"||-"]
