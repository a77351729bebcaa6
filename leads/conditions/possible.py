"""Could it still be true? Not sure is not the same as not ready."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from leads.conditions import values
from leads.conditions.tree import Leaf, Node, leaves, read
from leads.conditions.truth import Truth, day_range, leaf_truth, node_truth
from leads.conditions.vocabulary import Term, Vocabulary

MOST_TRIES = 2_000  # assignments looked at before we say: it could
MOST_PARTS = 6  # different texts to contain, of one field, whose every combination is tried

Answer = Any  # a value of the field's type, or None: it stays unknown


def could_hold(
    tree: Any,
    facts: Mapping[str, Any],
    vocabulary: Vocabulary,
    *,
    at: datetime,
    zone: ZoneInfo = values.UTC_ZONE,
) -> bool:
    """Is there any way to learn, or not to learn, the unknown facts that makes the tree true?

    For each unknown field one answer is tried from each class that its comparisons tell apart, so False
    is certain. True is exact too, unless a bound is met: beyond MOST_TRIES assignments, or MOST_PARTS
    texts to contain, we say that it could. Fields count as independent, and numbers as having fractions.
    """
    node, today = read(tree, vocabulary), values.today(at, zone)
    given = {
        leaf.term.key: values.fact_value(leaf.term.type, facts.get(leaf.term.key), zone)
        for leaf in leaves(node)
    }
    search = _Search(node, today)
    return search.holds({key: value for key, value in given.items() if value is not None})


class _Search:
    """One walk through the answers that unknown fields could get."""

    def __init__(self, node: Node, today: date):
        self.node = node
        self.today = today
        self.tries = 0
        self.by_field: dict[str, list[Leaf]] = {}
        for leaf in leaves(node):
            self.by_field.setdefault(leaf.term.key, []).append(leaf)

    def holds(self, known: dict[str, Answer]) -> bool:
        """Settle one field after another, turning back as soon as the tree is certainly false."""
        self.tries += 1
        truth = node_truth(self.node, lambda leaf: self.of_leaf(leaf, known))
        if truth is not None or self.tries > MOST_TRIES:
            return truth is not False
        open_fields = [key for key in self.by_field if key not in known]
        if not open_fields:
            return False
        key = open_fields[0]
        answers, complete = _answers(self.by_field[key], self.today)
        return any(self.holds({**known, key: answer}) for answer in answers) or not complete

    def of_leaf(self, leaf: Leaf, known: dict[str, Answer]) -> Truth:
        if leaf.term.key not in known:
            return None  # not settled yet, whatever is asked
        return leaf_truth(leaf, known[leaf.term.key], self.today)


def _answers(asked: list[Leaf], today: date) -> tuple[list[Answer], bool]:
    """One answer of each kind that these comparisons of one field tell apart, and whether that is all."""
    term = asked[0].term
    stay_unknown = [None] if any(leaf.op in ("known", "unknown") for leaf in asked) else []
    if term.type == "text":
        texts, complete = _texts(asked)
        return [*texts, *stay_unknown], complete
    return [*_KINDS[term.type](term, asked, today), *stay_unknown], True


def _choices(term: Term, asked: list[Leaf], today: date) -> Iterable[str]:
    """Each choice that is asked for and one that is not: any other, where the list is open."""
    named = {value for leaf in asked for value in leaf.values}
    others = [key for key, _label in term.choices if key not in named] if term.choices else [_unlike(named)]
    return [*sorted(named), *others[:1]]


def _numbers(term: Term, asked: list[Leaf], today: date) -> Iterable[Decimal]:
    """Each number that is asked for, and one between, below and above."""
    listed = [values.number(key) for key, _label in term.choices]
    if listed:
        return [found for found in listed if found is not None]
    named = sorted({value for leaf in asked for value in leaf.values}) or [Decimal(0)]
    between = [(low + high) / 2 for low, high in pairwise(named)]
    return [named[0] - 1, *named, *between, named[-1] + 1]


def _dates(term: Term, asked: list[Leaf], today: date) -> Iterable[date]:
    """Each day at which a comparison turns, the day before and the day after."""
    ranges = [day_range(leaf, today) for leaf in asked if leaf.values]
    turning = {day for ends in ranges for day in ends if day} or {today}
    return sorted({day + timedelta(days=step) for day in turning for step in (-1, 0, 1)})


def _yes_no(term: Term, asked: list[Leaf], today: date) -> Iterable[bool]:
    return [True, False]


_KINDS: dict[str, Callable[[Term, list[Leaf], date], Iterable[Answer]]] = {
    "choice": _choices,
    "number": _numbers,
    "money": _numbers,
    "date": _dates,
    "yes_no": _yes_no,
}


def _texts(asked: list[Leaf]) -> tuple[list[str], bool]:
    """Texts that equal, begin with and contain what is asked for, in every combination."""
    by_op: dict[str, set[str]] = {}
    for leaf in asked:
        for value in leaf.values:
            by_op.setdefault(leaf.op, set()).add(values.fold(value))
    equal = set().union(*(by_op.get(op, set()) for op in ("is", "is_not", "in")))
    starts, parts = sorted(by_op.get("starts_with", set())), sorted(by_op.get("contains", set()))
    gap = _unlike({value for found in by_op.values() for value in found})
    combined = [
        start + gap + gap.join(chosen) for start in ["", *starts] for chosen in _subsets(parts[:MOST_PARTS])
    ]
    return [*sorted(equal), *combined], len(parts) <= MOST_PARTS


def _subsets(parts: list[str]) -> Iterable[list[str]]:
    return [
        [part for index, part in enumerate(parts) if mask >> index & 1] for mask in range(2 ** len(parts))
    ]


def _unlike(texts: Iterable[str]) -> str:
    """A character that none of these texts contains."""
    taken = set("".join(texts))
    return next(chr(code) for code in range(0xE000, 0xF900) if chr(code) not in taken)
