"""J4: from "talk to sales" to the rep's open inbox, over HTTP, beside the floor of commit and NOTIFY.

A real web process serves the form and the inboxes' streams. Requests are posted at a steady rate while
`--pages` inboxes are open; each is timed from the first byte of the POST to the word "look" on the
stream of whoever it was laid before. The floor, in the same run, is one INSERT with a NOTIFY and a
LISTEN beside it. Figures are milliseconds of wall time and milliseconds of CPU for each request: of the
web process, and of PostgreSQL. The load generator is a thread of this process and is not charged.
"""

import asyncio
import contextlib
import os
import statistics
import subprocess
import time
import urllib.parse
from datetime import timedelta

import psutil
import psycopg
from django.conf import settings
from django.db import connection

REPS = 5
FLOOR = "WITH row AS (INSERT INTO bench_floor VALUES (now())) SELECT pg_notify('floor', '')"
WHO = "first_name=Freya&last_name=Holm&company=Skagen&talk_to_sales=on&preferred_times=&phone="


def arguments(parser) -> None:
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--rate", type=float, default=20.0, help="requests a second")
    parser.add_argument("--pages", type=int, default=100, help="open inboxes")


def run(options) -> None:
    sessions, seals = prepare(options.requests)
    port, web = serve()
    try:
        before = cpu(web)
        came = asyncio.run(measure(options, sessions, seals, port))
        spent = {name: after - before[name] for name, after in cpu(web).items()}
    finally:
        web.terminate()
        web.wait(20)
    floor = asyncio.run(commits(min(options.requests, 300)))
    print(f"\n“talk to sales” at {options.rate:g}/s, {options.pages} open inboxes, {len(came)} requests")
    for name, times in (("POST to the open inbox", came), ("floor: commit and NOTIFY", floor)):
        print(f"{name:<30} p50 {percentile(times, 50):6.1f} ms   p99 {percentile(times, 99):6.1f} ms")
    for name, seconds in spent.items():
        print(f"CPU of {name:<24} {1000 * seconds / max(len(came), 1):6.1f} ms a request")


def prepare(requests: int):
    """A company with five reps, an agreement and a form; sessions for the inboxes, seals for the posts."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from handoff import agreements
    from leads.models import Form, Source
    from leads.seals import COMPANY, NAME, SOONEST, TALK, Seal
    from people.models import Calendar, Side, Team, User
    from people.models.user import MARKETING_MANAGERS, SALES, SALES_MANAGERS

    now = timezone.now()
    always = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    hours = Calendar.objects.create(name="Always", week=always)
    teams = {side: Team.objects.create(name=str(side.label), side=side, calendar=hours) for side in Side}

    def hire(name: str, side: Side, group: str) -> User:
        user = User.objects.create_user(f"{name}@bench.example", name=name, team=teams[side])
        user.groups.set([_group(group)])
        return user

    ines, jonas = hire("ines", Side.MARKETING, MARKETING_MANAGERS), hire("jonas", Side.SALES, SALES_MANAGERS)
    reps = [hire(f"rep{n}", Side.SALES, SALES) for n in range(REPS)]
    agreements.install_default(teams[Side.SALES], ines, jonas, now)
    form = Form.objects.create(slug="talk", title="Talk", source=Source.objects.create(name="Web"))
    sessions = []
    for user in [*reps, jonas]:
        session = SessionStore()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        sessions.append(session.session_key)
    drawn = now - SOONEST - timedelta(seconds=1)
    return sessions, [str(Seal.new(form, drawn, (NAME, COMPANY, TALK))) for _ in range(requests)]


def _group(name: str):
    from django.contrib.auth.models import Group

    return Group.objects.get_or_create(name=name)[0]


def serve() -> tuple[int, subprocess.Popen]:
    from config import embedded, parts

    port = embedded.free_port(24080)
    part = parts.web(host="127.0.0.1", port=port, processes=1)
    limits = {"FORM_LIMITS": "1000000/10/1000000"}  # all come from one place
    web = subprocess.Popen(part.command, env={**os.environ, **limits, "DATABASE_POOL": "1"})
    until = time.monotonic() + 60
    while not parts.answers("127.0.0.1", port):
        if time.monotonic() > until:
            raise SystemExit("The web process does not answer.")
        time.sleep(0.2)
    return port, web


def cpu(web: subprocess.Popen) -> dict[str, float]:
    """CPU-seconds so far of the web process with its children, and of the benchmark's database."""
    whole = psutil.Process(web.pid)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        backends = [psutil.Process(pid) for (pid,) in cursor]
    return {"the web": _seconds([whole, *whole.children(recursive=True)]), "PostgreSQL": _seconds(backends)}


def _seconds(processes) -> float:
    spent = 0.0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            spent += times.user + times.system
    return spent


async def measure(options, sessions, seals, port) -> list[float]:
    """Milliseconds from each POST to the first stream that hears of it."""
    heard: asyncio.Queue[float] = asyncio.Queue()
    streams = [
        asyncio.create_task(listen(port, sessions[n % len(sessions)], heard if n < len(sessions) else None))
        for n in range(options.pages)
    ]
    await asyncio.sleep(3)
    while not heard.empty():
        heard.get_nowait()
    times = []
    for number, seal in enumerate(seals):
        began = time.perf_counter()
        status = await post(port, number, seal)
        if status not in (302, 303):
            raise SystemExit(f"The form answered {status}.")
        times.append(1000 * (await asyncio.wait_for(heard.get(), 10) - began))
        await asyncio.sleep(max(0.0, 1 / options.rate - (time.perf_counter() - began)))
        while not heard.empty():
            heard.get_nowait()
    for stream in streams:
        stream.cancel()
    return times


async def listen(port: int, session: str, heard: asyncio.Queue | None) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /live/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Cookie: {settings.SESSION_COOKIE_NAME}={session}\r\n\r\n".encode()
    )
    while line := await reader.readline():
        if line.startswith(b"event: inbox") and heard:
            heard.put_nowait(time.perf_counter())


async def post(port: int, number: int, seal: str) -> int:
    body = f"{WHO}&email=lead{number}@bench{number}.example&seal={urllib.parse.quote(seal)}".encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST /f/talk/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    status = int((await reader.readline()).split()[1])
    writer.close()
    return status


async def commits(count: int) -> list[float]:
    """The floor: one row and one word, from the statement to the ear."""
    address = settings.DATABASE_URL
    writer = await psycopg.AsyncConnection.connect(address, autocommit=True)
    ear = await psycopg.AsyncConnection.connect(address, autocommit=True)
    await writer.execute("CREATE TABLE bench_floor (at timestamptz)")
    await ear.execute("LISTEN floor")
    times = []
    for _ in range(count):
        began = time.perf_counter()
        await writer.execute(FLOOR)
        async for _notice in ear.notifies(stop_after=1, timeout=5):
            times.append(1000 * (time.perf_counter() - began))
    await writer.close()
    await ear.close()
    return times


def percentile(times: list[float], share: int) -> float:
    return statistics.quantiles(times, n=100)[share - 1] if len(times) > 1 else float("nan")
