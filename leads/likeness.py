"""Pairs that look like one, of leads or of accounts: written down, shown, and kept apart by people."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from leads.models.merge import Suspecting
from people.models import User

#: `alike` selects why, weight and the ids that share a key; each of two that do is a pair.
FIND = """
    WITH alike AS ({alike}), pair AS (
        SELECT one, two, jsonb_agg(why ORDER BY why) AS reasons, sum(weight) AS weight
        FROM alike, unnest(ids) one, unnest(ids) two WHERE one < two GROUP BY one, two
    ), {gone} found AS (
        INSERT INTO {table} (public_id, one_id, two_id, reasons, weight, verdict, at)
        SELECT gen_random_uuid(), one, two, reasons, weight, '', %(at)s FROM pair ORDER BY one, two
        ON CONFLICT (one_id, two_id) DO UPDATE SET reasons = EXCLUDED.reasons, weight = EXCLUDED.weight
        WHERE {table}.verdict = '' AND {table}.reasons <> EXCLUDED.reasons
        RETURNING xmax = 0 AS is_new
    )
    SELECT count(*) FROM found WHERE is_new
"""
#: Whoever looked alike and does so no more, for a number was corrected, is suspected no more.
GONE = """gone AS (
        DELETE FROM {table} WHERE verdict = '' AND NOT EXISTS (
            SELECT FROM pair WHERE pair.one = one_id AND pair.two = two_id)
    ),"""


def find(alike: str, table: str, at: datetime, around: Collection[int] | None = None) -> int:
    """Write down the pairs that a statement finds; returns how many are new.

    Where it has looked at everybody, open pairs that it no longer finds are forgotten.
    """
    gone = GONE.format(table=table) if around is None else ""
    statement = FIND.format(alike=alike, gone=gone, table=table)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(statement, {"at": at, "leads": list(around or ())})
        return cursor.fetchone()[0]


def pairs(rows: QuerySet, related: Collection[str], after: str, size: int) -> tuple[list, str]:
    """Some of these pairs, the likeliest first, with what is shown of both."""
    rows = rows.order_by("-weight", "-pk")
    if key := _key(after):
        weight, pk = key
        rows = rows.filter(weight__lte=weight).exclude(weight=weight, pk__gte=pk)
    both = [f"{which}__{name}" for which in ("one", "two") for name in related]
    found = list(rows.select_related(*both)[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], f"{last.weight}~{last.pk}" if last else ""


def _key(text: str) -> tuple[int, int] | None:
    try:
        weight, pk = (int(part) for part in text.split("~"))
    except ValueError:
        return None
    return (weight, pk) if 0 <= weight < 2**15 and 0 <= pk < 2**63 else None


def tell_apart(suspicion: Suspecting, *, by: User, at: datetime) -> bool:
    """They are two: it never comes up again; False where somebody has settled it already."""
    said = {"verdict": Suspecting.Verdict.DIFFERENT, "by": by, "decided_at": at}
    rows = type(suspicion)._default_manager
    return bool(rows.filter(pk=suspicion.pk, verdict="").update(**said))
