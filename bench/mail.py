"""J2: due touches on their way: messages per CPU-second of PostgreSQL and ours, against what is usual.

Every variant sends the same words, 3 KB as text and HTML with three signed links and one-click headers, to
the same sink, which is not charged. *Baton* keeps every promise: claim, mark with everything read again,
settle with history, next touch and custody. The Django loop and the Celery tasks keep one row for each
message and nothing else, which flatters them. `--late` measures wall time at a sink that answers each
command so much later.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import connection

from bench import mail_data
from bench.measure import interleave, table

BATON, PLAIN = "Baton", "Baton without PIPELINING"
LOOP, CELERY = "Django loop, one connection", "Celery task and connection per mail"
SENT = "SELECT count(*) FROM nurture_touch WHERE state = 'sent'"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--leads", type=int, default=4_000)
    parser.add_argument("--loop", type=int, default=400, help="messages of the Django loop")
    parser.add_argument("--celery", type=int, default=200, help="messages by Celery tasks")
    parser.add_argument("--late", type=float, default=0.05, help="seconds of a slow sink")
    parser.add_argument("--few", type=int, default=400, help="leads at the slow sink")


def run(options: argparse.Namespace) -> None:
    print(f"Mail: {options.leads:,} leads, {options.rounds} rounds")
    mail_data.prepare(options.leads)
    days = iter(range(1, 1_000))
    with sink(), Worker() as worker:
        found = interleave(
            {
                BATON: lambda: baton(next(days)),
                LOOP: lambda: loop(options.loop),
                CELERY: lambda: worker.send(options.celery),
            },
            rounds=options.rounds,
            between=vacuum,
            ours=worker.process.pid,
        )
    table(found, unit="messages", against=[(BATON, LOOP, 15), (BATON, CELERY, 50)])
    far_away(options, days)


def far_away(options: argparse.Namespace, days: Iterator[int]) -> None:
    """Wall time at a server that answers late, with the same number of lines, with and without PIPELINING."""
    took = {}
    for name, how in ((PLAIN, ["plain"]), (BATON, [])):
        with sink(str(options.late), *how):
            began = time.perf_counter()
            sent = baton(next(days), options.few)
            took[name] = sent / (time.perf_counter() - began)
        print(f"{name}, answered after {options.late * 1000:g} ms: {took[name]:.0f} messages a second")
    print(f"{BATON} : {PLAIN} = {took[BATON] / took[PLAIN]:.1f}; at least 3 wanted")


@contextlib.contextmanager
def sink(*how: str) -> Iterator[None]:
    """A mail server of its own that Baton is set to use."""
    from config import embedded

    port = embedded.free_port(28_200)
    process = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port), *how])
    os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    try:
        time.sleep(1)
        yield
    finally:
        process.kill()
        process.wait()


def baton(day: int, most: int = 1_000_000) -> int:
    """Deliver what is due on a day, as the task does, but no more than so many."""
    from nurture.dispatch import deliver
    from people.duty import Duty
    from people.post import Lines

    before = count()
    with Duty() as duty, Lines() as lines:
        while (left := most - count() + before) > 0 and deliver(
            duty, lines, mail_data.day(day), min(left, 1_000)
        ):
            pass
    return count() - before


def loop(messages: int) -> int:
    from django.core.mail import get_connection

    from bench import usual

    with get_connection() as line:
        for number in usual.make(messages):
            usual.send(number, line)
    return messages


class Worker:
    """A Celery worker with two processes, started and warm before anything is measured."""

    def __enter__(self) -> "Worker":
        command = [sys.executable, "-m", "celery", "-A", "bench.usual", "worker", "-c", "2", "-l", "ERROR"]
        self.process = subprocess.Popen([*command, "--without-gossip", "--without-mingle"], env=os.environ)
        self.send(10)
        return self

    def send(self, messages: int) -> int:
        from bench import usual

        for number in usual.make(messages):
            usual.deliver.delay(number)
        until = time.monotonic() + 120
        while count("SELECT count(*) FROM bench_mail WHERE sent_at IS NULL"):
            if time.monotonic() > until:
                raise SystemExit("The Celery worker does not deliver.")
            time.sleep(0.1)
        return messages

    def __exit__(self, *_trouble: object) -> None:
        self.process.terminate()
        self.process.wait()


def count(sql: str = SENT) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE nurture_touch, leads_custody, leads_activity")
