"""A score sheet as SQL: the whole points of every line, as of an instant.

There are two readings, equal at every instant after the last event. `from_history` is the definition: it
reads what happened, so it serves drafts, earlier instants and checks. `from_tallies` is what pages and
judging read: the sum of each signal, aged by one multiplication, or the days within its window.

A line is its points times what its signal has counted, held to its cap and rounded; a line about a
characteristic is its points where its condition is true. What a limit takes away is a line too. The
score is the sum of the lines, so the explanation and the total cannot disagree.
"""

# ruff: noqa: S608 - the SQL is put together from constants of our own; values are parameters

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from leads import certain
from leads.conditions import Term, compile_sql
from leads.counting import factor
from leads.history import History
from leads.limits import Limits, limits_of
from leads.models import ScoreRule, Signal
from leads.recent import RecentCounts
from leads.vocabulary import FROM_SOME_LEADS, vocabulary

#: Halves are rounded away from zero, and a millionth below a half is a half: sums of the same numbers in
#: another order differ by less, so no score hangs on the order in which events arrived.
HALF = 0.500001
#: No line is worth more, capped or not.
MOST = 1_000_000
#: Says in SQL how often a signal has counted.
Count = Callable[[Signal], str]


def rounded(amount: float) -> int:
    """Points in whole numbers, as `_line` writes it in SQL."""
    return int(math.copysign(math.floor(abs(amount) + HALF), amount))


@dataclass
class Reading:
    """The expressions of all lines of a sheet, and the statement that they stand in.

    What several lines ask of a lead is read once: it is a column of the table expression `known`.
    """

    at: datetime
    as_of: bool = False
    prelude: str = ""
    source: str = FROM_SOME_LEADS
    recent: RecentCounts | None = None
    lines: dict[int, str] = field(default_factory=dict)
    sure: dict[int, str] = field(default_factory=dict)  # the same, of certain evidence alone
    params: dict[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=lambda: Limits((), ()))
    columns: dict[str, str] = field(default_factory=dict)

    def lines_sql(self, which: str, chosen: str = "TRUE") -> str:
        """Rows of lead, rule and points for the leads that the predicates choose; no zeros."""
        if not self.lines:
            return "SELECT 0 AS lead_id, 0 AS rule_id, 0 AS points WHERE FALSE"
        taken = {limit.key: limit.taken(self.lines, self.sure) for limit in self.limits}
        rows = ", ".join(f"({rule}, {points})" for rule, points in {**self.lines, **taken}.items())
        return f"""{self.prelude} SELECT known.lead_id, line.rule_id, line.points
            FROM {self.known(which, chosen)}
            CROSS JOIN LATERAL (VALUES {rows}) line(rule_id, points) WHERE line.points <> 0"""

    def totals_sql(self, which: str, chosen: str = "TRUE") -> str:
        """Rows of lead and points: the sums of the same expressions."""
        return self._sums_sql(f"{self.limits.total(self.lines, self.sure)} AS points", which, chosen)

    def halves_sql(self, which: str, chosen: str = "TRUE") -> str:
        """Rows of lead, fit and engagement, which add up to the points."""
        fit, engagement = (self.limits.total(self.lines, self.sure, of_fit=one) for one in (True, False))
        return self._sums_sql(f"{fit} AS fit, {engagement} AS engagement", which, chosen)

    def _sums_sql(self, sums: str, which: str, chosen: str) -> str:
        return f"{self.prelude} SELECT known.lead_id, {sums} FROM {self.known(which, chosen)}"

    def known(self, which: str, chosen: str = "TRUE") -> str:
        """A row for each lead, with all that the lines ask of it.

        `chosen` speaks of `lead.id` alone, so that no other tallies are read than those of these leads.
        """
        columns = "".join(f", {sql} AS {name}" for sql, name in self.columns.items())
        source = self.source.format(tallies=chosen.replace("lead.id", "tally.lead_id"))
        source += self.recent.join(chosen) if self.recent else ""
        # without OFFSET the planner would write each column out wherever it is used, and read it so often
        return f"""(SELECT lead.id AS lead_id{columns} FROM {source}
            WHERE {which} AND {chosen} OFFSET 0) known"""

    def share(self, sql: str) -> str:
        """The column of `known` that holds this value."""
        return f"known.{self.columns.setdefault(sql, f'value{len(self.columns)}')}"

    def add(self, rules: Collection[ScoreRule], count: Count, terms: Mapping[str, Term]) -> None:
        """A line for each rule; `count` says in SQL how often a signal has counted."""
        for number, rule in enumerate(rules, 1):
            rule.line = rule.pk or -number
            self.lines[rule.line], self.sure[rule.line] = self.line(rule, number, count, terms)
        self.limits = limits_of(rules)

    def count_of(self, uncounted: Collection[Signal], history: History) -> Count:
        """How to count: these signals from the history, the others from what is kept of them."""
        apart = set(map(id, uncounted))
        self.recent = recent = RecentCounts(self.at)

        def count(signal: Signal) -> str:
            if id(signal) in apart:
                return history.count(signal)
            return recent.count(signal) if signal.window_days else tallied(signal)

        return count

    def read_too(self, history: History, *, always: bool = False) -> None:
        """Let the lines speak of `history`, where it counts anything."""
        self.params |= history.params | (self.recent.params if self.recent else {})
        if history.counts or always:
            self.prelude = history.sql()
            self.source += " LEFT JOIN history ON history.lead_id = lead.id"

    def line(self, rule: ScoreRule, number: int, count: Count, terms: Mapping[str, Term]) -> tuple[str, str]:
        """The whole points of one rule, and those that certain evidence alone earns, as expressions.

        The number keeps their parameters apart.
        """
        if rule.signal is None:
            predicate = self.predicate(rule.condition, number, terms)
            points = f"(CASE WHEN {predicate} THEN {_held(rule, abs(rule.points))} ELSE 0 END)"
            points = f"-{points}" if rule.points < 0 else points
            return points, points
        times, each = self.share(count(rule.signal)), abs(rule.points)
        if rule.certain is None:
            found = _whole(rule, f"{each} * {times}")
            return found, found
        sure, likely = f"LEAST({self.share(count(rule.certain))}, {times})", abs(rule.likely_points)
        every = _whole(rule, f"{likely} * {times} + {each - likely} * {sure}")
        return every, _whole(rule, f"{each} * {sure}")

    def predicate(self, tree: Any, number: int, terms: Mapping[str, Term]) -> str:
        prefix = f"r{number}_"
        found = compile_sql(tree, terms, at=self.at, as_of=self.as_of, prefix=prefix, share=self.share)
        self.params |= found.params
        return found.sql


