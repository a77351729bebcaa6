"""From a row of text to what it tells: cells by target, dates read, and what is wrong with them."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from leads.imports import kinds, mapping, newfields
from leads.imports.dates import instant
from leads.imports.kinds import Told
from leads.models import Field, Import
from leads.spreadsheet import LIVE

EARLIEST = 1900


class Checker:
    """Reads rows by the mapping and rules of one import."""

    def __init__(self, batch: Import):
        self.batch, self.kind = batch, kinds.of(batch.what)
        self.mapping = newfields.make(batch)
        self.column_of = {target: column for column, target in self.mapping.items() if target}
        days = {f"fact:{key}" for key in Field.objects.filter(type="date").values_list("key", flat=True)}
        self.plan: list[tuple[int, str, str, Callable | None]] = []
        for place, column in enumerate(batch.columns):
            if target := self.mapping.get(column, ""):
                target = f"{target}:{column}" if target in self.kind.repeatable else target
                reads = self._reader(column, target in days) if target in self.kind.instants | days else None
                self.plan.append((place, column, target, reads))

    def _reader(self, column: str, day: bool) -> Callable[[str], Any]:
        order = mapping.order_of_dates(self.batch, column)

        def read(text: str) -> Any:
            try:
                told = instant(text, order)
            except (ValueError, OverflowError):
                raise ValueError(_("“%s” is not a date, such as 2026-11-16.") % text[:80]) from None
            if told.year < EARLIEST:
                raise ValueError(_("“%s” is before 1900.") % text[:80])
            return told.date().isoformat() if day else told

        return read

    def read(self, number: int, cells: list[str]) -> tuple[Told, list[tuple[str, str]]]:
        """What the row tells, and its problems by column."""
        values: dict[str, Any] = {}
        problems = _misfit(cells, self.batch.columns)
        for place, column, target, reads in self.plan:
            text = revived(cells[place].strip()) if place < len(cells) else ""
            if not text:
                continue
            try:
                values[target] = _legible(text) if reads is None else reads(text)
            except ValueError as problem:
                problems.append((column, str(problem)))
        return Told(number, cells, values), problems


def _legible(text: str) -> str:
    if "\ufffd" in text:
        raise ValueError(_("“%s” holds bytes that are not in the file's encoding.") % text[:80])
    return text


def _misfit(cells: list[str], columns: Mapping | list) -> list[tuple[str, str]]:
    if any(cell.strip() for cell in cells[len(columns) :]):
        return [
            (
                _("Column %d") % (len(columns) + 1),
                _("The row has %(cells)d cells and the header %(columns)d.")
                % {"cells": len(cells), "columns": len(columns)},
            )
        ]
    return []


def revived(text: str) -> str:
    """A cell as it was before a spreadsheet's quote made it inert."""
    return text[1:] if text.startswith("'") and text[1:2] in LIVE else text
