"""Which column fills what: guessed by its name, remembered from the last file like it, or chosen."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from leads.imports import kinds
from leads.imports.reading import Survey
from leads.models import Field, Import

NEW = "new:"


class Undecided(Exception):
    """The mapping leaves something open, and what, in plain words."""


def guess(columns: Sequence[str], kind: kinds.Kind) -> dict[str, str]:
    """What each column fills by its name; each target once."""
    known = {name: target.key for target in reversed(kind.targets()) for name in target.known_as}
    mapping: dict[str, str] = {}
    for column in columns:
        target = known.get(kinds.simple(column), kind.otherwise)
        taken = target in mapping.values() and target not in kind.repeatable
        mapping[column] = kind.otherwise if taken else target
    return mapping


def remembered(columns: Sequence[str], what: str) -> Import | None:
    """The last import that had these columns, in any order."""
    return (
        Import.objects.filter(what=what, state=Import.State.DONE, columns__contains=list(columns))
        .filter(columns__contained_by=list(columns))
        .order_by("-at")
        .first()
    )


def prepare(batch: Import, survey: Survey) -> None:
    """Note what the survey found, with the mapping and rules of the last file like it, else a guess."""
    batch.columns = survey.columns
    before = remembered(survey.columns, batch.what)
    batch.mapping = (
        {column: _settled(target, column) for column, target in before.mapping.items()}
        if before
        else guess(survey.columns, kinds.of(batch.what))
    )
    batch.rules = (before.rules if before else {}) | {
        "encoding": survey.layout.encoding,
        "delimiter": survey.layout.delimiter,
        "damaged": survey.layout.damaged,
        "rows": survey.rows,
        "sample": survey.sample,
        "orders": survey.slashes,
        "remembered": bool(before),
    }


def _settled(target: str, column: str) -> str:
    """A field made for a column last time is there by now."""
    return f"fact:{key_for(column)}" if target.startswith(NEW) else target


def check(batch: Import) -> None:
    """Raise Undecided unless the mapping can be run."""
    kind, filled = kinds.of(batch.what), [target for target in batch.mapping.values() if target]
    if twice := sorted(
        {
            target
            for target in filled
            if filled.count(target) > 1 and NEW not in target and target not in kind.repeatable
        }
    ):
        raise Undecided(_("Two columns fill the same: %s.") % ", ".join(labels(kind)[one] for one in twice))
    for group in kind.needs:
        if not set(group) & {*filled, *_made(batch.rules)}:
            named = ", ".join(labels(kind)[one] for one in group)
            raise Undecided(_("No column fills any of: %s.") % named)


def _made(rules: Mapping[str, Any]) -> set[str]:
    return {"email"} if rules.get("email_pattern") else set()


def labels(kind: kinds.Kind) -> dict[str, str]:
    return {target.key: str(target.label) for target in kind.targets()}


def order_of_dates(batch: Import, column: str) -> str:
    """Whether 3/4/2026 is the 3rd of April or the 4th of March in this column."""
    if chosen := batch.rules.get("slashes"):
        return chosen
    found = batch.rules.get("orders", {}).get(column, {})
    if "dmy" in found and "mdy" in found:
        raise Undecided(
            _("Column “%(column)s”: row %(one)d has the day first, row %(two)d the month; say which.")
            % {"column": column, "one": found["dmy"], "two": found["mdy"]}
        )
    if set(found) == {"unclear"}:
        raise Undecided(
            _("Column “%(column)s”, row %(row)d: the day or the month may come first; say which.")
            % {"column": column, "row": found["unclear"]}
        )
    return next((order for order in ("dmy", "mdy") if order in found), "dmy")


def key_for(column: str) -> str:
    """The key of a field made for a column."""
    key = kinds.simple(column)[:55]
    return key if key[:1].isalpha() and key.isascii() else f"field_{abs(hash_of(column)) % 10**8}"


def hash_of(text: str) -> int:
    from zlib import crc32

    return crc32(text.encode())


def make_fields(batch: Import) -> dict[str, str]:
    """The mapping with the fields that it asks for made: column to target."""
    mapping = dict(batch.mapping)
    for column, target in mapping.items():
        if target.startswith(NEW):
            _new, about, kind = target.split(":")
            field, _made = Field.objects.get_or_create(
                key=key_for(column), defaults={"label": column[:120], "about": about, "type": kind}
            )
            mapping[column] = f"fact:{field.key}"
    return mapping
