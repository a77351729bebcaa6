"""Celery: worker processes and the whole timetable on one page.

Postgres is the truth and the broker is a doorbell: a message carries a key or nothing, a lost one
costs seconds, and every task finds its own work. See docs/engine.md.
"""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("baton")
app.conf.update(
    broker_url=settings.BROKER_URL,
    task_ignore_result=True,
    task_default_queue="scores",
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    # without max_retries a page would wait six seconds for a broker that is away
    broker_transport_options={"socket_connect_timeout": 0.8, "socket_timeout": 5, "max_retries": 0},
    task_publish_retry=False,
    task_soft_time_limit=100,
    task_time_limit=110,
    timezone="UTC",
)
QUEUES = ("urgent", "touches", "scores", "imports")


def tick(task: str, queue: str, *, seconds: float) -> dict:
    """One line of the timetable; a tick that nobody took in time is worthless and expires."""
    return {"task": task, "schedule": seconds, "options": {"queue": queue, "expires": seconds}}


app.conf.beat_schedule = {
    "notices": tick("people.tasks.send_notices", "urgent", seconds=2),
    "sla": tick("handoff.tasks.escalate_overdue", "urgent", seconds=15),
    "touches": tick("nurture.tasks.dispatch_touches", "touches", seconds=3),
    "branches": tick("nurture.tasks.pass_branches", "touches", seconds=5),
    "goals": tick("nurture.tasks.leave_tracks", "scores", seconds=60),
    "enrollment": tick("nurture.tasks.enroll_waiting", "scores", seconds=10),
    "verdicts": tick("handoff.tasks.consider_due", "scores", seconds=60),
    "scores": tick("leads.tasks.rescore", "scores", seconds=900),
    "signals": tick("leads.tasks.count_signals", "imports", seconds=10),
    "what-ifs": tick("leads.tasks.count_what_ifs", "scores", seconds=30),
    "imports": tick("leads.tasks.run_imports", "imports", seconds=10),
    "bulk": tick("leads.tasks.run_bulk_actions", "imports", seconds=10),
    "buckets": tick("leads.tasks.forget_buckets", "scores", seconds=3600),
    "windows": tick("leads.tasks.forget_recent", "scores", seconds=3600),
    "knocks": tick("leads.tasks.forget_knocks", "scores", seconds=3600),
    "duplicates": tick("leads.tasks.look_for_duplicates", "imports", seconds=3600),
    "enrichment": tick("leads.tasks.enrich", "scores", seconds=300),
    "partitions": tick("leads.tasks.make_partitions", "scores", seconds=6 * 3600),
}
app.autodiscover_tasks(["people", "leads", "nurture", "handoff"])
