"""The tasks of leads: each calls one verb."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from leads import (
    buckets,
    bursts,
    catching_up,
    enriching,
    foresight,
    partitions,
    recent,
    scoring,
    sheets,
    suspecting,
)
from leads.bulk import working
from leads.imports import running
from leads.models import ScoreSheet


@shared_task
def rescore():
    """Time moves scores: bring the stored ones of every sheet in use up to now."""
    at = timezone.now()
    sheets.rebase(at)
    for sheet in ScoreSheet.objects.in_use().counted():
        scoring.rescore(sheet, at)


@shared_task(soft_time_limit=3600, time_limit=3660)
def count_what_ifs():
    """What drafts of score sheets would change is counted for everybody."""
    foresight.count_waiting(timezone.now())


@shared_task(soft_time_limit=6 * 3600, time_limit=6 * 3600 + 60)
def count_signals():
    """Signals that are new or count differently are summed up, and then everybody is scored by them."""
    at = timezone.now()
    if catching_up.catch_up(at):
        for sheet in ScoreSheet.objects.in_use().counted():
            scoring.rescore(sheet, at)


@shared_task(soft_time_limit=6 * 3600, time_limit=6 * 3600 + 60)
def run_imports():
    """Imports that wait are run one after the other, each in one transaction."""
    running.run_waiting(timezone.now())


@shared_task(soft_time_limit=6 * 3600, time_limit=6 * 3600 + 60)
def run_bulk_actions():
    """Whatever somebody asked to be done to many leads goes on from where it stands."""
    working.work(timezone.now())


@shared_task
def forget_knocks():
    """Requests for the addresses in our mails are remembered for as long as they tell of new ones."""
    bursts.forget(timezone.now())


@shared_task
def make_partitions():
    """Months ahead have their partition before the first event of theirs arrives."""
    at = timezone.now()
    partitions.ensure(at, at + timedelta(days=92))


@shared_task
def forget_buckets():
    """Buckets that are full again are forgotten."""
    buckets.forget(timezone.now())


@shared_task
def forget_recent():
    """What the days have carried out of every window is forgotten."""
    recent.forget(timezone.now())


@shared_task
def look_for_duplicates():
    """Who looks like somebody else; what was settled stays settled."""
    suspecting.look(timezone.now())


@shared_task(soft_time_limit=900, time_limit=960)
def enrich():
    """Leads that nobody has looked up lately are looked up, the newest first."""
    enriching.enrich(timezone.now())
