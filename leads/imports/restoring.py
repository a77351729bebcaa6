"""Putting back what an import wrote over, where it still stands as the import left it."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.utils.translation import ngettext

from leads import news
from leads.filling import ANYHOW, COLUMNS, KEYS
from leads.models import Import, Replacement

CHUNK = 2_000
TABLES = {"account_id": "leads_account", "source_id": "leads_source", "campaign_id": "leads_campaign"}

#: An address that somebody else has taken since stays where it is; a company that is gone is nobody's.
PUT_BACK = """
    WITH written AS (
        SELECT lead_id, key, (array_agg(before ->> key ORDER BY id))[1] AS before,
               (array_agg(after ->> key ORDER BY id DESC))[1] AS after
        FROM leads_replacement, jsonb_object_keys(after) key
        WHERE batch_id = %(batch)s AND lead_id = ANY(%(leads)s)
        GROUP BY lead_id, key
    ), judged AS (
        SELECT written.*, to_jsonb(lead) ->> key = after AND NOT EXISTS ({taken}) AS stands
        FROM written JOIN leads_lead lead ON lead.id = lead_id
    ), back AS (
        SELECT lead_id, jsonb_object_agg(key, COALESCE(before, '')) AS told
        FROM judged WHERE stands GROUP BY lead_id
    ), done AS (
        UPDATE leads_lead lead SET {sets} FROM back WHERE lead.id = back.lead_id RETURNING lead.id
    )
    SELECT (SELECT array_agg(id) FROM done), count(*) FILTER (WHERE stands),
           count(*) FILTER (WHERE NOT stands)
    FROM judged
"""
TAKEN = """
    SELECT FROM leads_lead other
    WHERE key = '{name}' AND lower(other.{name}) = lower(before) AND NOT other.{name} = ''
      AND other.merged_into_id IS NULL AND other.id <> lead_id
"""


def _statement() -> str:
    sets = [f"{name} = CASE WHEN told ? '{name}' THEN {_told(name)} ELSE lead.{name} END" for name in COLUMNS]
    taken = " UNION ALL ".join(TAKEN.format(name=name) for name in ANYHOW)
    return PUT_BACK.format(sets=", ".join(sets), taken=taken)


def _told(name: str) -> str:
    if name not in KEYS:
        return f"told ->> '{name}'"
    return f"(SELECT id FROM {TABLES[name]} WHERE id = NULLIF(told ->> '{name}', '')::bigint)"  # noqa: S608


def put_back(batch: Import, at: datetime) -> list[str]:
    """Put everything back and say how much, and what was changed again since and is left alone."""
    restored = overtaken = 0
    with connection.cursor() as cursor:
        for ids in _leads(batch):
            cursor.execute("SELECT FROM leads_lead WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids])
            cursor.execute(_statement(), {"batch": batch.pk, "leads": ids})
            leads, back, left = cursor.fetchone()
            news.changed(sorted(leads or ()), at=at)
            restored, overtaken = restored + back, overtaken + left
    return _said(restored, overtaken)


def _leads(batch: Import) -> Iterator[list[int]]:
    last = 0
    rows = Replacement.objects.filter(batch=batch).order_by("lead").distinct("lead")
    while ids := list(rows.filter(lead__gt=last).values_list("lead", flat=True)[:CHUNK]):
        yield ids
        last = ids[-1]


def _said(restored: int, overtaken: int) -> list[str]:
    said = []
    if restored:
        said.append(ngettext("%d value was put back.", "%d values were put back.", restored) % restored)
    if overtaken:
        said.append(
            ngettext(
                "%d value was changed again since, or is taken, and was left alone.",
                "%d values were changed again since, or are taken, and were left alone.",
                overtaken,
            )
            % overtaken
        )
    return said
