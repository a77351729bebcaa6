"""Taking a sheet out of a workbook as CSV, which everything else then reads."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from leads.imports.formats import Unreadable
from leads.imports.unpacking import SECONDS


@dataclass(frozen=True)
class Sheet:
    """The sheet that was taken out, and the others that could be."""

    path: Path
    name: str
    others: list[str]


def take_out(file: BinaryIO, wanted: str, folder: Path) -> Sheet:
    """Write the wanted sheet into the folder, else the first that can be read; raises Unreadable."""
    book, table = folder / "book.xlsx", folder / "table.csv"
    file.seek(0)
    with book.open("wb") as copy:
        shutil.copyfileobj(file, copy)
    found = _unpack(book, wanted, table)
    if found.get("damaged"):
        raise Unreadable(_("This workbook is damaged (%s).") % found["damaged"])
    if found.get("empty"):
        raise Unreadable(_("The workbook has no sheet with rows."))
    if found.get("merged"):
        raise Unreadable(
            _(
                "Sheet “%(sheet)s”: the cells %(where)s in the row with the names of the columns are merged. "
                "Unmerge them, so that each column has a name of its own, and delete titles above."
            )
            % {"sheet": found["sheet"], "where": found["merged"]}
        )
    return Sheet(table, found["sheet"], found["sheets"])


def _unpack(book: Path, wanted: str, table: Path) -> dict[str, Any]:
    """A sheet may claim more cells than there is memory; its process dies then, and we say so."""
    command = [sys.executable, "-m", "leads.imports.unpacking", str(book), wanted, str(table)]
    try:
        done = subprocess.run(  # noqa: S603  our own program, and no shell
            command, cwd=settings.BASE_DIR, capture_output=True, timeout=2 * SECONDS, check=True
        )
        return json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        raise Unreadable(
            _("This workbook is too large to be read. Delete what is not needed, or save the sheet as CSV.")
        ) from None
