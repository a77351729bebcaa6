"""Scores of all leads (J1): a loop, the compiled statement over the history, and the tallies.

The sheet has 24 rules about characteristics, 10 signals with points, half-life and cap, and a penalty for
silence. All variants give the same whole points; that is checked before anything is measured.
"""

import argparse
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from bench.measure import charged, interleave, table

AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
KINDS = ["visit", "download", "click", "open", "form", "reply", "registered", "attended", "call", "other"]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--activities", type=int, default=2_000_000)
    parser.add_argument("--sample", type=int, default=300, help="leads that the loop goes through")


def run(options: argparse.Namespace) -> None:
    from bench import scores_data

    print(f"Scores: {options.leads:,} leads, {options.activities:,} activities, {options.rounds} rounds")
    scores_data.fill(options.leads, options.activities, at=AT)
    sheet = scores_data.sheet(at=AT)
    summed_up(options.leads)
    of_sheet = Variants(sheet, options)
    of_sheet.check()
    found = interleave(of_sheet.all(), rounds=options.rounds, between=of_sheet.tidy)
    table(
        found,
        unit="leads",
        against=[
            ("tallies, read", "compiled SQL over the history, read", 4),
            ("tallies, every row written", "compiled SQL over the history, every row written", 2.5),
            ("tallies, read", "Django loop, a lead at a time", 1),
        ],
    )


def summed_up(leads: int) -> None:
    """Build the tallies from the history, and say what that costs."""
    from leads import sheets

    before = charged()
    sheets.rebuild_everybody()
    query("VACUUM ANALYZE leads_tally")
    print(f"Tallies built from the history: {leads / (charged() - before):,.0f} leads per CPU-s")


def query(statement: str, params: dict | None = None) -> list:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


class Variants:
    """The ways to score everybody on one sheet."""

    def __init__(self, sheet: Any, options: argparse.Namespace) -> None:
        from leads import lines, scoring

        self.sheet, self.leads, self.sample = sheet, options.leads, options.sample
        self.rules: list[Any] = scoring.rules_of(sheet)
        self.history: Callable = lambda at: lines.from_history(self.rules, at=at)
        self.tallies: Callable = lambda at: lines.from_tallies(self.rules, at=at)
        self.days = 0

    def all(self) -> dict[str, Callable[[], int]]:
        return {
            "Django loop, a lead at a time": self.loop,
            "compiled SQL over the history, read": lambda: self.read(self.history),
            "compiled SQL over the history, every row written": lambda: self.write(self.history),
            "tallies, read": lambda: self.read(self.tallies),
            "tallies, every row written": lambda: self.write(self.tallies),
            "tallies, what changed in a day written (scheduled re-score)": self.rescore,
            "write floor (points = points + 1)": self.floor,
        }

    def check(self) -> None:
        """All readings agree, or the figures mean nothing."""
        from leads import scoring

        history, tallies = (dict(self.totals(reading)) for reading in (self.history, self.tallies))
        loop = {lead: self.obvious(lead) for lead in self.some()}
        scoring.rescore(self.sheet, AT)
        differing = [lead for lead, points in history.items() if tallies[lead] != points]
        differing += [lead for lead, points in loop.items() if history[lead] != points]
        if differing:
            raise SystemExit(f"{len(differing)} scores differ, such as that of lead {differing[0]}")
        print(f"{len(history):,} scores equal; {len(set(history.values())):,} different ones")

    def tidy(self) -> None:
        query("VACUUM leads_score")

    def totals(self, reading: Callable) -> list:
        made = reading(AT)
        return query(made.totals_sql("TRUE"), made.params)

    def read(self, reading: Callable) -> int:
        """Every lead's points worked out; the sum crosses the wire."""
        made = reading(AT)
        totals = made.totals_sql("TRUE")
        return query(f"SELECT count(*), sum(points) FROM ({totals}) total", made.params)[0][0]

    def write(self, reading: Callable) -> int:
        made = reading(AT)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE leads_score score SET points = total.points, at = %(at)s"
                f" FROM ({made.totals_sql('TRUE')}) total"
                f" WHERE score.lead_id = total.lead_id AND score.sheet_id = {self.sheet.pk}",
                made.params,
            )
            return cursor.rowcount

    def rescore(self) -> int:
        from leads import scoring

        self.days += 1
        scoring.rescore(self.sheet, AT + timedelta(days=self.days))
        return self.leads

    def floor(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE leads_score SET points = points + 1")
            return cursor.rowcount

    def some(self) -> Collection[int]:
        from leads.models import Lead

        return list(Lead.objects.order_by("pk").values_list("pk", flat=True)[: self.sample])

    def loop(self) -> int:
        from leads.models import Score

        some = self.some()
        for lead in some:
            Score.objects.filter(lead=lead, sheet=self.sheet).update(points=self.obvious(lead), at=AT)
        return len(some)

    def obvious(self, lead_id: int) -> int:
        """As a plain program works a lead out: fetch it and all it did, go through the rules."""
        from leads.lines import rounded
        from leads.models import Activity, Lead

        lead: Any = Lead.objects.select_related("account").get(pk=lead_id)
        happened = list(Activity.objects.filter(identity__lead=lead, at__lte=AT, known_at__lte=AT))
        seen = max((one.at for one in happened if one.grade > 1), default=None)
        facts = {**lead.account.facts, **lead.facts, **vars(lead), "is_target": lead.account.is_target,
                 "last_seen": seen}  # fmt: skip
        total = 0
        for rule in self.rules:
            if rule.signal:
                counted = [one.at for one in happened if one.kind == rule.signal.kind and one.grade > 1]
                half_life = timedelta(days=rule.signal.half_life_days)
                amount = rule.points * sum(2 ** ((at - AT) / half_life) for at in counted)
                total += rounded(min(amount, rule.cap))
            elif holds(rule.condition, facts):
                total += rule.points
        return total


def holds(leaf: dict, facts: dict) -> bool:
    known = facts.get(leaf["field"])
    return known is not None and HOLDS[leaf["op"]](known, leaf.get("value"))


HOLDS: dict[str, Callable[..., bool]] = {
    "is": lambda known, value: known == value,
    "contains": lambda known, value: value.lower() in known.lower(),
    "at_least": lambda known, value: known >= value,
    "is_true": lambda known, value: known,
    "older_than": lambda known, value: (AT.date() - known.date()).days > value,
}
