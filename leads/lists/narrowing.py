"""What narrows a list, as SQL over the aliases of `from_lists`: the conditions, and what indexes know."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet

from leads.conditions import compile_sql, read
from leads.conditions.tree import EVERYBODY, Group, Node
from leads.lists.asking import Asked
from leads.lists.sieve import Sieve, sieves
from leads.models import Lead

MOST_WORDS = 6


@dataclass(frozen=True)
class Narrowing:
    """Who may be seen and who fits; the sieves follow from that, so they leave nobody out."""

    seen: str  # selects the numbers of those who may be seen; empty for everybody
    exact: tuple[str, ...]
    sieves: tuple[Sieve, ...]
    params: dict[str, Any]

    @property
    def narrows(self) -> bool:
        return bool(self.seen or self.exact)

    @property
    def fits(self) -> str:
        return " AND ".join(("lead.merged_into_id IS NULL", *self.exact))

    def may_see(self, number: str) -> str:
        """Asked of a number at a time; the server looks up once who may be seen."""
        return f"COALESCE({number} IN ({self.seen}), FALSE)" if self.seen else "TRUE"

    @property
    def where(self) -> str:
        """Whoever fits and may be seen."""
        return f"{self.fits} AND lead.id IN ({self.seen})" if self.seen else self.fits

    @property
    def sifted(self) -> str:
        """The same, in words that let the server begin with the few."""
        return " AND ".join((self.where, *(one.sql for one in self.sieves)))

    def of_tables(self, aliases: Collection[str]) -> str:
        """What these tables know by columns of their own."""
        return " AND ".join(one.sql for one in self.sieves if one.table in aliases) or "TRUE"


def narrowing(user, asked: Asked, at: datetime) -> Narrowing:
    node = read(asked.tree, asked.terms)
    seen, allowed = _seen(user)
    words, sought = _words(asked.q)
    conditions, values = _conditions(node, asked, at)
    coarse, also = sieves(node, at)
    params = {**allowed, **sought, **values, **also}
    return Narrowing(seen, (*words, *conditions), tuple(coarse), params)


def _conditions(node: Node, asked: Asked, at: datetime) -> tuple[list[str], dict[str, Any]]:
    """Each condition that must hold. The server would take each for rare, and knows better by the sieves."""
    if node == EVERYBODY:
        return [], {}
    parts = node.parts if isinstance(node, Group) and node.word == "all" else (node,)
    made = [compile_sql(part, asked.terms, at=at, prefix=f"c{number}_") for number, part in enumerate(parts)]
    params = {name: value for one in made for name, value in one.params.items()}
    return [f"COALESCE({one.sql}, FALSE)" for one in made], params


def _seen(user) -> tuple[str, dict[str, Any]]:
    """Nothing for who sees everybody, else the very rule of `visible_to`."""
    numbers = Lead.objects.numbers_for(user)
    if numbers is None:
        return "", {}
    try:
        sql, values = numbers.query.sql_with_params()
    except EmptyResultSet:
        return "SELECT NULL::bigint WHERE FALSE", {}
    first, *rest = sql.split("%s")
    named = first + "".join(f"%(v{number})s{part}" for number, part in enumerate(rest))
    return named, {f"v{number}": value for number, value in enumerate(values)}


def _words(q: str) -> tuple[list[str], dict[str, Any]]:
    """Every word stands in the name, an address or the company; one of a letter or two begins a word."""
    params = {}
    for number, word in enumerate(q.split()[:MOST_WORDS]):
        plain = word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        params[f"w{number}"] = f"%{' ' if len(word) < 3 else ''}{plain}%"
    return [f"card.words LIKE lower(unaccent(%({name})s))" for name in params], params
