"""Who runs an import, and when: all of it in one transaction, or, as a trial, all of it and rolled back.

Whoever runs it holds the row lock of the import until the end, so a lease that ran out is taken over only
from a worker that is dead.
"""

import uuid
from datetime import datetime, timedelta
from functools import partial

from django.core.files import File
from django.db import OperationalError, transaction
from django.db.models import Q

from leads.holding import NobodyToHold
from leads.imports import kinds, mapping, progress, reading
from leads.imports.admitting import admit
from leads.imports.rejects import Rejects
from leads.models import Import
from people import doorbell
from people.models import User

LEASE = timedelta(seconds=60)
CHANGEABLE = (Import.State.UPLOADED, Import.State.CHECKED, Import.State.FAILED)
EXPECTED = (reading.Unreadable, mapping.Undecided, NobodyToHold)


def begin(what: str, name: str, file, *, at: datetime, by: User | None = None) -> Import:
    """Keep an uploaded file as an import, its columns guessed; raises Unreadable."""
    found = reading.survey(file)
    batch = Import(what=what or kinds.recognise(found.columns), name=name[:200], by=by, at=at)
    mapping.prepare(batch, found)
    file.seek(0)
    batch.file.save(f"{batch.public_id}.csv", File(file), save=False)
    batch.save()
    return batch


@transaction.atomic
def ask(batch: Import, wish: str) -> bool:
    """Leave a trial (“check”) or a run to the workers; False where that is too late or too early."""
    from leads.tasks import run_imports

    ready = (Import.State.CHECKED,) if wish == "run" else CHANGEABLE
    if not Import.objects.select_for_update().filter(pk=batch.pk, state__in=ready).exists():
        return False
    batch.rules |= {"wish": wish}
    batch.state, batch.trouble, batch.token, batch.lease_until = Import.State.RUNNING, "", None, None
    batch.save(update_fields=["rules", "mapping", "state", "trouble", "token", "lease_until"])
    progress.tell(batch, 0)
    doorbell.ring(run_imports, queue="imports")
    return True


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
            if not mine(batch):
                return
            counts = admit(batch, rejects, at)
            trial = batch.rules.get("wish") == "check"
            if trial:
                transaction.set_rollback(True)
            else:
                _finish(batch, rejects, counts, Import.State.DONE, at)
        if trial:
            with transaction.atomic():
                if mine(batch):
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


def mine(batch: Import) -> bool:
    mine = Import.objects.filter(pk=batch.pk, token=batch.token, state=Import.State.RUNNING)
    return mine.select_for_update(skip_locked=True).exists()


def _finish(batch: Import, rejects: Rejects, counts: dict, state: str, at: datetime) -> None:
    rejects.store(batch)
    if state == Import.State.DONE and batch.file:
        transaction.on_commit(partial(batch.file.storage.delete, str(batch.file.name)))
        batch.file = ""
    batch.counts, batch.state, batch.trouble, batch.ended_at = counts, state, "", at
    batch.token = batch.lease_until = None
    batch.save(update_fields=["counts", "state", "trouble", "ended_at", "token", "lease_until", "file"])


def _fail(batch: Import, trouble: str, at: datetime) -> None:
    """Nothing was imported; say why, where it can be tried again."""
    Import.objects.filter(pk=batch.pk, token=batch.token).update(
        state=Import.State.FAILED,
        trouble=trouble.replace("\x00", ""),
        ended_at=at,
        token=None,
        lease_until=None,
    )
