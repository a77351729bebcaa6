"""A lead's score and the card that explains it: right at the commit of every event, whatever the sheet says.

`lines` compiles a sheet; here it is asked: for cards, for totals, for the stored scores that lists sort
by, and for what the lines were at an earlier instant.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from leads import lines
from leads.evidence import notes_of, sentences_of
from leads.models import Lead, ScoreRule, ScoreSheet

CHOSEN = "lead.id = ANY(%(leads)s)"
OPEN = "lead.closed_at IS NULL AND lead.merged_into_id IS NULL"
CHUNK = 20_000

#: Only what changed is written, in the order of leads, so that two passes at once wait and don't circle.
WRITE = """
    WITH fresh AS MATERIALIZED ({totals}), stale AS (
        SELECT score.id, fresh.points
        FROM fresh JOIN leads_score score ON score.lead_id = fresh.lead_id AND score.sheet_id = %(sheet)s
        WHERE score.points <> fresh.points
        ORDER BY fresh.lead_id FOR NO KEY UPDATE OF score
    ), changed AS (
        UPDATE leads_score score SET points = stale.points, at = %(at)s FROM stale WHERE score.id = stale.id
        RETURNING 1
    ), added AS (
        INSERT INTO leads_score (lead_id, sheet_id, points, at)
        SELECT fresh.lead_id, %(sheet)s, fresh.points, %(at)s FROM fresh
        WHERE NOT EXISTS (
            SELECT FROM leads_score score WHERE score.lead_id = fresh.lead_id AND score.sheet_id = %(sheet)s)
        ORDER BY fresh.lead_id
        ON CONFLICT (lead_id, sheet_id) DO UPDATE SET points = EXCLUDED.points, at = EXCLUDED.at
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM changed) + (SELECT count(*) FROM added)
"""


@dataclass(frozen=True)
class Line:
    """One line of a score card: which rule, in words, and its points."""

    rule_id: int
    label: str
    note: str
    points: int


@dataclass(frozen=True)
class ScoreCard:
    """A lead's score on a sheet and the lines that add up to it."""

    lines: tuple[Line, ...]
    total: int


def card(lead: Lead, sheet: ScoreSheet, at: datetime) -> ScoreCard:
    """The lead's score at this instant, explained."""
    return cards_of([lead.pk], sheet, at)[lead.pk]


def cards_of(
    lead_ids: Collection[int], sheet: ScoreSheet, at: datetime, *, noted: bool = True
) -> dict[int, ScoreCard]:
    """The score cards of many leads, in a constant number of queries; lines stand in the sheet's order.

    The words beside the lines are for people and read what these leads did; judging needs none (`noted`).
    """
    rules = rules_of(sheet)
    reading = lines.from_tallies(rules, at=at)
    points = _points(reading.lines_sql(CHOSEN), {**reading.params, "leads": list(lead_ids)})
    did, said = (notes_of(lead_ids, rules, at=at), sentences_of(rules)) if noted else ({}, {})
    return {lead: _card(rules, points[lead], did.get(lead, {}), said) for lead in lead_ids}


def scores_of(lead_ids: Collection[int], sheet: ScoreSheet, at: datetime) -> dict[int, int]:
    """The exact score of each lead at this instant."""
    reading = lines.from_tallies(rules_of(sheet), at=at)
    with connection.cursor() as cursor:
        cursor.execute(reading.totals_sql(CHOSEN), {**reading.params, "leads": list(lead_ids)})
        return dict(cursor.fetchall())


def lines_sql(
    rules: Collection[ScoreRule],
    *,
    at: datetime,
    as_of: bool = False,
    lead_ids: Collection[int] | None = None,
) -> tuple[str, dict[str, Any]]:
    """The definition: one statement over the history that returns lead, rule and points, without zeros."""
    reading = lines.from_history(rules, at=at, as_of=as_of, lead_ids=lead_ids)
    which = "lead.known_at <= %(at)s" + ("" if lead_ids is None else f" AND {CHOSEN}")
    return reading.lines_sql(which), reading.params


def lines_as_of(
    rules: Collection[ScoreRule],
    *,
    at: datetime,
    as_of: bool = True,
    lead_ids: Collection[int] | None = None,
) -> dict[int, dict[int, int]]:
    """The lines of each lead as the history tells them: for drafts, back-tests and checks."""
    return _points(*lines_sql(rules, at=at, as_of=as_of, lead_ids=lead_ids))


def rescore(sheet: ScoreSheet, at: datetime, lead_ids: Collection[int] | None = None) -> int:
    """Bring the stored scores of open leads up to this instant; returns how many were written.

    Set-based, over the tallies and the current facts, some leads at a time, each in a statement of its
    own: locks are short and memory is flat, whether there are a hundred leads or a million.
    """
    reading, written = lines.from_tallies(rules_of(sheet), at=at), 0
    for which, chosen in _chunks(lead_ids):
        statement = WRITE.format(totals=reading.totals_sql(f"{OPEN} AND {which}"))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL jit = off"
            )  # compiling so many lines takes longer than a chunk of leads
            cursor.execute(statement, {**reading.params, **chosen, "sheet": sheet.pk})
            written += cursor.fetchone()[0]
    return written


def rules_of(sheet: ScoreSheet) -> list[ScoreRule]:
    return list(sheet.rules.select_related("signal"))


def _chunks(lead_ids: Collection[int] | None) -> Iterator[tuple[str, dict[str, Any]]]:
    if lead_ids is not None:
        yield CHOSEN, {"leads": list(lead_ids)}
        return
    last = Lead.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for after in range(0, last, CHUNK):
        yield "lead.id > %(after)s AND lead.id <= %(upto)s", {"after": after, "upto": after + CHUNK}


def _points(statement: str, params: dict[str, Any]) -> dict[int, dict[int, int]]:
    points: dict[int, dict[int, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        for lead_id, rule_id, amount in cursor:
            points[lead_id][rule_id] = amount
    return points


def _card(
    rules: list[ScoreRule], points: dict[int, int], did: dict[int, str], said: dict[int, str]
) -> ScoreCard:
    """Lines with points, and those about something that the lead did although it earns nothing now."""
    notes = {**said, **did}
    shown = [rule.pk for rule in rules if points.get(rule.pk) or rule.pk in did]
    labels = {rule.pk: rule.label for rule in rules}
    return ScoreCard(
        tuple(Line(rule, labels[rule], notes.get(rule, ""), points.get(rule, 0)) for rule in shown),
        sum(points.values()),
    )
