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
    card are rounded, which a point for each line makes up for.
    """
    rules, above = {rule.label: rule for rule in terms.rules}, facts.score >= line
    moving = [
        (abs(one.points) + 0.5, _half_life(rules[one.label]))
        for one in facts.lines
        if one.label in rules and rules[one.label].half_life_days and (one.points > 0) == above and one.points
    ]
    gap = (facts.score - line if above else line - facts.score) - len(moving)
    days = _days_until(moving, gap)
    return None if days is None else at + max(timedelta(days=days), SOONEST)


def _half_life(rule: Rule) -> float:
    assert rule.half_life_days
    return rule.half_life_days


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
