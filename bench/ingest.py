"""J3: tracking events over HTTP, each committed before its answer, beside a plain Django view on one server.

One process serves `/t/` as Baton runs it, a granian process a plain view under WSGI with one INSERT of the
same row (no tally, an error where a key repeats); they take turns, round by round. `--clients` keep-alive
connections each send the next event when the last one is answered; `--identified` per cent of the events are
those of leads, whose tallies `/t/` moves in the same transaction. Charged: PostgreSQL and the web process
that is asked. The load generator is a process of its own and is not.
"""

import json
import multiprocessing
import os
import random
import select
import socket
import statistics
import subprocess
import sys
import time

import psutil
from django.db import connection

from bench.measure import Figures
from bench.talk import _seconds as seconds
from bench.talk import percentile

SITE = "https://www.bench.example"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
MOST_A_SECOND = 12_000  # events that are made for each second of a round
PAGES = [f"/pumps/model-{number}/" for number in range(200)]
ROADS = {"/t/: group commit, tallies, dedupe": "/t/", "plain Django view, one INSERT": "/plain/"}
PLAIN = (
    *(sys.executable, "-m", "granian", "--interface", "wsgi", "bench.plain:application", "--http", "1"),
    *("--no-ws", "--blocking-threads", "4", "--log-level", "warning"),
)

LEADS = """
    WITH person AS (
        INSERT INTO leads_lead (public_id, email, phone, postal_address, outside_id, first_name, last_name,
            country, time_zone, stage, facts, refused, closed_cause, at, known_at)
        SELECT gen_random_uuid(), 'lead' || n || '@bench.example', '', '', '', '', '', '', '', 'lead', '{}',
               '[]', '', now(), now()
        FROM generate_series(1, %s) n RETURNING id
    ), tally AS (
        INSERT INTO leads_tally (lead_id, sums) SELECT id, '{}' FROM person
    ), held AS (
        INSERT INTO leads_custody (lead_id, custodian_id, side, next_action, next_action_at, reason, since)
        SELECT id, %s, 'marketing', 'enroll', now(), 'New lead', now() FROM person
    )
    INSERT INTO leads_identity (key, lead_id, at, joined_at)
    SELECT gen_random_uuid(), id, now(), now() FROM person
"""


def arguments(parser) -> None:
    parser.add_argument("--seconds", type=float, default=6.0, help="of each variant in each round")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--leads", type=int, default=10_000)
    parser.add_argument("--visitors", type=int, default=30_000)
    parser.add_argument("--identified", type=int, default=30, help="per cent of the events")


def run(options) -> None:
    browsers = prepare(options)
    found = {name: Figures() for name in ROADS}
    times: dict[str, list[float]] = {name: [] for name in ROADS}
    servers: dict[str, tuple[int, subprocess.Popen]] = {}
    try:
        for name, path in ROADS.items():
            servers[name] = start(path)
        for port, _web in servers.values():
            wait_for(port)
        for turn in range(options.rounds + 1):  # the first round only warms up
            if turn == 1:  # as autovacuum does within minutes
                with connection.cursor() as cursor:
                    cursor.execute("VACUUM ANALYZE")
            for name, path in ROADS.items():
                port, web = servers[name]
                before, began = cpu(web), time.perf_counter()
                took = loaded(port, path, browsers, options)
                wall = time.perf_counter() - began
                parts = {name: after - before[name] for name, after in cpu(web).items()}
                if turn:
                    found[name].per_second.append(len(took) / max(sum(parts.values()), 0.01))
                    found[name].wall.append(wall)
                    times[name] += took
                    each = ", ".join(
                        f"{1e6 * used / len(took):.0f} µs of {part}" for part, used in parts.items()
                    )
                    print(f"  round {turn}, {path}: {len(took) / wall:,.0f} a second, {each}")
    finally:
        for _port, web in servers.values():
            web.terminate()
            web.wait(20)
    show(found, times, options)


def show(found, times, options) -> None:
    load = f"load {os.getloadavg()[0]:.1f}"
    print(f"\n{options.clients} clients, {options.identified} % of the events by leads; {load}")
    print(f"{'':<40} {'events per CPU-s':>18} {'±':>5} {'p50':>9} {'p99':>9}")
    for name, figures in found.items():
        took = [1000 * each for each in times[name]]
        print(
            f"{name:<40} {figures.middle:>18,.0f} {figures.noise:>5.0%}"
            f" {percentile(took, 50):>6.1f} ms {percentile(took, 99):>6.1f} ms"
        )
    ours, plain = (found[name].per_second for name in ROADS)
    ratios = [one / other for one, other in zip(ours, plain, strict=True)]
    middle = statistics.median(ratios)
    verdict = "holds" if middle >= 10 else "does not hold"
    print(f"\n/t/ : plain = {middle:.1f} ({min(ratios):.1f} to {max(ratios):.1f}); at least 10 {verdict}")


