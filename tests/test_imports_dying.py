"""Imports in a process of their own: killed in the middle, and with files of any length."""

import os
import signal
import subprocess
import sys

import pytest

from leads.imports import running
from leads.models import Custody, Import, Lead, Tally
from tests import make
from tests.importing import begin, counts
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("kept_files")]
ROWS = 600

WORKER = """
import sys, time
import django
django.setup()
from datetime import datetime
from leads.imports import admitting, progress, running
admitting.CHUNK = 100
def tell(batch, rows):
    print(rows, flush=True)
    if rows == 300:
        time.sleep(60)
progress.tell = tell
running.run_waiting(datetime.fromisoformat(sys.argv[1]))
"""


@pytest.mark.engine
def test_a_worker_that_is_killed_in_the_middle_leaves_nothing_and_the_next_one_brings_every_row(
    surroundings, settings
):
    make.marketing_manager()
    batch = begin("email\n" + "".join(f"p{number}@acme.example\n" for number in range(ROWS)))
    running.ask(batch, "check")
    running.run_waiting(MONDAY_9AM)
    running.ask(batch, "run")
    command = [sys.executable, "-c", WORKER, MONDAY_9AM.isoformat()]
    there = {**surroundings, "MEDIA_ROOT": str(settings.MEDIA_ROOT)}
    with subprocess.Popen(command, env=there, stdout=subprocess.PIPE, text=True) as worker:
        seen = [int(next(worker.stdout)) for _ in range(3)]
        worker.send_signal(signal.SIGKILL)
    assert (seen, Lead.objects.count(), Import.objects.get().state) == ([100, 200, 300], 0, "running")

    assert running.run_waiting(MONDAY_9AM + 2 * running.LEASE) == 1

    batch.refresh_from_db()
    assert (batch.state, counts(batch)) == (Import.State.DONE, (ROWS, 0, 0, 0))
    assert [model.objects.count() for model in (Lead, Custody, Tally)] == [ROWS] * 3


MEMORY = """
import resource, sys
import django
django.setup()
from django.core.files.base import File
from django.utils import timezone
from leads.imports import running
from leads.models import Import
from people.models import User
User.objects.create_superuser("root@baton.example", "x", name="Root")
path, at = sys.argv[1], timezone.now()
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
seen = []
for rows in (2_000, int(sys.argv[2])):
    with open(path, "w") as file:
        file.write("email,company,employees\\n")
        for n in range(rows):
            address = f"p{rows}.{n}@c{n % 50}.example" if n % 10 else "no address"
            file.write(f"{address},Company {n % 50},{n % 7}\\n")
    with open(path, "rb") as file:
        batch = running.begin("leads", "big.csv", file, at=at)
    running.ask(batch, "check")
    running.run_waiting(at)
    seen.append(peak())
    batch.refresh_from_db()
    print(batch.state, batch.counts.get("rows"), batch.counts.get("rejected"), batch.trouble, seen)
assert seen[1] - seen[0] < 80, seen
"""


@pytest.mark.timeout(600)
@pytest.mark.storm
def test_memory_stays_flat_however_long_the_file_is(surroundings, tmp_path):
    """200,000 rows by LONG_ROWS, 40,000 otherwise: more than the 20 MB that a chunk takes would show."""
    rows = os.environ.get("LONG_ROWS", "40000")
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "big.csv"), rows],
        env={**surroundings, "MEDIA_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    told = done.stdout.splitlines()[-1].split()[:3] if done.stdout else done.stderr
    assert (done.returncode, told) == (0, ["checked", rows, str(int(rows) // 10)])
