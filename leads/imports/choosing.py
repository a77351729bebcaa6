"""What the import's page asks: what each column fills, how, and the rules for the whole file."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from leads.imports import kinds
from leads.imports.kinds import Rule
from leads.imports.newfields import NEW
from leads.models import Field, Import, Saying

A_NEW_FIELD = "new"
KINDS = [
    (f"{about}:{kind}", f"{label}, {whose}" if about == Field.About.ACCOUNT else label)
    for about, whose in ((Field.About.LEAD, ""), (Field.About.ACCOUNT, later("of the company")))
    for kind, label in Field.Type.choices
]
SAYING = [(str(int(one)), one.label) for one in (Saying.SELF_REPORTED, Saying.ENRICHED, Saying.SALES)]


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
    event = forms.CharField(
        label=later("Event where none is given"), max_length=200, required=False,
        help_text=later("Such as “Webinar: heat from waste water”."),
    )  # fmt: skip
    saying = forms.ChoiceField(
        label=later("Who says so"), choices=SAYING, required=False,
        help_text=later("What a person verified stands above all of these."),
    )  # fmt: skip
    slashes = forms.ChoiceField(
        label=later("3/4/2026 means"), required=False,
        choices=[("", later("tell by the column")), ("dmy", later("3 April")), ("mdy", later("4 March"))],
    )  # fmt: skip
    history = forms.BooleanField(
        label=later("This is history: it was known when it happened"), required=False
    )

    def __init__(self, batch: Import, data=None):
        self.batch, self.kind = batch, kinds.of(batch.what)
        super().__init__(data, initial=batch.rules, label_suffix="")
        for name in set(self.fields) - set(self.kind.asks):
            del self.fields[name]
        self.targets = {target.key: target for target in self.kind.targets()}
        self.makes_fields = any(key.startswith(NEW) for key in self.targets)
        options = self._options()
        for place, column in enumerate(batch.columns):
            self._ask(place, column, options)

    def _ask(self, place: int, column: str, options: list) -> None:
        target = self.batch.mapping.get(column, "")
        made = target.startswith(NEW)
        self._add(place, "column", forms.ChoiceField(label=column, choices=options),
                  A_NEW_FIELD if made else target)  # fmt: skip
        if any(target.rule for target in self.targets.values()):
            rules = [("", _("as usual")), *Rule.choices]
            chosen = self.batch.rules.get("columns", {}).get(column, "")
            self._add(place, "rule", forms.ChoiceField(label=_("Rule"), choices=rules), chosen)
        if self.makes_fields:
            self._ask_for_field(place, column, target.removeprefix(NEW) if made else "")

    def _ask_for_field(self, place: int, column: str, kind: str) -> None:
        """What a new field would be, as its cells look."""
        guessed = self.batch.rules.get("guessed", {}).get(column, {})
        told = guessed | self.batch.rules.get("fields", {}).get(column, {})
        label = forms.CharField(label=_("Label"), max_length=120)
        self._add(place, "label", label, told.get("label", column[:120]))
        self._add(place, "kind", forms.ChoiceField(label=_("Kind"), choices=KINDS),
                  kind or f"lead:{told.get('type', 'text')}")  # fmt: skip
        choices = forms.CharField(label=_("Choices, with semicolons"), max_length=2000)
        self._add(place, "choices", choices, "; ".join(told.get("choices", [])))
        personal = forms.BooleanField(label=_("Personal"))
        self._add(place, "personal", personal, bool(told.get("personal")))

    def _add(self, place: int, name: str, field: forms.Field, initial: Any) -> None:
        field.required, field.initial = False, initial
        self.fields[f"{name}_{place}"] = field

    def _options(self) -> list[tuple[str, Any]]:
        groups: dict[str, list[tuple[str, str]]] = {}
        for key, target in self.targets.items():
            if not key.startswith(NEW):
                groups.setdefault(str(target.group), []).append((key, str(target.label)))
        new = [(A_NEW_FIELD, _("A new field …"))] if self.makes_fields else []
        return [("", _("— leave out —")), *new, *groups.items()]

    @property
    def columns(self) -> Iterator[dict[str, Any]]:
        """Each column's boxes, with a few of its cells."""
        sample = self.batch.rules.get("sample", [])
        for place, _column in enumerate(self.batch.columns):
            cells = dict.fromkeys(row[place].strip() for row in sample if place < len(row))
            boxes = {name: self[f"{name}_{place}"] for name in ("column", "rule") if self._has(name, place)}
            new = ("label", "kind", "choices", "personal")
            made = [self[f"{name}_{place}"] for name in new if self._has(name, place)]
            yield boxes | {"cells": [cell for cell in cells if cell][:3], "made": made}

    def _has(self, name: str, place: int) -> bool:
        return f"{name}_{place}" in self.fields

    @property
    def ruled(self) -> bool:
        return self._has("rule", 0)

    @property
    def rules(self) -> list[forms.BoundField]:
        return [self[name] for name in self.kind.asks]

    def clean(self):
        told = super().clean() or {}
        for place, _column in enumerate(self.batch.columns):
            told[f"choices_{place}"] = choices = _parted(told.get(f"choices_{place}", ""))
            chosen = self._makes(place) and told.get(f"kind_{place}", "").endswith("choice")
            if chosen and len(choices) < 2:
                problem = _("Give two choices at least, with a semicolon between.")
                self.add_error(f"choices_{place}", problem)
        return told

    def keep(self) -> None:
        """Put what was chosen on the import; whoever asks for a run saves it."""
        told, columns = self.cleaned_data, list(enumerate(self.batch.columns))
        self.batch.mapping = {column: self._target(place) for place, column in columns}
        rules = {column: rule for place, column in columns if (rule := told.get(f"rule_{place}"))}
        made = {column: self._field(place) for place, column in columns if self._makes(place)}
        self.batch.rules |= {name: told[name] for name in self.kind.asks}
        self.batch.rules |= {"columns": rules, "fields": made}

    def _makes(self, place: int) -> bool:
        return self.cleaned_data.get(f"column_{place}") == A_NEW_FIELD

    def _target(self, place: int) -> str:
        told = self.cleaned_data
        return (
            f"{NEW}{told[f'kind_{place}'] or 'lead:text'}" if self._makes(place) else told[f"column_{place}"]
        )

    def _field(self, place: int) -> dict[str, Any]:
        told = self.cleaned_data
        about, kind = (told[f"kind_{place}"] or "lead:text").split(":")
        return {
            "label": told[f"label_{place}"] or self.batch.columns[place][:120],
            "about": about,
            "type": kind,
            "choices": told[f"choices_{place}"],
            "personal": told[f"personal_{place}"],
        }


def _parted(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))
