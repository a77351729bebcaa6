"""Scores of all leads (J1): a loop, the compiled statement over the history, and the tallies.

The sheet has 24 rules about characteristics, 10 signals with points, half-life and cap, and a penalty for
silence. All variants give the same whole points; that is checked before anything is measured.
"""

import argparse
import copy
import resource
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

import psutil
from django.db import connection

from bench import scores_loop
from bench.measure import charged, interleave, table
from bench.scores_loop import AT

KINDS = ["visit", "download", "click", "open", "form", "reply", "registered", "attended", "call", "other"]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--activities", type=int, default=2_000_000)
    parser.add_argument("--sample", type=int, default=300, help="leads that the loop goes through")

    parser.add_argument("--cold", action="store_true", help="measure from the first round on")


def run(options: argparse.Namespace) -> None:
    from bench import scores_data

    print(f"Scores: {options.leads:,} leads, {options.activities:,} activities, {options.rounds} rounds")
    scores_data.fill(options.leads, options.activities, at=AT)
    sheet = scores_data.sheet(at=AT)
    counted(options.leads)
    of_sheet = Variants(sheet, options)
    of_sheet.check()
    found = interleave(of_sheet.all(), rounds=options.rounds, warm=not options.cold, between=of_sheet.tidy)
    table(found, unit="leads", against=AGAINST)
    report_memory(sheet)


AGAINST = [
    ("tallies, read", "compiled SQL over the history, read", 4),
    ("tallies, every row written", "compiled SQL over the history, every row written", 2.5),
    ("what-if of a draft, tallies", "compiled SQL over the history, read", 1),
    ("tallies, read", "Django loop, a lead at a time", 1),
]


def counted(leads: int) -> None:
    """Let signals count the past, and say what that costs."""
    from leads import catching_up

    before = charged()
    catching_up.catch_up(AT)
    query("VACUUM ANALYZE leads_tally")
    print(f"Ten new signals counted from the history: {leads / (charged() - before):,.0f} leads per CPU-s")


