"""When time alone can next change an answer."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from leads.conditions import values
from leads.conditions.tree import Leaf, leaves, read
from leads.conditions.vocabulary import Vocabulary
from people.clock import local_instant


def next_change(
    tree: Any,
    facts: Mapping[str, Any],
    vocabulary: Vocabulary,
    *,
    at: datetime,
    zone: ZoneInfo = values.UTC_ZONE,
) -> datetime | None:
    """The first instant after `at` when a dated comparison of these facts turns, always a day's beginning.

    The whole tree may stay as it is then: this is a safe instant to look again, never a late one.
    """
    today = values.today(at, zone)
    turning = (
        day
        for leaf in leaves(read(tree, vocabulary))
        if leaf.term.type == "date"
        for day in _turning_days(leaf, values.fact_value("date", facts.get(leaf.term.key), zone))
        if day > today
    )
    first = min(turning, default=None)
    return None if first is None else local_instant(first, time(), zone)


def _turning_days(leaf: Leaf, day: Any) -> Iterator[date]:
    """The days on whose beginning a comparison with this day turns true or false."""
    if day is None or leaf.op not in ("within_last", "within_next", "older_than"):
        return
    days, tomorrow = timedelta(days=leaf.values[0]), timedelta(days=1)
    if leaf.op == "within_next":
        yield day - days
        yield day + tomorrow
        return
    yield day + days + tomorrow
    if leaf.op == "within_last":
        yield day
