"""What is known of leads and accounts: answers are added and never changed, and the winners are cached.

The winner of a field is the answer with the highest saying, among those the latest, among those the
one written last. Writers lock what the answers are about (accounts, then leads, by id), so the cached
winners are right at every commit.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from leads import news, values
from leads.consenting import consent
from leads.models import Fact, Field, Import, Lead, Rating, Saying
from people.models import User


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing said about a lead or an account."""

    key: str
    value: Any
    saying: int
    at: datetime
    lead_id: int | None = None
    account_id: int | None = None


class Unanswerable(ValueError):
    """Answers that their fields cannot hold: which, and why, in plain words."""

    def __init__(self, problems: list[tuple[int, str, str]]):
        super().__init__("; ".join(f"{key}: {problem}" for _index, key, problem in problems[:5]))
        self.problems = problems


LOCK = "SELECT FROM {table} WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"

APPEND = """
    INSERT INTO leads_fact (
        lead_id, account_id, field_id, value, saying, by_id, imported_by_id, at, known_at)
    SELECT said.lead, said.account, said.field, said.value, said.saying, %(by)s, %(batch)s, said.at,
           %(known_at)s
    FROM unnest(%(leads)s::bigint[], %(accounts)s::bigint[], %(fields)s::bigint[], %(values)s::jsonb[],
                %(sayings)s::int[], %(ats)s::timestamptz[])
         WITH ORDINALITY AS said (lead, account, field, value, saying, at, place)
    WHERE NOT EXISTS (
        SELECT FROM leads_fact fact
        WHERE fact.lead_id = said.lead AND fact.field_id = said.field AND fact.saying = said.saying
          AND fact.at = said.at AND fact.value = said.value
        UNION ALL
        SELECT FROM leads_fact fact
        WHERE fact.account_id = said.account AND fact.field_id = said.field AND fact.saying = said.saying
          AND fact.at = said.at AND fact.value = said.value)
    ORDER BY said.place
    RETURNING lead_id, account_id
"""

#: The winners of the named fields are read anew from the ledger; other cached winners stay as they are.
REFRESH = """
    UPDATE {table} subject
    SET facts = (subject.facts - touched.keys) || touched.winners
    FROM (
        SELECT about.id, array_agg(field.key::text) AS keys,
               COALESCE(jsonb_object_agg(field.key, winner.value) FILTER (WHERE winner.value IS NOT NULL),
                        '{{}}') AS winners
        FROM unnest(%(ids)s::bigint[]) AS about (id)
        CROSS JOIN leads_field field
        LEFT JOIN LATERAL (
            SELECT fact.value FROM leads_fact fact
            WHERE fact.{subject}_id = about.id AND fact.field_id = field.id AND fact.value IS NOT NULL
            ORDER BY fact.saying DESC, fact.at DESC, fact.id DESC LIMIT 1
        ) winner ON true
        WHERE field.id = ANY(%(fields)s)
        GROUP BY about.id
    ) touched
    WHERE subject.id = touched.id
      AND (subject.facts - touched.keys) || touched.winners IS DISTINCT FROM subject.facts
"""


@transaction.atomic
def learn(
    answers: Iterable[Answer], *, known_at: datetime, by: User | None = None, batch: Import | None = None
) -> int:
    """Append answers and refresh the winners; returns how many were new.

    The same answer of the same instant is one fact however often it is told; blank is no answer.
    """
    said = _read(answers)
    lead_ids = {one.lead_id for one, _field, _value in said if one.lead_id}
    account_ids = {one.account_id for one, _field, _value in said if one.account_id}
    lock(account_ids=account_ids, lead_ids=lead_ids)
    rows: dict[str, Any] = {
        "leads": [one.lead_id for one, _field, _value in said],
        "accounts": [one.account_id for one, _field, _value in said],
        "fields": [field.pk for _one, field, _value in said],
        "values": [value for _one, _field, value in said],
        "sayings": [int(one.saying) for one, _field, _value in said],
        "ats": [one.at for one, _field, _value in said],
    }
    with connection.cursor() as cursor:
        rows |= {"by": by and by.pk, "batch": batch and batch.pk, "known_at": known_at}
        cursor.execute(APPEND, rows)
        new = cursor.fetchall()
    fields = set(rows["fields"])
    refresh(lead_ids=lead_ids, account_ids=account_ids, field_ids=fields)
    _tell({lead for lead, _account in new if lead}, {account for _lead, account in new if account}, known_at)
    return len(new)


def _read(answers: Iterable[Answer]) -> list[tuple[Answer, Field, str]]:
    known = {field.key: field for field in Field.objects.all()}
    said, problems = [], []
    for index, one in enumerate(answers):
        try:
            value = values.read(known[one.key], one.value)
        except KeyError:
            problems.append((index, one.key, "There is no such field."))
        except ValueError as problem:
            problems.append((index, one.key, str(problem)))
        else:
            if value is not None:
                said.append((one, known[one.key], json.dumps(value)))
    if problems:
        raise Unanswerable(problems)
    return said


def _tell(lead_ids: set[int], account_ids: set[int], at: datetime) -> None:
    """What is known of a company is news about everybody in it."""
    news.changed(sorted(lead_ids | people_of(account_ids)), at=at)


def people_of(account_ids: Collection[int]) -> set[int]:
    """Everybody in these companies."""
    if not account_ids:
        return set()
    return set(Lead.objects.live().filter(account__in=account_ids).values_list("pk", flat=True))


def lock(*, account_ids: Collection[int] = (), lead_ids: Collection[int] = ()) -> None:
    """Let nobody else learn of these until we commit; always accounts first, then leads, by id."""
    with connection.cursor() as cursor:
        for table, ids in (("leads_account", account_ids), ("leads_lead", lead_ids)):
            if ids:
                cursor.execute(LOCK.format(table=table), [sorted(ids)])


def refresh(
    *, field_ids: Collection[int], lead_ids: Collection[int] = (), account_ids: Collection[int] = ()
) -> None:
    """Read the winners of these fields anew and cache them on the rows they are about."""
    with connection.cursor() as cursor:
        for subject, ids in (("lead", lead_ids), ("account", account_ids)):
            if ids and field_ids:
                cursor.execute(
                    REFRESH.format(table=f"leads_{subject}", subject=subject),
                    {"ids": sorted(ids), "fields": sorted(field_ids)},
                )


def history(lead: Lead):
    """Every answer about a lead and its company, newest first."""
    about = Fact.objects.filter(lead=lead)
    if lead.account_id:
        about |= Fact.objects.filter(account=lead.account_id)
    return about.select_related("field", "by").order_by("-at", "-pk")


@transaction.atomic
def rate(
    lead: Lead, ratings: Mapping[str, int | None], *, by: User | None, at: datetime, known_at=None
) -> None:
    """Rate criteria 1 to 3, or say that they are unknown again; the latest rating of each counts."""
    Lead.objects.select_for_update(no_key=True).get(pk=lead.pk)
    Rating.objects.bulk_create(
        Rating(lead=lead, criterion=criterion, value=value, by=by, at=at, known_at=known_at or at)
        for criterion, value in ratings.items()
    )
    latest = Rating.objects.filter(lead=lead, criterion__in=ratings).order_by("criterion", "-at", "-pk")
    for criterion, value in latest.distinct("criterion").values_list("criterion", "value"):
        setattr(lead, criterion, value)
    lead.save(update_fields=list(ratings))
    news.changed([lead.pk], at=at)


__all__ = ["Answer", "Saying", "Unanswerable", "consent", "history", "learn", "people_of", "rate", "refresh"]