def report_memory(sheet: Any) -> None:
    """What a re-score of everybody needs, in a backend of its own and in this process."""
    from leads import scoring

    connection.close()
    scoring.rescore(sheet, AT + timedelta(days=400))
    backend = psutil.Process(query("SELECT pg_backend_pid()")[0][0]).memory_full_info().uss
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"Memory: {ours:,.0f} MB of ours at most; {backend / 2**20:,.0f} MB of a backend re-scoring all")


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
        self.changed: list[Any] = [drafted(rule) for rule in self.rules]
        self.history: Callable = lambda rules, **given: lines.from_history(rules, at=AT)
        self.tallies: Callable = lambda rules, **given: lines.from_tallies(rules, at=AT, **given)
        self.turn = self.days = 0

    def all(self) -> dict[str, Callable[[], int]]:
        return {
            "Django loop, a lead at a time": self.loop,
            "compiled SQL over the history, read": lambda: self.read(self.history),
            "compiled SQL over the history, every row written": self.write_at_once,
            "tallies, read": lambda: self.read(self.tallies),
            "tallies, every row written": self.write,
            "tallies, what a changed rule changed written": self.rescore_after_a_change,
            "tallies, what changed in a day written (scheduled re-score)": self.rescore,
            "tallies, 1,000 changed leads written": self.rescore_some,
            "what-if of a draft, tallies": self.what_if,
            "what-if of a draft, sample of 2,000": self.what_if_sampled,
            "write floor (points = points + 1)": self.floor,
        }

    def check(self) -> None:
        """All readings agree, or the figures mean nothing."""
        from leads import scoring

        history, tallies = (dict(self.totals(reading)) for reading in (self.history, self.tallies))
        loop = {lead: scores_loop.obvious(lead, self.rules) for lead in self.some()}
        scoring.rescore(self.sheet, AT)
        differing = [lead for lead, points in history.items() if tallies[lead] != points]
        differing += [lead for lead, points in loop.items() if history[lead] != points]
        if differing:
            raise SystemExit(f"{len(differing)} scores differ, such as that of lead {differing[0]}")
        print(f"{len(history):,} scores equal; {len(set(history.values())):,} different ones")

    def tidy(self) -> None:
        query("VACUUM leads_score")

    def totals(self, reading: Callable) -> list:
        made = reading(self.rules)
        return query(made.totals_sql("TRUE"), made.params)

    def read(self, reading: Callable) -> int:
        """Every lead's points worked out; the sum crosses the wire."""
        made = reading(self.rules)
        totals = made.totals_sql("TRUE")
        return query(f"SELECT count(*), sum(points) FROM ({totals}) total", made.params)[0][0]

    def either(self) -> list[Any]:
        """The rules as they are, and the next time changed, so that each writing has something to write."""
        self.turn += 1
        return self.changed if self.turn % 2 else self.rules

    def write_at_once(self) -> int:
        return self.write_rows(self.history(self.either()), "TRUE", {})

    def write(self) -> int:
        """As the re-score does, some leads at a time."""
        from leads import scoring

        rules = self.either()
        return sum(
            self.write_rows(self.tallies(rules, chosen=which), which, chosen)
            for which, chosen in scoring.chunks()
        )

    def write_rows(self, reading: Any, which: str, chosen: dict) -> int:
        mine = which.replace("lead.id", "score.lead_id")
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH fresh AS MATERIALIZED ({reading.halves_sql('TRUE', which)})"
                f" UPDATE leads_score score SET points = fresh.fit + fresh.engagement, fit = fresh.fit,"
                f" engagement = fresh.engagement, at = %(at)s FROM fresh"
                f" WHERE score.lead_id = fresh.lead_id AND score.sheet_id = {self.sheet.pk} AND {mine}",
                {**reading.params, **chosen},
            )
            return cursor.rowcount

    def rescore_after_a_change(self) -> int:
        from leads import scoring

        for rule in self.either():
            rule.save(update_fields=["points", "cap"])
        scoring.rescore(self.sheet, AT)
        return self.leads

    def rescore(self) -> int:
        from leads import scoring

        self.days += 1
        scoring.rescore(self.sheet, AT + timedelta(days=self.days))
        return self.leads

    def rescore_some(self) -> int:
        """Leads from all over, whose points have all been moved."""
        from leads import scoring

        some = list(range(1, self.leads, self.leads // 1000))[:1000]
        query("UPDATE leads_score SET fit = fit + 1, points = points + 1 WHERE lead_id = ANY(%(some)s)",
              {"some": some})  # fmt: skip
        return self.timed("1,000 changed leads", lambda: scoring.rescore(self.sheet, AT, some))

    def what_if(self) -> int:
        from leads import whatif

        *_some, exact = whatif.on_everybody(self.rules, self.changed, at=AT, marks=[100, 200])
        return exact.read

    def what_if_sampled(self) -> int:
        from leads import whatif

        def ask() -> int:
            return whatif.on_a_sample(self.rules, self.changed, at=AT, marks=[100, 200]).read

        return self.timed("sample", ask)

    def timed(self, name: str, work: Callable[[], int]) -> int:
        cpu, wall = charged(), time.perf_counter()
        done = work()
        cpu, wall = charged() - cpu, time.perf_counter() - wall
        print(f"  {name}: {cpu * 1000:.0f} ms of CPU, {wall * 1000:.0f} ms of wall time")
        return done

    def floor(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE leads_score SET points = points + 1, fit = fit + 1")
            return cursor.rowcount

    def some(self) -> Collection[int]:
        from leads.models import Lead

        return list(Lead.objects.order_by("pk").values_list("pk", flat=True)[: self.sample])

    def loop(self) -> int:
        from leads.models import Score

        some = self.some()
        for lead in some:
            points = scores_loop.obvious(lead, self.rules)
            mine = Score.objects.filter(lead=lead, sheet=self.sheet)
            mine.update(points=points, fit=points, engagement=0, at=AT)
        return len(some)


def drafted(rule: Any) -> Any:
    """The rule as a draft of the sheet has it: other points for some, a higher cap for others."""
    draft = copy.copy(rule)
    if rule.position % 4 == 0:
        draft.points += 2 if rule.points > 0 else -2
    if rule.cap and rule.position % 4 == 1:
        draft.cap += 10
    return draft
