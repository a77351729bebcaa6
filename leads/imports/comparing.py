"""What a run changes in leads that were there before: by column in figures, and a few of them shown."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import (
    Account,
    Campaign,
    Fact,
    Field,
    Import,
    Lead,
    Replacement,
    Saying,
    Source,
)

EXAMPLES = 5

WRITTEN = """
    SELECT key, count(*) FILTER (WHERE COALESCE(before ->> key, '') = ''),
           count(*) FILTER (WHERE COALESCE(before ->> key, '') <> '')
    FROM leads_replacement, jsonb_object_keys(after) key WHERE batch_id = %(batch)s GROUP BY key
"""

#: The best answer of the import about each field, beside the best of what was known without it.
_TOLD = """
    SELECT DISTINCT ON (fact.{subject}_id, fact.field_id)
           fact.{subject}_id AS about, fact.field_id, fact.value, fact.saying, fact.at,
           stood.value AS before, stood.saying AS before_saying,
           (fact.saying, fact.at, fact.id) > (stood.saying, stood.at, stood.id) AS wins
    FROM leads_fact fact
    JOIN leads_{subject} subject ON subject.id = fact.{subject}_id
     AND subject.imported_by_id IS DISTINCT FROM %(batch)s
    LEFT JOIN LATERAL (
        SELECT * FROM leads_fact other
        WHERE other.{subject}_id = fact.{subject}_id AND other.field_id = fact.field_id
          AND other.value IS NOT NULL AND other.imported_by_id IS DISTINCT FROM %(batch)s
        ORDER BY other.saying DESC, other.at DESC, other.id DESC LIMIT 1
    ) stood ON true
    WHERE fact.imported_by_id = %(batch)s {only}
    ORDER BY fact.{subject}_id, fact.field_id, fact.saying DESC, fact.at DESC, fact.id DESC
"""
ANSWERED = """
    SELECT field.key, count(*) FILTER (WHERE before IS NULL),
           count(*) FILTER (WHERE wins AND before <> value),
           count(*) FILTER (WHERE NOT wins AND before <> value AND before_saying = told.saying)
    FROM ({told}) told JOIN leads_field field ON field.id = field_id GROUP BY field.key
"""
OUTRANKED = """
    SELECT field.key, before_saying, count(*)
    FROM ({told}) told JOIN leads_field field ON field.id = field_id
    WHERE NOT wins AND before <> value AND before_saying > told.saying GROUP BY field.key, before_saying
"""
STOOD = """
    SELECT told.about, field.key, before #>> '{{}}'
    FROM ({told}) told JOIN leads_field field ON field.id = field_id
"""
STOOD = STOOD.format(told=_TOLD.format(subject="lead", only="AND fact.lead_id = ANY(%(leads)s)"))
SUBJECTS = ("lead", "account")


@dataclass
class Changes:
    """What a column does to those who are known already."""

    filled: int = 0
    changed: int = 0
    stands: list[str] = field(default_factory=list)  # what stands above the column, in words


def columns(batch: Import) -> dict[str, dict[str, Any]]:
    """By target: how many blanks it fills, how many values it changes, and what stands above it."""
    found: dict[str, Changes] = defaultdict(Changes)
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN, {"batch": batch.pk})
        for key, filled, changed in cursor.fetchall():
            found[key.removesuffix("_id") if key != "outside_id" else key] = Changes(filled, changed)
        for subject in SUBJECTS:
            _answers(cursor, subject, batch, found)
    return {target: vars(changes) for target, changes in found.items()}


def _answers(cursor, subject: str, batch: Import, found: dict[str, Changes]) -> None:
    told = _TOLD.format(subject=subject, only="")
    cursor.execute(ANSWERED.format(told=told), {"batch": batch.pk})
    for key, filled, changed, later in cursor.fetchall():
        found[f"fact:{key}"] = Changes(filled, changed, [_later(later)] if later else [])
    cursor.execute(OUTRANKED.format(told=told), {"batch": batch.pk})
    for key, saying, count in cursor.fetchall():
        found[f"fact:{key}"].stands.append(_above(saying, count))


def _later(count: int) -> str:
    return ngettext("%d later answer stands.", "%d later answers stand.", count) % count


def _above(saying: int, count: int) -> str:
    said = ngettext("%(n)d value stands above this column: %(saying)s.",
                    "%(n)d values stand above this column: %(saying)s.", count)  # fmt: skip
    return said % {"n": count, "saying": Saying(saying).label}


def examples(batch: Import, rows: Mapping[int, int]) -> list[dict[str, Any]]:
    """Before and after of a few leads among these (lead to row), whom the run changes or makes."""
    changed = _changed(batch, rows)
    made = Lead.objects.filter(imported_by=batch, pk__in=rows).order_by("pk")
    chosen = [*changed, *made.values_list("pk", flat=True)[: EXAMPLES - len(changed)]]
    people = Lead.objects.select_related("account", "source", "campaign").in_bulk(chosen)
    before = _before(batch, chosen)
    return [
        {
            "row": rows[pk],
            "who": str(people[pk]),
            "new": people[pk].imported_by_id == batch.pk,
            "told": _told(people[pk], before.get(pk, {})),
        }
        for pk in sorted(chosen, key=rows.__getitem__)
    ]


def _changed(batch: Import, rows: Mapping[int, int]) -> list[int]:
    written = Replacement.objects.filter(batch=batch, lead__in=rows).values_list("lead", flat=True)
    said = Fact.objects.filter(imported_by=batch, lead__in=rows).exclude(lead__imported_by=batch)
    return sorted({*written, *said.values_list("lead", flat=True)}, key=rows.__getitem__)[:EXAMPLES]


def _before(batch: Import, leads: list[int]) -> dict[int, dict[str, Any]]:
    """By lead and key what stood before; only of what the import said something about."""
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in Replacement.objects.filter(batch=batch, lead__in=leads):
        for key in row.after:
            found[row.lead_id].setdefault(key, row.before.get(key, ""))
    with connection.cursor() as cursor:
        cursor.execute(STOOD, {"batch": batch.pk, "leads": leads})
        for lead, key, value in cursor.fetchall():
            found[lead][f"fact:{key}"] = value
    return found


TEXTS = ("email", "outside_id", "first_name", "last_name", "phone", "postal_address", "country", "time_zone")
MODELS: dict[str, Any] = {"account": Account, "source": Source, "campaign": Campaign}


def _told(lead: Lead, before: Mapping[str, Any]) -> list[list[str]]:
    """Label, before and after; of a new lead everything that it has."""
    told = []
    for name in (*TEXTS, *MODELS):
        key = f"{name}_id" if name in MODELS else name
        after = str(getattr(lead, name) or "")
        if key in before or (not before and after):
            label: Any = Lead._meta.get_field(name)
            told.append([str(label.verbose_name).capitalize(), _name(name, before.get(key)), after])
    for known in Field.objects.filter(key__in=lead.facts):
        if f"fact:{known.key}" in before or not before:
            told.append([known.label, str(before.get(f"fact:{known.key}") or ""), str(lead.facts[known.key])])
    return told


def _name(name: str, value: Any) -> str:
    """What a key stands for."""
    if name not in MODELS or not value:
        return str(value or "")
    return str(MODELS[name].objects.filter(pk=value).first() or _("removed"))
