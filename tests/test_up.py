"""The run command from its first line to its last: what a newcomer types, and what survives."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import psycopg
import pytest

from config import embedded, starting

CAPTURED = {"capture_output": True, "text": True, "check": False}
ROOT = Path(__file__).resolve().parent.parent


OUTSIDE = ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "EMAIL_URL", "SITE_URL", "DJANGO_SETTINGS_MODULE")


def environment(home, port):
    """A newcomer's: no server named, none of the suite's settings."""
    own = {key: value for key, value in os.environ.items() if key not in OUTSIDE}
    return {**own, "BATON_HOME": str(home), "PORT": str(port), "DEMO": "0"}


class Running:
    """`manage.py up` as a process of its own, in a home of its own."""

    def __init__(self, home, port):
        self.port = port
        self.output = home.with_name("output of up")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                env=environment(home, port),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def told(self):
        return self.output.read_text()

    def until(self, sees, within=180):
        """Wait for something; what `up` said is the failure's message."""
        began = time.monotonic()
        while time.monotonic() - began < within and self.process.poll() is None:
            seen = sees()
            if seen:
                return seen
            time.sleep(0.2)
        raise AssertionError(self.told())

    def status(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/accounts/login/", timeout=5) as page:
                return page.status
        except OSError:
            return None

    def part(self, *words):
        """The process id of the part whose command has these words."""
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.Error):
                if all(word in " ".join(child.cmdline()) for word in words):
                    return child.pid
        return None

    def everything(self):
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill(self, *words):
        """Kill one part, and wait until another has taken its place."""
        before = self.part(*words)
        os.kill(before, signal.SIGKILL)
        return self.until(lambda: self.part(*words) not in (None, before))

    def stop(self):
        """As Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


@pytest.fixture
def start(home):
    started = []

    def begin(port):
        embedded.home()
        started.append(Running(home, port))
        started[-1].until(lambda: "Stop it with Ctrl-C" in started[-1].told())
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            running.stop()


def probe(statement):
    with psycopg.connect(embedded.database_url(), autocommit=True) as there:
        cursor = there.execute(statement)
        return cursor.fetchall() if cursor.description else None


@pytest.mark.timeout(600)
def test_up_serves_survives_its_parts_dying_and_keeps_the_data(start, home):
    port = embedded.free_port(23000)
    first = start(port)
    assert first.status() == 200

    first.kill("uvicorn")
    assert first.until(lambda: first.status() == 200)
    for words in (("worker-touches",), ("celery", "beat"), ("valkey-server",), ("postgres", "-D")):
        assert first.kill(*words)
    probe_works = first.until(lambda: answered("CREATE TABLE probe AS SELECT 42 AS answer"))
    everything = first.everything()
    assert (probe_works, first.stop()) == (True, 0)

    assert psutil.wait_procs(everything, timeout=5)[1] == []
    assert first.told().rstrip().endswith("start again with the same command.")
    assert "keeps ending" not in first.told()

    second = start(port)
    assert (second.status(), probe("SELECT answer FROM probe")) == (200, [(42,)])
    refused = subprocess.run(second.process.args, env=environment(home, port), cwd=ROOT, **CAPTURED)
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (
        1,
        f"Baton already runs here, at http://127.0.0.1:{port} (process {second.process.pid}).",
    )

    everything = second.everything()
    second.process.kill()
    assert psutil.wait_procs(everything, timeout=20)[1] == []


def answered(statement):
    try:
        probe(statement)
    except psycopg.OperationalError:
        return False
    return True


def test_a_taken_port_is_answered_with_a_free_one(home):
    port = embedded.free_port(23100)
    with socket.create_server(("127.0.0.1", port)), pytest.raises(embedded.Trouble) as trouble:
        starting.claim_address("127.0.0.1", port)

    assert str(trouble.value) == (
        f"Port {port} is taken by another program on this machine.\nChoose another: PORT={port + 1} make up"
    )


@pytest.mark.parametrize(
    ("began", "asked", "prod", "wanted"),
    [
        (None, None, False, True),
        (None, None, True, False),
        (None, "0", False, False),
        (None, "1", True, True),
        ("empty", "1", False, False),
        ("empty", None, False, False),
        ("demo", "0", False, True),
    ],
)
def test_demo_data_is_loaded_only_where_an_installation_began_with_it(
    home, monkeypatch, began, asked, prod, wanted
):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DEMO", asked or "0")
    if asked is None:
        monkeypatch.delenv("DEMO")
    embedded.note(**({"began": began} if began else {}))

    assert starting.wants_demo(prod=prod) is wanted
    assert os.environ["DEMO"] == ("1" if wanted else "0")
