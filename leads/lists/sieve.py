"""A coarser predicate that follows from a condition and that an index can answer.

A condition compiles to exact SQL that no index knows. Where all of several comparisons must hold, each
that has an index here also says the same in the index's words, so that the server may begin with the few.
"""

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

from leads.conditions.tree import EVERYBODY, Group, Leaf, Node
from leads.lists.terms import HAND

Words = tuple[str, Any]
Sieve = Callable[[Leaf, datetime], Words | None]


def sieve(node: Node, at: datetime) -> tuple[list[str], dict[str, Any]]:
    """SQL that holds wherever the condition does, with its parameters."""
    sqls, params = [], {}
    for number, leaf in enumerate(_needed(node)):
        words = _SIEVES[leaf.term.key](leaf, at) if leaf.term.key in _SIEVES else None
        if words:
            sqls.append(words[0].format(f"%(s{number})s"))
            params[f"s{number}"] = words[1]
    return sqls, params


def _needed(node: Node) -> list[Leaf]:
    """The comparisons without which the whole can't hold."""
    if isinstance(node, Leaf):
        return [node]
    if node == EVERYBODY or not isinstance(node, Group) or node.word != "all":
        return []
    return [leaf for part in node.parts for leaf in _needed(part)]


def _one_of(sql: str) -> Sieve:
    return lambda leaf, at: (sql, list(leaf.values)) if leaf.op in ("is", "in") else None


def _same(sql: str) -> Sieve:
    """Text without its case; beyond ASCII the server may fold otherwise than conditions do."""
    return lambda leaf, at: (sql, leaf.values[0]) if leaf.op == "is" and leaf.values[0].isascii() else None


def _points(leaf: Leaf, at: datetime) -> Words | None:
    """Points are whole: what is at least 7.5 is at least 8."""
    if leaf.op not in SIGNS:
        return None
    sign, whole = SIGNS[leaf.op]
    return f"score.points {sign} {{}}::bigint", whole(leaf.values[0])


def _yes(sql: str) -> Sieve:
    return lambda leaf, at: (sql, at) if leaf.op == "is_true" else None


SIGNS: dict[str, tuple[str, Callable[[Any], int]]] = {
    "at_least": (">=", math.ceil),
    "above": (">", math.floor),
    "at_most": ("<=", math.floor),
    "below": ("<", math.ceil),
}
_NAMED = "lead.{0}_id = ANY(ARRAY(SELECT id FROM leads_{0} WHERE name = ANY({{}}::text[])))"
_HANDS = f"SELECT hand.id FROM leads_custodian hand WHERE {HAND} = ANY({{}}::text[])"  # noqa: S608  ours
_SIEVES: dict[str, Sieve] = {
    "stage": _one_of("lead.stage = ANY({}::text[])"),
    "source": _one_of(_NAMED.format("source")),
    "campaign": _one_of(_NAMED.format("campaign")),
    "holder": _one_of(f"custody.custodian_id = ANY(ARRAY({_HANDS}))"),
    "next_action": _one_of("custody.next_action = ANY({}::text[])"),
    "score": _points,
    "account": _same("lower(account.name) = lower({}::text)"),
    "email": _same("lower(lead.email) = lower({}::text) AND NOT lead.email = ''"),
    "overdue": _yes("custody.next_action_at < {}::timestamptz"),
    "is_target": _yes("account.is_target AND {}::timestamptz IS NOT NULL"),
}
