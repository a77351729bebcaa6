"""The servers that the suite runs on: started once, by the first test process alone, and thrown away."""

import os
import shutil
import tempfile
from pathlib import Path

from config import embedded, servers
from config.processes import Supervisor


class Services:
    """The embedded servers of one test run, in the throwaway home that tests/settings.py made."""

    def __init__(self) -> None:
        self.supervisor = Supervisor()

    def start(self) -> None:
        throwaway()  # refuse before anything starts in somebody's own home
        if not os.environ.get("DATABASE_URL"):
            database = servers.Postgres(**servers.QUICK)
            database.prepare()
            self.supervisor.start(database.part())
        if not os.environ.get("BROKER_URL"):
            self.supervisor.start(servers.valkey_part())

    def stop(self) -> None:
        self.supervisor.stop()
        shutil.rmtree(throwaway())


def throwaway() -> Path:
    """The home that this run made and may delete; anything else is an error, never a deletion.

    A deletion is worked out from no other path: not from notes, not from a parent folder.
    """
    place = Path(os.environ["BATON_TEST_HOME"])
    made_here = place.parent == Path(tempfile.gettempdir()) and place.name.startswith("baton test ")
    if not made_here or place != embedded.HOME or (place / "manage.py").exists():
        raise RuntimeError(f"{embedded.HOME} is not a throwaway home; tests run with tests.settings only")
    return place
