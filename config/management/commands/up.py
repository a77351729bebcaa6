"""Starts all of Baton and keeps it running until Ctrl-C."""

import errno
import fcntl
import os
import signal
import sys
import time

from django.core.management.base import BaseCommand

from config import embedded, servers, starting
from config.embedded import Trouble
from config.processes import Supervisor, say


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--prod", action="store_true", help="DEBUG off, a web process per core")
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
            supervisor.stop()
            lock.close()
        say("Stopped. Everything is kept; start again with the same command.")

    def start(self, supervisor: Supervisor, *, prod: bool, port: int, host: str) -> None:
        began = time.monotonic()
        say(f"Baton starts. Its data lies in {embedded.HOME}")
        servers.room_on_disk()
        starting.claim_address(host, port)
        starting.environment(prod=prod, port=port)
        demo = starting.wants_demo(prod=prod)
        starting.start_servers(supervisor)
        starting.prepare(demo=demo)
        starting.start_processes(supervisor, prod=prod, host=host, port=port)
        starting.welcome(demo=demo, seconds=time.monotonic() - began)


def interrupted(signum, frame):
    """The first one ends everything in order; later ones know that this is under way."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda *_: say("  still stopping, a moment …"))
    raise KeyboardInterrupt


def alone():
    """One Baton at a time on one folder; the lock ends with the process, however that ends."""
    path = embedded.home() / "up.lock"
    try:
        lock = path.open("a+")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except PermissionError:
        raise Trouble(embedded.not_ours(path)) from None
    except BlockingIOError:
        lock.close()
        running = path.read_text().strip()
        raise Trouble(
            f"Baton already runs here, at {embedded.site_url()} (process {running}).\n"
            f"Stop it with Ctrl-C where it was started, or with: kill {running}"
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def plain(error: OSError) -> Trouble:
    if error.errno == errno.ENOSPC:
        return Trouble(f"The disk that holds {embedded.HOME} is full. Free some space and run this again.")
    if isinstance(error, PermissionError) and error.filename:
        return Trouble(embedded.not_ours(embedded.HOME))
    return Trouble(f"{sys.argv[0]}: {error}")