def prepare(options) -> tuple[list[str], list[str]]:
    """Signals, leads with their threads, and visitors whom nobody knows."""
    from django.utils import timezone

    from leads import partitions, sheets
    from leads.models import Custodian, Identity, Kind, Signal, Site
    from people.models import Calendar, Side, Team, User

    now = timezone.now()
    team = Team.objects.create(
        name="Marketing", side=Side.MARKETING, calendar=Calendar.objects.create(name="O")
    )
    ruth = User.objects.create_user("ruth@bench.example", name="Ruth", team=team)
    sheets.signal("Visits", Kind.VISIT, at=now, unit=Signal.Unit.PER_DAY, half_life_days=30)
    sheets.signal("Pages about pumps", Kind.VISIT, at=now, about_starts="/pumps/", half_life_days=60)
    sheets.signal("White papers", Kind.DOWNLOAD, at=now, unit=Signal.Unit.PER_OBJECT, half_life_days=60)
    Site.objects.create(origin=SITE, at=now)
    partitions.ensure(now, now)
    with connection.cursor() as cursor:
        cursor.execute(LEADS, [options.leads, Custodian.of(ruth, Side.MARKETING).pk])
    leads = [key.hex for key in Identity.objects.values_list("key", flat=True)]
    visitors = [Identity(at=now) for _ in range(options.visitors)]
    Identity.objects.bulk_create(visitors, batch_size=5_000)
    return leads, [visitor.key.hex for visitor in visitors]


def start(path: str) -> tuple[int, subprocess.Popen]:
    """One web process: as Baton's own is started, or with the plain view on four threads."""
    from config import embedded, parts

    port = embedded.free_port(24180 if path == "/t/" else 24280)
    if path == "/t/":
        command = parts.web(host="127.0.0.1", port=port, processes=1).command
    else:
        command = (*PLAIN, "--port", str(port))
    return port, subprocess.Popen(command, env={**os.environ, "DATABASE_POOL": "1"})


def wait_for(port: int) -> None:
    from config import parts

    until = time.monotonic() + 60
    while not parts.answers("127.0.0.1", port):
        if time.monotonic() > until:
            raise SystemExit("The web process does not answer.")
        time.sleep(0.2)


def cpu(web: subprocess.Popen) -> dict[str, float]:
    """CPU-seconds so far: of the web process with its children, and of PostgreSQL for this database."""
    whole = psutil.Process(web.pid)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() OR (datname IS NULL AND"
            " backend_type <> ALL(%s))",
            [["autovacuum launcher", "logical replication launcher"]],
        )
        backends = [psutil.Process(pid) for (pid,) in cursor]
    return {"web": seconds([whole, *whole.children(recursive=True)]), "PostgreSQL": seconds(backends)}


def loaded(port: int, path: str, browsers, options) -> list[float]:
    """Seconds that each event took, from a process that nobody is charged for."""
    context = multiprocessing.get_context("spawn")
    told, telling = context.Pipe(duplex=False)
    options = (options.clients, options.seconds, options.identified)
    generator = context.Process(target=generate, args=(port, path, browsers, options, telling))
    generator.start()
    took, refused = told.recv()
    generator.join()
    if refused:
        raise SystemExit(f"{path} answered {refused}")
    return took


def generate(port: int, path: str, browsers, options, telling) -> None:
    """Keep every connection busy: the next event goes out when the last one is answered.

    Requests are made before the clock starts, or their making would space them out and take a core.
    """
    clients, seconds, identified = options
    made = [request(path, browsers, identified) for _each in range(int(MOST_A_SECOND * seconds))]
    poll, sockets, sent, took, refused = select.epoll(), {}, {}, [], b""
    for _each in range(clients):
        one = socket.create_connection(("127.0.0.1", port))
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets[one.fileno()] = one
        poll.register(one, select.EPOLLIN)
    until = time.perf_counter() + seconds
    for number, one in sockets.items():
        one.send(made.pop())
        sent[number] = time.perf_counter()
    while sent:
        for number, _happened in poll.poll():
            answer = sockets[number].recv(4096)
            now = time.perf_counter()
            if number in sent:
                took.append(now - sent.pop(number))
            refused = refused or (b"" if answer.startswith(b"HTTP/1.1 204") else answer or b"nothing")
            if now < until and made and not refused:
                sockets[number].send(made.pop())
                sent[number] = time.perf_counter()
    telling.send((took, refused))


def request(path: str, browsers, identified: int) -> bytes:
    leads, visitors = browsers
    browser = random.choice(leads if random.randrange(100) < identified else visitors)
    event = {
        "v": browser, "i": f"{random.getrandbits(64):x}", "t": int(time.time() * 1000),
        "u": random.choice(PAGES), "n": "Pumps for dairies", "r": "https://search.example/",
    }  # fmt: skip
    body = json.dumps(event).encode()
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {SITE}\r\nUser-Agent: {AGENT}\r\n"
        f"Accept: */*\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en\r\nReferer: {SITE}/\r\n"
        f"Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
