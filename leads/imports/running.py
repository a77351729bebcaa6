"""Who runs an import, and when: all of it in one transaction, or, as a trial, all of it and rolled back.

Its undo runs the same way. A worker that is killed leaves nothing behind, and the next one starts anew.
Whoever runs it holds the row lock of the import until the end, so a lease that ran out is taken over only
from a worker that is dead.
"""

import tempfile
import uuid
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.core.files import File
from django.db import OperationalError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from leads.holding import NobodyToHold
from leads.imports import formats, kinds, mapping, progress, reading, undoing, workbooks
from leads.imports.admitting import admit
from leads.imports.rejects import Rejects
from leads.models import Import
from people import doorbell
from people.models import Notice, User

LEASE = timedelta(seconds=60)
CHANGEABLE = (Import.State.UPLOADED, Import.State.CHECKED, Import.State.FAILED)
EXPECTED = (reading.Unreadable, mapping.Undecided, NobodyToHold)


def begin(what: str, name: str, file, *, at: datetime, by: User | None = None, sheet: str = "") -> Import:
    """Keep an uploaded file as an import, its columns guessed; raises Unreadable."""
    batch = Import(what=what, name=name[:200], by=by, at=at)
    if not formats.of(file):
        return _begin(batch, file, reading.survey(file))
    with tempfile.TemporaryDirectory() as folder:
        taken = workbooks.take_out(file, sheet, Path(folder))
        file.seek(0)
        with taken.path.open("rb") as table:
            found = reading.survey(table, reading.WRITTEN_BY_US)
            batch.workbook.save(f"{batch.public_id}.xlsx", File(file), save=False)
            return _begin(batch, table, found, sheet=taken.name, sheets=taken.others)


def _begin(batch: Import, file, found: reading.Survey, **rules) -> Import:
    batch.what = batch.what or kinds.recognise(found.columns)
    mapping.prepare(batch, found)
    batch.rules |= rules
    file.seek(0)
    batch.file.save(f"{batch.public_id}.csv", File(file), save=False)
    batch.save()
    return batch


@transaction.atomic
def ask(batch: Import, wish: str) -> bool:
    """Leave a trial (“check”), a run or an undo to the workers; False where it is too late or too early."""
    from leads.tasks import run_imports

    ready = {"run": (Import.State.CHECKED,), "undo": (Import.State.DONE,)}.get(wish, CHANGEABLE)
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
    undoing.forget(at)
    count = 0
    while batch := claim(at):
        perform(batch, at)
        count += 1
    return count


def perform(batch: Import, at: datetime) -> None:
    """Do what was asked of a claimed import; expected trouble is told on its page."""
    rejects = Rejects()
    try:
        _WISHES[batch.rules.get("wish", "run")](batch, rejects, at)
    except EXPECTED as trouble:
        _fail(batch, str(trouble), at)
    except OperationalError:
        raise  # the lease runs out and the next worker tries again
    except Exception as trouble:
        _fail(batch, f"{type(trouble).__name__}: {trouble}", at)
        raise
    finally:
        rejects.file.close()


@transaction.atomic
def _run(batch: Import, rejects: Rejects, at: datetime) -> None:
    if mine(batch):
        counts = admit(batch, rejects, at)
        mapping.remember(batch, at)
        _finish(batch, rejects, counts, Import.State.DONE, at)


def _try_out(batch: Import, rejects: Rejects, at: datetime) -> None:
    with transaction.atomic():
        if not mine(batch):
            return
        counts = admit(batch, rejects, at)
        transaction.set_rollback(True)
    with transaction.atomic():
        if mine(batch):
            _finish(batch, rejects, counts, Import.State.CHECKED, at)


@transaction.atomic
def _undo(batch: Import, _rejects: Rejects, at: datetime) -> None:
    if mine(batch):
        batch.counts |= {"undo": undoing.undo(batch, at)}
        batch.state, batch.token, batch.lease_until = Import.State.UNDONE, None, None
        batch.save(update_fields=["counts", "state", "token", "lease_until"])


_WISHES = {"run": _run, "check": _try_out, "undo": _undo}


def mine(batch: Import) -> bool:
    mine = Import.objects.filter(pk=batch.pk, token=batch.token, state=Import.State.RUNNING)
    return mine.select_for_update(skip_locked=True).exists()


def _finish(batch: Import, rejects: Rejects, counts: dict, state: str, at: datetime) -> None:
    rejects.store(batch)
    if state == Import.State.DONE:
        _forget(batch)
        tell(batch, counts, at)
    batch.counts, batch.state, batch.trouble, batch.ended_at = counts, state, "", at
    batch.token = batch.lease_until = None
    batch.save(update_fields=["counts", "state", "trouble", "ended_at", "token", "lease_until"])


def _forget(batch: Import) -> None:
    """What people said is in the ledger by now; the file and the cells shown from it go."""
    for file in filter(None, (batch.file, batch.workbook)):
        transaction.on_commit(partial(file.storage.delete, str(file.name)))
    batch.file = batch.workbook = ""
    batch.rules = {name: told for name, told in batch.rules.items() if name not in ("sample", "guessed")}
    batch.save(update_fields=["file", "workbook", "rules"])


def tell(batch: Import, counts: dict, at: datetime) -> None:
    """One notice to whoever imported, however many rows there were."""
    if batch.by:
        figures = {name: f"{counts[name]:,}" for name in ("created", "updated", "unchanged", "rejected")}
        told = _("%(created)s created, %(updated)s updated, %(unchanged)s unchanged, %(rejected)s rejected.")
        Notice.objects.tell(
            [batch.by],
            key=f"import-{batch.pk}",
            subject=_("%s is imported") % batch.name,
            body=told % figures,
            url=reverse("import_detail", args=[batch.public_id]),
            at=at,
        )


def _fail(batch: Import, trouble: str, at: datetime) -> None:
    """Nothing was imported, or taken back; say why, where it can be tried again."""
    undone = batch.rules.get("wish") == "undo"
    Import.objects.filter(pk=batch.pk, token=batch.token).update(
        state=Import.State.DONE if undone else Import.State.FAILED,
        trouble=trouble.replace("\x00", ""),
        ended_at=batch.ended_at if undone else at,
        token=None,
        lease_until=None,
    )
