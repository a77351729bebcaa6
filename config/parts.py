"""The parts of a running Baton beside its servers: web, workers, beat, and the mail sink."""

import http.client
import os
import socket
import sys
from collections.abc import Mapping

from django.conf import settings

from config import embedded
from config.processes import Part

MANAGE = (sys.executable, str(settings.BASE_DIR / "manage.py"))
NONE: Mapping[str, str] = {}
CELERY = (sys.executable, "-m", "celery", "--app", "config", "--quiet")
WORKERS = {  # a worker of its own for each kind of haste: a batch must not delay "please call me"
    "worker-urgent": ("urgent", 1),
    "worker-touches": ("touches", 1),
    "worker-batches": ("scores,imports", 2),
}


def part(name: str, command: tuple[str, ...], environment: Mapping[str, str] = NONE, **more) -> Part:
    named = {"BATON_PROCESS": name, "PYTHONUNBUFFERED": "1", **environment}
    return Part(name, command, environment=named, folder=settings.BASE_DIR, **more)


def sink() -> Part:
    number = embedded.settle_port("sink")
    return part("mail-sink", (*MANAGE, "sink"), ready=lambda: listens(number), patience=5, stage=2)


def beat() -> Part:
    schedule = embedded.home() / "beat"
    schedule.mkdir(mode=0o700, exist_ok=True)
    kept = ("--schedule", str(schedule / "schedule"), "--pidfile", "")
    return part("beat", (*CELERY, "beat", *kept, "--loglevel", "INFO"), stage=3)


def workers() -> list[Part]:
    return [worker(name, queues, size) for name, (queues, size) in WORKERS.items()]


def worker(name: str, queues: str, size: int) -> Part:
    command = (*CELERY, "worker", "--queues", queues, "--hostname", f"{name}@%h", "--concurrency", str(size))
    quiet = ("--pool", "prefork", "--without-gossip", "--without-mingle", "--without-heartbeat")
    return part(name, (*command, *quiet, "--loglevel", "INFO"), patience=20, stage=4)


def web(*, host: str, port: int, processes: int) -> Part:
    where = ("--host", host, "--port", str(port), "--workers", str(processes))
    how = ("--loop", "uvloop", "--http", "config.http:Connection", "--ws", "none", "--no-proxy-headers")
    patience = ("--timeout-keep-alive", "30", "--timeout-graceful-shutdown", "3")
    quiet = ("--no-server-header", "--no-access-log", "--log-level", "warning")
    command = (sys.executable, "-m", "uvicorn", "config.asgi:application", *where, *how, *patience, *quiet)
    return part(
        "web",
        command,
        environment={"DATABASE_POOL": "1"},
        ready=lambda: answers(host, port),
        patience=10,
        stage=5,
    )


def listens(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as attempt:
        attempt.settimeout(1)
        return attempt.connect_ex((host, port)) == 0


def answers(host: str, port: int) -> bool:
    """Any answer will do: what the page says is the page's business."""
    there = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=10)  # noqa: S104
    try:
        there.request("GET", "/accounts/login/")
        return there.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        there.close()


def web_processes(*, prod: bool) -> int:
    return int(os.environ.get("WEB_PROCESSES", "0")) or (max(2, os.cpu_count() or 2) if prod else 1)
