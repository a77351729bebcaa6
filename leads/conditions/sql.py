"""The tree as one SQL predicate that is TRUE, FALSE or NULL exactly where Python says True, False or None."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from leads.conditions import values
from leads.conditions.tree import InvalidCondition, Leaf, Node, Not, Problem, read
from leads.conditions.truth import constants, day_range
from leads.conditions.vocabulary import Term, Vocabulary

#: Given the SQL of a value, says how the statement refers to it.
Share = Callable[[str], str]

_OPERATORS = {"is": "=", "is_not": "<>", "at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}


@dataclass(frozen=True)
class Predicate:
    """A boolean SQL expression with psycopg's named parameters."""

    sql: str
    params: dict[str, Any]


def compile_sql(
    tree: Any,
    vocabulary: Vocabulary,
    *,
    at: datetime,
    as_of: bool = False,
    zone: ZoneInfo = values.UTC_ZONE,
    prefix: str = "c",
    share: Share = str,
) -> Predicate:
    """Compile for `at`; `as_of` reads what was known then, through each term's `sql_as_of`.

    Parameters are called by the prefix and a number, so predicates with different prefixes can stand in
    one statement; the parameter `at` comes along when `as_of` is asked for. `share` is shown each value
    that is read and says what to write instead: a statement of many predicates reads it once for all.
    """
    writer = _Writer(values.today(at, zone), as_of, zone, prefix, share, {"at": at} if as_of else {})
    return Predicate(writer.node(read(tree, vocabulary)), writer.params)


@dataclass
class _Writer:
    """One compilation, collecting parameters as it writes."""

    today: date
    as_of: bool
    zone: ZoneInfo
    prefix: str
    share: Share
    params: dict[str, Any] = field(default_factory=dict)

    def node(self, node: Node) -> str:
        if isinstance(node, Leaf):
            return f"({self.leaf(node)})"
        if isinstance(node, Not):
            return f"(NOT {self.node(node.part)})"
        if not node.parts:
            return "TRUE"
        return "(" + _JOINTS[node.word].join(self.node(part) for part in node.parts) + ")"

    def leaf(self, leaf: Leaf) -> str:
        if leaf.op in ("known", "unknown"):
            return f"{self.value(leaf.term)} IS {'NOT ' if leaf.op == 'known' else ''}NULL"
        return _WRITERS[leaf.term.type](self, leaf)

    def text(self, leaf: Leaf) -> str:
        expression, (constant,) = self.folded(leaf), constants(leaf)
        if leaf.op == "contains":
            return f"strpos({expression}, {self.bind(constant)}::text) > 0"
        if leaf.op == "starts_with":
            return f"starts_with({expression}, {self.bind(constant)}::text)"
        return self.equality(leaf.op, expression, constant)

    def choice(self, leaf: Leaf) -> str:
        (constant,) = constants(leaf)
        return self.equality(leaf.op, self.value(leaf.term), constant)

    def equality(self, op: str, expression: str, constant: Any) -> str:
        if op == "in":
            return f"{expression} = ANY({self.bind(list(constant))}::text[])"
        return f"{expression} {_OPERATORS[op]} {self.bind(constant)}::text"

    def folded(self, leaf: Leaf) -> str:
        """Lower the ASCII letters, and of all others only those that the constants contain.

        No collation is asked, so every server folds alike, whatever locale it was made with.
        """
        lowered = self.share(f'lower({self.read(leaf.term)} COLLATE "C")')
        letters = sorted(set("".join(values.fold(constant) for constant in leaf.values)))
        pairs = [(variant, letter) for letter in letters for variant in values.variants(letter)]
        if not pairs:
            return lowered
        froms, tos = ("".join(side) for side in zip(*pairs, strict=True))
        return f"translate({lowered}, {self.bind(froms)}::text, {self.bind(tos)}::text)"

    def number(self, leaf: Leaf) -> str:
        expression = self.value(leaf.term)
        bound = [f"{self.bind(constant)}::numeric" for constant in leaf.values]
        if leaf.op == "between":
            return f"{expression} BETWEEN {bound[0]} AND {bound[1]}"
        return f"{expression} {_OPERATORS[leaf.op]} {bound[0]}"

    def date(self, leaf: Leaf) -> str:
        expression, (first, last) = self.value(leaf.term), day_range(leaf, self.today)
        if first and last:
            return f"{expression} BETWEEN {self.bind(first)}::date AND {self.bind(last)}::date"
        return f"{expression} {'>=' if first else '<='} {self.bind(first or last)}::date"

    def yes_no(self, leaf: Leaf) -> str:
        return f"{'' if leaf.op == 'is_true' else 'NOT '}{self.value(leaf.term)}"

    def value(self, term: Term) -> str:
        """The term as a value of its type, NULL when it is missing or something else."""
        return self.share(self.read(term))

    def read(self, term: Term) -> str:
        sql, zone = f"({self.source(term)})", f"'{self.zone.key}'"  # a zone's key is the name of a file
        if term.stored == "instant":
            return f"({sql} AT TIME ZONE {zone})::date"
        if term.stored == "typed":
            return _TYPED[term.type].format(sql)
        return _CHECKED[term.type].format(sql, zone=zone)

    def source(self, term: Term) -> str:
        if not self.as_of:
            return term.sql
        if not term.sql_as_of:
            raise InvalidCondition([Problem("", f"{term.label} is not kept as of earlier instants.")])
        return term.sql_as_of

    def bind(self, value: Any) -> str:
        name = f"{self.prefix}{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"


_JOINTS = {"all": " AND ", "any": " OR "}
_WRITERS: dict[str, Callable[[_Writer, Leaf], str]] = {
    "text": _Writer.text,
    "choice": _Writer.choice,
    "number": _Writer.number,
    "money": _Writer.number,
    "date": _Writer.date,
    "yes_no": _Writer.yes_no,
}


def _pattern(pattern: str) -> str:
    """A pattern as a SQL literal, its braces safe from format()."""
    return "'^(?:" + pattern.replace("{", "{{").replace("}", "}}") + ")$'"


_TEXT = "NULLIF({0}::text, '')"
_TYPED = {
    "text": _TEXT,
    "choice": _TEXT,
    "number": "{0}::numeric",
    "money": "{0}::numeric",
    "date": "{0}::date",
    "yes_no": "{0}::boolean",
}
# CASE settles the pattern before the cast is tried, so that a bad fact is NULL and never an error.
_NUMBER = (
    f"CASE WHEN octet_length({{0}}) <= {values.LONGEST_NUMBER}"
    f' AND {{0}} COLLATE "C" ~ {_pattern(values.NUMBER)} THEN {{0}}::numeric END'
)
_CHECKED = {
    "text": _TEXT,
    "choice": _TEXT,
    "number": f"({_NUMBER})",
    "money": f"({_NUMBER})",
    "date": (
        f'(CASE WHEN {{0}} COLLATE "C" ~ {_pattern(values.DAY)} THEN {{0}}::date'
        f' WHEN {{0}} COLLATE "C" ~ {_pattern(values.INSTANT)}'
        f" THEN ({{0}}::timestamptz AT TIME ZONE {{zone}})::date END)"
    ),
    "yes_no": "(CASE {0} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END)",
}
