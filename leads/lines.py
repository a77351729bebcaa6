"""A score sheet as SQL: the whole points of every line, as of an instant.

There are two readings, equal at every instant after the last event. `from_history` is the definition: it
reads what happened, so it serves drafts, earlier instants and checks. `from_tallies` is what pages and
judging read: the sum of each signal, aged by one multiplication.

A line is its points times what its signal has counted, held to its cap and rounded; a line about a
characteristic is its points where its condition is true. The score is the sum of the lines, so the
explanation and the total cannot disagree.
"""

# ruff: noqa: S608 - the SQL is put together from constants of our own; values are parameters

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from leads.conditions import Term, compile_sql
from leads.counting import factor
from leads.history import History
from leads.models import ScoreRule, Signal
from leads.vocabulary import FROM_LEADS, vocabulary

#: Halves are rounded away from zero, and a millionth below a half is a half: sums of the same numbers in
#: another order differ by less, so no score hangs on the order in which events arrived.
HALF = 0.500001
#: No line is worth more, capped or not.
MOST = 1_000_000


def rounded(amount: float) -> int:
    """Points in whole numbers, as `_line` writes it in SQL."""
    return int(math.copysign(math.floor(abs(amount) + HALF), amount))


@dataclass
class Reading:
    """The expressions of all lines of a sheet, and the statement that they stand in."""

    at: datetime
    as_of: bool = False
    prelude: str = ""
    source: str = FROM_LEADS
    lines: dict[int, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)

    def lines_sql(self, which: str) -> str:
        """Rows of lead, rule and points for the leads that `which`, a predicate, chooses; no zeros."""
        if not self.lines:
            return "SELECT 0 AS lead_id, 0 AS rule_id, 0 AS points WHERE FALSE"
        rows = ", ".join(f"({rule}, {points})" for rule, points in self.lines.items())
        return f"""{self.prelude} SELECT lead.id AS lead_id, line.rule_id, line.points FROM {self.source}
            CROSS JOIN LATERAL (VALUES {rows}) line(rule_id, points) WHERE {which} AND line.points <> 0"""

    def totals_sql(self, which: str) -> str:
        """Rows of lead and points: the sums of the same expressions."""
        total = " + ".join(self.lines.values()) or "0"
        return f"{self.prelude} SELECT lead.id AS lead_id, {total} AS points FROM {self.source} WHERE {which}"

    def add(self, rules: Iterable[ScoreRule], count: Callable[[Signal], str], terms: Mapping[str, Term]):
        """A line for each rule; `count` says in SQL how often a signal has counted."""
        for number, rule in enumerate(rules, 1):
            most = MOST if rule.cap is None else min(MOST, abs(rule.cap))
            if rule.signal:
                amount = f"LEAST({abs(rule.points)} * {count(rule.signal)}, {most})"
                points = f"floor({amount} + {HALF})::int"
            else:
                predicate = self.predicate(rule.condition, number, terms)
                points = f"(CASE WHEN {predicate} THEN {min(abs(rule.points), most)} ELSE 0 END)"
            self.lines[key(rule, number)] = f"-{points}" if rule.points < 0 else points

    def predicate(self, tree: Any, number: int, terms: Mapping[str, Term]) -> str:
        found = compile_sql(tree, terms, at=self.at, as_of=self.as_of, prefix=f"r{number}_")
        self.params |= found.params
        return found.sql


def key(rule: ScoreRule, number: int) -> int:
    """What a line is called: its rule, or in a draft its place, counted down from -1."""
    return rule.pk or -number


def from_tallies(rules: Collection[ScoreRule], *, at: datetime) -> Reading:
    """What the lines are now, from the tallies."""
    reading = Reading(at, params={"at": at})
    reading.add(rules, _tallied, vocabulary())
    return reading


def from_history(
    rules: Collection[ScoreRule],
    *,
    at: datetime,
    as_of: bool = False,
    lead_ids: Collection[int] | None = None,
) -> Reading:
    """What the lines were at `at`: of all that had happened and was known by then.

    With `as_of`, facts, ratings and stages are read as they were known then as well; without it, as they
    are now.
    """
    history, seen = History(at, lead_ids), "history.last_human_at"
    terms = dict(vocabulary())
    terms["last_seen"] = replace(terms["last_seen"], sql=seen, sql_as_of=seen)
    reading = Reading(at, as_of, params=history.params)
    reading.add(rules, history.count, terms)
    reading.prelude = history.sql()
    reading.source = f"{FROM_LEADS} LEFT JOIN history ON history.lead_id = lead.id"
    return reading


def _tallied(signal: Signal) -> str:
    """The factor is worked out once for the statement, and from the landmark that its tallies have."""
    aged = f"(SELECT {factor('%(at)s::timestamptz')} FROM leads_signal signal WHERE signal.id = {signal.pk})"
    return f"COALESCE(tally.sums[{signal.slot}] * {aged}, 0)"
