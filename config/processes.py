"""Keeping processes alive: start them in order, restart what dies, end them in the other order."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config import embedded
from config.embedded import Trouble

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 50 * 2**20
SETTLED = 60  # seconds after which a process counts as well again


@dataclass(frozen=True)
class Part:
    """One process that belongs to a running Baton: how it starts, when it is ready, how it ends."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] = lambda: True
    environment: Mapping[str, str] = field(default_factory=dict)
    account: tuple[int, int] | None = None  # another user and group to run as
    folder: Path | None = None
    end: int = signal.SIGTERM
    orphaned: int = signal.SIGTERM  # what it gets when we die ourselves
    patience: float = 10
    stage: int = 0  # parts of one stage end together

    @property
    def log(self) -> Path:
        return embedded.LOGS / f"{self.name}.log"


def say(text: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone; ending in order matters more
        print(text, flush=True)


def orphan_gets(signum: int) -> Callable[[], None]:
    """Have the kernel signal the new process when its parent dies, however suddenly."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else lambda *_: None
    return lambda: prctl(PR_SET_PDEATHSIG, signum)


def spawn(part: Part) -> subprocess.Popen:
    """In a session of its own: a Ctrl-C in the terminal reaches us alone, and we end things in order."""
    embedded.home()
    embedded.LOGS.mkdir(mode=0o700, exist_ok=True)
    uid, gid = part.account or (None, None)
    with part.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own commands
            part.command,
            env={**os.environ, **part.environment},
            cwd=part.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=uid,
            group=gid,
            extra_groups=[] if part.account else None,
            preexec_fn=orphan_gets(part.orphaned),
        )


def tail(path: Path, lines: int = 8) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(f"    {line}" for line in path.read_text(errors="replace").splitlines()[-lines:])
    return ""


class Keeper:
    """One part being kept alive: its process now, and when to try again after a death."""

    def __init__(self, part: Part):
        self.part = part
        self.process: subprocess.Popen | None = None
        self.deaths = 0
        self.started = self.again_at = 0.0

    def start(self) -> None:
        self.process, self.started = spawn(self.part), time.monotonic()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def sweep(self) -> None:
        """Whatever a dead process left running would hold its port or its queue."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def look(self) -> None:
        """Notice a death, wait a little longer each time, start again."""
        now = time.monotonic()
        if self.alive():
            self.deaths = 0 if now - self.started > SETTLED else self.deaths
        elif self.again_at:
            if now >= self.again_at:
                self.again_at = 0.0
                self.start()
        else:
            self.sweep()
            self.again_at = now + self._mourn()

    def _mourn(self) -> float:
        self.deaths += 1
        pause = min(0.25 * 2**self.deaths, 30)
        say(f"{self.part.name} ended by itself ({self._how()}); starting it again in {pause:g} s.")
        if self.deaths in (3, 8):
            say(f"  It keeps ending. The last lines of {self.part.log}:\n{tail(self.part.log)}")
        return pause

    def _how(self) -> str:
        code = self.process.returncode if self.process else None
        return f"exit code {code}" if code is None or code >= 0 else signal.Signals(-code).name

    def ask_to_end(self) -> None:
        self.again_at = 0.0
        if self.process and self.alive():
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.part.end)

    def end(self, patience: float) -> None:
        """Wait for a clean end, then insist."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            say(f"  {self.part.name} did not end within {patience:.0f} s; ending it the hard way.")
            self.process.kill()
            self.process.wait()
        self.sweep()


class Supervisor:
    """All parts of a running Baton, in the order in which they were started."""

    def __init__(self) -> None:
        self.keepers: list[Keeper] = []

    def start(self, part: Part, *, within: float = 120) -> None:
        """Start one part and wait until it answers; it may die and be tried again meanwhile."""
        self.launch(part)
        self.wait(part, within=within)

    def launch(self, part: Part) -> None:
        keeper = Keeper(part)
        self.keepers.append(keeper)
        keeper.start()

    def wait(self, part: Part, *, within: float) -> None:
        began, told = time.monotonic(), 2.0
        while not part.ready():
            waited = time.monotonic() - began
            if waited > within or any(k.deaths >= 5 for k in self.keepers if k.part is part):
                raise Trouble(does_not_answer(part, waited))
            if waited > told:
                say(f"  still waiting for {part.name} ({waited:.0f} s)")
                told += 3
            self.look()
            time.sleep(0.05)

    def look(self) -> None:
        for keeper in self.keepers:
            keeper.look()

    def watch(self) -> None:
        """Until somebody interrupts."""
        beats = 0
        while True:
            self.look()
            beats += 1
            if beats % 300 == 0:
                self.shorten_logs()
            time.sleep(0.2)

    def shorten_logs(self) -> None:
        for log in (keeper.part.log for keeper in self.keepers):
            if log.exists() and log.stat().st_size > LOG_LIMIT:
                shutil.copyfile(log, log.with_suffix(".log.1"))
                os.truncate(log, 0)

    def stop(self) -> None:
        """Later stages first: nobody loses the server that they are still talking to."""
        for stage in sorted({keeper.part.stage for keeper in self.keepers}, reverse=True):
            group = [keeper for keeper in self.keepers if keeper.part.stage == stage]
            for keeper in group:
                keeper.ask_to_end()
            began = time.monotonic()
            for keeper in group:
                keeper.end(max(0.1, keeper.part.patience - (time.monotonic() - began)))
            self.keepers = [keeper for keeper in self.keepers if keeper not in group]


def does_not_answer(part: Part, waited: float) -> str:
    last = tail(part.log)
    if "No space left on device" in last:
        return f"The disk is full, so {part.name} can't start. Free some space and run this again."
    return (
        f"{part.name} does not answer after {waited:.0f} s. The last lines of {part.log}:\n{last}\n"
        "Run this again; if it stays so, the log says more."
    )
