"""The tasks of leads: each calls one verb."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from leads import partitions, scoring, sheets
from leads.models import ScoreSheet


@shared_task
def rescore():
    """Time moves scores: bring the stored ones of every sheet in use up to now."""
    at = timezone.now()
    sheets.rebase(at)
    for sheet in ScoreSheet.objects.in_use():
        scoring.rescore(sheet, at)


@shared_task
def make_partitions():
    """Months ahead have their partition before the first event of theirs arrives."""
    at = timezone.now()
    partitions.ensure(at, at + timedelta(days=92))
