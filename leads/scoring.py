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
from leads.limits import limits_of
from leads.models import Lead, ScoreRule, ScoreSheet

CHOSEN = "lead.id = ANY(%(leads)s::bigint[])"
OPEN = "lead.closed_at IS NULL AND lead.merged_into_id IS NULL"
CHUNK = 20_000

#: Only what changed is written, by one writer of a sheet at a time: two passes wait and don't circle. So a
#: stored score is looked up once, and is still where it was found when it is written.
ONE_WRITER = "SELECT pg_advisory_xact_lock(hashtext('leads_score'), %(sheet)s)"
WRITE = """
    WITH fresh AS MATERIALIZED ({halves}), new AS MATERIALIZED (
        SELECT fresh.*, score.ctid AS place
        FROM fresh LEFT JOIN leads_score score
             ON score.lead_id = fresh.lead_id AND score.sheet_id = %(sheet)s AND {which}
        WHERE score.fit IS DISTINCT FROM fresh.fit OR score.engagement IS DISTINCT FROM fresh.engagement
    ), changed AS (
        UPDATE leads_score score SET points = new.fit + new.engagement, fit = new.fit,
            engagement = new.engagement, at = %(at)s
        FROM new WHERE score.ctid = new.place AND score.sheet_id = %(sheet)s AND {which}
        RETURNING 1
    ), added AS (
        INSERT INTO leads_score (lead_id, sheet_id, points, fit, engagement, at)
        SELECT lead_id, %(sheet)s, fit + engagement, fit, engagement, %(at)s FROM new WHERE place IS NULL
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
    fit: int = 0

    @property
    def engagement(self) -> int:
        return self.total - self.fit


def card(lead: Lead, sheet: ScoreSheet, at: datetime) -> ScoreCard:
    """The lead's score at this instant, explained."""
    return cards_of([lead.pk], sheet, at)[lead.pk]


def card_as_of(lead: Lead, sheet: ScoreSheet, at: datetime) -> ScoreCard:
    """What the lead would have had on this sheet at an earlier instant, of all that was known by then."""
    rules = rules_of(sheet)
    points = lines_as_of(rules, at=at, lead_ids=[lead.pk]).get(lead.pk, {})
    did = notes_of([lead.pk], rules, at=at).get(lead.pk, {})
    return _card(rules, points, did, sentences_of(rules))


def cards_of(
    lead_ids: Collection[int], sheet: ScoreSheet, at: datetime, *, noted: bool = True
) -> dict[int, ScoreCard]:
    """The score cards of many leads, in a constant number of queries; lines stand in the sheet's order.

    The words beside the lines are for people and read what these leads did; judging needs none (`noted`).
    """
    rules = rules_of(sheet)
    reading = lines.from_tallies(rules, at=at, chosen=CHOSEN)
    points = _points(reading.lines_sql("TRUE", CHOSEN), {**reading.params, "leads": list(lead_ids)})
    did, said = (notes_of(lead_ids, rules, at=at), sentences_of(rules)) if noted else ({}, {})
    return {lead: _card(rules, points[lead], did.get(lead, {}), said) for lead in lead_ids}


def scores_of(lead_ids: Collection[int], sheet: ScoreSheet, at: datetime) -> dict[int, int]:
    """The exact score of each lead at this instant."""
    reading = lines.from_tallies(rules_of(sheet), at=at, chosen=CHOSEN)
    with connection.cursor() as cursor:
        cursor.execute(reading.totals_sql("TRUE", CHOSEN), {**reading.params, "leads": list(lead_ids)})
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
    chosen = "TRUE" if lead_ids is None else CHOSEN
    return reading.lines_sql("lead.known_at <= %(at)s", chosen), reading.params


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
    rules, written = rules_of(sheet), 0
    for which, chosen in chunks(lead_ids):
        reading = lines.from_tallies(rules, at=at, chosen=which)
        statement = WRITE.format(
            halves=reading.halves_sql(OPEN, which), which=which.replace("lead.id", "score.lead_id")
        )
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL jit = off"
            )  # compiling so many lines takes longer than a chunk of leads
            cursor.execute(ONE_WRITER, {"sheet": sheet.pk})
            cursor.execute(statement, {**reading.params, **chosen, "sheet": sheet.pk})
            written += cursor.fetchone()[0]
    return written


def keep_up(lead_ids: Collection[int], at: datetime) -> None:
    """Bring the stored scores of these leads up to this instant, on every sheet in use."""
    for sheet in ScoreSheet.objects.in_use():
        rescore(sheet, at, lead_ids)


def rules_of(sheet: ScoreSheet) -> list[ScoreRule]:
    """The rules in their order, each knowing its sheet, its signal and its group."""
    return list(sheet.rules.select_related("signal", "group"))


def chunks(lead_ids: Collection[int] | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Predicates with their parameters that together choose these leads, or all, some at a time."""
    if lead_ids is not None:
        yield CHOSEN, {"leads": list(lead_ids)}
        return
    after = 0
    while upto := _end_of_chunk(after):
        yield "lead.id > %(after)s AND lead.id <= %(upto)s", {"after": after, "upto": upto}
        after = upto


def _end_of_chunk(after: int) -> int | None:
    """The last lead of the next chunk: by the leads there are, for numbers may have wide gaps."""
    following = Lead.objects.filter(pk__gt=after).order_by("pk")
    full = following.values_list("pk", flat=True)[CHUNK - 1 : CHUNK].first()
    return full or following.order_by("-pk").values_list("pk", flat=True).first()


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
    """Lines with points, limits that take some away, and what the lead did although it earns nothing now."""
    notes, limits = {**said, **did}, limits_of(rules)
    labels = {rule.pk: rule.label for rule in rules} | {limit.key: limit.label for limit in limits}
    shown = [key for key in labels if points.get(key) or key in did]
    return ScoreCard(
        tuple(Line(rule, labels[rule], notes.get(rule, ""), points.get(rule, 0)) for rule in shown),
        sum(points.values()),
        sum(points.get(one.pk, 0) for one in rules if one.is_fit)
        + sum(points.get(limit.key, 0) for limit in limits if limit.is_fit),
    )
