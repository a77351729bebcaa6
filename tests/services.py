"""The servers that the suite runs on: started once, by the first test process alone, and thrown away."""

import contextlib
import os
import shutil
from pathlib import Path

from config import embedded, servers
from config.processes import Supervisor


class Services:
    """The embedded servers of one test run, in its throwaway home."""

    def __init__(self) -> None:
        self.supervisor = Supervisor()

    def start(self) -> None:
        if not os.environ.get("DATABASE_URL"):
            database = servers.Postgres(**servers.QUICK)
            database.prepare()
            self.supervisor.start(database.part())
        if not os.environ.get("BROKER_URL"):
            self.supervisor.start(servers.valkey_part())

    def stop(self) -> None:
        self.supervisor.stop()
        place = Path(embedded.state().get("postgres_place", embedded.HOME))
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(embedded.HOME)
        if embedded.HOME not in place.parents:
            shutil.rmtree(place.parent, ignore_errors=True)