def from_tallies(rules: Collection[ScoreRule], *, at: datetime, chosen: str = "TRUE") -> Reading:
    """What the lines are now, from the tallies; a signal that is still being counted is read from history.

    `chosen`, over `lead.id`, says of whom; the history of nobody else is read.
    """
    certain.pair(rules, certain.kept_for(rules))
    signals = [one for rule in rules for one in (rule.signal, rule.certain) if one]
    uncounted = [one for one in signals if not one.pk or not one.is_counted]
    reading, history = Reading(at), History(at, which=chosen.replace("lead.id", "identity.lead_id"))
    reading.add(rules, reading.count_of(uncounted, history), vocabulary())
    reading.read_too(history)
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
    certain.pair(rules)
    history, seen = History(at, lead_ids), "history.last_human_at"
    terms = dict(vocabulary())
    terms["last_seen"] = replace(terms["last_seen"], sql=seen, sql_as_of=seen)
    reading = Reading(at, as_of)
    reading.add(rules, history.count, terms)
    reading.read_too(history, always=True)
    return reading


def _held(rule: ScoreRule, amount: str | int) -> str:
    """Within the cap of the rule."""
    return f"LEAST({amount}, {MOST if rule.cap is None else min(MOST, abs(rule.cap))})"


def _whole(rule: ScoreRule, amount: str) -> str:
    points = f"floor({_held(rule, amount)} + {HALF})::int"
    return f"-{points}" if rule.points < 0 else points


def tallied(signal: Signal) -> str:
    """The factor is worked out once for the statement, and from the landmark that its tallies have."""
    aged = f"(SELECT {factor('%(at)s::timestamptz')} FROM leads_signal signal WHERE signal.id = {signal.pk})"
    return f"COALESCE(tally.sums[{signal.slot}] * {aged}, 0)"
