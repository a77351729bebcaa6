"""Who runs an import, and when: all of it in one transaction, or, as a trial, all of it and rolled back.

Whoever runs it holds the row lock of the import until the end, so a lease that ran out is taken over only
from a worker that is dead.
"""

import uuid
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import Q

from leads.holding import NobodyToHold
from leads.imports import mapping, reading
from leads.imports.admitting import admit
from leads.imports.rejects import Rejects
from leads.models import Import

LEASE = timedelta(seconds=60)
EXPECTED = (reading.Unreadable, mapping.Undecided, NobodyToHold)


def ask(batch: Import, wish: str) -> None:
    """Leave a trial (“check”) or a run to the workers."""
    from leads.tasks import run_imports

    batch.rules |= {"wish": wish}
    batch.state, batch.trouble, batch.lease_until = Import.State.RUNNING, "", None
    batch.save(update_fields=["rules", "state", "trouble", "lease_until", "mapping"])
    run_imports.delay_on_commit()


def claim(at: datetime) -> Import | None:
    """Take the oldest import that waits, or whose worker is dead."""
    with transaction.atomic():
        waiting = Import.objects.select_for_update(skip_locked=True).filter(state=Import.State.RUNNING)
        batch = waiting.filter(Q(lease_until=None) | Q(lease_until__lt=at)).order_by("at").first()
        if batch:
            batch.token, batch.lease_until = uuid.uuid4(), at + LEASE
            batch.save(update_fields=["token", "lease_until"])
        return batch


def run_waiting(at: datetime) -> int:
    """Run every import that waits; returns how many there were."""
    count = 0
    while batch := claim(at):
        perform(batch, at)
        count += 1
    return count


def perform(batch: Import, at: datetime) -> None:
    """Do what was asked of a claimed import; expected trouble is told on its page."""
    rejects = Rejects()
    try:
        with transaction.atomic():
            if not _mine(batch):
                return
            counts = admit(batch, rejects, at)
            trial = batch.rules.get("wish") == "check"
            if trial:
                transaction.set_rollback(True)
            else:
                _finish(batch, rejects, counts, Import.State.DONE, at)
        if trial:
            with transaction.atomic():
                if _mine(batch):
                    _finish(batch, rejects, counts, Import.State.CHECKED, at)
    except EXPECTED as trouble:
        _fail(batch, str(trouble), at)
    except OperationalError:
        raise  # the lease runs out and the next worker tries again
    except Exception as trouble:
        _fail(batch, f"{type(trouble).__name__}: {trouble}", at)
        raise
    finally:
        rejects.file.close()


def _mine(batch: Import) -> bool:
    mine = Import.objects.filter(pk=batch.pk, token=batch.token, state=Import.State.RUNNING)
    return mine.select_for_update(skip_locked=True).exists()


def _finish(batch: Import, rejects: Rejects, counts: dict, state: str, at: datetime) -> None:
    rejects.store(batch)
    batch.counts, batch.state, batch.trouble, batch.ended_at = counts, state, "", at
    batch.token = batch.lease_until = None
    batch.save(update_fields=["counts", "state", "trouble", "ended_at", "token", "lease_until"])


def _fail(batch: Import, trouble: str, at: datetime) -> None:
    """Nothing was imported; say why, where it can be tried again."""
    Import.objects.filter(pk=batch.pk, token=batch.token).update(
        state=Import.State.FAILED,
        trouble=trouble.replace("\x00", ""),
        ended_at=at,
        token=None,
        lease_until=None,
    )
