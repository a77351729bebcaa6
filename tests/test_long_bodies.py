"""A body of 50 MB to any public door of a real web process: refused at once, and nothing of it is kept."""

import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.forms import a_form
from tests.test_fuzz_public import ACCOUNTS, DOORS
from tests.tracking import SITE, site  # noqa: F401 - a fixture
from tests.web import serving

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.engine,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("site"),
]
LENGTH = 50 * 2**20
PIECE = b"a=" + b"x" * (2**16 - 2)
GAPS = {"confirm", "follow", "opened", "unsubscribe", "asset"}
RAW = ["/t/", "/live/"]
QUICK = 2.0  # seconds
GROWTH = 12 * 2**20  # bytes by which the processes may grow over every door


@pytest.fixture
def web(surroundings):
    with serving({**surroundings, "DEBUG": "1"}) as there:  # with DEBUG, static files need no list
        yield there


def doors():
    """One address of each door, whatever stands in its gap."""
    places = [place for door in (DOORS, ACCOUNTS) for all_of in door.values() for place in all_of]
    for gap in GAPS:
        places = [place.replace(f"{{{gap}}}", "x") for place in places]
    return sorted({*(place.replace("{}", "x") for place in places), *RAW})


def head(place, length):
    told = [f"POST {place} HTTP/1.1", "Host: 127.0.0.1", f"Origin: {SITE}", length]
    told += ["Content-Type: application/x-www-form-urlencoded", "Cookie: csrftoken=" + "a" * 32]
    return ("\r\n".join(told) + "\r\n\r\n").encode()


def send(port, place, length=f"Content-Length: {LENGTH}", piece=PIECE):
    """The status of the answer, and after how many seconds it came; we go on sending until it does."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        begun = time.monotonic()
        line.sendall(head(place, length))
        pushing = threading.Thread(target=push, args=(line, piece))
        pushing.start()
        answer = line.recv(12)
        took = time.monotonic() - begun
        with suppress(OSError):  # the server has hung up already
            line.shutdown(socket.SHUT_RDWR)
        pushing.join(20)
    return int(answer[9:12]), took


def push(line, piece):
    try:
        for _turn in range(LENGTH // len(PIECE)):
            line.sendall(piece)
    except OSError:
        return


def resident(group):
    """Bytes that the processes of a group hold."""
    pids = [one.name for one in Path("/proc").iterdir() if one.name.isdecimal()]
    ours = [pid for pid in pids if os.path.exists(f"/proc/{pid}/statm") and group_of(pid) == group]
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in ours) * 4096


def group_of(pid):
    try:
        return os.getpgid(int(pid))
    except ProcessLookupError:
        return 0


def test_50_mb_to_any_public_door_are_refused_at_once_in_flat_memory(web):
    port, running = web
    a_form()
    send(port, "/f/guide/"), send(port, "/t/")  # what is loaded on first use is no growth
    before = resident(running.pid)

    answers = {place: send(port, place) for place in doors()}

    refused = {place: status for place, (status, _took) in answers.items() if place != "/live/"}
    assert refused == dict.fromkeys(refused, 413)
    assert answers["/live/"][0] == 403
    assert [place for place, (_status, took) in answers.items() if took > QUICK] == []
    grown = resident(running.pid) - before
    slowest = max(took for _status, took in answers.values())
    print(f"{len(answers)} doors, the slowest {slowest:.3f} s, grown by {grown:,} bytes")
    assert grown < GROWTH


@pytest.mark.parametrize("length", ["Transfer-Encoding: chunked", "Content-Length: 7"])
def test_a_body_without_a_length_or_longer_than_it_says_is_no_error_of_ours(web, length):
    port, running = web
    a_form()
    chunk = b"%x\r\n%s\r\n" % (len(PIECE), PIECE) if "chunked" in length else PIECE
    send(port, "/f/guide/"), send(port, "/t/")
    before = resident(running.pid)

    answers = {place: send(port, place, length, chunk) for place in doors()}

    assert [(place, status) for place, (status, _took) in answers.items() if status >= 500] == []
    assert resident(running.pid) - before < GROWTH
