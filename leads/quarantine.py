"""Bursts as people look them over: how a machine showed, whom it touched, and what was said since."""

# ruff: noqa: S608 - the statements are put together from constants of our own

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from leads import following, gradings
from leads.gradings import Key
from leads.models import Burst, Grade, Grading, Lead, Rule
from people.models import User

#: Of each burst: people, links and requests, how many of them count again today, and until when it went on.
SUMS = f"""
    SELECT word.burst_id, count(DISTINCT thread.lead_id), count(DISTINCT activity.about),
           count(DISTINCT activity.id), max(activity.at),
           count(DISTINCT activity.id) FILTER (WHERE latest.grade > {Grade.MACHINE.value}),
           count(DISTINCT split_part(lower(lead.email), '@', 2))
    FROM leads_grading word
    JOIN leads_identity thread ON thread.id = word.identity_id
    JOIN leads_lead lead ON lead.id = thread.lead_id
    JOIN leads_activity activity ON activity.id = word.activity_id AND activity.at = word.activity_at
    CROSS JOIN LATERAL (
        SELECT later.grade FROM leads_grading later
        WHERE later.activity_id = word.activity_id ORDER BY later.id DESC LIMIT 1) latest
    WHERE word.burst_id = ANY(%s) GROUP BY word.burst_id
"""


@dataclass(frozen=True)
class Sums:
    """What a burst comes to."""

    leads: int = 0
    links: int = 0
    requests: int = 0
    until: datetime | None = None
    released: int = 0
    domains: int = 0

    @property
    def other_domains(self) -> int:
        return max(0, self.domains - 1)

    @property
    def state(self) -> str:
        """held, released, or partly"""
        if not self.released:
            return "held"
        return "released" if self.released == self.requests else "partly"


def summed(bursts: Collection[Burst]) -> list[tuple[Burst, Sums]]:
    """Each burst with what it comes to, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [[burst.pk for burst in bursts]])
        sums = {row[0]: Sums(*row[1:]) for row in cursor}
    return [(burst, sums.get(burst.pk, Sums())) for burst in bursts]


@dataclass(frozen=True)
class Caught:
    """One lead in a burst: what was done in its name, and whether it counts."""

    lead: Lead
    words: tuple[Grading, ...]

    @property
    def grade(self) -> int:
        return max(word.grade for word in self.words)

    @property
    def counts(self) -> bool:
        return self.grade > Grade.MACHINE

    @property
    def showed(self) -> bool:
        """A person showed behind it, and nobody has spoken of it."""
        return not self.last_said and any(word.rule == Rule.PERSON for word in self.words)

    @property
    def last_said(self) -> Grading | None:
        """What a person said last of it."""
        return next((word for word in self.words if word.by_id), None)


def caught_in(burst: Burst, seen: QuerySet[Lead], most: int) -> list[Caught]:
    """The leads of a burst, of those that are seen, each with the latest word on every activity."""
    touched = seen.filter(identities__gradings__burst=burst).order_by("pk").distinct()
    ids = list(touched.values_list("pk", flat=True)[:most])
    words = latest_in(burst, ids).select_related("by", "identity")
    by_lead: dict[int, list[Grading]] = {}
    for word in sorted(words, key=lambda word: -word.pk):
        if lead := word.identity.lead_id:
            by_lead.setdefault(lead, []).append(word)
    leads = Lead.objects.select_related("account").in_bulk(ids)
    return [Caught(leads[lead], tuple(by_lead[lead])) for lead in ids if lead in by_lead]


def latest_in(burst: Burst, lead_ids: Collection[int] | None = None) -> QuerySet[Grading]:
    """The latest word on each activity of a burst, of these leads or of all."""
    caught = Grading.objects.filter(burst=burst)
    if lead_ids is not None:
        caught = caught.filter(identity__lead__in=lead_ids)
    words = Grading.objects.filter(activity_id__in=caught.values("activity_id"))
    latest = words.order_by("activity_id", "-pk").distinct("activity_id").values("pk")
    return Grading.objects.filter(pk__in=latest)


def keys_in(burst: Burst, lead: Lead | None = None) -> list[Key]:
    """The activities of a burst, of one lead or of all."""
    words = Grading.objects.filter(burst=burst)
    if lead:
        words = words.filter(identity__lead=lead)
    return list(words.values_list("activity_id", "activity_at").distinct())


@transaction.atomic
def release(burst: Burst, lead: Lead | None, *, to: int, by: User, why: str, at: datetime) -> int:
    """Somebody knows that it was a person; their browsers are theirs again. Returns how much counts again."""
    changed = gradings.release(keys_in(burst, lead), burst, to=to, by=by, why=why, at=at)
    following.release(burst, lead, at=at)
    return changed


@transaction.atomic
def take_back(burst: Burst, lead: Lead | None, *, by: User, why: str, at: datetime) -> int:
    """What people said last of it is undone; returns how many activities are as they were."""
    changed = gradings.take_back(keys_in(burst, lead), burst, by=by, why=why, at=at)
    if changed:
        following.part(burst, lead, at=at)
    return changed


def bursts_of(lead: Lead) -> QuerySet[Burst]:
    return Burst.objects.filter(gradings__identity__lead=lead).select_related("gateway", "by").distinct()
