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
    known = {key: value for key, value in given.items() if value is not None}
    return _Search(node, today, known).holds(known)


class _Search:
    """One walk through the answers that unknown fields could get."""

    def __init__(self, node: Node, today: date, known: dict[str, Answer]):
        self.node = node
        self.today = today
        self.tries = 0
        self.unlisted: set[str] = set()  # fields with more kinds of answer than are tried
        asked: dict[str, list[Leaf]] = {}
        for leaf in leaves(node):
            asked.setdefault(leaf.term.key, []).append(leaf)
        answers = {key: self.bearable(asked[key], known) for key in asked if key not in known}
        self.answers = dict(sorted(answers.items(), key=lambda it: (it[0] in self.unlisted, len(it[1]))))

    def bearable(self, asked: list[Leaf], known: dict[str, Answer]) -> list[Answer]:
        """The answers for one field that do not settle the tree against us on their own."""
        answers, complete = _answers(asked, self.today)
        key = asked[0].term.key
        if not complete:
            self.unlisted.add(key)
        return [answer for answer in answers if self.truth({**known, key: answer}) is not False]

    def holds(self, known: dict[str, Answer]) -> bool:
        """Settle one field after another, turning back as soon as the tree is certainly false."""
        self.tries += 1
        truth = self.truth(known)
        if truth is not None or self.tries > MOST_TRIES:
            return truth is not False
        key = next((key for key in self.answers if key not in known), None)
        if key is None:
            return False
        return any(self.holds({**known, key: answer}) for answer in self.answers[key]) or key in self.unlisted

    def truth(self, known: dict[str, Answer]) -> Truth:
        return node_truth(self.node, lambda leaf: self.of_leaf(leaf, known))

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
