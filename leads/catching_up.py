"""Signals that are new, or count differently than they did: their past is summed up, some leads at a time.

How far it has come is noted with each step, in the step's own transaction, so it goes on where it was
stopped. Meanwhile events are noted as ever, and whoever reads such a signal reads the history.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from leads import activities
from leads.models import Lead, ScoreSheet, Signal
from leads.tallying import COUNT_ANEW, FORGET

STEP = 5_000

TRY = "SELECT pg_try_advisory_xact_lock(hashtext('leads_signal'))"
#: Who has touched tallies and has not committed. As when an index is built beside writers: those who were at
#: it when the change was seen must be through, or what they noted without knowing of it would be missing.
WRITERS = """
    SELECT virtualtransaction FROM pg_locks
    WHERE relation = 'leads_tally'::regclass AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
#: Of all months only what these leads did is read, whatever the planner thinks of so many threads.
BY_INDEX = "SET LOCAL enable_seqscan = off"


def catch_up(at: datetime) -> bool:
    """Count what is not counted yet; says whether there was anything to do.

    While somebody else is at it, or changes signals, it leaves the rest to them or to the next call.
    """
    counted = False
    while _step(at):
        counted = True
    return counted


def progress() -> dict[int, float]:
    """Which share of the leads has been counted, for each signal that is not ready."""
    last = _last() or 1
    waiting = Signal.objects.filter(counted_to__isnull=False)
    return {pk: min((upto or 0) / last, 1.0) for pk, upto in waiting.values_list("pk", "counted_to")}


@transaction.atomic
def _step(at: datetime) -> bool:
    """The next leads for the signals that have come least far."""
    with connection.cursor() as cursor:
        cursor.execute(TRY)
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(WRITERS)
        writing = {writer for (writer,) in cursor}
    waiting = Signal.objects.filter(counted_to__isnull=False)
    waiting.filter(waits_for=None).update(waits_for=sorted(writing))
    ready = [one for one in waiting.order_by("counted_to", "pk") if writing.isdisjoint(one.waits_for or ())]
    together = [one for one in ready if one.counted_to == ready[0].counted_to]
    if together:
        _count(together, at)
    return bool(together)


def _count(signals: list[Signal], at: datetime) -> None:
    keys, after = [one.pk for one in signals], signals[0].counted_to or 0
    leads = Lead.objects.filter(pk__gt=after, tally__isnull=False).order_by("pk").values_list("pk", flat=True)
    activities.lock_tallies(some := list(leads[:STEP]))
    upto = some[-1] if len(some) == STEP else None
    if some:
        due = ScoreSheet.objects.filter(frozen_at__isnull=False, rules__signal__in=keys).exists()
        asked: dict[str, Any] = {"signals": keys, "slots": [one.slot for one in signals], "after": after,
                 "upto": some[-1], "due": due, "at": at}  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(FORGET, asked)
            cursor.execute(BY_INDEX)
            cursor.execute(COUNT_ANEW, asked)
            cursor.execute("RESET enable_seqscan")
    Signal.objects.filter(pk__in=keys).update(counted_to=upto)


def _last() -> int:
    return Lead.objects.aggregate(last=Max("pk"))["last"] or 0
