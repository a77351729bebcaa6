"""The queue holds no truth: messages carry nothing or a key, and every task may run twice."""

import ast
import importlib
import inspect
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from config.celery import QUEUES, app
from config.management.commands.dispatch import task_of, timetable
from leads import looking_up
from leads.models import Lead
from nurture.enrolling import enroll
from nurture.outline import LanePlan
from people.doorbell import ring
from people.models import Notice
from tests import make
from tests.test_branches import plan, track_of
from tests.test_storm import WEEK

pytestmark = pytest.mark.engine
APPS = ("people", "leads", "nurture", "handoff")
FORBIDDEN = {
    "eta",
    "countdown",
    "retry",
    "chord",
    "chain",
    "apply_async",
    "delay",
    "delay_on_commit",
}
DOORBELL = Path("people/doorbell.py")


def sources():
    for name in (*APPS, "config"):
        for path in sorted((settings.BASE_DIR / name).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(settings.BASE_DIR), ast.parse(path.read_text())


def words(tree):
    """Names that are called, taken from Celery, or given to a call as a keyword."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (keyword.arg for keyword in node.keywords)
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("celery"):
            yield from (alias.name for alias in node.names)


def tasks():
    """Every task of ours, by its name."""
    for name in APPS:
        importlib.import_module(f"{name}.tasks")
    return {name: task for name, task in app.tasks.items() if name.split(".")[0] in APPS}


def test_nothing_waits_in_the_broker_and_only_the_doorbell_publishes():
    found = {
        (str(path), word)
        for path, tree in sources()
        for word in FORBIDDEN & set(words(tree))
        if path != DOORBELL
    }

    assert found == set()
    assert app.conf.result_backend is None
    assert app.conf.task_ignore_result is True


def test_the_timetable_names_tasks_and_queues_that_exist():
    known = tasks()

    assert {tick["task"] for tick in app.conf.beat_schedule.values()} - known.keys() == set()
    assert {tick["options"]["queue"] for tick in app.conf.beat_schedule.values()} - set(QUEUES) == set()


def test_a_task_takes_nothing_or_a_key():
    taken = {name: list(inspect.signature(task.run).parameters) for name, task in tasks().items()}

    assert {name: names for name, names in taken.items() if names} == {
        "handoff.tasks.consider_leads": ["lead_ids"]
    }


def test_every_tick_expires_when_the_next_one_comes():
    assert [
        name for name, tick in app.conf.beat_schedule.items() if tick["options"]["expires"] > tick["schedule"]
    ] == []


# --- twice is once --------------------------------------------------------------------------------------


def something_to_do():
    """Leads that wait, touches and notices that are due, at the present moment."""
    at = timezone.now() - timedelta(minutes=2)
    make.track(audience={}, calendar=make.calendar("Always", week=WEEK))
    for _ in range(3):
        make.lead(at=at)
    track = track_of(
        plan("Which?", wait=1, unit="hours", lanes=(LanePlan("All", steps=(plan("Hello", wait=5),)),)),
        goal={"field": "country", "op": "is", "value": "NO"},
    )
    there = [make.lead(at=at).pk, make.lead(at=at, country="NO").pk]
    enroll(there, track, reason="fits", at=at - timedelta(hours=2))
    table = b"domain,title\ncustomer.example,Buyer\n"
    looking_up.keep(io.BytesIO(table), name="own.csv", by=None, at=at)
    Notice.objects.tell([make.rep()], key="k", subject="A lead waits", at=at)


IDEMPOTENT = {
    "people.tasks.send_notices": (),
    "nurture.tasks.dispatch_touches": (),
    "nurture.tasks.enroll_waiting": (),
    "nurture.tasks.pass_branches": (),
    "nurture.tasks.leave_tracks": (),
    "leads.tasks.rescore": (),
    "leads.tasks.count_signals": (),
    "leads.tasks.count_what_ifs": (),
    "leads.tasks.forget_knocks": (),
    "leads.tasks.make_partitions": (),
    "leads.tasks.forget_buckets": (),
    "leads.tasks.forget_recent": (),
    "leads.tasks.run_imports": (),
    "leads.tasks.run_bulk_actions": (),
    "leads.tasks.look_for_duplicates": (),
    "leads.tasks.enrich": (),
    "handoff.tasks.escalate_overdue": (),
    "handoff.tasks.consider_due": (),
    "handoff.tasks.consider_leads": ("leads",),
}


def test_every_task_is_tried_twice():
    assert tasks().keys() == IDEMPOTENT.keys()


def rows():
    """How many rows each table has, and the state of what can be sent."""
    with connection.cursor() as cursor:
        counts = {}
        for table in connection.introspection.table_names(cursor):
            if table.split("_")[0] in APPS and table != "people_heartbeat":
                cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
                counts[table] = cursor.fetchone()[0]
        cursor.execute(
            "SELECT state, attempts, due_at FROM nurture_touch UNION ALL"
            " SELECT state, attempts, due_at FROM people_notice ORDER BY 1, 2, 3"
        )
        return counts, cursor.fetchall()


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(IDEMPOTENT))
def test_a_task_run_twice_does_no_more_than_once(mailbox, name):
    something_to_do()
    if name == "nurture.tasks.dispatch_touches":
        task_of("nurture.tasks.enroll_waiting")()
    given = [list(Lead.objects.values_list("pk", flat=True)) for _ in IDEMPOTENT[name]]
    task_of(name)(*given)
    once, sent = rows(), len(mailbox.messages)

    task_of(name)(*given)

    assert (rows(), len(mailbox.messages)) == (once, sent)


@pytest.mark.django_db
def test_everything_on_the_timetable_runs_from_cron_with_no_broker_at_all(mailbox):
    something_to_do()
    said = io.StringIO()

    call_command("dispatch", "--once", stdout=said)
    call_command("dispatch", "--once", "--queue", "touches", stdout=io.StringIO())

    assert said.getvalue().split("\n")[:-1] == [f"{name}: done" for name, _task in timetable(None)]
    assert len(mailbox.messages) == 4


# --- the doorbell ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_page_neither_fails_nor_waits_when_the_broker_is_away(monkeypatch):
    import time

    from nurture.tasks import enroll_waiting

    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    app.pool.force_close_all()
    app._pool = None
    app.amqp._producer_pool = None
    began = time.monotonic()

    with transaction.atomic():
        ring(enroll_waiting, queue="scores")

    assert time.monotonic() - began < 2
