"""Starts all of Baton and keeps it running until Ctrl-C."""

import fcntl
import os
import signal
import subprocess
import sys
import time

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand

from config import embedded, parts, servers
from config.embedded import HOME, Trouble
from config.processes import Supervisor, say, tail


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--prod", action="store_true", help="for a real installation: DEBUG off, a web process per core")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument("--host", default=os.environ.get("HOST_ADDRESS", "127.0.0.1"))

    def handle(self, *, prod, port, host, **options):
        lock = alone()
        supervisor = Supervisor()
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, interrupted)
        try:
            self.start(supervisor, prod=prod, port=port, host=host)
            supervisor.watch()
        except KeyboardInterrupt:
            say("\nStopping …")
        except OSError as error:
            raise plain(error) from error
        finally:
            with_patience(supervisor)
            lock.close()
        say("Stopped. Everything is kept; start again with the same command.")

    def start(self, supervisor: Supervisor, *, prod: bool, port: int, host: str) -> None:
        began = time.monotonic()
        say(f"Baton starts. Its data lies in {HOME}")
        servers.room_on_disk()
        claim_address(host, port)
        environment(prod=prod, port=port)
        demo = wants_demo(prod=prod)
        start_servers(supervisor)
        prepare(supervisor, demo=demo)
        start_processes(supervisor, prod=prod, host=host, port=port)
        welcome(demo=demo, seconds=time.monotonic() - began)


def interrupted(signum, frame):
    """The first one ends everything in order; later ones know that this is under way."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda *_: say("  still stopping, a moment …"))
    raise KeyboardInterrupt


def with_patience(supervisor: Supervisor) -> None:
    supervisor.stop()


def alone():
    """One Baton at a time on one folder; the lock ends with the process, however that ends."""
    path = embedded.home() / "up.lock"
    try:
        lock = path.open("a+")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except PermissionError:
        raise Trouble(embedded.not_ours(path)) from None
    except BlockingIOError:
        lock.seek(0)
        raise Trouble(
            f"Baton already runs here, at {embedded.site_url()} (process {lock.read().strip()}).\n"
            "Stop it with Ctrl-C where it was started, or with: kill " + path.read_text().strip()
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def claim_address(host: str, port: int) -> None:
    try:
        free = embedded.port_is_free(port, host)
    except PermissionError:
        raise Trouble(f"Port {port} may only be used by root. Choose one above 1023: PORT=8000 make up") from None
    if not free:
        other = embedded.free_port(port + 1)
        raise Trouble(
            f"Port {port} is taken by another program on this machine.\n"
            f"Choose another: PORT={other} make up"
        )
    embedded.note(ports={**embedded.state().get("ports", {}), "web": port})


def environment(*, prod: bool, port: int) -> None:
    """What every part inherits."""
    os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
    if prod:
        os.environ["DEBUG"] = "0"


def wants_demo(*, prod: bool) -> bool:
    """How an installation began stays so: demo data is never mixed into somebody's real leads."""
    began, asked = embedded.state().get("began"), os.environ.get("DEMO")
    outside = bool(os.environ.get("DATABASE_URL"))
    wanted = asked not in ("0", "") if asked is not None else not (prod or outside)
    if began is None:
        began = "demo" if wanted else "empty"
        embedded.note(began=began)
    elif asked is not None and wanted != (began == "demo"):
        say(f"  This installation began {'with demo data' if began == 'demo' else 'empty'} and stays so; `make reset` begins anew.")
    os.environ["DEMO"] = "1" if began == "demo" else "0"
    return began == "demo"


def start_servers(supervisor: Supervisor) -> None:
    """Each server only where no address was given."""
    if os.environ.get("DATABASE_URL"):
        say("Database: the one that DATABASE_URL names")
    else:
        say("Database: PostgreSQL of our own" + ("" if (HOME / "postgres").exists() else ", made now for the first time"))
        database = servers.Postgres()
        database.prepare()
        supervisor.start(database.part())
    if os.environ.get("BROKER_URL"):
        say("Broker: the one that BROKER_URL names")
    else:
        say("Broker: Valkey of our own")
        supervisor.start(servers.valkey_part())
    if not os.environ.get("EMAIL_URL"):
        say(f"Mail: kept in {settings.OUTBOX_DIR}, nothing leaves this machine")
        supervisor.start(parts.sink())


def prepare(supervisor: Supervisor, *, demo: bool) -> None:
    say("Tables: bringing them up to date")
    direct = os.environ.get("DATABASE_DIRECT_URL")
    step(supervisor, "migrate", "--no-input", show="Applying", env={"DATABASE_URL": direct} if direct else {})
    say("Style sheets and scripts: collecting them")
    step(supervisor, "collectstatic", "--no-input", show="static file")
    if demo:
        load_demo(supervisor)


def load_demo(supervisor: Supervisor) -> None:
    """Once; a load that was interrupted has left no mark and is made again."""
    loaded = HOME / "demo.loaded"
    if "demo" not in get_commands():
        say("Demo data: the command that makes it does not exist yet")
    elif not loaded.exists():
        say("Demo data: loading it, once")
        step(supervisor, "demo")
        loaded.touch()


def step(supervisor: Supervisor, *command: str, show: str = "", env: dict | None = None) -> None:
    """Run one command to its end, passing on the lines that tell how far it is."""
    log = embedded.LOGS / f"{command[0]}.log"
    child = subprocess.Popen(  # noqa: S603 - our own commands
        [*parts.MANAGE, *command],
        env={**os.environ, "PYTHONUNBUFFERED": "1", "BATON_PROCESS": command[0], **(env or {})},
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    try:
        with log.open("w") as kept:
            for line in child.stdout or ():
                kept.write(line)
                if show in line:
                    say(f"  {line.strip()}")
    finally:
        child.poll() is None and child.kill()
    if child.wait():
        raise Trouble(f"`manage.py {' '.join(command)}` did not succeed. The last lines of {log}:\n{tail(log, 15)}")


def start_processes(supervisor: Supervisor, *, prod: bool, host: str, port: int) -> None:
    say("Beat, workers and web: starting")
    supervisor.launch(parts.beat())
    for worker in parts.workers():
        supervisor.launch(worker)
    supervisor.start(parts.web(host=host, port=port, processes=parts.web_processes(prod=prod)), within=60)


def welcome(*, demo: bool, seconds: float) -> None:
    say(f"\nBaton runs at {os.environ['SITE_URL']} (started in {seconds:.0f} s)")
    accounts = HOME / "demo.accounts"
    if demo and accounts.exists():
        say(accounts.read_text().rstrip())
    say(f"Stop it with Ctrl-C. What each part says is in {embedded.LOGS}\n")


def plain(error: OSError) -> Trouble:
    if error.errno == 28:
        return Trouble(f"The disk that holds {HOME} is full. Free some space and run this again.")
    if isinstance(error, PermissionError) and error.filename:
        return Trouble(embedded.not_ours(HOME))
    return Trouble(f"{sys.argv[0]}: {error}")
