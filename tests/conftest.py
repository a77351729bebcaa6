"""What every test stands on."""

import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.db import connection

from config import embedded, servers
from config.processes import Supervisor
from tests.dossier import ruth  # noqa: F401 - a fixture
from tests.engine import during_approach  # noqa: F401 - a fixture
from tests.importing import ines, kept_files  # noqa: F401 - fixtures
from tests.mailbox import mailbox  # noqa: F401 - a fixture
from tests.services import Services

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser's loop stays on the tests' own thread
#: In CI each property is tried on the same examples every time; here they are drawn anew.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    hypothesis.settings.load_profile("ci")
services = pytest.StashKey[Services]()


def pytest_configure(config):
    """Only the first process starts servers: xdist's others don't, nor does whoever merely lists tests."""
    if hasattr(config, "workerinput"):
        return
    config.stash[services] = Services()
    if not (config.option.collectonly or config.option.help):
        config.stash[services].start()


def pytest_unconfigure(config):
    if services in config.stash:
        config.stash[services].stop()


@pytest.fixture
def surroundings(transactional_db):
    """The environment for a real process that shall see this test's database and broker."""
    there = connection.settings_dict
    credentials = there["USER"] + (f":{there['PASSWORD']}" if there["PASSWORD"] else "")
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"postgres://{credentials}@{there['HOST']}:{there['PORT']}/{there['NAME']}",
        "BROKER_URL": settings.BROKER_URL,
    }


CHROMIUM = shutil.which("chromium")


def pytest_runtest_setup(item):
    """A browser test without a browser is skipped with the reason, except in CI, where it fails."""
    if item.get_closest_marker("browser") and not CHROMIUM:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "Debian's Chromium is missing: apt-get install chromium"
        )


@pytest.fixture(scope="session")
def base_url():
    """None; the plugin's own fixture is written in a way that pytest warns of."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Debian's Chromium, which as root runs without its sandbox only."""
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": alone}


@pytest.fixture
def folder():
    """A folder of this test alone, with a space in its name, which others may enter."""
    place = Path(tempfile.mkdtemp(prefix="baton of a test "))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)  # made by mkdtemp just above


@pytest.fixture
def home(folder, monkeypatch):
    place = folder / ".baton"
    monkeypatch.setattr(embedded, "HOME", place)
    monkeypatch.setattr(embedded, "LOGS", place / "logs")
    monkeypatch.setattr(servers, "OUTSIDE", folder / "outside")
    return place


@pytest.fixture
def supervisor(home):
    running = Supervisor()
    yield running
    running.stop()
