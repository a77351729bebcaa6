"""The web as it runs, in a process group of its own that a test may kill."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager

from config import embedded, parts


@contextmanager
def serving(environment):
    """Its port and its process, once it answers."""
    port = embedded.free_port(24880)
    command = parts.web(host="127.0.0.1", port=port, processes=1).command
    running = subprocess.Popen(command, env={**environment, "DATABASE_POOL": "1"}, start_new_session=True)
    until = time.monotonic() + 40
    while not parts.answers("127.0.0.1", port) and time.monotonic() < until:
        time.sleep(0.1)
    try:
        yield port, running
    finally:
        kill(running)


def kill(running):
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
