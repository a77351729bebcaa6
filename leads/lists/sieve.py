"""Coarser predicates that follow from a condition and that an index can answer.

A condition compiles to exact SQL that no index knows. Where all of several comparisons must hold, each
that has an index here also says the same in the index's words, so that the server may begin with the few.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leads.conditions.tree import EVERYBODY, Group, Leaf, Node
from leads.conditions.truth import constants
from leads.lists.terms import HAND
from leads.models.said import LONGEST_SAID, SAID, SPOKEN

Words = tuple[str, Any]
Reader = Callable[[Leaf, datetime], Words | None]


@dataclass(frozen=True)
class Sieve:
    """SQL that holds wherever a condition does; `table` is the alias whose own column it reads, if any."""

    sql: str

    @property
    def table(self) -> str:
        return self.sql.partition(".")[0]


def sieves(node: Node, at: datetime) -> tuple[list[Sieve], dict[str, Any]]:
    """Everything that indexes know of a condition, with its parameters."""
    found, params = [], {}
    for number, leaf in enumerate(_needed(node)):
        words = _reader(leaf)(leaf, at)
        if words:
            found.append(Sieve(words[0].format(f"%(s{number})s")))
            params[f"s{number}"] = words[1]
    return found, params


def _needed(node: Node) -> list[Leaf]:
    """The comparisons without which the whole can't hold."""
    if isinstance(node, Leaf):
        return [node]
    if node == EVERYBODY or not isinstance(node, Group) or node.word != "all":
        return []
    return [leaf for part in node.parts for leaf in _needed(part)]


def _reader(leaf: Leaf) -> Reader:
    return _SIEVES.get(leaf.term.key, _fact if ".facts ->> " in leaf.term.sql else _nothing)


def _nothing(leaf: Leaf, at: datetime) -> Words | None:
    return None


def _fact(leaf: Leaf, at: datetime) -> Words | None:
    """Whatever is said of a fact, the fact is known; equality and parts of texts say more."""
    about, key = leaf.term.sql.partition(".")[0], leaf.term.key
    if leaf.op == "unknown":
        return None
    if leaf.op in ("contains", "starts_with") and (part := _part(leaf)):
        return SPOKEN[about] + " LIKE {}::text", part
    return SAID[about] + " && {}::text[]", _said(leaf) or [key]


def _said(leaf: Leaf) -> list[str]:
    """What the index holds of a lead for which this comparison is true; nothing where it holds no more
    than that something is known."""
    key = leaf.term.key
    if leaf.op in ("is_true", "is_false"):
        return [f"{key}={'true' if leaf.op == 'is_true' else 'false'}"]
    if leaf.op not in ("is", "in") or leaf.term.type not in ("text", "choice"):
        return []
    return sorted({f"{key}={_plain(text)[:LONGEST_SAID]}" for text in leaf.values})


def _plain(text: str) -> str:
    """As the index keeps it: ASCII in small letters, and one mark for any other."""
    return re.sub(r"[^\x01-\x7f]", "?", text).lower()


def _part(leaf: Leaf) -> str:
    """A pattern for these letters, empty where an index of three letters at a time can't look for them."""
    (text,) = constants(leaf)
    if not re.search(r"[a-z0-9]{3}", text):
        return ""
    escaped = re.sub(r"([\\%_])", r"\\\1", text)
    return "%" + re.sub(r"[^\x01-\x7f]", "_", escaped) + "%"


def _country(leaf: Leaf, at: datetime) -> Words | None:
    return (SAID["lead"] + " && {}::text[]", _said(leaf)) if _said(leaf) else None


def _on_card(before: str = "") -> Reader:
    """Text that stands on the index card; beyond ASCII the card's letters are others."""

    def words(leaf: Leaf, at: datetime) -> Words | None:
        if leaf.op not in ("is", "contains", "starts_with") or not leaf.values[0].isascii():
            return None
        part = _part(leaf)
        start = before if leaf.op != "contains" else ""
        return ("card.words LIKE {}::text", f"%{start}{part[1:]}") if part else None

    return words


def _one_of(sql: str) -> Reader:
    return lambda leaf, at: (sql, list(leaf.values)) if leaf.op in ("is", "in") else None


def _same(sql: str) -> Reader:
    """Text without its case; beyond ASCII the server may fold otherwise than conditions do."""

    def words(leaf: Leaf, at: datetime) -> Words | None:
        if leaf.op != "is" or not leaf.values[0].isascii():
            return _on_card()(leaf, at)
        return sql, leaf.values[0]

    return words


def _points(leaf: Leaf, at: datetime) -> Words | None:
    """Points are whole: what is at least 7.5 is at least 8."""
    if leaf.op not in SIGNS:
        return None
    sign, whole = SIGNS[leaf.op]
    return f"score.points {sign} {{}}::bigint", whole(leaf.values[0])


def _yes(sql: str) -> Reader:
    return lambda leaf, at: (sql, at) if leaf.op == "is_true" else None


SIGNS: dict[str, tuple[str, Callable[[Any], int]]] = {
    "at_least": (">=", math.ceil),
    "above": (">", math.floor),
    "at_most": ("<=", math.floor),
    "below": ("<", math.ceil),
}
_NAMED = "lead.{0}_id = ANY(ARRAY(SELECT id FROM leads_{0} WHERE name = ANY({{}}::text[])))"
_HANDS = f"SELECT hand.id FROM leads_custodian hand WHERE {HAND} = ANY({{}}::text[])"  # noqa: S608  ours
_SIEVES: dict[str, Reader] = {
    "stage": _one_of("lead.stage = ANY({}::text[])"),
    "source": _one_of(_NAMED.format("source")),
    "campaign": _one_of(_NAMED.format("campaign")),
    "holder": _one_of(f"custody.custodian_id = ANY(ARRAY({_HANDS}))"),
    "next_action": _one_of("custody.next_action = ANY({}::text[])"),
    "score": _points,
    "country": _country,
    "account": _same("lower(account.name) = lower({}::text)"),
    "email": _same("lower(lead.email) = lower({}::text) AND NOT lead.email = ''"),
    "email_domain": _on_card("@"),
    "first_name": _on_card(),
    "last_name": _on_card(),
    "overdue": _yes("custody.next_action_at < {}::timestamptz"),
    "is_target": _yes("account.is_target AND {}::timestamptz IS NOT NULL"),
}
