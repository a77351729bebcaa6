"""What every test stands on."""

import os

import pytest
from django.conf import settings
from django.db import connection

from tests.services import Services

services = pytest.StashKey[Services]()


def pytest_configure(config):
    """Only the first process starts servers: xdist's others, and whoever merely lists tests, do not."""
    if hasattr(config, "workerinput") or config.option.collectonly or config.option.help:
        return
    started = Services()
    started.start()
    config.stash[services] = started


def pytest_unconfigure(config):
    started = config.stash.get(services, None)
    if started:
        started.stop()


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
        "CACHE_URL": settings.BROKER_URL,
    }
