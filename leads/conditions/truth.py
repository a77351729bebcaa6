"""Is it true of these facts? True, False, or None where the facts do not say."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from leads.conditions import values
from leads.conditions.tree import Group, Leaf, Node, Not, read
from leads.conditions.vocabulary import Vocabulary

Truth = bool | None


def evaluate(
    tree: Any,
    facts: Mapping[str, Any],
    vocabulary: Vocabulary,
    *,
    at: datetime,
    zone: ZoneInfo = values.UTC_ZONE,
) -> Truth:
    """What the tree says of these facts, by field key, at this instant."""
    today = values.today(at, zone)

    def of_leaf(leaf: Leaf) -> Truth:
        value = values.fact_value(leaf.term.type, facts.get(leaf.term.key), zone)
        return leaf_truth(leaf, value, today)

    return node_truth(read(tree, vocabulary), of_leaf)


def node_truth(node: Node, of_leaf: Callable[[Leaf], Truth]) -> Truth:
    """Kleene's logic: unknown stays unknown unless the rest settles the matter."""
    if isinstance(node, Leaf):
        return of_leaf(node)
    if isinstance(node, Not):
        inner = node_truth(node.part, of_leaf)
        return None if inner is None else not inner
    return _group_truth(node, of_leaf)


def _group_truth(group: Group, of_leaf: Callable[[Leaf], Truth]) -> Truth:
    settling = group.word == "any"
    truth: Truth = not settling
    for part in group.parts:
        found = node_truth(part, of_leaf)
        if found is settling:
            return settling
        if found is None:
            truth = None
    return truth


def leaf_truth(leaf: Leaf, value: Any, today: date) -> Truth:
    """One comparison with a value of the term's type, None being unknown."""
    if leaf.op == "known":
        return value is not None
    if leaf.op == "unknown":
        return value is None
    if value is None:
        return None
    if leaf.term.type == "date":
        first, last = day_range(leaf, today)
        return (first is None or first <= value) and (last is None or value <= last)
    return _COMPARISONS[leaf.op](value, *constants(leaf))


def constants(leaf: Leaf) -> tuple[Any, ...]:
    """What the leaf compares with, text without its case; a list is one constant."""
    found = tuple(values.fold(v) for v in leaf.values) if leaf.term.type == "text" else leaf.values
    return (found,) if leaf.op == "in" else found


def day_range(leaf: Leaf, today: date) -> tuple[date | None, date | None]:
    """The days, both included, for which a date comparison holds today; None is without end."""
    (value,) = leaf.values
    if leaf.op == "before":
        return None, value - timedelta(days=1)
    if leaf.op == "after":
        return value + timedelta(days=1), None
    days = timedelta(days=value)
    if leaf.op == "within_last":
        return today - days, today
    if leaf.op == "within_next":
        return today, today + days
    return None, today - days - timedelta(days=1)  # older_than


_COMPARISONS: dict[str, Callable[..., bool]] = {
    "is": lambda value, other: value == other,
    "is_not": lambda value, other: value != other,
    "contains": lambda value, other: other in value,
    "starts_with": lambda value, other: value.startswith(other),
    "in": lambda value, others: value in others,
    "at_least": lambda value, other: value >= other,
    "at_most": lambda value, other: value <= other,
    "above": lambda value, other: value > other,
    "below": lambda value, other: value < other,
    "between": lambda value, low, high: low <= value <= high,
    "is_true": lambda value: value,
    "is_false": lambda value: not value,
}
