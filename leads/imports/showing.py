"""What the import's pages show and ask: the upload, what the columns fill, how far a run is, what it did."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from leads.imports import kinds, progress
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

    file = forms.FileField(label=later("CSV file"), widget=forms.FileInput({"accept": ".csv,.tsv,.txt"}))
    what = forms.ChoiceField(
        label=later("What is in it"),
        choices=[("", later("Tell by its columns")), *Import.What.choices],
        required=False,
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        file.name = PurePath(file.name.replace("\x00", "")).name or "upload.csv"
        return file


class Choices(forms.Form):
    """What each column fills, and the rules for what the rows leave out."""

    source = forms.CharField(
        label=later("Source where none is given"), max_length=120, required=False,
        help_text=later("Empty: rows with a blank source get the source “blank”."),
    )  # fmt: skip
    email_pattern = forms.CharField(
        label=later("E-mail where none is given"), max_length=200, required=False,
        help_text=later("Such as {outside_id}@example.com. Empty: they stay without one."),
    )  # fmt: skip
    consent = forms.CharField(
        label=later("They agreed to e-mail, because"), max_length=200, required=False,
        help_text=later("Such as “signed at the fair”. Empty: nothing is noted."),
    )  # fmt: skip
    slashes = forms.ChoiceField(
        label=later("3/4/2026 means"), required=False,
        choices=[("", later("tell by the column")), ("dmy", later("3 April")), ("mdy", later("4 March"))],
    )  # fmt: skip
    history = forms.BooleanField(
        label=later("This is history: it was known when it happened"), required=False
    )
    RULES = ("source", "email_pattern", "consent", "slashes", "history")

    def __init__(self, batch: Import, data=None):
        self.batch, self.kind = batch, kinds.of(batch.what)
        super().__init__(data, initial=batch.rules, label_suffix="")
        if batch.what != Import.What.LEADS:
            for name in ("source", "email_pattern", "consent"):
                del self.fields[name]
        options = _options(self.kind)
        for place, column in enumerate(batch.columns):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=column, choices=options, required=False, initial=batch.mapping.get(column, "")
            )

    @property
    def columns(self) -> Iterator[tuple[forms.BoundField, list[str]]]:
        """Each column's box, with a few of its cells."""
        sample = self.batch.rules.get("sample", [])
        for place, _column in enumerate(self.batch.columns):
            cells = dict.fromkeys(row[place].strip() for row in sample if place < len(row))
            yield self[f"column_{place}"], [cell for cell in cells if cell][:3]

    @property
    def rules(self) -> list[forms.BoundField]:
        return [self[name] for name in self.RULES if name in self.fields]

    def keep(self) -> None:
        """Put what was chosen on the import; whoever asks for a run saves it."""
        told = self.cleaned_data
        self.batch.mapping = {name: told[f"column_{place}"] for place, name in enumerate(self.batch.columns)}
        self.batch.rules |= {name: told[name] for name in self.RULES if name in told}


def _options(kind: kinds.Kind) -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for target in kind.targets():
        groups.setdefault(str(target.group), []).append((target.key, str(target.label)))
    return [("", _("— leave out —")), *groups.items()]


def page(batch: Import, form: Choices) -> dict[str, Any]:
    """Everything that an import's page shows, in its present state."""
    state, rules = batch.state, batch.rules
    running, rows = state == Import.State.RUNNING, rules.get("rows", 0)
    far = progress.of(batch) if running else 0
    sources = sorted(batch.counts.get("sources", {}).items(), key=lambda pair: -pair[1])
    return {
        "batch": batch,
        "form": form,
        "read_as": ENCODINGS.get(rules.get("encoding", ""), ""),
        "parted_by": DELIMITERS.get(rules.get("delimiter", ""), ""),
        "damaged": rules.get("damaged"),
        "remembered": rules.get("remembered"),
        "rows": rows,
        "running": running,
        "waiting": running and batch.token is None,
        "trial": running and rules.get("wish") == "check",
        "far": far,
        "share": round(100 * far / rows) if rows else 0,
        "changeable": state in CHANGEABLE,
        "checked": state == Import.State.CHECKED,
        "done": state in (Import.State.DONE, Import.State.UNDONE),
        "may_undo": state == Import.State.DONE,
        "nothing_new": state == Import.State.DONE
        and not (batch.counts["created"] or batch.counts["updated"]),
        "sources": [(name or _("no source"), number, f"{number:,}") for name, number in sources],
        "rejected": batch.rejected.all()[:SHOWN],
        "shown": SHOWN,
    }


def rejected(batch: Import) -> Iterator[list[str]]:
    """The rejected rows as they stood in the file, each problem in a row of its own."""
    width = len(batch.columns)
    for row in batch.rejected.all().iterator(chunk_size=500):
        cells = [*row.cells[:width], *[""] * (width - len(row.cells))]
        yield [*cells, str(row.number), row.column, row.problem]
