"""What can be imported: each kind says what its columns may fill, and admits and takes back its rows.

Leads are registered here; the upper apps register theirs, so that one set of pages and commands serves all.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from unicodedata import combining, normalize

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.models import Import


@dataclass(frozen=True)
class Target:
    """Something that a column can fill, and by which names of columns it is recognised.

    A target with a rule can be overwritten, filled where blank, or left alone; the rule is what holds
    unless another one is chosen.
    """

    key: str
    label: str | Promise
    group: str | Promise = ""
    known_as: tuple[str, ...] = ()
    rule: str = ""


class Rule(models.TextChoices):
    """What a column does to somebody who is known already."""

    OVERWRITE = "overwrite", _("overwrite")
    FILL = "fill", _("fill blanks only")
    NEVER = "never", _("new ones only")


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the file in terms of targets, texts and instants; problems stand by target."""

    number: int
    cells: list[str]
    values: dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """What became of a run of rows; refusals are (index, target, problem)."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refusals: list[tuple[int, str, str]] = field(default_factory=list)
    lead_ids: list[int | None] = field(default_factory=list)  # of each row, in order
    sources: Counter = field(default_factory=Counter)


class Refused(Exception):
    """A row that cannot come in, and the target by which one sees it."""

    def __init__(self, target: str, problem: str):
        super().__init__(problem)
        self.target = target


@dataclass(frozen=True)
class Kind:
    """One kind of import."""

    what: str
    targets: Callable[[], list[Target]]
    instants: frozenset[str]  # targets that hold a date or an instant
    needs: tuple[tuple[str, ...], ...]  # of each group one target must be filled
    recognised_by: frozenset[str]  # names of columns that no other kind has
    admit: Callable[[Sequence[Told], Import, datetime], Outcome]
    undo: Callable[[Import, datetime], list[str]]
    otherwise: str = ""  # what a column fills that nobody recognises
    repeatable: frozenset[str] = frozenset()  # targets that many columns may fill, each under its name
    asks: tuple[str, ...] = ("slashes", "history")  # the questions about the whole file, in their order
    compare: Callable[[Import], Any] | None = None  # says by column what a run changed in whom was there


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    _kinds[kind.what] = kind
    return kind


def of(what: str) -> Kind:
    return _kinds[what]


def recognise(columns: Sequence[str]) -> str:
    """The kind that a file's columns speak of: leads unless one says otherwise."""
    names = {simple(name) for name in columns}
    return next((what for what, kind in _kinds.items() if kind.recognised_by & names), Import.What.LEADS)


def simple(name: str) -> str:
    """The name of a column without capitals, accents and punctuation, as names are compared."""
    bare = (letter for letter in normalize("NFKD", name.casefold()) if not combining(letter))
    return "_".join("".join(letter if letter.isalnum() else " " for letter in bare).split())
