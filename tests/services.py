"""The servers that the suite runs on: started once, by the first test process alone."""

import os

from config import embedded, servers
from config.processes import Supervisor


class Services:
    """The embedded servers of one test run, in the throwaway home that tests/settings.py made."""

    def __init__(self) -> None:
        self.supervisor = Supervisor()

    def start(self) -> None:
        refuse_another_home()
        if not os.environ.get("DATABASE_URL"):
            database = servers.Postgres(**servers.QUICK)
            database.prepare()
            self.supervisor.start(database.part())
        if not os.environ.get("BROKER_URL"):
            self.supervisor.start(servers.valkey_part())

    def stop(self) -> None:
        """End them; the folder goes with the process that made it."""
        self.supervisor.stop()


def refuse_another_home() -> None:
    """Servers that forgo durability must never start on somebody's own data."""
    if str(embedded.HOME) != os.environ.get("BATON_TEST_HOME"):
        raise RuntimeError(f"{embedded.HOME} is not a throwaway home; tests run with tests.settings only")
