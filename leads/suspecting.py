"""Finding leads that look like one person: a suspicion for people to settle, never a merge.

One statement over indexes finds the pairs, among everybody or around a few leads. What more than a handful
share (a switchboard, a common mailbox) says nothing about a person. A pair that was settled stays settled.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from leads import likeness
from leads.accounts import alike
from leads.holding import NobodyToHold, fallback
from leads.models import Lead, Suspicion
from people.models import Notice

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


@transaction.atomic
def suspect(at: datetime, lead_ids: Collection[int] | None = None) -> int:
    """Look for pairs, everywhere or around these leads; returns how many are new."""
    around = "" if lead_ids is None else AROUND
    found = " UNION ALL ".join(_alike(one, around) for one in LIKENESSES)
    return likeness.find(found, "leads_suspicion", at, lead_ids)


def _alike(one: Likeness, around: str) -> str:
    details = {"key": one.key, "where": one.where}
    return ALIKE.format(
        why=one.why, weight=one.weight, live=LIVE, most=MOST, around=around.format(**details), **details
    )


def look(at: datetime) -> int:
    """Look everywhere, and tell whoever takes up new leads how many are new; once a day at most."""
    alike.suspect(at)
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
    return likeness.pairs(open_ones(), ("account", "custody__custodian"), after, size)


def of(lead: Lead) -> list[Lead]:
    """Whom a lead looks like, as far as nobody has settled it."""
    pairs = open_ones().filter(one=lead) | open_ones().filter(two=lead)
    return [one.two if one.one_id == lead.pk else one.one for one in pairs.select_related("one", "two")]
