"""When time alone can next change a verdict: the earliest instant, or a safe earlier one."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from handoff.terms import Rule, Terms
from leads.conditions import next_change

if TYPE_CHECKING:
    from handoff.judging import LeadFacts

SOONEST = timedelta(minutes=15)  # points are whole: nearer to the line than this, looking is a guess
FURTHEST_DAYS = 3650.0
Moving = list[tuple[float, float]]  # points and half-life in days


def next_check_at(facts: "LeadFacts", terms: Terms, at: datetime) -> datetime | None:
    """The earliest of every instant at which something in these terms can turn."""
    return min((instant for instant in _turning(facts, terms, at) if instant > at), default=None)


def _turning(facts: "LeadFacts", terms: Terms, at: datetime) -> Iterator[datetime]:
    yield from _dated(facts, terms, at)
    target, score = terms.clause("target"), terms.clause("score")
    seen = last_seen(facts.values)
    if target and seen and facts.values.get("is_target"):
        yield seen + timedelta(days=target.days)
    if score:
        crossing = crosses_at(facts, terms, score.threshold, at)
        if crossing:
            yield crossing


def _dated(facts: "LeadFacts", terms: Terms, at: datetime) -> Iterator[datetime]:
    """Comparisons with dates turn at the beginning of a day."""
    trees = [
        *(terms.covers, terms.excludes, *(rule.when for rule in terms.rules)),
        *(*terms.lifecycle.conditions, *(terms.ratings.conditions if terms.ratings.count else ())),
    ]
    for tree in trees:
        if tree is None:
            continue
        turns = next_change(tree, facts.values, terms.vocabulary, at=at, zone=terms.hours.time_zone)
        if turns:
            yield turns


def crosses_at(facts: "LeadFacts", terms: Terms, line: int, at: datetime) -> datetime | None:
    """When fading points can carry the score over the line: good ones only sink it, bad ones lift it.

    A capped line fades no faster than one without a cap, so the instant is never late; points on the
    card are rounded, which a point for each line makes up for. All that a window holds may leave it at
    the next midnight in UTC: nobody here knows on which day it happened.
    """
    above = facts.score >= line
    found = list(_leaving(facts, terms, above))
    gap = abs(facts.score - line) - len(found)
    instants = [_faded_by(found, gap, at)]
    if held := sum(points for points, rule in found if rule.window_days):
        lasting = [(points, rule) for points, rule in found if not rule.window_days]
        left = at if held >= gap else _faded_by(lasting, gap - held, at)
        instants.append(left and max(left, _next_midnight(at)))
    return max(min(known), at + SOONEST) if (known := [one for one in instants if one]) else None


def _faded_by(lines: list[tuple[float, Rule]], gap: float, at: datetime) -> datetime | None:
    """When so many points can have faded."""
    days = _days_until([(points, rule.half_life_days) for points, rule in lines if rule.half_life_days], gap)
    return None if days is None else at + timedelta(days=days)


def _leaving(facts: "LeadFacts", terms: Terms, above: bool) -> Iterator[tuple[float, Rule]]:
    """The points that time takes away, of the lines that keep the score on its side, with their rules."""
    rules = {rule.label: rule for rule in terms.rules}
    for one in facts.lines:
        rule = rules.get(one.label)
        if rule and (rule.half_life_days or rule.window_days) and one.points and (one.points > 0) == above:
            yield abs(one.points) + 0.5, rule


def _next_midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _days_until(moving: Moving, gap: float) -> float | None:
    """The first day on which so many points can have faded, found by halving; None when never."""
    if not moving or sum(points for points, _half_life in moving) < gap:
        return None
    low, high = 0.0, FURTHEST_DAYS
    while high - low > 1 / 1440:
        middle = (low + high) / 2
        low, high = (low, middle) if _faded(moving, middle) >= gap else (middle, high)
    return low


def _faded(moving: Moving, days: float) -> float:
    return sum(points * (1 - 2 ** (-days / half_life)) for points, half_life in moving)


def last_seen(values: Mapping[str, Any]) -> datetime | None:
    """The last sign of life of a person, read from stored facts."""
    seen = values.get("last_seen")
    if not seen:
        return None
    instant = seen if isinstance(seen, datetime) else datetime.fromisoformat(seen)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
