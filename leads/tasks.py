"""The tasks of leads: each calls one verb."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from leads import partitions, scoring, sheets
from leads.imports import running
from leads.models import ScoreSheet


@shared_task
def rescore():
    """Time moves scores: bring the stored ones of every sheet in use up to now."""
    at = timezone.now()
    sheets.rebase(at)
    for sheet in ScoreSheet.objects.in_use():
        scoring.rescore(sheet, at)


@shared_task(soft_time_limit=6 * 3600, time_limit=6 * 3600 + 60)
def run_imports():
    """Imports that wait are run one after the other, each in one transaction."""
    running.run_waiting(timezone.now())


@shared_task
def make_partitions():
    """Months ahead have their partition before the first event of theirs arrives."""
    at = timezone.now()
    partitions.ensure(at, at + timedelta(days=92))
