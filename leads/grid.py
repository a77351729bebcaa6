"""The grid of a sheet: fit makes the letter, engagement the figure, where both sides agreed on the cuts."""

from collections.abc import Sequence

from django.db import connection

from leads.models import ScoreSheet

LETTERS, FIGURES = "ABCD", "123"
GRADES = [letter + figure for letter in LETTERS for figure in FIGURES]

COUNT = """
    SELECT {grade} AS grade, count(*) FROM leads_score score
    JOIN leads_lead lead ON lead.id = score.lead_id
    WHERE score.sheet_id = %(sheet)s AND lead.closed_at IS NULL AND lead.merged_into_id IS NULL
    GROUP BY grade
"""


def grade_of(sheet: ScoreSheet, fit: int, engagement: int) -> str:
    """Such as B2; empty without a grid."""
    if not sheet.has_grid:
        return ""
    return _step(LETTERS, sheet.fit_cuts, fit) + _step(FIGURES, sheet.engagement_cuts, engagement)


def grade_sql(sheet: ScoreSheet | None) -> str:
    """The grade of the stored score, over the alias `score`; NULL where there is none."""
    if sheet is None or not sheet.has_grid:
        return "NULL::text"
    return (
        _case(LETTERS, sheet.fit_cuts, "score.fit")
        + " || "
        + _case(FIGURES, sheet.engagement_cuts, "score.engagement")
    )


def counted(sheet: ScoreSheet) -> dict[str, int]:
    """How many open leads have each grade, by their stored scores."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(grade=grade_sql(sheet)), {"sheet": sheet.pk})
        return {grade: count for grade, count in cursor if grade}


def _step(names: str, cuts: Sequence[int], points: int) -> str:
    return next((name for name, cut in zip(names, cuts, strict=False) if points >= cut), names[-1])


def _case(names: str, cuts: Sequence[int], points: str) -> str:
    steps = " ".join(
        f"WHEN {points} >= {int(cut)} THEN '{name}'" for name, cut in zip(names, cuts, strict=False)
    )
    return f"(CASE WHEN {points} IS NULL THEN NULL {steps} ELSE '{names[-1]}' END)"
