"""Finding leads that look like one person: a suspicion for people to settle, never a merge.

One statement over indexes finds the pairs, among everybody or around a few leads. What more than a handful
share (a switchboard, a common mailbox) says nothing about a person. A pair that was settled stays settled.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from leads.holding import NobodyToHold, fallback
from leads.models import Lead, Suspicion
from people.models import Notice, User

MOST = 6  # leads that share a phone or a name: more of them are no single person
A_FEW = 100

NAME = "person_name(lead.first_name, lead.last_name)"
LOCAL = "split_part(lower(lead.email), '@', 1)"
NAMED = "NOT lead.first_name = '' AND NOT lead.last_name = ''"


@dataclass(frozen=True)
class Likeness:
    """One way in which two leads look alike, as a key that they share."""

    why: str
    label: Any
    weight: int
    key: str
    where: str


LIKENESSES = (
    Likeness("phone", later("same phone"), 2, "lead.phone", "NOT lead.phone = ''"),
    Likeness(
        "name",
        later("same name, same company"),
        2,
        f"lead.account_id, {NAME}",
        f"lead.account_id IS NOT NULL AND {NAMED}",
    ),
    Likeness(
        "mailbox",
        later("same name, same address before the @"),
        3,
        f"{LOCAL}, {NAME}",
        f"NOT lead.email = '' AND {NAMED}",
    ),
    Likeness(
        "local",
        later("same address before the @, same company"),
        2,
        f"lead.account_id, {LOCAL}",
        "lead.account_id IS NOT NULL AND NOT lead.email = ''",
    ),
)
LABELS = {one.why: one.label for one in LIKENESSES}

LIVE = "lead.merged_into_id IS NULL"
ALIKE = """
    SELECT '{why}' AS why, {weight} AS weight, array_agg(lead.id ORDER BY lead.id) AS ids
    FROM leads_lead lead WHERE {live} AND {where} {around}
    GROUP BY {key} HAVING count(*) BETWEEN 2 AND {most}
"""
AROUND = "AND ({key}) IN (SELECT {key} FROM leads_lead lead WHERE lead.id = ANY(%(leads)s) AND {where})"
FIND = """
    WITH alike AS ({alike}), pair AS (
        SELECT one, two, jsonb_agg(why ORDER BY why) AS reasons, sum(weight) AS weight
        FROM alike, unnest(ids) one, unnest(ids) two WHERE one < two GROUP BY one, two
    ), {gone} found AS (
        INSERT INTO leads_suspicion (public_id, one_id, two_id, reasons, weight, verdict, at)
        SELECT gen_random_uuid(), one, two, reasons, weight, '', %(at)s FROM pair ORDER BY one, two
        ON CONFLICT (one_id, two_id) DO UPDATE SET reasons = EXCLUDED.reasons, weight = EXCLUDED.weight
        WHERE leads_suspicion.verdict = '' AND leads_suspicion.reasons <> EXCLUDED.reasons
        RETURNING xmax = 0 AS is_new
    )
    SELECT count(*) FROM found WHERE is_new
"""
#: Whoever looked alike and does so no more, for a number was corrected, is suspected no more.
GONE = """gone AS (
        DELETE FROM leads_suspicion WHERE verdict = '' AND NOT EXISTS (
            SELECT FROM pair WHERE pair.one = one_id AND pair.two = two_id)
    ),"""


@transaction.atomic
def suspect(at: datetime, lead_ids: Collection[int] | None = None) -> int:
    """Look for pairs, everywhere or around these leads; returns how many are new."""
    around = "" if lead_ids is None else AROUND
    alike = " UNION ALL ".join(_alike(one, around) for one in LIKENESSES)
    statement = FIND.format(alike=alike, gone=GONE if lead_ids is None else "")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(statement, {"at": at, "leads": list(lead_ids or ())})
        return cursor.fetchone()[0]


def _alike(one: Likeness, around: str) -> str:
    details = {"key": one.key, "where": one.where}
    return ALIKE.format(
        why=one.why, weight=one.weight, live=LIVE, most=MOST, around=around.format(**details), **details
    )


def look(at: datetime) -> int:
    """Look everywhere, and tell whoever takes up new leads how many are new; once a day at most."""
    new = suspect(at)
    if new:
        tell(new, at)
    return new


def tell(new: int, at: datetime) -> None:
    try:
        owner = fallback()
    except NobodyToHold:
        return
    Notice.objects.tell(
        [owner],
        key=f"suspicions-{at.date().isoformat()}",
        subject=ngettext(
            "%(n)d new pair of leads looks like one person",
            "%(n)d new pairs of leads look like one person",
            new,
        )
        % {"n": new},
        body=_("Look at them and say whether they are one."),
        url=reverse("duplicates"),
        at=at,
    )


def open_ones() -> QuerySet[Suspicion, Suspicion]:
    """Pairs that nobody has settled, the likeliest first."""
    return Suspicion.objects.filter(verdict="", one__merged_into=None, two__merged_into=None)


def page(after: str, size: int) -> tuple[list[Suspicion], str]:
    """Some pairs after a key, and the key of the next page where there is one."""
    rows = open_ones().order_by("-weight", "-pk")
    if key := _key(after):
        weight, pk = key
        rows = rows.filter(weight__lte=weight).exclude(weight=weight, pk__gte=pk)
    related = [f"{which}__{name}" for which in ("one", "two") for name in ("account", "custody__custodian")]
    found = list(rows.select_related(*related)[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], f"{last.weight}~{last.pk}" if last else ""


def _key(text: str) -> tuple[int, int] | None:
    try:
        weight, pk = (int(part) for part in text.split("~"))
    except ValueError:
        return None
    return (weight, pk) if 0 <= weight < 2**15 and 0 <= pk < 2**63 else None


def of(lead: Lead) -> list[Lead]:
    """Whom a lead looks like, as far as nobody has settled it."""
    pairs = open_ones().filter(one=lead) | open_ones().filter(two=lead)
    return [one.two if one.one_id == lead.pk else one.one for one in pairs.select_related("one", "two")]


def tell_apart(suspicion: Suspicion, *, by: User, at: datetime) -> bool:
    """They are two people: it never comes up again; False where somebody has settled it already."""
    said = {"verdict": Suspicion.Verdict.DIFFERENT, "by": by, "decided_at": at}
    return bool(Suspicion.objects.filter(pk=suspicion.pk, verdict="").update(**said))
