"""What a reader asks of the list, as it stands in the address: the address is the view.

    ?q=henrik&who=stage.is.mql&who=country.in.DE~DK&sort=score&columns=company,score

Several `who` must all hold. Short forms such as ?stage=mql&overdue=on say the same as conditions. What
can't be read is said, and narrows nothing.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from leads.conditions import Vocabulary, sentence, validate
from leads.lists import columns, language
from leads.lists.orders import ORDERS
from leads.lists.terms import hand_key
from leads.models import Custodian, SavedView, Source

LONGEST_WORDS, MOST_PARTS = 200, 20
NUMBERED: dict[str, Any] = {"source": (Source, str), "holder": (Custodian, hand_key)}
Tree = dict[str, Any]


def _is(name: str) -> Any:
    return lambda text: {"field": name, "op": "is", "value": text}


def _points(text: str) -> Tree:
    is_number = text.removeprefix("-").isdecimal() and len(text) < 19
    return {"field": "score", "op": "at_least", "value": int(text) if is_number else text}


SHORT = {
    "stage": _is("stage"),
    "source": _is("source"),
    "holder": _is("holder"),
    "score": _points,
    "overdue": lambda text: {"field": "overdue", "op": "is_true"},
}


@dataclass(frozen=True)
class Asked:
    """Words, a condition, an order and columns; and what of the address could not be read."""

    terms: Vocabulary
    q: str = ""
    tree: Tree = field(default_factory=dict)
    sort: str = "newest"
    columns: tuple[str, ...] = columns.DEFAULT
    after: str = ""
    problems: tuple[str, ...] = ()
    view: SavedView | None = None

    @property
    def narrows(self) -> bool:
        return bool(self.q or self.tree)

    @property
    def parts(self) -> list[Tree]:
        """Each condition that must hold."""
        return self.tree.get("all") or ([self.tree] if self.tree else [])

    @property
    def sentence(self) -> str:
        said = [_("“%(words)s”") % {"words": self.q}] if self.q else []
        return _(" and ").join([*said, sentence(self.tree, self.terms)] if self.tree else said)

    @property
    def differs(self) -> bool:
        """Does it ask something else than the view it began with?"""
        return self.view is not None and self.pairs() != of_view(self.view, self.terms).pairs()

    def pairs(self) -> list[tuple[str, str]]:
        """The address of it, without what goes without saying."""
        pairs = [("q", self.q)] if self.q else []
        pairs += [("who", language.write(part)) for part in self.parts]
        pairs += [("sort", self.sort)] if self.sort != "newest" else []
        return pairs + ([("columns", ",".join(self.columns))] if self.columns != columns.DEFAULT else [])

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What a form carries along beside words and order: the view, the conditions, the columns."""
        view = [("view", str(self.view.public_id))] if self.view else []
        return view + [pair for pair in self.pairs() if pair[0] in ("who", "columns")]

    def query(self, **changed: Any) -> str:
        """The query string, with something changed; the page is forgotten."""
        asked = replace(self, **changed)
        data = QueryDict(mutable=True)
        if asked.view:
            data["view"] = str(asked.view.public_id)
        if asked.view is None or asked.differs:
            for name, value in asked.pairs() or ([("who", "")] if asked.view else []):
                data.appendlist(name, value)
        return data.urlencode(safe="~,()@:")

    def url(self, **changed: Any) -> str:
        query = self.query(**changed)
        return reverse("leads") + (f"?{query}" if query else "")


def read(given: QueryDict, terms: Vocabulary, view: SavedView | None = None) -> Asked:
    """What an address asks for; what it says beside the name of a view replaces what the view asks."""
    after = given.get("after", "")
    if view and not any(name in given for name in ("q", "who", "sort", "columns", *SHORT)):
        return replace(of_view(view, terms), after=after)
    tree, problems = _condition(given, terms)
    sort = given.get("sort", "")
    wanted = tuple(key for text in given.getlist("columns") for key in text.split(",") if key)[: columns.MOST]
    return Asked(
        terms,
        q=plain(given.get("q", "")),
        tree=tree,
        sort=sort if sort in ORDERS else "newest",
        columns=wanted or columns.DEFAULT,
        after=after,
        problems=tuple(problems),
        view=view,
    )


def plain(words: str) -> str:
    """Words to look for, without what no text can hold."""
    clean = words.replace("\0", "").encode(errors="replace").decode()
    return " ".join(clean.split())[:LONGEST_WORDS]


def _condition(given: QueryDict, terms: Vocabulary) -> tuple[Tree, list[str]]:
    """All of what the address says must hold; where one part is unreadable, nothing is narrowed."""
    parts, problems = [], []
    for text in filter(None, given.getlist("who")[:MOST_PARTS]):
        try:
            parts.append(language.read(text))
        except language.Unreadable as trouble:
            problems.append(_("“%(text)s”: %(trouble)s") % {"text": text[:80], "trouble": trouble})
    short = {name: _named(name, str(given[name]), terms) for name in SHORT if given.get(name)}
    problems += [
        _("There is no “%s”.") % text[:80] for name, text in short.items() if _unheard(name, text, terms)
    ]
    parts += [SHORT[name](text) for name, text in short.items()]
    tree = joined(parts)
    problems += [problem.message for problem in validate(tree, terms)] if tree else []
    return ({}, problems) if problems else (tree, [])


def _unheard(name: str, text: str, terms: Vocabulary) -> bool:
    return name in ("source", "holder") and text not in dict(terms[name].choices)


def joined(parts: list[Tree]) -> Tree:
    """One condition of several, in one layer."""
    flat = [leaf for part in parts for leaf in (part["all"] if set(part) == {"all"} else [part])]
    return {} if not flat else flat[0] if len(flat) == 1 else {"all": flat}


def _named(name: str, text: str, terms: Vocabulary) -> str:
    """A source or a holder may go by its number, which links have at hand."""
    if name not in NUMBERED or not text.isdecimal() or len(text) > 18:
        return text
    model, key = NUMBERED[name]
    found = model.objects.filter(pk=int(text)).first()
    return key(found) if found else text


def of_view(view: SavedView, terms: Vocabulary) -> Asked:
    """What a saved view asks, with problems where the fields it speaks of are gone."""
    problems = [problem.message for problem in validate(view.condition, terms)] if view.condition else []
    return Asked(
        terms,
        q=view.q,
        tree={} if problems else view.condition,
        sort=view.sort if view.sort in ORDERS else "newest",
        columns=tuple(view.columns) or columns.DEFAULT,
        problems=tuple(problems),
        view=view,
    )


def without_each(asked: Asked) -> list[tuple[str, str]]:
    """Each condition in words, with the address of the list without it."""
    return [
        (sentence(part, asked.terms), asked.url(tree=joined([one for one in asked.parts if one is not part])))
        for part in asked.parts
    ]
