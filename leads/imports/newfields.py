"""Columns that become new fields: what their cells look like, and the fields, made when the import runs."""

from collections.abc import Iterable
from typing import Any
from zlib import crc32

from leads import values
from leads.imports import dates, kinds
from leads.imports.reading import Survey
from leads.models import Field, Import

NEW = "new:"
FEW = 8  # different values, at most, that make a choice
_PERSONAL = """
    birthday birth_date date_of_birth geburtstag geburtsdatum nascimento age alter idade gender geschlecht
    genero sexo salutation anrede mobile mobil handy celular private privat salary gehalt salario passport
    tax_id steuernummer cpf iban hobby hobbies linkedin nationality
"""
PERSONAL = frozenset(_PERSONAL.split())
SHAPES = (Field.Type.YES_NO, Field.Type.NUMBER, Field.Type.DATE)


def guess(survey: Survey) -> dict[str, dict[str, Any]]:
    """What each column would be as a field, by its first thousand cells."""
    return {
        column: {
            "type": (kind := _type(cells)),
            "choices": sorted(cells) if kind == Field.Type.CHOICE else [],
            "personal": kinds.simple(column) in PERSONAL,
        }
        for column, cells in survey.cells.items()
    }


def _type(cells: dict[str, int]) -> str:
    for shape in SHAPES:
        if cells and all(_reads_as(shape, cell) for cell in cells):
            return shape
    few = 1 < len(cells) <= FEW and sum(cells.values()) >= 3 * len(cells)
    return Field.Type.CHOICE if few and max(map(len, cells)) <= 60 else Field.Type.TEXT


def _reads_as(shape: str, cell: str) -> bool:
    if shape == Field.Type.NUMBER and cell[:1] == "0" and cell[1:2].isdigit():
        return False  # a number that begins with 0 is a code
    try:
        dates.instant(cell, "dmy") if shape == Field.Type.DATE else values.read(Field(type=shape), cell)
    except (ValueError, OverflowError):
        return False
    return True


def target_of(told: dict[str, Any]) -> str:
    return f"{NEW}{told['about']}:{told['type']}"


def make(batch: Import) -> dict[str, str]:
    """The mapping with the fields that it asks for made: column to target."""
    mapping = dict(batch.mapping)
    for column, target in mapping.items():
        if target.startswith(NEW):
            mapping[column] = f"fact:{_field(batch, column, target).key}"
    return mapping


def _field(batch: Import, column: str, target: str) -> Field:
    """The field of a column; one of its key and kind that is there already is that field."""
    _new, about, kind = target.split(":")
    told = batch.rules.get("fields", {}).get(column, {})
    for key in _keys(column):
        field, _made = Field.objects.get_or_create(
            key=key,
            defaults={
                "label": (told.get("label") or column)[:120],
                "about": about,
                "type": kind,
                "choices": told.get("choices", []) if kind == Field.Type.CHOICE else [],
                "personal": bool(told.get("personal")),
                "imported_by": batch,
            },
        )
        if (field.about, field.type) == (about, kind):
            return field
    raise LookupError(column)


def _keys(column: str) -> Iterable[str]:
    key = key_for(column)
    return (key, *(f"{key}_{number}" for number in range(2, 100)))


def key_for(column: str) -> str:
    """The key of a field made for a column."""
    key = kinds.simple(column)[:55]
    return key if key[:1].isalpha() and key.isascii() else f"field_{crc32(column.encode()) % 10**8}"
