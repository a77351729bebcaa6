"""Which column fills what: guessed by its name, remembered from the last file like it, or chosen."""

from collections.abc import Mapping as Named
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _

from leads.imports import kinds, newfields
from leads.imports.newfields import NEW
from leads.imports.reading import Survey
from leads.models import Import, Mapping

#: What was chosen for a file, and is offered for the next one like it.
CHOSEN = ("source", "email_pattern", "consent", "saying", "slashes", "history", "event", "columns", "fields")


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
    return _names_told_apart(mapping)


def _names_told_apart(mapping: dict[str, str]) -> dict[str, str]:
    """“Name” beside a first name is the last name, and the other way round."""
    filled = set(mapping.values())
    for here, other in (("first_name", "last_name"), ("last_name", "first_name")):
        if here in filled and other not in filled:
            return {column: other if target == "name" else target for column, target in mapping.items()}
    return mapping


def headers(columns: Sequence[str]) -> str:
    """By what a file with these columns, in any order and spelling, is known again.

    The file of rejected rows, mended, is known as the one it came from.
    """
    names = [kinds.simple(column) for column in columns]
    if names[-3:] == [kinds.simple(name) for name in added_to_rejected()]:
        names = names[:-3]
    return sha256("\n".join(sorted(names)).encode()).hexdigest()


def added_to_rejected() -> list[str]:
    """The columns that a file of rejected rows has beside its own."""
    return [_("Row"), _("Column"), _("Problem")]


def remembered(columns: Sequence[str], what: str) -> Mapping | None:
    return Mapping.objects.filter(what=what, headers=headers(columns)).select_related("by").first()


def remember(batch: Import, at: datetime) -> None:
    """Keep what was chosen for the next file with these columns."""
    chosen = {name: batch.rules[name] for name in CHOSEN if batch.rules.get(name)}
    Mapping.objects.update_or_create(
        what=batch.what,
        headers=headers(batch.columns),
        defaults={
            "targets": newfields.make(batch),
            "rules": chosen,
            "learned_from": batch,
            "name": batch.name,
            "by": batch.by,
            "at": at,
        },
    )


def prepare(batch: Import, survey: Survey, *, anew: bool = False) -> None:
    """Note what the survey found, with the mapping and rules of the last file like it, else a guess."""
    batch.columns, kind = survey.columns, kinds.of(batch.what)
    before = None if anew else remembered(survey.columns, batch.what)
    batch.mapping = guess(survey.columns, kind)
    rules = _recalled(batch, before, kind) if before else {}
    batch.rules = rules | {
        "encoding": survey.layout.encoding,
        "delimiter": survey.layout.delimiter,
        "damaged": survey.layout.damaged,
        "rows": survey.rows,
        "sample": survey.sample,
        "orders": survey.slashes,
        "guessed": newfields.guess(survey),
    }


def _recalled(batch: Import, before: Mapping, kind: kinds.Kind) -> dict[str, Any]:
    """What was chosen last time, under the names that the columns have now."""
    names = {kinds.simple(column): column for column in batch.columns}
    there = labels(kind)
    rules = dict(before.rules)
    for part in ("columns", "fields"):
        told = rules.get(part, {})
        rules[part] = {names[kinds.simple(column)]: chosen for column, chosen in told.items()}
    for told, target in before.targets.items():
        column = names[kinds.simple(told)]
        if not target or target in there:
            batch.mapping[column] = target
        elif column in rules["fields"]:
            batch.mapping[column] = newfields.target_of(rules["fields"][column])
    by = str(before.by) if before.by else _("the command line")
    return rules | {"remembered": {"name": before.name, "at": before.at.isoformat(), "by": by}}


def check(batch: Import) -> None:
    """Raise Undecided unless the mapping can be run."""
    kind, filled = kinds.of(batch.what), [target for target in batch.mapping.values() if target]
    twice = {one for one in filled if filled.count(one) > 1 and NEW not in one and one not in kind.repeatable}
    if twice:
        named = ", ".join(labels(kind)[one] for one in sorted(twice))
        raise Undecided(_("Two columns fill the same: %s.") % named)
    for group in kind.needs:
        if not set(group) & {*filled, *_made(batch.rules)}:
            named = ", ".join(labels(kind)[one] for one in group)
            raise Undecided(_("No column fills any of: %s.") % named)


def _made(rules: Named[str, Any]) -> set[str]:
    """What a rule for the whole file fills."""
    made = {"email": "email_pattern", "event": "event"}
    return {target for target, rule in made.items() if rules.get(rule)}


def labels(kind: kinds.Kind) -> dict[str, str]:
    return {target.key: str(target.label) for target in kind.targets()}


def rules_by_target(batch: Import, mapping: Named[str, str]) -> dict[str, str]:
    """What each filled target does to whom we know: as chosen for its column, else as it does by itself."""
    usual = {target.key: target.rule for target in kinds.of(batch.what).targets()}
    chosen = batch.rules.get("columns", {})
    return {
        target: rule
        for column, target in mapping.items()
        if (rule := chosen.get(column) or usual.get(target, ""))
    }


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
