"""What the import's pages show: the upload, how far a run is, what it did or would do."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from leads.imports import kinds, mapping, progress, undoing
from leads.imports.choosing import Choices
from leads.imports.kinds import Rule
from leads.imports.newfields import NEW, key_for
from leads.imports.running import CHANGEABLE
from leads.models import Import

SHOWN = 100
ENCODINGS = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
    "cp1252": later("Windows-1252 (Western European), because it is not UTF-8"),
    "latin-1": later("Latin-1 (Western European), because it is not UTF-8"),
}  # fmt: skip
DELIMITERS = {
    ",": later("commas"), ";": later("semicolons"), "\t": later("tabs"), "|": later("bars"),
}  # fmt: skip


class Upload(forms.Form):
    """A file, and what is in it."""

    file = forms.FileField(
        label=later("Excel or CSV file"), widget=forms.FileInput({"accept": ".xlsx,.csv,.tsv,.txt"})
    )
    what = forms.ChoiceField(
        label=later("What is in it"),
        choices=[("", later("Tell by its columns")), *Import.What.choices],
        required=False,
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        file.name = PurePath(file.name.replace("\x00", "")).name or "upload.csv"
        return file


def page(batch: Import, form: Choices, at: datetime) -> dict[str, Any]:
    """Everything that an import's page shows, in its present state."""
    state, rules = batch.state, batch.rules
    running, rows = state == Import.State.RUNNING, rules.get("rows", 0)
    far = progress.of(batch) if running else 0
    sources = sorted(batch.counts.get("sources", {}).items(), key=lambda pair: -pair[1])
    return {
        "batch": batch,
        "form": form,
        **_file(rules),
        "rows": rows,
        "running": running,
        "waiting": running and batch.token is None,
        "wish": rules.get("wish") if running else "",
        "far": far,
        "share": round(100 * far / rows) if rows else 0,
        "changeable": state in CHANGEABLE,
        "checked": state == Import.State.CHECKED,
        "done": state in (Import.State.DONE, Import.State.UNDONE),
        "ended": state == Import.State.DONE,
        "why_no_undo": undoing.why_not(batch, at) if state == Import.State.DONE else "",
        "undo_until": batch.ended_at and batch.ended_at + undoing.WITHIN,
        "nothing_new": bool(batch.counts) and not (batch.counts["created"] or batch.counts["updated"]),
        "changes": _changes(batch),
        "examples": batch.counts.get("examples", []),
        "sources": [(name or _("no source"), number, f"{number:,}") for name, number in sources],
        "rejected": batch.rejected.all()[:SHOWN],
        "shown": SHOWN,
    }


def _file(rules: dict[str, Any]) -> dict[str, Any]:
    """How the file is written, and from which of its sheets the rows are."""
    return {
        "read_as": ENCODINGS.get(rules.get("encoding", ""), ""),
        "parted_by": DELIMITERS.get(rules.get("delimiter", ""), ""),
        "damaged": rules.get("damaged"),
        "remembered": _remembered(rules.get("remembered")),
        "sheet": rules.get("sheet"),
        "sheets": rules.get("sheets", []),
    }


def _remembered(told: dict[str, str] | None) -> dict[str, Any] | None:
    return told and told | {"at": datetime.fromisoformat(told["at"])}


def _changes(batch: Import) -> list[dict[str, Any]]:
    """By column: what it fills, what it does to whom we know, and what stands above it."""
    found = batch.counts.get("columns", {})
    rules = mapping.rules_by_target(batch, batch.mapping)
    labels = mapping.labels(kinds.of(batch.what))
    return [
        {"column": column, "fills": labels.get(target, column), "rule": Rule(rules[target]).label}
        | {"filled": 0, "changed": 0, "stands": []}
        | found.get(_noted_as(target, column), {})
        for column, target in batch.mapping.items()
        if found and target and rules.get(target)
    ]


def _noted_as(target: str, column: str) -> str:
    """Under what the changes of a target are counted."""
    if target.startswith(NEW):
        return f"fact:{key_for(column)}"
    return {"company": "account", "domain": "account", "name": "last_name"}.get(target, target)


def rejected(batch: Import) -> Iterator[list[str]]:
    """The rejected rows as they stood in the file, each problem in a row of its own."""
    width = len(batch.columns)
    for row in batch.rejected.all().iterator(chunk_size=500):
        cells = [*row.cells[:width], *[""] * (width - len(row.cells))]
        yield [*cells, str(row.number), row.column, row.problem]
