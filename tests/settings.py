"""Settings under test: Baton's own, in a throwaway home, with a quick password hasher.

Nothing is started here: tests/conftest.py starts the servers, on the ports that this file settles.
"""

import atexit
import os
import random
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("DEBUG", "0")
os.environ.setdefault("DEMO", "0")
if "BATON_TEST_HOME" not in os.environ:  # else: a process that the first one started
    made = tempfile.mkdtemp(prefix="baton test ")
    atexit.register(shutil.rmtree, made, ignore_errors=True)  # what this line's neighbour made, nothing else
    os.environ["BATON_TEST_HOME"] = os.environ["BATON_HOME"] = made
    (Path(made) / "static").mkdir()
    Path(made).chmod(0o711)
    for ours, theirs in (("DATABASE_URL", "TEST_DATABASE_URL"), ("BROKER_URL", "TEST_BROKER_URL")):
        if os.environ.get(theirs):
            os.environ[ours] = os.environ[theirs]

    from config import embedded

    # Chosen at random: two runs that start together must not settle on the same free port.
    for name in ("postgres", "valkey"):
        free = embedded.free_port(random.randrange(24000, 32000))
        embedded.note(ports={**embedded.state().get("ports", {}), name: free})

from config.settings import *  # noqa: F403
from config.settings import BROKER_URL as _broker
from config.settings import CACHES, STORAGES

STATIC_ROOT = Path(os.environ["BATON_TEST_HOME"]) / "static"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

# Each test process has a database of its own, so it gets a broker of its own too.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
if _worker and _broker.startswith("redis"):
    BROKER_URL = f"{_broker.rpartition('/')[0]}/{1 + int(_worker)}"
    CACHES = {**CACHES, "soft": {**CACHES["soft"], "LOCATION": BROKER_URL}}
