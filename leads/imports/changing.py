"""Reading a file once more, before it is run: another sheet, another kind, or the columns guessed anew."""

import tempfile
from pathlib import Path

from django.core.files import File
from django.db import transaction

from leads.imports import kinds, mapping, reading, workbooks
from leads.imports.running import CHANGEABLE
from leads.models import Import


@transaction.atomic
def anew(batch: Import, *, sheet: str = "", what: str = "") -> bool:
    """Read the file again; False if the import is running or done, Unreadable if the sheet is none."""
    waiting = Import.objects.select_for_update().filter(pk=batch.pk, state__in=CHANGEABLE)
    if not waiting.exists():
        return False
    if sheet and batch.workbook and sheet in batch.rules.get("sheets", []):
        _turn_to(batch, sheet)
    batch.what = what if what in Import.What.values else batch.what
    kept = {name: batch.rules[name] for name in ("sheet", "sheets") if name in batch.rules}
    with batch.file.open("rb") as file:
        found = reading.survey(file.file, reading.WRITTEN_BY_US if batch.workbook else None)
    if sheet and not what:
        batch.what = kinds.recognise(found.columns)
    mapping.prepare(batch, found, anew=not sheet)
    batch.rules |= kept
    batch.state, batch.counts, batch.trouble = Import.State.UPLOADED, {}, ""
    batch.rejected.all().delete()
    batch.save()
    return True


def _turn_to(batch: Import, sheet: str) -> None:
    with tempfile.TemporaryDirectory() as folder, batch.workbook.open("rb") as book:
        taken = workbooks.take_out(book.file, sheet, Path(folder))
        with taken.path.open("rb") as table:
            reading.survey(table, reading.WRITTEN_BY_US)
            table.seek(0)
            batch.file.save(f"{batch.public_id}.csv", File(table), save=False)
    batch.rules |= {"sheet": taken.name, "sheets": taken.others}
