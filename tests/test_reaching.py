"""Fetching what somebody typed in: from the open internet only, in time, bounded, and as it was checked."""

import socket
import time

import pytest

from leads import reaching
from tests.reached import answering, reached

INSIDE = [
    "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "10.0.0.1",
    "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
    "255.255.255.255", "192.0.2.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a00:1]", "[::127.0.0.1]",
    "[fe80::1]", "[fc00::1]", "[fec0::1]", "[ff02::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001::1]",
    "[2001:db8::1]",
]  # fmt: skip


def found(*places):
    return lambda host, port, **_asked: [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port)) for place in places
    ]


@pytest.fixture
def private(settings):
    settings.LOOKUP_PRIVATE = True


@pytest.mark.parametrize("host", INSIDE)
def test_nothing_inside_a_house_is_reached_however_it_is_written(host):
    with reached(answering("{}")) as there:
        with pytest.raises(reaching.Unreachable):
            reaching.fetch(f"http://{host}:{there.port}/", {}, patience=2)

        assert there.asked == []


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_the_open_internet_is_open(address):
    assert reaching.is_open(address)


def test_a_name_of_which_one_address_is_inside_is_refused(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", found("8.8.8.8", "127.0.0.1"))

    with pytest.raises(reaching.Unreachable, match="private network"):
        reaching.fetch("http://directory.example/", {})


def test_a_name_is_asked_for_once_and_the_line_goes_where_it_was_checked(monkeypatch, private):
    asked = []

    def rebinding(host, port, **_asked):
        asked.append(host)
        return found("127.0.0.1" if len(asked) == 1 else "127.0.0.9")(host, port)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with reached(answering('{"a": 1}')) as there:
        answer = reaching.fetch(f"http://directory.example:{there.port}/x?q=1", {"X-Key": "s"})

    assert (answer.status, answer.body, asked) == (200, b'{"a": 1}', ["directory.example"])
    head = there.asked[0].split("\r\n")
    assert head[0] == "GET /x?q=1 HTTP/1.0"
    assert {f"Host: directory.example:{there.port}", "X-Key: s"} < set(head)


def test_a_redirect_is_an_answer_and_is_not_followed(private):
    with reached(answering("{}")) as inside:
        place = f"Location: http://127.0.0.1:{inside.port}/\r\n"
        with reached(answering("", "302 Found", place)) as there:
            answer = reaching.fetch(f"http://127.0.0.1:{there.port}/", {})

        assert (answer.status, inside.asked) == (302, [])


def drip(caller):
    for sign in "HTTP/1.1 200 OK\r\nX: " + "x" * 10_000:
        caller.sendall(sign.encode())
        time.sleep(0.05)


@pytest.mark.parametrize("reply", [drip, lambda caller: time.sleep(3)])
def test_who_answers_slowly_or_never_is_left_in_time(private, reply):
    begun = time.monotonic()

    with reached(reply) as there, pytest.raises(reaching.Unreachable, match="in time"):
        reaching.fetch(f"http://127.0.0.1:{there.port}/", {}, patience=0.5)

    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n"]
)
def test_50_megabytes_are_not_read(private, head):
    sent = []

    def flood(caller):
        caller.sendall(head)
        for _ in range(800):
            caller.sendall(b"x" * 65536)
            sent.append(65536)

    with reached(flood) as there, pytest.raises(reaching.Unreachable, match="more than 1 MB"):
        reaching.fetch(f"http://127.0.0.1:{there.port}/", {})

    assert sum(sent) < 20 << 20


@pytest.mark.parametrize(
    "reply", [b"", b"hello\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/9.9 x\r\n\r\n", b"\0" * 99]
)
def test_what_is_no_answer_is_none(private, reply):
    with reached(reply) as there, pytest.raises(reaching.Unreachable):
        reaching.fetch(f"http://127.0.0.1:{there.port}/", {})


def test_an_answer_that_keeps_the_line_open_is_over_when_all_has_come(private):
    def reply(caller):
        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        time.sleep(3)

    with reached(reply) as there:
        assert reaching.fetch(f"http://127.0.0.1:{there.port}/", {}, patience=2).body == b"{}"


@pytest.mark.parametrize(
    "address",
    ["", "x", "file:///etc/passwd", "ftp://a.example/", "http://", "http://[", "http://a.example:x/",
     "http://me:it@a.example/", "gopher://a.example/", "//a.example/", "http://a.example:99999/"],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_not_tried(address):
    with pytest.raises(reaching.Unreachable):
        reaching.fetch(address, {}, patience=1)


def test_a_header_cannot_become_two(private):
    with reached(answering("{}")) as there, pytest.raises(reaching.Unreachable):
        reaching.fetch(f"http://127.0.0.1:{there.port}/", {"X": "a\r\nY: b"})
